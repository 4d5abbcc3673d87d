//! A helpdesk in memory: Odoo with one of the two helpdesk apps. It is [`ports::Tickets`] itself, and
//! the state behind the server in `local`. Inside, everything has the community app's names.
//!
//! Fault switches are named by model and method, as on the wire: `helpdesk.ticket/load`.

mod error;
mod fields;
mod load;
mod port;
mod posting;
mod records;
pub mod schema;
mod search;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{TicketId, TicketRef};
use ports::Ticket;
use serde_json::{Value, json};

pub use self::error::OdooError;
pub use self::load::{LoadContext, Loaded};
pub use self::posting::{Posting, escaped};
pub use self::records::{API_PARTNER, API_USER, Records, Row};
use self::schema::{ATTACHMENT, CHANNEL, MANUAL, MESSAGE, PARTNER, STAGE, TAG, TICKET};
use crate::Faults;
use crate::faults::lock;

/// The helpdesk.
#[derive(Default)]
pub struct FakeOdoo {
    /// What goes wrong with which call.
    pub faults: Arc<Faults>,
    app: App,
    records: Mutex<Records>,
    /// Rights that the API user lacks: the model, and `read`, `create` or `write`.
    lacking: Mutex<Vec<(&'static str, &'static str)>>,
    /// Whether the helpdesk app was never installed.
    without_app: AtomicBool,
}

/// A ticket as a person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketView {
    /// The record's id.
    pub id: TicketId,
    /// The number that people use.
    pub number: String,
    /// The title, as plain text.
    pub name: String,
    /// The description, as markup.
    pub description: String,
    /// The customer's name.
    pub customer: String,
    /// The customer's address, as it was written.
    pub email: String,
    /// `0` to `3`.
    pub priority: String,
    /// The names of its tags.
    pub tags: Vec<String>,
    /// The stage's name.
    pub stage: String,
    /// The name of the channel it came by, empty where it tells of none.
    pub channel: String,
    /// Whether the stage is a closed one.
    pub closed: bool,
    /// Whether someone is responsible for it.
    pub assigned: bool,
    /// Whether it was not archived.
    pub active: bool,
    /// What its last mail was about, where its fields tell.
    pub last_intent: Option<String>,
    /// The key of its last mail, where its fields tell.
    pub last_mail: Option<String>,
    /// How sure the classifier was of that mail, where its fields tell.
    pub confidence: Option<f64>,
    /// The files that hang on it, oldest first.
    pub attachments: Vec<FileView>,
}

/// A file on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A message on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteView {
    /// Its Message-ID.
    pub message_id: String,
    /// Its text, as markup.
    pub body: String,
    /// Whether only the staff see it.
    pub internal: bool,
}

/// Which helpdesk app is installed. Both keep the same things under other names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum App {
    /// The community app `helpdesk_mgmt`.
    #[default]
    Oca,
    /// Odoo Enterprise's Helpdesk.
    Enterprise,
}

impl FakeOdoo {
    /// A helpdesk with a team and stages, without tickets.
    pub fn with_faults(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// A helpdesk with this app.
    pub fn with_app(app: App) -> Self {
        let fresh = Self {
            app,
            ..Self::default()
        };
        if app == App::Enterprise {
            fresh.transaction(|records| {
                records.prefix = "";
                records.customers_follow = true;
            });
        }
        fresh
    }

    /// Which app is installed.
    pub fn app(&self) -> App {
        self.app
    }

    /// An administrator takes a right from the API user: `read`, `create` or `write` of a model.
    pub fn lacks(&self, model: &'static str, right: &'static str) {
        lock(&self.lacking).push((model, right));
    }

    /// The helpdesk app was never installed.
    pub fn has_no_helpdesk(&self) {
        self.without_app.store(true, Ordering::Relaxed);
    }

    /// Whether a model is there, and whether the API user may call a method of it.
    pub fn allowed(&self, model: &schema::Model, method: &str) -> Result<(), OdooError> {
        let name = model.name;
        if name.starts_with("helpdesk.") && self.without_app.load(Ordering::Relaxed) {
            return Err(OdooError::not_found(format!(
                "the model '{name}' does not exist"
            )));
        }
        let right = match method {
            "create" | "load" | "find_or_create" => "create",
            "write" | "message_post" | "unlink" => "write",
            _ => "read",
        };
        if lock(&self.lacking).contains(&(model.name, right)) {
            let doing = if right == "read" { "access" } else { right };
            return Err(OdooError::access(format!(
                "You are not allowed to {doing} '{}' ({}) records.",
                model.label, model.name
            )));
        }
        Ok(())
    }

    /// Works on the database, as one transaction.
    pub fn transaction<T>(&self, work: impl FnOnce(&mut Records) -> T) -> T {
        work(&mut lock(&self.records))
    }

    /// Every ticket that was not deleted, oldest first.
    pub fn tickets(&self) -> Vec<TicketView> {
        self.transaction(|records| {
            let ids = records.ids(TICKET);
            ids.into_iter()
                .filter_map(|id| view(records, id).ok())
                .collect()
        })
    }

    /// The messages on a ticket, oldest first.
    pub fn notes(&self, ticket: TicketId) -> Vec<NoteView> {
        self.transaction(|records| {
            let ids = records.messages_of(ticket.0);
            let rows = records.read(MESSAGE, &ids, &[]).unwrap_or_default();
            let note = |row: &Row| NoteView {
                message_id: text(&row["message_id"]),
                body: text(&row["body"]),
                internal: row["is_internal"] == true,
            };
            rows.iter().map(note).collect()
        })
    }

    /// The addresses of all contacts but our own.
    pub fn contacts(&self) -> Vec<String> {
        self.transaction(|records| {
            let ids = records
                .ids(PARTNER)
                .into_iter()
                .filter(|id| *id != API_PARTNER);
            ids.filter_map(|id| Some(text(&records.value(PARTNER, id, "email").ok()?)))
                .collect()
        })
    }

    /// The names of all tags.
    pub fn tags(&self) -> Vec<String> {
        self.transaction(|records| {
            let ids = records.ids(TAG).into_iter();
            ids.filter_map(|id| Some(text(&records.value(TAG, id, "name").ok()?)))
                .collect()
        })
    }

    /// What customers got to see: messages that are no internal notes, and mails to followers.
    pub fn customer_visible_messages(&self) -> usize {
        self.transaction(|records| {
            let public = [json!(["is_internal", "=", false])];
            records.mails_sent
                + records
                    .search(MESSAGE, &public, true)
                    .map_or(0, |found| found.len())
        })
    }

    /// Someone moves the ticket to the stage `Done`.
    pub fn close(&self, ticket: TicketId) {
        self.edit(ticket, &json!({"stage_id": 3}));
    }

    /// Someone archives the ticket.
    pub fn archive(&self, ticket: TicketId) {
        self.edit(ticket, &json!({"active": false}));
    }

    /// Someone gives the ticket a new title.
    pub fn rename(&self, ticket: TicketId, title: &str) {
        self.edit(ticket, &json!({"name": title}));
    }

    /// Someone sets the priority, `0` to `3`.
    pub fn prioritise(&self, ticket: TicketId, priority: &str) {
        self.edit(ticket, &json!({"priority": priority}));
    }

    /// Someone changes the address on the ticket. Its contact stays.
    pub fn readdress(&self, ticket: TicketId, address: &str) {
        self.edit(ticket, &json!({"partner_email": address}));
    }

    /// Someone deletes the ticket.
    pub fn delete(&self, ticket: TicketId) {
        self.transaction(|records| records.unlink(TICKET, &[ticket.0]));
    }

    /// The ticket's customer follows it, and would be mailed on every comment.
    pub fn customer_follows(&self, ticket: TicketId) {
        self.transaction(|records| {
            if let Ok(Some(partner)) = records
                .value(TICKET, ticket.0, "partner_id")
                .map(|id| id.as_i64())
            {
                records.followers.insert((ticket.0, partner));
            }
        });
    }

    /// Someone tries to make a ticket and fails, which uses up a number.
    pub fn burn_a_number(&self) {
        let incomplete = self.transaction(|records| records.create(TICKET, &Row::new()));
        debug_assert!(
            incomplete.is_err(),
            "a ticket without a title cannot be made"
        );
    }

    /// An administrator adds the fields that tell of the last mail.
    pub fn is_set_up(&self) {
        for (name, ttype) in MANUAL.into_iter().zip(["char", "char", "float"]) {
            self.has_field(name, ttype);
        }
    }

    /// An administrator adds a field of this type to tickets.
    pub fn has_field(&self, name: &str, ttype: &str) {
        let added = self.transaction(|records| records.add_manual(name, ttype));
        debug_assert!(added.is_ok(), "{added:?}");
    }

    /// The contacts with these addresses, made where they are missing, belong to a company.
    pub fn works_for(&self, company: &str, addresses: &[&str]) {
        self.transaction(|records| {
            let row = json!({"name": company, "is_company": true});
            let row = row.as_object().cloned().unwrap_or_default();
            let Ok(company) = records.create(PARTNER, &row) else {
                return;
            };
            let parent = json!({"parent_id": company});
            let parent = parent.as_object().cloned().unwrap_or_default();
            for address in addresses {
                let set = records
                    .find_or_create_partner(address)
                    .and_then(|id| records.write(PARTNER, &[id], &parent));
                debug_assert!(set.is_ok(), "{set:?}");
            }
        });
    }

    /// Every open stage mails the customer when a ticket comes into it.
    pub fn every_open_stage_mails(&self) {
        self.transaction(|records| {
            let template = json!({"mail_template_id": 1});
            let template = template.as_object().cloned().unwrap_or_default();
            let set = records.write(STAGE, &[1, 2], &template);
            debug_assert!(set.is_ok(), "{set:?}");
        });
    }

    /// Everything in the database, as one text.
    pub fn dump(&self) -> String {
        self.transaction(|records| records.dump())
    }

    /// The next loads answer that another transaction came first.
    pub fn lose_next_races(&self, loads: u32) {
        self.transaction(|records| records.races_to_lose = loads);
    }

    fn edit(&self, ticket: TicketId, vals: &Value) {
        let vals = vals.as_object().cloned().unwrap_or_default();
        let edited = self.transaction(|records| records.write(TICKET, &[ticket.0], &vals));
        assert!(
            edited.is_ok(),
            "ticket {ticket} cannot be edited: {edited:?}"
        );
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn ticket(records: &Records, id: i64) -> Result<Ticket, OdooError> {
    let number = text(&records.value(TICKET, id, "number")?);
    let email = records.value(TICKET, id, "partner_email")?;
    Ok(Ticket {
        id: TicketId(id),
        reference: TicketRef::parse(&number).map_err(|bad| OdooError::value(bad.to_string()))?,
        owner: email.as_str().map(records::normal),
        closed: records.value(TICKET, id, "closed")? == true,
    })
}

fn view(records: &Records, id: i64) -> Result<TicketView, OdooError> {
    let get = |name| records.value(TICKET, id, name);
    let manual = |name| get(name).ok().filter(|value| *value != false);
    let name_of = |model, id: &Value| match id.as_i64() {
        Some(id) => records.value(model, id, "name").map(|name| text(&name)),
        None => Ok(String::new()),
    };
    let tags = get("tag_ids")?;
    let tags = tags
        .as_array()
        .into_iter()
        .flatten()
        .map(|tag| name_of(TAG, tag));
    Ok(TicketView {
        id: TicketId(id),
        number: text(&get("number")?),
        name: text(&get("name")?),
        description: text(&get("description")?),
        customer: name_of(PARTNER, &get("partner_id")?)?,
        email: text(&get("partner_email")?),
        priority: text(&get("priority")?),
        tags: tags.collect::<Result<_, _>>()?,
        stage: name_of(STAGE, &get("stage_id")?)?,
        channel: name_of(CHANNEL, &get("channel_id")?)?,
        closed: get("closed")? == true,
        assigned: get("user_id")?.is_i64(),
        active: get("active")? == true,
        last_intent: manual("x_helpdesk_intent").map(|value| text(&value)),
        last_mail: manual("x_helpdesk_mail").map(|value| text(&value)),
        confidence: manual("x_helpdesk_confidence").and_then(|value| value.as_f64()),
        attachments: attachments(records, id)?,
    })
}

fn attachments(records: &Records, ticket: i64) -> Result<Vec<FileView>, OdooError> {
    let belongs = [
        json!(["res_model", "=", TICKET]),
        json!(["res_id", "=", ticket]),
    ];
    let found = records.search(ATTACHMENT, &belongs, true)?;
    let rows = records.read(ATTACHMENT, &found, &[])?;
    let view = |row: &Row| FileView {
        name: text(&row["name"]),
        content: STANDARD.decode(text(&row["datas"])).unwrap_or_default(),
    };
    Ok(rows.iter().map(view).collect())
}

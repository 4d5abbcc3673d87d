//! A helpdesk in memory: Odoo with the community app. It is [`Tickets`] itself, and the state behind
//! the server in `local`.
//!
//! Fault switches are named by model and method, as on the wire: `helpdesk.ticket/load`.

mod error;
mod load;
mod posting;
mod records;
pub mod schema;
mod search;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::{TicketId, TicketRef};
use ports::{CallError, NewTicket, Note, Ticket, Tickets};
use serde_json::{Value, json};

pub use self::error::OdooError;
pub use self::load::{LoadContext, Loaded};
pub use self::posting::{Posting, escaped};
pub use self::records::{API_PARTNER, API_USER, Records, Row};
use self::schema::{MESSAGE, PARTNER, STAGE, TAG, TICKET};
use crate::Faults;
use crate::faults::lock;

const SERVICE: &str = "odoo";
/// The longest wait that a caller sits out by itself.
const PATIENCE: Duration = Duration::from_secs(5);
const TRIES: usize = 4;

/// The helpdesk.
#[derive(Default)]
pub struct FakeOdoo {
    /// What goes wrong with which call.
    pub faults: Arc<Faults>,
    records: Mutex<Records>,
}

/// A ticket as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether the stage is a closed one.
    pub closed: bool,
    /// Whether someone is responsible for it.
    pub assigned: bool,
    /// Whether it was not archived.
    pub active: bool,
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

/// What a call does when it is made twice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Same,
    Again,
}

impl FakeOdoo {
    /// A helpdesk with a team and stages, without tickets.
    pub fn with_faults(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            records: Mutex::default(),
        }
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

    /// Makes a call under the faults armed for it, with the patience of the real adapter.
    async fn call<T>(
        &self,
        operation: &str,
        effect: Effect,
        perform: impl Fn(&mut Records) -> Result<T, OdooError>,
    ) -> Result<T, CallError> {
        let mut left = TRIES;
        loop {
            left -= 1;
            let fault = self.faults.meet(operation);
            let happens = fault.is_none_or(crate::Fault::lets_it_happen);
            let done = happens.then(|| self.transaction(&perform));
            let seen = fault.and_then(|fault| match effect {
                Effect::Same => fault.on_read(SERVICE),
                Effect::Again => fault.on_write(SERVICE),
            });
            match (seen, done) {
                (None, Some(done)) => return done.map_err(|error| as_call_error(&error)),
                (Some(error), _) if left == 0 || !is_sat_out(&error) => return Err(error),
                _ => tokio::task::yield_now().await,
            }
        }
    }

    /// Loads one record, again where another caller was faster.
    async fn load_once(
        &self,
        model: &'static str,
        cells: &[(&str, String)],
    ) -> Result<i64, CallError> {
        let fields: Vec<String> = cells.iter().map(|(name, _)| (*name).to_owned()).collect();
        let data = [cells
            .iter()
            .map(|(_, cell)| cell.clone())
            .collect::<Vec<_>>()];
        for _ in 0..TRIES {
            let loaded = self
                .call(&format!("{model}/load"), Effect::Same, |records| {
                    let now = records.snapshot();
                    records.load(model, &fields, &data, LoadContext::ONCE, now)
                })
                .await?;
            match loaded {
                Loaded::Ids(ids) => return ids.first().copied().ok_or_else(|| gone("ticket")),
                Loaded::Refused(why) if why.iter().any(|w| w.contains("could not serialize")) => {}
                Loaded::Refused(_) => return Err(CallError::rejected(SERVICE, "load was refused")),
            }
        }
        Err(CallError::unreachable(
            SERVICE,
            "another caller was faster every time",
        ))
    }

    async fn tag(&self, name: &str) -> Result<i64, CallError> {
        let domain = [json!(["name", "=", name])];
        let found = self
            .call("helpdesk.ticket.tag/search", Effect::Same, |r| {
                r.search(TAG, &domain, false)
            })
            .await?;
        if let Some(id) = found.first() {
            return Ok(*id);
        }
        let external = format!("mailbot.tag_{name}");
        self.load_once(TAG, &[("id", external), ("name", name.to_owned())])
            .await
    }
}

#[async_trait]
impl Tickets for FakeOdoo {
    async fn open(&self, new: &NewTicket) -> Result<Ticket, CallError> {
        let email = new.customer.canonical();
        let name = new.customer.name.clone().unwrap_or_default();
        let name = name.replace(['<', '>', '@', '"', ','], " ");
        let contact = format!("\"{}\" <{email}>", name.trim());
        let partner = self
            .call("res.partner/find_or_create", Effect::Same, |r| {
                r.find_or_create_partner(&contact)
            })
            .await?;
        let tag = self.tag(new.intent.as_str()).await?;
        let or = |text: &str, else_: &str| match text.trim() {
            "" => else_.to_owned(),
            _ => text.to_owned(),
        };
        let cells = [
            (
                "id",
                format!("mailbot.msg_{}_{}", new.key.mailbox(), new.key.message()),
            ),
            ("name", or(&new.subject, "(no subject)")),
            ("description", or(&new.description, "<p></p>")),
            ("partner_id/.id", partner.to_string()),
            ("partner_email", email.clone()),
            ("tag_ids/.id", tag.to_string()),
            ("user_id/.id", String::new()),
        ];
        let id = self.load_once(TICKET, &cells).await?;
        let read = |records: &mut Records| ticket(records, id);
        self.call("helpdesk.ticket/read", Effect::Same, read).await
    }

    async fn find(&self, reference: &TicketRef) -> Result<Option<Ticket>, CallError> {
        let domain = [json!(["number", "=", reference.as_str()])];
        self.call("helpdesk.ticket/search_read", Effect::Same, |records| {
            let found = records.search(TICKET, &domain, false)?;
            found.first().map(|id| ticket(records, *id)).transpose()
        })
        .await
    }

    async fn note(&self, ticket: TicketId, note: &Note) -> Result<(), CallError> {
        let posting = Posting {
            body: note.html.clone(),
            body_is_html: true,
            subtype: Some("mail.mt_note".to_owned()),
            message_id: Some(note.message_id.clone()),
            no_subscribe: true,
            ..Posting::default()
        };
        let post = |records: &mut Records| records.post(ticket.0, &posting).map(drop);
        self.call("helpdesk.ticket/message_post", Effect::Again, post)
            .await
    }

    async fn has_note(&self, ticket: TicketId, message_id: &str) -> Result<bool, CallError> {
        let domain = [
            json!(["id", "=", ticket.0]),
            json!(["message_ids.message_id", "=", message_id]),
        ];
        let search = |r: &mut Records| Ok(!r.search(TICKET, &domain, true)?.is_empty());
        self.call("helpdesk.ticket/search", Effect::Same, search)
            .await
    }

    async fn escalate(&self, ticket: TicketId, urgent: bool) -> Result<(), CallError> {
        let (priority, tag) = if urgent {
            ("3", "urgent_human")
        } else {
            ("2", "fallback_human")
        };
        let tag = self.tag(tag).await?;
        self.call("helpdesk.ticket/write", Effect::Same, |records| {
            let now = text(&records.value(TICKET, ticket.0, "priority")?);
            let vals = json!({"priority": priority.max(&now), "tag_ids": [[4, tag]]});
            records.write(
                TICKET,
                &[ticket.0],
                &vals.as_object().cloned().unwrap_or_default(),
            )
        })
        .await
    }

    fn link(&self, ticket: TicketId) -> String {
        format!("http://odoo.test/mail/view?model={TICKET}&res_id={ticket}")
    }
}

fn gone(what: &'static str) -> CallError {
    CallError::NotFound {
        service: SERVICE,
        what,
    }
}

fn as_call_error(error: &OdooError) -> CallError {
    match error.name {
        "odoo.exceptions.MissingError" => gone("ticket"),
        name => CallError::rejected(SERVICE, name),
    }
}

fn is_sat_out(error: &CallError) -> bool {
    match error {
        CallError::RateLimited { retry_after, .. } => {
            retry_after.is_none_or(|wait| wait < PATIENCE)
        }
        error => error.is_passing() && error.had_no_effect(),
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
        closed: get("closed")? == true,
        assigned: get("user_id")?.is_i64(),
        active: get("active")? == true,
    })
}

//! The helpdesk as the product sees it, with the faults that are armed.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{TicketId, TicketRef};
use ports::{CallError, LastMail, NewTicket, Note, Owners, Ticket, Tickets};
use serde_json::{Value, json};

use super::posting::row_of;
use super::records::normal;
use super::schema::{ATTACHMENT, Kind, PARTNER, TICKET};
use super::view::text;
use super::{Caller, FakeOdoo, LoadContext, Loaded, OdooError, Posting, Records, Row};
use crate::Fault;
use crate::faults::Met;
use crate::holds::Point;

const SERVICE: &str = "odoo";
/// The longest wait that a caller sits out by itself.
const PATIENCE: Duration = Duration::from_secs(5);
const TRIES: usize = 4;
/// The team that gets new tickets.
pub(super) const TEAM: i64 = 1;
/// Nothing of ours is tracked, for Odoo would mail the customer.
const US: Caller = Caller::Api { untracked: true };

/// What a call does when it is made twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Same,
    Again,
}

impl FakeOdoo {
    /// Makes a call under the faults armed for it, with the patience of the real adapter.
    pub(super) async fn call<T>(
        &self,
        operation: &str,
        effect: Effect,
        perform: impl Fn(&mut Records) -> Result<T, OdooError>,
    ) -> Result<T, CallError> {
        let mut left = TRIES;
        loop {
            left -= 1;
            let met = match self.page() {
                Some(status) if status < 500 => {
                    return Err(CallError::rejected(SERVICE, "it answered with a web page"));
                }
                Some(_) => Met::only(Fault::ServerError),
                None => self.faults.meet_all(operation),
            };
            met.comes_to(Point::BeforeEffect).await;
            let done = met.happens().then(|| self.transaction_of(US, &perform));
            met.comes_to(Point::AfterEffect).await;
            let seen = met.fault.and_then(|fault| match effect {
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
        let model = self.transaction(|records| records.schema.tag);
        let domain = [json!(["name", "=", name])];
        let operation = format!("{model}/search");
        let found = self
            .call(&operation, Effect::Same, |r| {
                r.search(model, &domain, false)
            })
            .await?;
        if let Some(id) = found.first() {
            return Ok(*id);
        }
        let external = format!("mailbot.tag_{name}");
        self.load_once(model, &[("id", external), ("name", name.to_owned())])
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
        let mut cells = vec![
            (
                "id",
                format!("mailbot.msg_{}_{}", new.key.mailbox(), new.key.message()),
            ),
            ("name", or(&new.subject, "(no subject)")),
            ("description", or(&new.description, "<p></p>")),
            ("team_id/.id", TEAM.to_string()),
            ("partner_id/.id", partner.to_string()),
            ("partner_email", email.clone()),
            ("tag_ids/.id", tag.to_string()),
            ("user_id/.id", String::new()),
        ];
        let last = LastMail {
            key: new.key.clone(),
            intent: new.intent,
            confidence: new.confidence,
        };
        for (name, value) in self.transaction(|records| told(records, &last)) {
            let cell = value.as_str().map(str::to_owned);
            cells.push((name, cell.unwrap_or_else(|| value.to_string())));
        }
        let id = self.load_once(TICKET, &cells).await?;
        let read = |records: &mut Records| ticket(records, id);
        self.call("helpdesk.ticket/read", Effect::Same, read).await
    }

    async fn find(&self, reference: &TicketRef) -> Result<Option<Ticket>, CallError> {
        self.call("helpdesk.ticket/search_read", Effect::Same, |records| {
            let domain = [json!([records.schema.reference, "=", reference.as_str()])];
            let found = records.search(TICKET, &domain, false)?;
            found.first().map(|id| ticket(records, *id)).transpose()
        })
        .await
    }

    async fn last_mails(&self, most: u32) -> Result<Vec<(TicketRef, String)>, CallError> {
        const LAST: &str = "x_helpdesk_mail";
        self.call("helpdesk.ticket/search_read", Effect::Same, |records| {
            let field = (TICKET, LAST.to_owned());
            if records.manual.get(&field) != Some(&Kind::Char) {
                return Ok(vec![]);
            }
            let mut found = records.search(TICKET, &[json!([LAST, "!=", false])], false)?;
            found.sort_unstable_by(|one, other| other.cmp(one));
            found.truncate(most as usize);
            let mut told = vec![];
            for id in found {
                let ticket = ticket(records, id)?;
                let last = records.value(TICKET, id, LAST)?;
                told.push((
                    ticket.reference,
                    last.as_str().unwrap_or_default().to_owned(),
                ));
            }
            Ok(told)
        })
        .await
    }

    async fn is_owned_by(
        &self,
        ticket: TicketId,
        address: &str,
        owners: Owners,
    ) -> Result<bool, CallError> {
        let contacts = [json!(["email_normalized", "=", address])];
        self.call("helpdesk.ticket/search", Effect::Same, |records| {
            if !records.has(TICKET, ticket.0) {
                return Ok(false);
            }
            let contact = records.value(TICKET, ticket.0, "partner_id")?.as_i64();
            let company = |id| records.value(PARTNER, id, "commercial_partner_id");
            for sender in records.search(PARTNER, &contacts, false)? {
                let related = match (contact, owners) {
                    (None, _) => false,
                    (Some(contact), Owners::Contact) => contact == sender,
                    (Some(contact), Owners::Company) => company(contact)? == company(sender)?,
                };
                if related {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    async fn resume(&self, ticket: TicketId, last: &LastMail) -> Result<(), CallError> {
        self.call("helpdesk.ticket/write", Effect::Same, |records| {
            let told = told(records, last).into_iter();
            let mut vals: Row = told.map(|(name, value)| (name.to_owned(), value)).collect();
            let row = records.rows(TICKET).get(&ticket.0);
            if row.is_some_and(|row| records.is_closed(row)) {
                let stage = quiet_open_stage(records)?;
                vals.extend(stage.map(|stage| ("stage_id".to_owned(), stage.into())));
            }
            records.write(TICKET, &[ticket.0], &vals)
        })
        .await
    }

    async fn note(&self, ticket: TicketId, note: &Note) -> Result<(), CallError> {
        let mut attachments = vec![];
        for file in &note.files {
            let row = json!({"name": file.name, "mimetype": file.media_type,
                             "datas": STANDARD.encode(&file.content),
                             "res_model": "mail.compose.message", "res_id": 0});
            let create = |records: &mut Records| records.create(ATTACHMENT, &row_of(&row));
            let made = self
                .call("ir.attachment/create", Effect::Same, create)
                .await?;
            attachments.push(made);
        }
        let posting = Posting {
            attachments,
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
            records.write(TICKET, &[ticket.0], &row_of(&vals))
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
        "odoo.exceptions.AccessError" => CallError::Unauthorized {
            service: SERVICE,
            reason: error.message.clone(),
        },
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

/// The ticket with this id.
fn ticket(records: &Records, id: i64) -> Result<Ticket, OdooError> {
    let number = text(&records.value(TICKET, id, records.schema.reference)?);
    let email = records.value(TICKET, id, "partner_email")?;
    let row = records.rows(TICKET).get(&id);
    Ok(Ticket {
        id: TicketId(id),
        reference: TicketRef::parse(&number).map_err(|bad| OdooError::value(bad.to_string()))?,
        owner: email.as_str().map(normal),
        closed: row.is_some_and(|row| records.is_closed(row)),
    })
}

/// The first stage of our team that is open and into which a ticket comes without a mail to its
/// customer.
fn quiet_open_stage(records: &Records) -> Result<Option<i64>, OdooError> {
    let schema = records.schema;
    let domain = [
        json!([schema.closed, "=", false]),
        json!([schema.template, "=", false]),
        json!("|"),
        json!(["team_ids", "=", false]),
        json!(["team_ids", "in", [TEAM]]),
    ];
    let found = records.search(schema.stage, &domain, false)?;
    let found = records.ordered(schema.stage, found, "sequence, id")?;
    Ok(found.first().copied())
}

/// The fields that tell of the last mail, as far as they are there with the right type.
fn told(records: &Records, last: &LastMail) -> Vec<(&'static str, Value)> {
    let all = [
        ("x_helpdesk_intent", Kind::Char, json!(last.intent.as_str())),
        ("x_helpdesk_mail", Kind::Char, json!(last.key.to_string())),
        (
            "x_helpdesk_confidence",
            Kind::Float,
            json!(last.confidence.unwrap_or_default()),
        ),
    ];
    let there = |(name, kind, value): (&'static str, Kind, Value)| {
        let field = (TICKET, name.to_owned());
        (records.manual.get(&field) == Some(&kind)).then_some((name, value))
    };
    all.into_iter().filter_map(there).collect()
}

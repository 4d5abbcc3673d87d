//! The helpdesk as a person sees it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::TicketId;
use serde_json::{Value, json};

use super::schema::{ATTACHMENT, MESSAGE, PARTNER, TICKET};
use super::{API_PARTNER, FakeOdoo, OdooError, Records, Row};

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
    /// What is in it. Its length is the file's size in octets.
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
    /// The files that came with it, in order.
    pub files: Vec<FileView>,
}

impl FakeOdoo {
    /// Every ticket that was not deleted, oldest first.
    pub fn tickets(&self) -> Vec<TicketView> {
        self.transaction(|records| {
            let ids = records.ids(TICKET);
            ids.into_iter()
                .filter_map(|id| ticket(records, id).ok())
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
                files: files(records, &ids_in(&row["attachment_ids"])),
            };
            rows.iter().map(note).collect()
        })
    }

    /// The addresses of all contacts but our own.
    pub fn contacts(&self) -> Vec<String> {
        self.transaction(|records| {
            let contacts = records.rows(PARTNER).iter();
            let others = contacts.filter(|(id, _)| **id != API_PARTNER);
            others.map(|(_, row)| text_in(row, "email")).collect()
        })
    }

    /// The names of all tags.
    pub fn tags(&self) -> Vec<String> {
        self.transaction(|records| {
            let tags = records.rows(records.schema.tag).values();
            tags.map(|row| text_in(row, "name")).collect()
        })
    }

    /// What customers got to see: messages that are no internal notes, and mails to them.
    pub fn customer_visible_messages(&self) -> usize {
        self.transaction(|records| {
            let public = [json!(["is_internal", "=", false])];
            let messages = records.search(MESSAGE, &public, true);
            records.mails_sent + messages.map_or(0, |found| found.len())
        })
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn text_in(row: &Row, name: &str) -> String {
    row.get(name).map(text).unwrap_or_default()
}

fn ids_in(value: &Value) -> Vec<i64> {
    let ids = value.as_array().into_iter().flatten();
    ids.filter_map(Value::as_i64).collect()
}

fn ticket(records: &Records, id: i64) -> Result<TicketView, OdooError> {
    let schema = records.schema;
    let get = |name| records.value(TICKET, id, name);
    let manual = |name| get(name).ok().filter(|value| *value != false);
    let name_of = |model, id: i64| {
        let row = records.rows(model).get(&id);
        row.map(|row| text_in(row, "name")).unwrap_or_default()
    };
    let related = |name, model| -> Result<String, OdooError> {
        let id = get(name)?.as_i64();
        Ok(id.map(|id| name_of(model, id)).unwrap_or_default())
    };
    let tags = ids_in(&get("tag_ids")?).into_iter();
    Ok(TicketView {
        id: TicketId(id),
        number: text(&get(schema.reference)?),
        name: text(&get("name")?),
        description: text(&get("description")?),
        customer: related("partner_id", PARTNER)?,
        email: text(&get("partner_email")?),
        priority: text(&get("priority")?),
        tags: tags.map(|tag| name_of(schema.tag, tag)).collect(),
        stage: related("stage_id", schema.stage)?,
        channel: match schema.channel {
            Some(model) => related("channel_id", model)?,
            None => String::new(),
        },
        closed: records
            .rows(TICKET)
            .get(&id)
            .is_some_and(|row| records.is_closed(row)),
        assigned: get("user_id")?.is_i64(),
        active: get("active")? == true,
        last_intent: manual("x_helpdesk_intent").map(|value| text(&value)),
        last_mail: manual("x_helpdesk_mail").map(|value| text(&value)),
        confidence: manual("x_helpdesk_confidence").and_then(|value| value.as_f64()),
        attachments: files(records, &records.files_of(id)),
    })
}

fn files(records: &Records, ids: &[i64]) -> Vec<FileView> {
    let rows = ids.iter().filter_map(|id| records.rows(ATTACHMENT).get(id));
    let view = |row: &Row| FileView {
        name: text_in(row, "name"),
        content: STANDARD.decode(text_in(row, "datas")).unwrap_or_default(),
    };
    rows.map(view).collect()
}

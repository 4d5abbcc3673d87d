//! Messages on tickets, and contacts: with the traps that the real Odoo lays.

use serde_json::{Value, json};

use super::error::OdooError;
use super::records::{API_PARTNER, Records, Row, normal};
use super::schema::{ATTACHMENT, MESSAGE, PARTNER, TICKET};

/// A message to be posted.
#[derive(Debug, Clone, Default)]
pub struct Posting {
    /// The text.
    pub body: String,
    /// Whether the text is markup. Otherwise it is escaped.
    pub body_is_html: bool,
    /// What kind of message, such as `mail.mt_note`. A name that Odoo does not know is a note.
    pub subtype: Option<String>,
    /// The Message-ID to give it.
    pub message_id: Option<String>,
    /// Whether followers get no mail.
    pub skip_followers: bool,
    /// Whether the author does not become a follower.
    pub no_subscribe: bool,
    /// Files that were uploaded before. Those uploaded for a message move to the ticket.
    pub attachments: Vec<i64>,
}

impl Records {
    /// Posts a message. Posting the same Message-ID again posts again.
    pub fn post(&mut self, ticket: i64, posting: &Posting) -> Result<i64, OdooError> {
        if !self.has(TICKET, ticket) {
            return Err(OdooError::missing(TICKET, ticket));
        }
        self.permit(self.model(TICKET)?, "write")?;
        let internal = posting.subtype.as_deref() != Some("mail.mt_comment");
        let body = if posting.body_is_html {
            posting.body.clone()
        } else {
            format!("<p>{}</p>", escaped(&posting.body))
        };
        let made_up = format!(
            "<{}.{ticket}@odoo.test>",
            self.messages_of(ticket).len() + 1
        );
        let row = json!({
            "model": TICKET,
            "res_id": ticket,
            "message_id": posting.message_id.clone().unwrap_or(made_up),
            "body": body,
            "is_internal": internal,
            "attachment_ids": [[6, 0, posting.attachments]],
        });
        let id = self.make(MESSAGE, &row_of(&row))?;
        self.take_home(ticket, &posting.attachments)?;
        if !internal && !posting.skip_followers {
            let customers = |(on, who): &&(i64, i64)| *on == ticket && *who != API_PARTNER;
            self.mails_sent += self.followers.iter().filter(customers).count();
        }
        if !posting.no_subscribe {
            self.followers.insert((ticket, API_PARTNER));
        }
        Ok(id)
    }

    /// Files that were uploaded for a message hang on its ticket from now on. Files that hang
    /// elsewhere stay there.
    fn take_home(&mut self, ticket: i64, files: &[i64]) -> Result<(), OdooError> {
        let home = json!({"res_model": TICKET, "res_id": ticket});
        for file in files {
            if self.value(ATTACHMENT, *file, "res_model")? == "mail.compose.message" {
                self.change(ATTACHMENT, &[*file], &row_of(&home))?;
            }
        }
        Ok(())
    }

    /// The contact with this address, `Name <local@domain>` or the address alone; made if missing.
    pub fn find_or_create_partner(&mut self, email: &str) -> Result<i64, OdooError> {
        if email.trim().is_empty() {
            return Err(OdooError::value(
                "An email is required for find_or_create to work",
            ));
        }
        let address = normal(email);
        let domain = [json!(["email_normalized", "=", address])];
        if let Some(id) = self.search(PARTNER, &domain, false)?.first() {
            return Ok(*id);
        }
        let name = email
            .rsplit_once('<')
            .map_or("", |(name, _)| name)
            .trim()
            .trim_matches('"');
        let name = if name.is_empty() {
            address.as_str()
        } else {
            name
        };
        self.create(PARTNER, &row_of(&json!({"name": name, "email": address})))
    }
}

/// An object's values.
pub(super) fn row_of(object: &Value) -> Row {
    object.as_object().cloned().unwrap_or_default()
}

/// Text that stands for itself in markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

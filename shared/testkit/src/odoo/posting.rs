//! Messages on tickets, and contacts: with the traps that the real Odoo lays.

use serde_json::json;

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
    /// Files that were uploaded before. They hang on the ticket from now on.
    pub attachments: Vec<i64>,
}

impl Records {
    /// Posts a message. Posting the same Message-ID again posts again.
    pub fn post(&mut self, ticket: i64, posting: &Posting) -> Result<i64, OdooError> {
        if !self.has(TICKET, ticket) {
            return Err(OdooError::missing(TICKET, ticket));
        }
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
        let home = json!({"res_model": TICKET, "res_id": ticket});
        let home = home.as_object().cloned().unwrap_or_default();
        self.write(ATTACHMENT, &posting.attachments, &home)?;
        let id = self.create(
            MESSAGE,
            &Row::from_iter(row.as_object().cloned().unwrap_or_default()),
        )?;
        if !internal && !posting.skip_followers {
            let customers = |(on, who): &&(i64, i64)| *on == ticket && *who != API_PARTNER;
            self.mails_sent += self.followers.iter().filter(customers).count();
        }
        if !posting.no_subscribe {
            self.followers.insert((ticket, API_PARTNER));
        }
        Ok(id)
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
        let row = json!({"name": name, "email": address});
        self.create(
            PARTNER,
            &Row::from_iter(row.as_object().cloned().unwrap_or_default()),
        )
    }
}

/// Text that stands for itself in markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// A ticket whose customer follows it.
    fn helpdesk() -> (Records, i64) {
        let mut records = Records::default();
        records.quiet = true;
        let partner = records
            .find_or_create_partner("Carla <carla@customer.test>")
            .unwrap();
        let row = json!({"name": "title", "description": "<p>text</p>", "partner_id": partner});
        let ticket = records.create(TICKET, row.as_object().unwrap()).unwrap();
        records.followers.insert((ticket, partner));
        (records, ticket)
    }

    fn posted(posting: &Posting) -> (usize, Value, Value) {
        let (mut records, ticket) = helpdesk();
        let id = records.post(ticket, posting).unwrap();
        let get = |name| records.value(MESSAGE, id, name).unwrap();
        (records.mails_sent, get("body"), get("is_internal"))
    }

    fn comment() -> Posting {
        Posting {
            subtype: Some("mail.mt_comment".to_owned()),
            ..Posting::default()
        }
    }

    fn mails_after_opening(quiet: bool, then: &Value) -> usize {
        let (mut records, ticket) = helpdesk();
        records.quiet = quiet;
        let row = json!({"name": "title", "description": "<p>text</p>"});
        records.create(TICKET, row.as_object().unwrap()).unwrap();
        let then = then.as_object().unwrap();
        records.write(TICKET, &[ticket], then).unwrap();
        records.mails_sent
    }

    #[test]
    fn a_stage_with_a_template_mails_the_customer() {
        assert_eq!(mails_after_opening(false, &json!({})), 1);
        assert_eq!(mails_after_opening(false, &json!({"stage_id": 1})), 2);
    }

    #[test]
    fn without_tracking_no_stage_mails_anybody() {
        assert_eq!(mails_after_opening(true, &json!({"stage_id": 1})), 0);
    }

    #[test]
    fn a_comment_is_mailed_to_a_customer_who_follows() {
        assert_eq!(posted(&comment()).0, 1);
    }

    #[test]
    fn a_comment_that_skips_followers_is_mailed_to_nobody() {
        assert_eq!(
            posted(&Posting {
                skip_followers: true,
                ..comment()
            })
            .0,
            0
        );
    }

    #[test]
    fn a_misspelt_subtype_makes_a_note() {
        let posting = Posting {
            subtype: Some("mail.mt_nota".to_owned()),
            ..Posting::default()
        };
        assert_eq!(posted(&posting).2, true);
    }

    #[test]
    fn a_plain_body_is_escaped() {
        let posting = Posting {
            body: "<b>x</b>".to_owned(),
            ..Posting::default()
        };
        assert_eq!(posted(&posting).1, "<p>&lt;b&gt;x&lt;/b&gt;</p>");
    }
}

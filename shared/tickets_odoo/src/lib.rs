//! The helpdesk in Odoo, over its JSON-2 interface (Odoo 19 and later).
//!
//! - `rpc` makes one call and says what its failure means. Another protocol is another `rpc`.
//! - `edition` names the models and fields of the installed helpdesk app.
//! - This module turns the port's wishes into calls.
//!
//! Nothing here reaches a customer: all that is ever posted is internal notes.

mod edition;
mod error;
mod rpc;

use std::time::Duration;

use async_trait::async_trait;
use domain::{Address, Intent, TicketId, TicketRef};
use edition::{Edition, OCA};
use ports::{CallError, NewTicket, Note, Ticket, Tickets};
use resilience::Effect;
use rpc::Json2;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

const SERVICE: &str = "odoo";
const PARTNER: &str = "res.partner";
const NO_SUBJECT: &str = "(no subject)";
const NO_TEXT: &str = "<p>(The mail has no text.)</p>";

/// Where the helpdesk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooSettings {
    /// The address of Odoo, such as `https://helpdesk.example`.
    pub url: String,
    /// The name of the database.
    pub database: String,
    /// The id of the team that gets new tickets.
    pub team_id: i64,
    /// How long one call may take. A call may be made up to four times.
    pub timeout: Duration,
}

/// The helpdesk.
pub struct Odoo {
    rpc: Json2,
    edition: &'static Edition,
    url: String,
    team_id: i64,
}

impl std::fmt::Debug for Odoo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Odoo({}, team {})", self.url, self.team_id)
    }
}

impl Odoo {
    /// A helpdesk reached with an API key. Makes no call yet.
    pub fn new(settings: OdooSettings, key: SecretString) -> Self {
        let url = settings.url.trim().trim_end_matches('/').to_owned();
        Self {
            rpc: Json2::new(url.clone(), settings.database, key, settings.timeout),
            edition: &OCA,
            url,
            team_id: settings.team_id,
        }
    }

    /// The id of the customer's contact, which is made where it is missing. Odoo itself does not keep
    /// two callers from making it at the same time; the doubled contact harms no ticket.
    async fn contact(&self, customer: &Address) -> Result<i64, CallError> {
        let email = contact_line(customer);
        let found = self
            .rpc
            .call(
                PARTNER,
                "find_or_create",
                Effect::None,
                json!({ "email": email }),
            )
            .await?;
        first_id(&found).ok_or_else(|| unexpected(PARTNER, "find_or_create"))
    }

    /// The id of the tag of this name, which is made where it is missing. It has an external id of
    /// its own, so that callers who miss it at the same time make one tag, and so that it is still
    /// found after people renamed it.
    async fn tag(&self, intent: Intent) -> Result<i64, CallError> {
        let model = self.edition.tag;
        let by_name = json!({"domain": [["name", "=", intent.as_str()]], "limit": 1});
        let found = self
            .rpc
            .call(model, "search", Effect::None, by_name)
            .await?;
        if let Some(id) = first_id(&found) {
            return Ok(id);
        }
        let external = format!("mailbot.tag_{intent}");
        self.load(model, &[("id", external), ("name", intent.to_string())])
            .await
    }

    /// Makes one record by external id, or finds the one made before and leaves it as it is.
    ///
    /// The context is what makes the repeat harmless: without `noupdate` it would overwrite what
    /// people changed since. The loser of a race is told so, and finds the winner's record when it
    /// asks again.
    async fn load(&self, model: &str, cells: &[(&str, String)]) -> Result<i64, CallError> {
        let (fields, row): (Vec<_>, Vec<_>) = cells.iter().cloned().unzip();
        let arguments = json!({
            "fields": fields,
            "data": [row],
            "context": {"mode": "update", "noupdate": true},
        });
        let loaded = self
            .rpc
            .call_judged(model, "load", Effect::None, arguments, error::of_load)
            .await?;
        first_id(&loaded["ids"]).ok_or_else(|| unexpected(model, "load"))
    }

    /// Reads one ticket by its id.
    async fn read(&self, ticket: TicketId, fields: &[&str]) -> Result<Value, CallError> {
        let arguments = json!({"ids": [ticket.0], "fields": fields, "load": null});
        let mut rows = self
            .rpc
            .call(self.edition.ticket, "read", Effect::None, arguments)
            .await?;
        match rows.get_mut(0) {
            Some(row) => Ok(row.take()),
            None => Err(CallError::NotFound {
                service: SERVICE,
                what: "ticket",
            }),
        }
    }

    fn as_ticket(&self, row: &Value) -> Result<Ticket, CallError> {
        let unexpected = || unexpected(self.edition.ticket, "read");
        let reference = row[self.edition.reference]
            .as_str()
            .ok_or_else(unexpected)?;
        Ok(Ticket {
            id: TicketId(row["id"].as_i64().ok_or_else(unexpected)?),
            reference: TicketRef::parse(reference).map_err(|_| unexpected())?,
            owner: row["partner_email"].as_str().and_then(bare_address),
            closed: row[self.edition.closed] == true,
        })
    }
}

#[async_trait]
impl Tickets for Odoo {
    async fn open(&self, new: &NewTicket) -> Result<Ticket, CallError> {
        let contact = self.contact(&new.customer).await?;
        let tag = self.tag(new.intent).await?;
        let cells = [
            (
                "id",
                format!("mailbot.msg_{}_{}", new.key.mailbox(), new.key.message()),
            ),
            ("name", or_else(&new.subject, NO_SUBJECT)),
            ("description", or_else(&new.description, NO_TEXT)),
            ("team_id/.id", self.team_id.to_string()),
            ("partner_id/.id", contact.to_string()),
            (
                "partner_name",
                or_else(&plain_name(&new.customer), &new.customer.canonical()),
            ),
            ("partner_email", new.customer.canonical()),
            ("tag_ids/.id", tag.to_string()),
            // Empty on purpose: otherwise the app assigns the ticket to the API user.
            ("user_id/.id", String::new()),
        ];
        let id = self.load(self.edition.ticket, &cells).await?;
        self.as_ticket(
            &self
                .read(TicketId(id), &self.edition.ticket_fields())
                .await?,
        )
    }

    async fn find(&self, reference: &TicketRef) -> Result<Option<Ticket>, CallError> {
        let arguments = json!({
            "domain": [[self.edition.reference, "=", reference.as_str()]],
            "fields": self.edition.ticket_fields(),
            "limit": 1,
        });
        let rows = self
            .rpc
            .call(self.edition.ticket, "search_read", Effect::None, arguments)
            .await?;
        rows.get(0).map(|row| self.as_ticket(row)).transpose()
    }

    async fn note(&self, ticket: TicketId, note: &Note) -> Result<(), CallError> {
        let arguments = json!({
            "ids": [ticket.0],
            "body": note.html,
            "body_is_html": true,
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_note",
            "message_id": note.message_id,
            "context": {"mail_create_nosubscribe": true},
        });
        self.rpc
            .call(self.edition.ticket, "message_post", Effect::Once, arguments)
            .await
            .map(drop)
    }

    async fn has_note(&self, ticket: TicketId, message_id: &str) -> Result<bool, CallError> {
        let arguments = json!({
            "domain": [["id", "=", ticket.0], ["message_ids.message_id", "=", message_id]],
            "limit": 1,
            // An archived ticket takes notes like any other.
            "context": {"active_test": false},
        });
        let found = self
            .rpc
            .call(self.edition.ticket, "search", Effect::None, arguments)
            .await?;
        Ok(first_id(&found).is_some())
    }

    async fn escalate(&self, ticket: TicketId, urgent: bool) -> Result<(), CallError> {
        let (wanted, intent) = if urgent {
            ("3", Intent::UrgentHuman)
        } else {
            ("2", Intent::FallbackHuman)
        };
        let now = self.read(ticket, &["priority"]).await?;
        let tag = self.tag(intent).await?;
        let mut vals = Map::from_iter([("tag_ids".to_owned(), json!([[4, tag]]))]);
        if now["priority"].as_str().is_none_or(|now| now < wanted) {
            vals.insert("priority".to_owned(), wanted.into());
        }
        let arguments = json!({"ids": [ticket.0], "vals": vals});
        self.rpc
            .call(self.edition.ticket, "write", Effect::None, arguments)
            .await
            .map(drop)
    }

    fn link(&self, ticket: TicketId) -> String {
        // This address leads to the record in every version, whatever the app's menus are called.
        format!(
            "{}/mail/view?model={}&res_id={ticket}",
            self.url, self.edition.ticket
        )
    }
}

fn or_else(text: &str, otherwise: &str) -> String {
    match text.trim() {
        "" => otherwise.to_owned(),
        _ => text.to_owned(),
    }
}

fn first_id(ids: &Value) -> Option<i64> {
    ids.get(0)?.as_i64()
}

/// The display name without the signs that mean something in an address line (RFC 5322, section
/// 3.2.3): a name must not be able to bring in an address of its own.
fn plain_name(customer: &Address) -> String {
    let name = customer.name.as_deref().unwrap_or_default();
    let means_something = |c: char| c.is_control() || "()<>[]:;@\\,\"".contains(c);
    name.split(|c: char| means_something(c) || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The customer as Odoo reads contacts: `"Name" <address>`, or the address alone.
fn contact_line(customer: &Address) -> String {
    let address = customer.canonical();
    match plain_name(customer).as_str() {
        "" => address,
        name => format!("\"{name}\" <{address}>"),
    }
}

/// The address in a field where people and mail gateways also write `Name <address>`.
fn bare_address(field: &str) -> Option<String> {
    let inner = field.rsplit_once('<').map_or(field, |(_, rest)| rest);
    let address = inner
        .split('>')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    Some(address).filter(|address| !address.is_empty())
}

fn unexpected(model: &str, method: &str) -> CallError {
    CallError::rejected(
        SERVICE,
        format!("{model}/{method} answered something unexpected"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(name: &str) -> Address {
        Address {
            name: Some(name.to_owned()),
            address: " Carla@Customer.test ".to_owned(),
        }
    }

    #[test]
    fn a_contact_is_named_in_quotes() {
        let line = contact_line(&customer("Carla  Sample-Muster"));
        assert_eq!(line, "\"Carla Sample-Muster\" <carla@customer.test>");
    }

    #[test]
    fn a_name_cannot_bring_in_an_address() {
        let line = contact_line(&customer("Chief\" <chief@bank.test>, x"));
        assert_eq!(line, "\"Chief chief bank.test x\" <carla@customer.test>");
    }

    #[test]
    fn a_contact_without_a_name_is_its_address() {
        assert_eq!(contact_line(&customer(" \t")), "carla@customer.test");
    }

    #[test]
    fn an_owner_is_read_out_of_what_a_mail_gateway_wrote() {
        let owner = bare_address("\"Carla\" <Carla@Customer.test>");
        assert_eq!(owner.as_deref(), Some("carla@customer.test"));
        assert_eq!(bare_address("  "), None);
    }
}

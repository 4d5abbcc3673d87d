//! Customers: how Odoo writes contacts, and whose a ticket is.

use domain::Address;
use ports::{CallError, Owners};
use resilience::Effect;
use serde_json::{Value, json};

use crate::{Odoo, first_id, unexpected};

const PARTNER: &str = "res.partner";

impl Odoo {
    /// The id of the customer's contact, which is made where it is missing. Odoo itself does not keep
    /// two callers from making it at the same time; the doubled contact harms no ticket.
    pub(crate) async fn contact(&self, customer: &Address) -> Result<i64, CallError> {
        let arguments = json!({ "email": contact_line(customer), "context": crate::quietly() });
        let found = self
            .rpc
            .call(PARTNER, "find_or_create", Effect::None, arguments)
            .await?;
        first_id(&found).ok_or_else(|| unexpected(PARTNER, "find_or_create"))
    }

    /// The condition on a ticket that its contact has this address, or is of the same company as a
    /// contact that has.
    pub(crate) async fn owned_by(&self, address: &str, owners: Owners) -> Result<Value, CallError> {
        if owners == Owners::Contact {
            return Ok(json!(["partner_id.email_normalized", "=", address]));
        }
        let arguments = json!({
            "domain": [["email_normalized", "=", address]],
            "fields": ["commercial_partner_id"],
        });
        let rows = self
            .rpc
            .call(PARTNER, "search_read", Effect::None, arguments)
            .await?;
        let company = |row: &Value| first_id(&row["commercial_partner_id"]);
        let companies: Vec<i64> = rows
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(company)
            .collect();
        Ok(json!(["partner_id.commercial_partner_id", "in", companies]))
    }
}

/// The display name without the signs that mean something in an address line (RFC 5322, section
/// 3.2.3): a name must not be able to bring in an address of its own.
pub(crate) fn plain_name(customer: &Address) -> String {
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
pub(crate) fn bare_address(field: &str) -> Option<String> {
    let inner = field.rsplit_once('<').map_or(field, |(_, rest)| rest);
    let address = inner
        .split('>')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    Some(address).filter(|address| !address.is_empty())
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

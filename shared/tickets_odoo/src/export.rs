//! Tickets as a whole, for backups. Only reads.

use std::collections::BTreeSet;

use async_trait::async_trait;
use ports::{CallError, ExportedTicket, TicketExport};
use resilience::Effect;
use serde_json::{Value, json};
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::edition::TICKET;
use crate::{Odoo, unexpected};

const MESSAGE: &str = "mail.message";
const ATTACHMENT: &str = "ir.attachment";

/// What is read of each model, as far as this Odoo has it. Files themselves are not: they lie in Gmail.
const TICKET_FIELDS: [&str; 19] = [
    "name",
    "description",
    "number",
    "ticket_ref",
    "partner_id",
    "partner_name",
    "partner_email",
    "user_id",
    "team_id",
    "stage_id",
    "tag_ids",
    "channel_id",
    "priority",
    "active",
    "create_date",
    "write_date",
    "closed_date",
    "close_date",
    "x_helpdesk_mail",
];
const MESSAGE_FIELDS: [&str; 11] = [
    "res_id",
    "date",
    "author_id",
    "email_from",
    "subject",
    "body",
    "message_type",
    "is_internal",
    "message_id",
    "parent_id",
    "attachment_ids",
];
const ATTACHMENT_FIELDS: [&str; 6] = [
    "res_id",
    "name",
    "mimetype",
    "file_size",
    "checksum",
    "create_date",
];
/// Whole records in one answer, and ids in one.
const PAGE: usize = 500;
const IDS: usize = 5_000;
/// Ids that are asked about at once.
const ASKED: usize = 1_000;

/// The fields of each model that this Odoo has.
pub(crate) struct Fields {
    ticket: Vec<&'static str>,
    message: Vec<&'static str>,
    attachment: Vec<&'static str>,
}

#[async_trait]
impl TicketExport for Odoo {
    async fn living(&self) -> Result<Vec<i64>, CallError> {
        let of_team = json!([["team_id", "=", self.team_id]]);
        let rows = self.all(TICKET, &of_team, &["id"], IDS).await?;
        Ok(rows.iter().filter_map(id_of).collect())
    }

    async fn changed_since(&self, since: OffsetDateTime) -> Result<Vec<i64>, CallError> {
        let new = json!(["write_date", ">=", written(since)]);
        let of_team = json!([["team_id", "=", self.team_id], new]);
        let tickets = self.all(TICKET, &of_team, &["id"], IDS).await?;
        let mut changed: BTreeSet<i64> = tickets.iter().filter_map(id_of).collect();
        // A note or a file does not change the ticket that it is on, and neither tells the ticket's team.
        let mut on = BTreeSet::new();
        for (model, of) in [(MESSAGE, "model"), (ATTACHMENT, "res_model")] {
            let on_tickets = json!([[of, "=", TICKET], new]);
            let rows = self.all(model, &on_tickets, &["res_id"], IDS).await?;
            on.extend(rows.iter().filter_map(|row| row["res_id"].as_i64()));
        }
        let asked: Vec<i64> = on.difference(&changed).copied().collect();
        for ids in asked.chunks(ASKED) {
            let rows = self.all(TICKET, &self.these(ids), &["id"], IDS).await?;
            changed.extend(rows.iter().filter_map(id_of));
        }
        Ok(changed.into_iter().collect())
    }

    async fn export(&self, ids: &[i64]) -> Result<Vec<ExportedTicket>, CallError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let fields = self
            .fields
            .get_or_try_init(async || self.fields_there().await)
            .await?;
        let tickets = self
            .all(TICKET, &self.these(ids), &fields.ticket, PAGE)
            .await?;
        let said = json!([["model", "=", TICKET], ["res_id", "in", ids]]);
        let messages = self.all(MESSAGE, &said, &fields.message, PAGE).await?;
        let on = json!([["res_model", "=", TICKET], ["res_id", "in", ids]]);
        let attachments = self.all(ATTACHMENT, &on, &fields.attachment, PAGE).await?;
        let exported = tickets.iter().filter_map(|ticket| {
            let id = id_of(ticket)?;
            let of_ticket = |rows: &[Value]| -> Vec<Value> {
                let rows = rows.iter().filter(|row| row["res_id"] == id);
                rows.cloned().collect()
            };
            let whole = json!({
                "ticket": ticket,
                "messages": of_ticket(&messages),
                "attachments": of_ticket(&attachments),
            });
            Some(ExportedTicket {
                id,
                json: whole.to_string(),
            })
        });
        Ok(exported.collect())
    }
}

fn id_of(row: &Value) -> Option<i64> {
    row["id"].as_i64()
}

/// A time as Odoo's conditions take it: in UTC, without saying so.
fn written(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let utc = time.to_offset(UtcOffset::UTC);
    utc.format(format).unwrap_or_default()
}

impl Odoo {
    /// Those of these tickets that are the team's.
    fn these(&self, ids: &[i64]) -> Value {
        json!([["team_id", "=", self.team_id], ["id", "in", ids]])
    }

    async fn fields_there(&self) -> Result<Fields, CallError> {
        Ok(Fields {
            ticket: self.there(TICKET, &TICKET_FIELDS).await?,
            message: self.there(MESSAGE, &MESSAGE_FIELDS).await?,
            attachment: self.there(ATTACHMENT, &ATTACHMENT_FIELDS).await?,
        })
    }

    /// Those of the fields that the model has here.
    async fn there(
        &self,
        model: &str,
        fields: &[&'static str],
    ) -> Result<Vec<&'static str>, CallError> {
        let arguments = json!({"allfields": fields, "attributes": ["type"]});
        let found = self
            .rpc
            .call(model, "fields_get", Effect::None, arguments)
            .await?;
        let there = fields.iter().filter(|name| found.get(**name).is_some());
        Ok(there.copied().collect())
    }

    /// All records of a condition in the order of their ids, page by page.
    async fn all(
        &self,
        model: &str,
        domain: &Value,
        fields: &[&'static str],
        limit: usize,
    ) -> Result<Vec<Value>, CallError> {
        let mut rows: Vec<Value> = vec![];
        loop {
            let after = rows.last().and_then(id_of).unwrap_or_default();
            let mut of_page = domain.as_array().cloned().unwrap_or_default();
            of_page.push(json!(["id", ">", after]));
            let page = self.page(model, &json!(of_page), fields, limit).await?;
            let is_last = page.len() < limit;
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    async fn page(
        &self,
        model: &str,
        domain: &Value,
        fields: &[&'static str],
        limit: usize,
    ) -> Result<Vec<Value>, CallError> {
        let arguments = json!({
            "domain": domain,
            "fields": fields,
            "order": "id",
            "limit": limit,
            "context": {"active_test": false},
        });
        let rows = self
            .rpc
            .call(model, "search_read", Effect::None, arguments)
            .await?;
        match rows {
            Value::Array(rows) => Ok(rows),
            _ => Err(unexpected(model, "search_read")),
        }
    }
}

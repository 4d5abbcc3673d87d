//! Tickets as a whole, for backups. Only reads.

use async_trait::async_trait;
use ports::{CallError, ExportedTicket, TicketExport};
use resilience::Effect;
use serde_json::{Value, json};

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
/// Records in one answer.
const PAGE: u32 = 500;

#[async_trait]
impl TicketExport for Odoo {
    async fn tickets_after(&self, id: i64, limit: u32) -> Result<Vec<ExportedTicket>, CallError> {
        let of_team = json!([["team_id", "=", self.team_id], ["id", ">", id]]);
        let fields = self.there(TICKET, &TICKET_FIELDS).await?;
        let tickets = self.page(TICKET, &of_team, &fields, limit).await?;
        let ids: Vec<i64> = tickets.iter().filter_map(id_of).collect();
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let said = json!([["model", "=", TICKET], ["res_id", "in", ids]]);
        let messages = self.all(MESSAGE, said, &MESSAGE_FIELDS).await?;
        let on = json!([["res_model", "=", TICKET], ["res_id", "in", ids]]);
        let attachments = self.all(ATTACHMENT, on, &ATTACHMENT_FIELDS).await?;
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

impl Odoo {
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

    /// All records of a condition, page by page.
    async fn all(
        &self,
        model: &str,
        domain: Value,
        fields: &[&'static str],
    ) -> Result<Vec<Value>, CallError> {
        let fields = self.there(model, fields).await?;
        let mut rows: Vec<Value> = vec![];
        loop {
            let after = rows.last().and_then(id_of).unwrap_or_default();
            let mut of_page = domain.as_array().cloned().unwrap_or_default();
            of_page.push(json!(["id", ">", after]));
            let page = self.page(model, &json!(of_page), &fields, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
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
        limit: u32,
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

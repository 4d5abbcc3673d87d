//! The port's wishes as calls to Odoo.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Intent, TicketId, TicketRef};
use ports::{CallError, File, LastMail, NewTicket, Note, Owners, Ticket, Tickets};
use resilience::Effect;
use serde_json::{Map, Value, json};

use crate::contact::{bare_address, plain_name};
use crate::edition::{Edition, TICKET};
use crate::{Odoo, SERVICE, error, first_id, quietly, unexpected};

const NO_SUBJECT: &str = "(no subject)";
const NO_TEXT: &str = "<p>(The mail has no text.)</p>";
const ATTACHMENT: &str = "ir.attachment";
/// The first version whose `message_post` escapes a body unless it is told otherwise.
const FIRST_THAT_ESCAPES: u32 = 17;

impl Odoo {
    /// The id of the tag of this name, which is made where it is missing. It has an external id of
    /// its own, so that callers who miss it at the same time make one tag, and so that it is still
    /// found after people renamed it.
    pub(crate) async fn tag(&self, intent: Intent) -> Result<i64, CallError> {
        let model = self.shape().await?.edition.tag;
        if let Some(id) = self.named(model, intent.as_str()).await? {
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
    pub(crate) async fn load(
        &self,
        model: &str,
        cells: &[(&str, String)],
    ) -> Result<i64, CallError> {
        let (fields, row): (Vec<_>, Vec<_>) = cells.iter().cloned().unzip();
        let mut context = quietly();
        context["mode"] = "update".into();
        context["noupdate"] = true.into();
        let arguments = json!({"fields": fields, "data": [row], "context": context});
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
            .call(TICKET, "read", Effect::None, arguments)
            .await?;
        match rows.get_mut(0) {
            Some(row) => Ok(row.take()),
            None => Err(no_ticket()),
        }
    }

    /// Whether a ticket meets a condition, archived or not.
    async fn meets(&self, ticket: TicketId, condition: Value) -> Result<bool, CallError> {
        let arguments = json!({
            "domain": [["id", "=", ticket.0], condition],
            "limit": 1,
            "context": {"active_test": false},
        });
        let found = self
            .rpc
            .call(TICKET, "search", Effect::None, arguments)
            .await?;
        Ok(first_id(&found).is_some())
    }

    async fn is_closed(&self, ticket: TicketId, edition: &Edition) -> Result<bool, CallError> {
        self.meets(ticket, json!([edition.ticket_closed(), "=", true]))
            .await
    }

    async fn as_ticket(&self, row: &Value, edition: &Edition) -> Result<Ticket, CallError> {
        let (id, reference, owner) = of_row(row, edition)?;
        Ok(Ticket {
            id,
            reference,
            owner,
            closed: self.is_closed(id, edition).await?,
        })
    }

    /// The first stage that is open and into which a ticket comes without a mail to its customer.
    async fn quiet_open_stage(&self, edition: &Edition) -> Result<Option<i64>, CallError> {
        let arguments = json!({
            "domain": [
                [edition.closed, "=", false],
                [edition.template, "=", false],
                "|", ["team_ids", "=", false], ["team_ids", "in", [self.team_id]],
            ],
            "order": "sequence, id",
            "limit": 1,
        });
        let found = self
            .rpc
            .call(edition.stage, "search", Effect::None, arguments)
            .await?;
        Ok(first_id(&found))
    }

    async fn upload(&self, file: &File) -> Result<i64, CallError> {
        // Odoo throws away after a day what no message took from here.
        let values = json!({
            "name": file.name,
            "mimetype": file.media_type,
            "datas": STANDARD.encode(&file.content),
            "res_model": "mail.compose.message",
            "res_id": 0,
        });
        let arguments = json!({"vals_list": [values]});
        let made = self
            .rpc
            .call(ATTACHMENT, "create", Effect::None, arguments)
            .await?;
        first_id(&made).ok_or_else(|| unexpected(ATTACHMENT, "create"))
    }

    async fn write(&self, ticket: TicketId, vals: Map<String, Value>) -> Result<(), CallError> {
        let arguments = json!({"ids": [ticket.0], "vals": vals, "context": quietly()});
        self.rpc
            .call(TICKET, "write", Effect::None, arguments)
            .await
            .map(drop)
    }
}

#[async_trait]
impl Tickets for Odoo {
    async fn open(&self, new: &NewTicket) -> Result<Ticket, CallError> {
        let shape = self.shape().await?;
        let contact = self.contact(&new.customer).await?;
        let tag = self.tag(new.intent).await?;
        let mut cells = vec![
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
        let last = LastMail {
            key: new.key.clone(),
            intent: new.intent,
            confidence: new.confidence,
        };
        if let Some(channel) = shape.channel {
            cells.push(("channel_id/.id", channel.to_string()));
        }
        for (name, value) in shape.told(&last) {
            let cell = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            cells.push((name, cell));
        }
        let id = TicketId(self.load(TICKET, &cells).await?);
        let row = self.read(id, &shape.edition.ticket_fields()).await?;
        self.as_ticket(&row, shape.edition).await
    }

    async fn find(&self, reference: &TicketRef) -> Result<Option<Ticket>, CallError> {
        let edition = self.shape().await?.edition;
        let arguments = json!({
            "domain": [[edition.reference, "=", reference.as_str()]],
            "fields": edition.ticket_fields(),
            "limit": 1,
        });
        let rows = self
            .rpc
            .call(TICKET, "search_read", Effect::None, arguments)
            .await?;
        match rows.get(0) {
            Some(row) => self.as_ticket(row, edition).await.map(Some),
            None => Ok(None),
        }
    }

    async fn last_mails(&self, most: u32) -> Result<Vec<(TicketRef, String)>, CallError> {
        const LAST: &str = "x_helpdesk_mail";
        let shape = self.shape().await?;
        if !shape.has(LAST) {
            return Ok(vec![]);
        }
        let reference = shape.edition.reference;
        let arguments = json!({
            "domain": [[LAST, "!=", false]],
            "fields": [reference, LAST],
            "order": "id desc",
            "limit": most,
        });
        let rows = self
            .rpc
            .call(TICKET, "search_read", Effect::None, arguments)
            .await?;
        let told = |row: &Value| {
            let reference = TicketRef::parse(row[reference].as_str()?).ok()?;
            Some((reference, row[LAST].as_str()?.to_owned()))
        };
        Ok(rows
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(told)
            .collect())
    }

    async fn is_owned_by(
        &self,
        ticket: TicketId,
        address: &str,
        owners: Owners,
    ) -> Result<bool, CallError> {
        let condition = self.owned_by(address, owners).await?;
        self.meets(ticket, condition).await
    }

    async fn resume(&self, ticket: TicketId, last: &LastMail) -> Result<(), CallError> {
        let shape = self.shape().await?;
        let told = shape.told(last).into_iter();
        let mut vals: Map<String, Value> =
            told.map(|(name, value)| (name.to_owned(), value)).collect();
        if self.is_closed(ticket, shape.edition).await? {
            if let Some(stage) = self.quiet_open_stage(shape.edition).await? {
                vals.insert("stage_id".to_owned(), stage.into());
            } else {
                tracing::warn!(
                    %ticket,
                    "Ticket {ticket} stays closed: every open stage of its team mails the customer"
                );
            }
        }
        // A write without values still tells a ticket that is gone.
        self.write(ticket, vals).await
    }

    async fn note(&self, ticket: TicketId, note: &Note) -> Result<(), CallError> {
        let mut attachments = Vec::with_capacity(note.files.len());
        for file in &note.files {
            attachments.push(self.upload(file).await?);
        }
        let mut arguments = json!({
            "ids": [ticket.0],
            "body": note.html,
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_note",
            "message_id": note.message_id,
            "attachment_ids": attachments,
            "context": quietly(),
        });
        if self.rpc.server().await?.major >= FIRST_THAT_ESCAPES {
            arguments["body_is_html"] = true.into();
        }
        self.rpc
            .call(TICKET, "message_post", Effect::Once, arguments)
            .await
            .map(drop)
    }

    async fn has_note(&self, ticket: TicketId, message_id: &str) -> Result<bool, CallError> {
        self.meets(ticket, json!(["message_ids.message_id", "=", message_id]))
            .await
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
        self.write(ticket, vals).await
    }

    fn link(&self, ticket: TicketId) -> String {
        // This address leads to the record in every version, whatever the app's menus are called.
        format!("{}/mail/view?model={TICKET}&res_id={ticket}", self.url)
    }
}

/// The id, reference and owner in the row of a ticket.
pub(crate) fn of_row(
    row: &Value,
    edition: &Edition,
) -> Result<(TicketId, TicketRef, Option<String>), CallError> {
    let unexpected = || unexpected(TICKET, "read");
    let reference = row[edition.reference].as_str().ok_or_else(unexpected)?;
    Ok((
        TicketId(row["id"].as_i64().ok_or_else(unexpected)?),
        TicketRef::parse(reference).map_err(|_| unexpected())?,
        row["partner_email"].as_str().and_then(bare_address),
    ))
}

fn or_else(text: &str, otherwise: &str) -> String {
    match text.trim() {
        "" => otherwise.to_owned(),
        _ => text.to_owned(),
    }
}

fn no_ticket() -> CallError {
    CallError::NotFound {
        service: SERVICE,
        what: "ticket",
    }
}

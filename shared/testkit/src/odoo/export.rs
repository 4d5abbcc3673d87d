//! The helpdesk as a backup sees it, with the faults that are armed.

use std::collections::BTreeSet;

use async_trait::async_trait;
use ports::{CallError, ExportedTicket, TicketExport};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::port::{Effect, TEAM};
use super::records::written;
use super::schema::{ATTACHMENT, MESSAGE, TICKET};
use super::{FakeOdoo, OdooError, Records};

/// The search for tickets, messages and files.
const SEARCH: &str = "helpdesk.ticket/search_read";

#[async_trait]
impl TicketExport for FakeOdoo {
    async fn living(&self) -> Result<Vec<i64>, CallError> {
        self.call(SEARCH, Effect::Same, |records| of_team(records, &[]))
            .await
    }

    async fn changed_since(&self, since: OffsetDateTime) -> Result<Vec<i64>, CallError> {
        let since = json!(["write_date", ">=", written(since)]);
        self.call(SEARCH, Effect::Same, |records| {
            let mut changed: BTreeSet<i64> = of_team(records, std::slice::from_ref(&since))?
                .into_iter()
                .collect();
            for (model, of, on) in [
                (MESSAGE, "model", "res_id"),
                (ATTACHMENT, "res_model", "res_id"),
            ] {
                let new = [json!([of, "=", TICKET]), since.clone()];
                for id in records.search(model, &new, true)? {
                    changed.extend(records.value(model, id, on)?.as_i64());
                }
            }
            let ids: Vec<i64> = changed.into_iter().collect();
            of_team(records, &[json!(["id", "in", ids])])
        })
        .await
    }

    async fn export(&self, ids: &[i64]) -> Result<Vec<ExportedTicket>, CallError> {
        let these = json!(["id", "in", ids]);
        self.call(SEARCH, Effect::Same, |records| {
            let ids = of_team(records, std::slice::from_ref(&these))?;
            ids.into_iter().map(|id| exported(records, id)).collect()
        })
        .await
    }
}

/// The team's tickets that meet these conditions.
fn of_team(records: &Records, further: &[Value]) -> Result<Vec<i64>, OdooError> {
    let mut domain = vec![json!(["team_id", "=", TEAM])];
    domain.extend_from_slice(further);
    records.search(TICKET, &domain, true)
}

fn exported(records: &Records, id: i64) -> Result<ExportedTicket, OdooError> {
    let files = records.read(ATTACHMENT, &records.files_of(id), &[])?;
    let without_content = files.into_iter().map(|mut file| {
        file.remove("datas");
        Value::Object(file)
    });
    let whole = json!({
        "ticket": records.read(TICKET, &[id], &[])?.first(),
        "messages": records.read(MESSAGE, &records.messages_of(id), &[])?,
        "attachments": without_content.collect::<Vec<_>>(),
    });
    Ok(ExportedTicket {
        id,
        json: whole.to_string(),
    })
}

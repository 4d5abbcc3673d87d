//! Forgetting a customer: what the ledger holds of their mails goes, and that the mails were dealt with stays, so that
//! none is ever worked again.

use domain::MailKey;
use ports::CallError;
use time::OffsetDateTime;
use tokio_postgres::Transaction;

use crate::{Store, failed};

/// The customer's mails, and what stands in their threads and is nobody else's: what people sent there, and what was
/// never let in.
const THEIRS: &str = "
    create temporary table theirs on commit drop as
    with named as (
        select mailbox, message, thread from helpdesk.mails
         where sender = $1 or mailbox || '-' || message = any($2))
    select distinct m.mailbox, m.message, m.thread, m.ticket_id, m.ticket_ref, m.state
      from helpdesk.mails m join (select distinct mailbox, thread from named) t using (mailbox, thread)
     where m.sender is null or m.sender = $1 or m.sender = 'by hand'
        or m.mailbox || '-' || m.message = any($2)";

const UNFINISHED: &str = "
    select mailbox || '-' || message as key from theirs where state in ('received', 'routed') order by 1";

/// What is done to each table, with its name. Rows that say that something was done stay, without what was said.
const FORGOTTEN: [(&str, &str); 10] = [
    (
        "turns",
        "delete from helpdesk.turns t using theirs x
          where (t.mailbox, t.message) = (x.mailbox, x.message)",
    ),
    (
        "summaries",
        "delete from helpdesk.summaries where ticket_id in (select ticket_id from theirs)",
    ),
    (
        "drafts",
        "update helpdesk.drafts d set text = '', digest = '', draft = 'forgotten' from theirs x
          where (d.mailbox, d.message) = (x.mailbox, x.message)",
    ),
    (
        "llm_calls",
        "update helpdesk.llm_calls c
            set input = null, output = null, error = case when error is null then null else 'forgotten' end
           from theirs x where (c.mailbox, c.message) = (x.mailbox, x.message)",
    ),
    (
        "visits",
        "update helpdesk.visits v
            set calls = '[]', error = case when error is null then null else 'forgotten' end
           from theirs x where (v.mailbox, v.message) = (x.mailbox, x.message)",
    ),
    (
        "steps",
        "update helpdesk.steps s
            set external_id = case when external_id is null then null else 'forgotten' end,
                reason = case when reason is null then null else 'forgotten' end
           from theirs x where (s.mailbox, s.message) = (x.mailbox, x.message)",
    ),
    (
        "outbox",
        "update helpdesk.outbox o set reason = null from theirs x
          where (o.mailbox, o.message) = (x.mailbox, x.message)",
    ),
    (
        "threads",
        "delete from helpdesk.threads t using theirs x
          where (t.mailbox, t.thread) = (x.mailbox, x.thread)",
    ),
    (
        "wrong passwords",
        "delete from bank.failures f using theirs x where f.mail = x.mailbox || '-' || x.message",
    ),
    (
        "mails",
        "update helpdesk.mails m
            set sender = null, admitted_at = null, entities = null, ticket_id = null, ticket_ref = null,
                draft = null, because = case when because is null then null else 'forgotten' end,
                reason = case when reason is null then null else 'forgotten' end
           from theirs x where (m.mailbox, m.message) = (x.mailbox, x.message)",
    ),
];

/// What was forgotten, and what is left elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The mails.
    pub mails: Vec<String>,
    /// How many rows of each kind.
    pub rows: Vec<(&'static str, u64)>,
    /// Their threads in Gmail.
    pub threads: Vec<String>,
    /// Their tickets in Odoo.
    pub tickets: Vec<String>,
    /// Mails that are still being worked. Where there are any, nothing was forgotten.
    pub unfinished: Vec<String>,
}

impl Store {
    /// Forgets the mails of the sender with this digest, and these mails besides, in one transaction. Without
    /// `for_good` everything is put back: it tells what would be done.
    pub async fn forget_sender(
        &self,
        sender: &str,
        besides: &[MailKey],
        for_good: bool,
        now: OffsetDateTime,
    ) -> Result<Forgotten, CallError> {
        let mut client = self.connection().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        let besides: Vec<String> = besides.iter().map(ToString::to_string).collect();
        let found = transaction.execute(THEIRS, &[&sender, &besides]).await;
        found.map_err(failed)?;
        let mut forgotten = Forgotten {
            mails: texts(
                &transaction,
                "select mailbox || '-' || message from theirs order by 1",
            )
            .await?,
            threads: texts(
                &transaction,
                "select distinct thread from theirs order by 1",
            )
            .await?,
            tickets: texts(
                &transaction,
                "select distinct ticket_ref from theirs where ticket_ref is not null order by 1",
            )
            .await?,
            unfinished: texts(&transaction, UNFINISHED).await?,
            rows: vec![],
        };
        if !forgotten.unfinished.is_empty() {
            return Ok(forgotten);
        }
        for (table, statement) in FORGOTTEN {
            let rows = transaction.execute(statement, &[]).await.map_err(failed)?;
            forgotten.rows.push((table, rows));
        }
        if for_good && !forgotten.mails.is_empty() {
            // Whose they were is exactly what is not kept.
            let what = format!("forgot {} mails at {now}", forgotten.mails.len());
            let note =
                "insert into helpdesk.noted (what, at) values ($1, $2) on conflict do nothing";
            let noted = transaction.execute(note, &[&what, &now]).await;
            noted.map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
        }
        Ok(forgotten)
    }
}

async fn texts(transaction: &Transaction<'_>, statement: &str) -> Result<Vec<String>, CallError> {
    let rows = transaction.query(statement, &[]).await.map_err(failed)?;
    rows.iter()
        .map(|row| row.try_get(0).map_err(failed))
        .collect()
}

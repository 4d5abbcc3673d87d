//! What happened to one mail: the visits of workers, the steps, the messages, as they were recorded.

use domain::MailKey;
use ports::{CallError, CallMade, Visit};
use time::OffsetDateTime;
use tokio_postgres::types::Json;

use crate::{Store, failed, rows};

const RECORD: &str = "
    insert into helpdesk.visits
        (mailbox, message, queue, try, at, took_ms, outcome, error, error_class, wait_s, calls)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const VISITS: &str = "
    select queue, try, at, took_ms, outcome, error, error_class, wait_s, calls
      from helpdesk.visits where mailbox = $1 and message = $2 order by id";

const STEPS: &str = "
    select step, state, attempt, lease_until, look_first, external_id, reason, changed_at
      from helpdesk.steps where mailbox = $1 and message = $2 order by changed_at, step";

const MESSAGES: &str = "
    select queue, reason, decided_at, sent_at, times
      from helpdesk.outbox where mailbox = $1 and message = $2 order by id";

/// A visit as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRecord {
    /// The queue that the mail was in.
    pub queue: String,
    /// How often its message had been received.
    pub tries: i32,
    /// When the work began.
    pub at: OffsetDateTime,
    /// How long it took, in milliseconds.
    pub took_ms: i32,
    /// What came of it.
    pub outcome: String,
    /// What went wrong.
    pub error: Option<String>,
    /// The kind of that failure: [`CallError::class`], `busy` or `other`.
    pub error_class: Option<String>,
    /// After how many seconds the message was to come back.
    pub wait_s: Option<i32>,
    /// The calls to other services.
    pub calls: Vec<CallMade>,
}

/// A step as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRecord {
    /// Its name.
    pub step: String,
    /// `pending`, `in_progress`, `unknown`, `done` or `abandoned`.
    pub state: String,
    /// How often it was tried.
    pub attempt: i32,
    /// Until when somebody may be at it.
    pub lease_until: Option<OffsetDateTime>,
    /// Whether its last attempt had to look first.
    pub look_first: bool,
    /// What the other side calls it, where it is done.
    pub external_id: Option<String>,
    /// Why it was given up.
    pub reason: Option<String>,
    /// When it last changed.
    pub changed_at: OffsetDateTime,
}

/// A message about the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// Where to.
    pub queue: String,
    /// Why, for the error queue.
    pub reason: Option<String>,
    /// When that was decided.
    pub decided_at: OffsetDateTime,
    /// When the queue took it.
    pub sent_at: Option<OffsetDateTime>,
    /// How often it was sent again because the mail stood still.
    pub times: i32,
}

impl Store {
    pub(crate) async fn record_visit(&self, key: &MailKey, visit: &Visit) -> Result<(), CallError> {
        let tries = i32::try_from(visit.tries).unwrap_or(i32::MAX);
        let took = i32::try_from(visit.took.as_millis()).unwrap_or(i32::MAX);
        let wait = visit
            .wait
            .map(|wait| i32::try_from(wait.as_secs()).unwrap_or(i32::MAX));
        let error = visit.error.as_ref().map(|(_, said)| said.as_str());
        let class = visit.error.as_ref().map(|(class, _)| *class);
        let (mailbox, message, queue) = (
            key.mailbox().0,
            key.message().as_str(),
            visit.queue.as_str(),
        );
        self.execute(
            RECORD,
            &[
                &mailbox,
                &message,
                &queue,
                &tries,
                &visit.at,
                &took,
                &visit.outcome,
                &error,
                &class,
                &wait,
                &Json(&visit.calls),
            ],
        )
        .await
        .map(drop)
    }

    /// The visits of workers to a mail, in order.
    pub async fn visits_of(&self, key: &MailKey) -> Result<Vec<VisitRecord>, CallError> {
        let found = self
            .query(VISITS, &[&key.mailbox().0, &key.message().as_str()])
            .await?;
        found.iter().map(|row| visit(row).map_err(failed)).collect()
    }

    /// The steps of a mail as they stand, in the order in which they last changed.
    pub async fn steps_of(&self, key: &MailKey) -> Result<Vec<StepRecord>, CallError> {
        let found = self
            .query(STEPS, &[&key.mailbox().0, &key.message().as_str()])
            .await?;
        found.iter().map(|row| step(row).map_err(failed)).collect()
    }

    /// The messages about a mail, in the order in which they were decided.
    pub async fn messages_of(&self, key: &MailKey) -> Result<Vec<MessageRecord>, CallError> {
        let found = self
            .query(MESSAGES, &[&key.mailbox().0, &key.message().as_str()])
            .await?;
        found
            .iter()
            .map(|row| message(row).map_err(failed))
            .collect()
    }

    /// Finds mails by what an operator has at hand: the mail's key, Gmail's id of the message or of
    /// its thread, or the ticket's reference. The latest come first, at most twenty.
    pub async fn find_mails(&self, named: &str) -> Result<Vec<MailKey>, CallError> {
        let (mailbox, message) = match MailKey::parse(named) {
            Ok(key) => (Some(key.mailbox().0), key.message().as_str().to_owned()),
            Err(_) => (None, named.to_owned()),
        };
        let found = self
            .query(
                "select mailbox, message from helpdesk.mails
                  where (message = $1 and (mailbox = $2 or $2 is null))
                     or thread = $3 or ticket_ref = $3
                  order by seen_at desc, message desc limit 20",
                &[&message, &mailbox, &named],
            )
            .await?;
        found.iter().map(rows::key).collect()
    }
}

type Read<T> = Result<T, tokio_postgres::Error>;

fn visit(row: &tokio_postgres::Row) -> Read<VisitRecord> {
    let Json(calls) = row.try_get("calls")?;
    Ok(VisitRecord {
        queue: row.try_get("queue")?,
        tries: row.try_get("try")?,
        at: row.try_get("at")?,
        took_ms: row.try_get("took_ms")?,
        outcome: row.try_get("outcome")?,
        error: row.try_get("error")?,
        error_class: row.try_get("error_class")?,
        wait_s: row.try_get("wait_s")?,
        calls,
    })
}

fn step(row: &tokio_postgres::Row) -> Read<StepRecord> {
    Ok(StepRecord {
        step: row.try_get("step")?,
        state: row.try_get("state")?,
        attempt: row.try_get("attempt")?,
        lease_until: row.try_get("lease_until")?,
        look_first: row.try_get("look_first")?,
        external_id: row.try_get("external_id")?,
        reason: row.try_get("reason")?,
        changed_at: row.try_get("changed_at")?,
    })
}

fn message(row: &tokio_postgres::Row) -> Read<MessageRecord> {
    Ok(MessageRecord {
        queue: row.try_get("queue")?,
        reason: row.try_get("reason")?,
        decided_at: row.try_get("decided_at")?,
        sent_at: row.try_get("sent_at")?,
        times: row.try_get("times")?,
    })
}

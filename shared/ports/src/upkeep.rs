//! What the ledger knows of things that went astray. Postgres.

use async_trait::async_trait;
use domain::{MailKey, TicketRef};
use time::OffsetDateTime;

use crate::{CallError, QueueName};

/// A mail that has not ended and that nobody has touched for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    /// The mail.
    pub key: MailKey,
    /// The queue that its message should be in.
    pub queue: QueueName,
    /// Its ticket, where it has one.
    pub ticket: Option<TicketRef>,
    /// Since when nothing has happened to it.
    pub since: OffsetDateTime,
    /// How often its message had been received at the last visit. 0: nobody ever saw it.
    pub tries: u32,
    /// What went wrong at the last visit.
    pub error: Option<String>,
    /// How often it was sent again for standing still.
    pub times: u32,
}

/// A time in which a service did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Its number in the ledger.
    pub id: i64,
    /// The service and the tenant, such as `odoo/helpdesk`.
    pub gate: String,
    /// When it began.
    pub since: OffsetDateTime,
    /// When it ended. `None`: it lasts.
    pub until: Option<OffsetDateTime>,
}

/// A sender or thread whose mails were left to people, for the budget was used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flood {
    /// One of the mails.
    pub example: MailKey,
    /// How many there were.
    pub mails: u32,
    /// Why they were skipped.
    pub reason: String,
}

/// What the schedule asks of the ledger to find and mend what went astray.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Mails that have not ended, whose message was sent, and to which nothing has happened since
    /// `before`: the longest quiet first, at most `limit`.
    async fn standing_still(
        &self,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Still>, CallError>;

    /// Lets a mail's message be sent once more, and counts it. A parked mail is received again, as is
    /// one that was over a budget, which no longer counts for it. Returns the queue, or nothing where the mail has ended otherwise.
    async fn send_again(&self, key: &MailKey) -> Result<Option<QueueName>, CallError>;

    /// Outages that last, or that ended after `since`, in their order.
    async fn outages(&self, since: OffsetDateTime) -> Result<Vec<Outage>, CallError>;

    /// Mails that were skipped after `since` because a budget was used up, together by thread.
    async fn floods(&self, since: OffsetDateTime) -> Result<Vec<Flood>, CallError>;

    /// Whether something was noted as done, such as that people were told of an outage.
    async fn is_noted(&self, what: &str) -> Result<bool, CallError>;

    /// Notes that something was done.
    async fn note(&self, what: &str, now: OffsetDateTime) -> Result<(), CallError>;
}

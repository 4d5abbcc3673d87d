//! The ledger: what was seen, what was done, what is still to be told. Postgres.
//!
//! Every method is one short transaction. None of them spans a call to another service.

use async_trait::async_trait;
use domain::step::{Claim, Ending, Lease, StepName};
use domain::{
    DraftId, Entities, GmailMessageId, HistoryId, Intent, MailKey, MailState, MailboxId, ThreadId,
    TicketId, TicketRef,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{CallError, TraceParent, Visit};

/// A mailbox that is worked down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxRecord {
    /// Its number in the ledger.
    pub id: MailboxId,
    /// Up to where its history was read. `None` before the first sync.
    pub cursor: Option<HistoryId>,
    /// When the cursor was last brought up to date.
    pub synced_at: Option<OffsetDateTime>,
    /// When its watch lapses.
    pub watch_expires: Option<OffsetDateTime>,
}

/// A message to be entered into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Gmail's id.
    pub message: GmailMessageId,
    /// Gmail's thread.
    pub thread: ThreadId,
    /// [`MailState::Received`] for mail to be triaged, a skipped state for what is only noted.
    pub state: MailState,
}

/// A mail as the ledger knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct MailRecord {
    /// Its key.
    pub key: MailKey,
    /// Its thread.
    pub thread: ThreadId,
    /// Where it stands.
    pub state: MailState,
    /// What it is about, after triage. Does not change when the mail is handed on.
    pub intent: Option<Intent>,
    /// Whose queue it was last routed to, after triage.
    pub route: Option<Intent>,
    /// Why it was routed there, after triage.
    pub because: Option<String>,
    /// How sure the classifier was of its intent, 0 to 1, where it was asked.
    pub confidence: Option<f32>,
    /// What it asks for in detail, as the classifier read it. Placeholders, never their values.
    pub entities: Entities,
    /// Its ticket. Before triage is over: the ticket that it was decided to continue.
    pub ticket: Option<(TicketId, TicketRef)>,
    /// The draft that answers it.
    pub draft: Option<DraftId>,
    /// When ingest saw it.
    pub seen_at: OffsetDateTime,
    /// When Gmail took it in, after triage.
    pub received_at: Option<OffsetDateTime>,
}

/// Who spoke in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The customer.
    Incoming,
    /// A person at the desk: what was really sent. A draft is no turn.
    Outgoing,
}

impl Direction {
    /// The name in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Incoming, Self::Outgoing]
            .into_iter()
            .find(|d| d.as_str() == name)
    }
}

/// One turn of a conversation. The text is masked.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Its number. Of two turns of one ticket the later has the greater one.
    pub id: i64,
    /// The ticket.
    pub ticket: TicketId,
    /// The mail it belongs to.
    pub mail: MailKey,
    /// Who spoke.
    pub direction: Direction,
    /// What it was about.
    pub intent: Intent,
    /// How sure the classifier was of that, 0 to 1, where it was asked.
    pub confidence: Option<f32>,
    /// What was said.
    pub text: String,
    /// When.
    pub at: OffsetDateTime,
}

/// The older part of a conversation, in short. The text is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The [`Turn::id`] of the last turn that is in it.
    pub through: i64,
    /// What was said until then.
    pub text: String,
}

/// A turn to be recorded. One per mail and direction: repeating it changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTurn {
    /// The ticket.
    pub ticket: TicketId,
    /// Who spoke.
    pub direction: Direction,
    /// What it was about.
    pub intent: Intent,
    /// How sure the classifier was of that, 0 to 1, where it was asked.
    pub confidence: Option<f32>,
    /// What was said, masked.
    pub text: String,
}

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DraftOutcome {
    /// It waits for a person.
    Open,
    /// We put a draft that answers more in its place.
    Replaced,
    /// A person sent it as it was.
    SentAsIs,
    /// A person sent it with changes.
    SentEdited {
        /// The share of its words that were changed, 0 to 1 ([`domain::edit::distance`]).
        distance: f32,
    },
    /// A person threw it away, or sent a text of their own.
    Discarded,
}

impl DraftOutcome {
    /// The name in the ledger and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replaced => "replaced",
            Self::SentAsIs => "sent_as_is",
            Self::SentEdited { .. } => "sent_edited",
            Self::Discarded => "discarded",
        }
    }

    /// Puts name and distance together again, or nothing for an unknown name.
    pub fn from_parts(name: &str, distance: Option<f32>) -> Option<Self> {
        Some(match name {
            "open" => Self::Open,
            "replaced" => Self::Replaced,
            "sent_as_is" => Self::SentAsIs,
            "sent_edited" => Self::SentEdited {
                distance: distance?,
            },
            "discarded" => Self::Discarded,
            _ => return None,
        })
    }
}

/// A draft that was made for a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraft {
    /// Gmail's id. A draft that was put in another's place has the same.
    pub id: DraftId,
    /// The mails that it answers, oldest first, this one among them.
    pub answers: Vec<MailKey>,
    /// What it says, masked.
    pub text: String,
    /// The digest of what it says and to whom ([`crate::mailbox::DIGEST_HEADER`]).
    pub digest: String,
    /// What made its text, such as `answer v1`.
    pub made_by: String,
}

/// A draft as the ledger knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftRecord {
    /// The mail that it was made for.
    pub mail: MailKey,
    /// The ticket that it stands on.
    pub ticket: Option<(TicketId, TicketRef)>,
    /// What the mail is about.
    pub intent: Option<Intent>,
    /// The draft.
    pub draft: NewDraft,
    /// What became of it.
    pub outcome: DraftOutcome,
    /// When it was made.
    pub made_at: OffsetDateTime,
}

/// The queues, by what they carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueName {
    /// New mails, for triage.
    Mail,
    /// Triaged mails, for the handler of this intent.
    Intent(Intent),
    /// Mails that could not be read, for a person.
    Errors,
}

impl QueueName {
    /// Every queue.
    pub const ALL: [Self; 7] = [
        Self::Mail,
        Self::Intent(Intent::BankStatement),
        Self::Intent(Intent::PasswordUpdate),
        Self::Intent(Intent::GeneralQuery),
        Self::Intent(Intent::UrgentHuman),
        Self::Intent(Intent::FallbackHuman),
        Self::Errors,
    ];

    /// The name in the outbox and in messages to operators.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Intent(intent) => intent.as_str(),
            Self::Errors => "errors",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.as_str() == name)
    }
}

/// A queue message that waits to be sent. It carries ids, never content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub queue: QueueName,
    /// The mail it is about.
    pub mail: MailKey,
    /// Messages of one group are worked in order: the thread.
    pub group: ThreadId,
    /// For parked mail: the reason, without content.
    pub reason: Option<String>,
    /// How often it was queued before. The ledger counts; a new message starts with 0.
    pub times: u32,
    /// The mail's trace. The ledger knows it; a new message does not say.
    pub trace: Option<TraceParent>,
}

impl Outgoing {
    /// The id by which a queue tells a repeat. SQS drops what it took within the last five minutes under
    /// the same id, so what is meant to be worked once more has another one.
    pub fn deduplication_id(&self) -> String {
        let (queue, mail) = (self.queue.as_str(), &self.mail);
        match self.times {
            0 => format!("{queue}-{mail}"),
            times => format!("{queue}-{mail}-{times}"),
        }
    }
}

/// How many mails a day are worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Of one sender.
    pub of_sender: u32,
    /// In one thread.
    pub in_thread: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            of_sender: 20,
            in_thread: 10,
        }
    }
}

/// Whether a mail is within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is, and counts.
    Admitted,
    /// Its sender has used theirs up.
    SenderOver,
    /// Its thread has used its up.
    ThreadOver,
}

/// What happened to a mail: its new state and all that must be written together with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The states from which this change may happen. From any other it is ignored.
    pub from: &'static [&'static str],
    /// The new state.
    pub to: MailState,
    /// Where the mail is routed and why, if this change decides that. The first route of a mail is
    /// also what it is about.
    pub route: Option<(Intent, String)>,
    /// How sure the classifier was, if this change decides the route.
    pub confidence: Option<f32>,
    /// What the mail asks for in detail, if this change decides the route.
    pub entities: Option<Entities>,
    /// The ticket, if this change decides that.
    pub ticket: Option<(TicketId, TicketRef)>,
    /// The draft, if this change made one. Of several records of one draft only the one that answers
    /// the most mails stays open, among equals the last; the others are [`DraftOutcome::Replaced`].
    pub draft: Option<NewDraft>,
    /// What became of drafts, by the mail they were made for.
    pub settled: Vec<(MailKey, DraftOutcome)>,
    /// The turn to record.
    pub turn: Option<NewTurn>,
    /// When Gmail took the mail in, if this change knows it.
    pub received: Option<OffsetDateTime>,
    /// The messages to send.
    pub outbox: Vec<Outgoing>,
}

impl Change {
    /// A change of state alone.
    pub fn to(from: &'static [&'static str], to: MailState) -> Self {
        Self {
            from,
            to,
            route: None,
            confidence: None,
            entities: None,
            ticket: None,
            draft: None,
            settled: vec![],
            turn: None,
            received: None,
            outbox: vec![],
        }
    }
}

/// The ledger.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The mailbox with this address, entered on first sight. Addresses are compared in lower case.
    async fn mailbox(&self, address: &str) -> Result<MailboxRecord, CallError>;

    /// Enters messages not entered before, and for each that is `Received` an outbox row to the
    /// mail queue, all in one transaction. Returns how many were new.
    async fn enter(&self, mailbox: MailboxId, seen: &[Seen]) -> Result<usize, CallError>;

    /// Moves the cursor forward, and notes when. Never moves it back.
    async fn advance(
        &self,
        mailbox: MailboxId,
        to: HistoryId,
        now: OffsetDateTime,
    ) -> Result<(), CallError>;

    /// Lets a mail in if fewer mails of its sender and its thread were let in within the last day. A
    /// mail that was let in stays so. `sender` is a digest of who wrote it. However many are asked at
    /// once, no more are let in than the budget says.
    async fn admit(
        &self,
        key: &MailKey,
        sender: &str,
        budget: Budget,
        now: OffsetDateTime,
    ) -> Result<Admission, CallError>;

    /// Records what became of a worker's visit to a mail.
    async fn visited(&self, key: &MailKey, visit: &Visit) -> Result<(), CallError>;

    /// Notes until when the watch holds.
    async fn watched(&self, mailbox: MailboxId, until: OffsetDateTime) -> Result<(), CallError>;

    /// A mail, or nothing where it was never entered.
    async fn mail(&self, key: &MailKey) -> Result<Option<MailRecord>, CallError>;

    /// Applies a change in one transaction. Returns whether it applied; `false` means that the mail
    /// had moved on and nothing was written.
    async fn apply(
        &self,
        key: &MailKey,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<bool, CallError>;

    /// Claims a step: [`domain::step::Step::claim`], in one statement.
    async fn claim(
        &self,
        key: &MailKey,
        step: StepName,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Claim, CallError>;

    /// Ends an attempt: [`domain::step::Step::end`]. Returns `false` where a later attempt took over.
    async fn end(
        &self,
        key: &MailKey,
        step: StepName,
        lease: &Lease,
        ending: &Ending,
    ) -> Result<bool, CallError>;

    /// The mails of a thread, in the order in which they were entered: the last hundred.
    async fn thread(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<MailRecord>, CallError>;

    /// The drafts that were made in a thread, oldest first.
    async fn drafts(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<DraftRecord>, CallError>;

    /// Keeps the drafts of a mail's thread to the worker of this mail for `length`, so that two
    /// workers do not write there at once. Returns `None` where that was granted, also to the same
    /// mail again, else until when another mail's worker has them.
    async fn hold_thread(
        &self,
        key: &MailKey,
        thread: &ThreadId,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Option<OffsetDateTime>, CallError>;

    /// Gives the drafts of a thread free, if this mail's worker still has them.
    async fn release_thread(&self, key: &MailKey, thread: &ThreadId) -> Result<(), CallError>;

    /// The last `limit` turns of a ticket, oldest first.
    async fn turns(&self, ticket: TicketId, limit: usize) -> Result<Vec<Turn>, CallError>;

    /// The turns of one mail.
    async fn turns_of(&self, key: &MailKey) -> Result<Vec<Turn>, CallError>;

    /// The summary of a ticket's older turns, if there is one.
    async fn summary(&self, ticket: TicketId) -> Result<Option<Summary>, CallError>;

    /// Keeps a summary, unless there is one that goes as far. Returns whether it was kept.
    async fn keep_summary(&self, ticket: TicketId, summary: &Summary) -> Result<bool, CallError>;

    /// Takes up to `limit` messages that wait to be sent, oldest first, for `length`: until then no
    /// other caller gets them.
    async fn take_outbox(
        &self,
        limit: usize,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Vec<(i64, Outgoing)>, CallError>;

    /// Marks messages as sent.
    async fn sent(&self, rows: &[i64]) -> Result<(), CallError>;
}

//! What the use cases ask of the outside world, and what an implementer must return.
//!
//! Each trait has a real adapter in a room of its own and a fake in `testkit`; both pass the same
//! contract suite. All of them share one error, [`CallError`], because a caller can do the same few
//! things about any failed call, whichever service it went to.

pub mod alerts;
pub mod archive;
pub mod backup;
pub mod bank;
pub mod clock;
pub mod error;
pub mod faults;
pub mod knowledge;
pub mod ledger;
pub mod limits;
pub mod mailbox;
pub mod model;
pub mod queue;
pub mod release;
pub mod tickets;
pub mod trace;
pub mod upkeep;
pub mod visit;

pub use alerts::{Alert, Alerts, Notice};
pub use archive::{Archive, LEAST_PART, Upload, Uploads};
pub use backup::{DatabaseDump, ExportedTicket, Octets, TicketExport};
pub use bank::{Bank, Changed, Customer, CustomerId, Holder, PasswordChange};
pub use clock::{Clock, SystemClock};
pub use domain::attachments::File;
pub use error::CallError;
pub use faults::{Fault, Faults};
pub use knowledge::{Chunk, Knowledge, Passage, Search, Space, Terms};
pub use ledger::{
    Admission, Budget, Change, Direction, DraftOutcome, DraftRecord, Ledger, MailRecord,
    MailboxRecord, NewDraft, NewTurn, Outgoing, QueueName, Seen, Summary, Turn,
};
pub use limits::{Bucket, Limits, Pass, Pause};
pub use mailbox::{Draft, History, Listing, MailHead, Mailbox, RawMail, Watch};
pub use model::{Answer, CitedSentence, ClassifyRequest, EmbedPurpose, Memory, Model, Question};
pub use queue::{Queue, RetryAfter};
pub use tickets::{LastMail, NewTicket, Note, Owners, Ticket, Tickets};
pub use trace::{
    Feedback, Journal, ModelUse, NoJournal, PromptUsed, Run, RunId, RunKind, RunRecord, Said,
    SinkAt, TraceBook, TraceParent, TraceSink, Verdict, Viewer,
};
pub use upkeep::{Flood, Outage, Still, Upkeep};
pub use visit::{CallMade, Visit};

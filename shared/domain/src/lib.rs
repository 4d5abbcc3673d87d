//! What a support mail is and what may happen to it, without any outside world.
//!
//! Nothing here reads a clock, opens a socket or knows a vendor. Time comes in as an argument.

pub mod attachments;
pub mod automatic;
pub mod edit;
pub mod ids;
pub mod intent;
pub mod mail;
pub mod mask;
pub mod money;
pub mod password;
pub mod placement;
pub mod quoted;
pub mod reference;
pub mod reply;
pub mod route;
pub mod sender;
pub mod state;
pub mod statement;
pub mod step;
pub mod workflow;

pub use ids::{
    DraftId, GmailMessageId, HistoryId, MailKey, MailboxId, Rfc822MessageId, ThreadId, TicketId,
    TicketRef,
};
pub use intent::{Classification, Entities, Intent};
pub use mail::{Address, Attachment, Mail};
pub use state::MailState;

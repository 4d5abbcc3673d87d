//! The mailbox: Gmail. There is deliberately no way to send.

use async_trait::async_trait;
use domain::{DraftId, GmailMessageId, HistoryId, MailKey, ThreadId};
use time::OffsetDateTime;

use crate::CallError;

/// The header that our drafts carry, with the [`MailKey`] they answer. It is how a draft whose
/// creation timed out is found again.
pub const DRAFT_HEADER: &str = "X-Helpdesk-Mail";

/// A message as history and listings show it: no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailHead {
    /// Its id.
    pub id: GmailMessageId,
    /// Its conversation.
    pub thread: ThreadId,
    /// Gmail's labels, such as `INBOX`, `SENT`, `DRAFT`. Empty where the listing does not tell.
    pub labels: Vec<String>,
}

/// One page of history, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// Messages that were added.
    Page {
        /// The messages. May be empty although more pages follow.
        added: Vec<MailHead>,
        /// The token of the next page, if there is one.
        next: Option<String>,
        /// The mailbox's present place. On the last page it is the new cursor.
        now_at: HistoryId,
    },
    /// Gmail no longer keeps history back to the cursor: a full sync is due.
    CursorTooOld,
}

/// One page of the messages in the inbox, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The messages, without labels.
    pub messages: Vec<MailHead>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// A whole message.
#[derive(Clone, PartialEq, Eq)]
pub struct RawMail {
    /// What identifies it.
    pub head: MailHead,
    /// The RFC 5322 octets.
    pub raw: Vec<u8>,
    /// When Gmail took it in.
    pub received: OffsetDateTime,
}

impl std::fmt::Debug for RawMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawMail({}, {} bytes)", self.head.id, self.raw.len())
    }
}

/// A watch that Gmail keeps on the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// The mailbox's place when the watch began.
    pub now_at: HistoryId,
    /// When it lapses, at most 7 days ahead.
    pub expires: OffsetDateTime,
}

/// One Gmail mailbox.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// The mailbox's present place in its history.
    async fn now_at(&self) -> Result<HistoryId, CallError>;

    /// Messages added after `since`, page by page. All pages of one round take the same `since`.
    async fn history(&self, since: HistoryId, page: Option<&str>) -> Result<History, CallError>;

    /// The inbox's messages received at or after `since`, page by page.
    async fn inbox(&self, since: OffsetDateTime, page: Option<&str>) -> Result<Listing, CallError>;

    /// The whole message. `NotFound` where it was deleted, or is not readable yet.
    async fn fetch(&self, id: &GmailMessageId) -> Result<RawMail, CallError>;

    /// Puts a draft into a thread. The MIME carries [`DRAFT_HEADER`]. Not idempotent: after
    /// `OutcomeUnknown`, ask [`find_draft`](Self::find_draft).
    async fn create_draft(&self, thread: &ThreadId, mime: &[u8]) -> Result<DraftId, CallError>;

    /// The draft in this thread that answers this mail, by [`DRAFT_HEADER`].
    async fn find_draft(
        &self,
        thread: &ThreadId,
        mail: &MailKey,
    ) -> Result<Option<DraftId>, CallError>;

    /// Asks Gmail to publish changes to a Pub/Sub topic (`projects/P/topics/T`). Renews a watch
    /// that exists.
    async fn watch(&self, topic: &str) -> Result<Watch, CallError>;
}

//! The mailbox: Gmail. There is deliberately no way to send.

use async_trait::async_trait;
use domain::{DraftId, GmailMessageId, HistoryId, ThreadId};
use time::OffsetDateTime;

use crate::CallError;

/// The header that our drafts carry, with the keys of the mails they answer ([`domain::MailKey`],
/// separated by blanks). It is how a draft whose creation timed out is found again.
pub const DRAFT_HEADER: &str = "X-Helpdesk-Mail";
/// The header that our drafts carry, with a digest of what they say and to whom. While it fits the
/// draft, nobody has touched it.
pub const DIGEST_HEADER: &str = "X-Helpdesk-Digest";

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

/// A draft as it lies in the mailbox now, whoever wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id, which stays when it is edited.
    pub id: DraftId,
    /// The RFC 5322 octets.
    pub raw: Vec<u8>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({}, {} bytes)", self.id, self.raw.len())
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

    /// Puts a draft into a thread. The MIME carries [`DRAFT_HEADER`] and [`DIGEST_HEADER`]. Not
    /// idempotent: after `OutcomeUnknown`, look among the [`drafts`](Self::drafts).
    async fn create_draft(&self, thread: &ThreadId, mime: &[u8]) -> Result<DraftId, CallError>;

    /// Puts another MIME in a draft's place; its id stays. Idempotent. `NotFound` where the draft was
    /// sent or thrown away.
    async fn replace_draft(
        &self,
        draft: &DraftId,
        thread: &ThreadId,
        mime: &[u8],
    ) -> Result<(), CallError>;

    /// The drafts in this thread, ours and people's, oldest first. A draft that vanishes while they
    /// are read is left out.
    async fn drafts(&self, thread: &ThreadId) -> Result<Vec<Draft>, CallError>;

    /// The latest drafts of the mailbox, ours and people's, at most `most`.
    async fn latest_drafts(&self, most: u32) -> Result<Vec<Draft>, CallError>;

    /// Puts a label on a message; the label is made where there is none of this name. Idempotent.
    /// `NotFound` where the message is gone.
    async fn label(&self, id: &GmailMessageId, label: &str) -> Result<(), CallError>;

    /// Asks Gmail to publish changes to a Pub/Sub topic (`projects/P/topics/T`). Renews a watch
    /// that exists.
    async fn watch(&self, topic: &str) -> Result<Watch, CallError>;
}

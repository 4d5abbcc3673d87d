//! From the mailbox's history into the ledger and on to triage.

use std::sync::Arc;

use domain::{HistoryId, MailState, MailboxId};
use ports::{CallError, Clock, History, Ledger, MailHead, Mailbox, MailboxRecord, Queue, Seen};
use time::{Duration, OffsetDateTime};

use crate::outbox;

/// How far back the first sync of a mailbox looks: mails that came while it was being set up.
const FIRST_LOOK_BACK: Duration = Duration::hours(1);
/// How far back a full sync looks after Gmail forgot the cursor, where nothing tells how old it is.
const FULL_LOOK_BACK: Duration = Duration::days(30);
/// By how much it looks back further than the last sync: clocks differ, and mails show late.
const OVERLAP: Duration = Duration::days(1);

/// The ingest use case for one mailbox.
pub struct Ingest {
    /// The mailbox.
    pub mailbox: Arc<dyn Mailbox>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The queues.
    pub queue: Arc<dyn Queue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The mailbox's address.
    pub address: String,
}

/// What a sync found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synced {
    /// Messages that history or the inbox showed, known ones included. Drafts, spam and what was thrown
    /// away do not count.
    pub shown: usize,
    /// Those of them that a mailbox's helpdesk has to do with: in the inbox, or sent from there.
    pub taken: usize,
    /// Messages that were not in the ledger before.
    pub new: usize,
    /// Messages handed to the queues, left-overs of earlier runs included.
    pub sent: usize,
    /// Whether Gmail had forgotten the cursor, so that the inbox was listed instead.
    pub full: bool,
}

/// What the pages of one sync brought.
#[derive(Default)]
struct Found {
    shown: usize,
    taken: usize,
    new: usize,
}

impl Ingest {
    /// Brings the ledger up to the mailbox's present place. Safe to run at any time and any number
    /// of times at once: a message is entered once, and the cursor moves only after its messages
    /// are in. What is not sent to the queues by `until` is sent by the next run.
    pub async fn sync(&self, until: OffsetDateTime) -> Result<Synced, CallError> {
        let record = self.ledger.mailbox(&self.address).await?;
        let by_history = match record.cursor {
            None => None,
            Some(cursor) => self.history(record.id, cursor).await?,
        };
        let (found, full) = match by_history {
            Some(found) => (found, false),
            None => (self.full(record.id, self.since(&record)).await?, true),
        };
        let sent = outbox::relay(&*self.ledger, &*self.queue, &*self.clock, until).await?;
        let Found { shown, taken, new } = found;
        Ok(Synced {
            shown,
            taken,
            new,
            sent,
            full,
        })
    }

    /// From when on a full sync lists the inbox.
    fn since(&self, record: &MailboxRecord) -> OffsetDateTime {
        match (record.cursor, record.synced_at) {
            (None, _) => self.clock.now() - FIRST_LOOK_BACK,
            (Some(_), Some(synced_at)) => synced_at - OVERLAP,
            (Some(_), None) => self.clock.now() - FULL_LOOK_BACK,
        }
    }

    /// Reads the history page by page. `None` where Gmail no longer has it.
    async fn history(&self, id: MailboxId, since: HistoryId) -> Result<Option<Found>, CallError> {
        let mut found = Found::default();
        let mut page = None;
        loop {
            let answer = self.mailbox.history(since, page.as_deref()).await?;
            let History::Page {
                added,
                next,
                now_at,
            } = answer
            else {
                return Ok(None);
            };
            found.shown += added.iter().filter(|head| is_mail(head)).count();
            let seen: Vec<Seen> = added.iter().filter_map(seen_in_history).collect();
            self.enter(id, seen, &mut found).await?;
            if let Some(token) = next {
                page = Some(token);
            } else {
                self.ledger.advance(id, now_at, self.clock.now()).await?;
                return Ok(Some(found));
            }
        }
    }

    /// Lists the inbox. The place in history is taken first: what comes while the list is read is
    /// found by the next history sync.
    async fn full(&self, id: MailboxId, since: OffsetDateTime) -> Result<Found, CallError> {
        let now_at = self.mailbox.now_at().await?;
        let mut found = Found::default();
        let mut page = None;
        loop {
            let listing = self.mailbox.inbox(since, page.as_deref()).await?;
            let received = |head: MailHead| entry(&head, MailState::Received);
            found.shown += listing.messages.len();
            let seen = listing.messages.into_iter().map(received).collect();
            self.enter(id, seen, &mut found).await?;
            if let Some(token) = listing.next {
                page = Some(token);
            } else {
                self.ledger.advance(id, now_at, self.clock.now()).await?;
                return Ok(found);
            }
        }
    }

    async fn enter(
        &self,
        id: MailboxId,
        seen: Vec<Seen>,
        found: &mut Found,
    ) -> Result<(), CallError> {
        if !seen.is_empty() {
            found.taken += seen.len();
            found.new += self.ledger.enter(id, &seen).await?;
        }
        Ok(())
    }
}

fn entry(head: &MailHead, state: MailState) -> Seen {
    Seen {
        message: head.id.clone(),
        thread: head.thread.clone(),
        state,
    }
}

/// Whether somebody wrote it and nobody sorted it out. Our own drafts move history, too.
fn is_mail(head: &MailHead) -> bool {
    let other = ["DRAFT", "SPAM", "TRASH"];
    !head.labels.iter().any(|l| other.contains(&l.as_str()))
}

/// What a message that history shows is to us. Drafts are ours or a person's and no mail yet; spam
/// and trash were sorted out by Gmail or by a person.
fn seen_in_history(head: &MailHead) -> Option<Seen> {
    let has = |label: &str| head.labels.iter().any(|l| l == label);
    if has("DRAFT") {
        None
    } else if has("SENT") || has("INBOX") {
        // Triage records what a person sent, and answers what came in.
        Some(entry(head, MailState::Received))
    } else {
        None
    }
}

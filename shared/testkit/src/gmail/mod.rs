//! One Gmail mailbox in memory.
//!
//! It keeps Gmail's rules that matter here: ids and history that only grow, history in pages that
//! may be empty, threads by references and subject, drafts that become ghosts where they do not fit
//! their thread, and a watch that lapses.

mod headers;
mod people;
mod port;
mod state;
mod threading;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use domain::{DraftId, GmailMessageId, HistoryId, ThreadId};
use ports::{Clock, MailHead, RawMail, SystemClock, Watch};
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;

pub use headers::headers;
use state::State;

use crate::faults::{Faults, lock};

/// How long Gmail keeps a watch.
const WATCH: Duration = Duration::days(7);

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It came in, was sent or was drafted.
    Added,
    /// It is gone.
    Deleted,
    /// Its labels changed.
    Relabelled,
}

/// One entry of the history, with the message's labels at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place.
    pub at: HistoryId,
    /// The message.
    pub head: MailHead,
    /// What happened to it.
    pub event: Event,
}

/// One page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The records, oldest first.
    pub records: Vec<Record>,
    /// The token of the next page.
    pub next: Option<String>,
    /// The mailbox's present place.
    pub now_at: HistoryId,
}

/// Why a page cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPage {
    /// History is not kept that far back.
    TooOld,
    /// The token is none of ours.
    BadToken,
}

/// A draft with the message in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id, which stays when it is edited.
    pub id: DraftId,
    /// The message, labelled `DRAFT`.
    pub message: RawMail,
}

/// A Gmail mailbox in memory. Its methods are what Gmail itself, the outside world and a person at
/// the mailbox do; the port [`ports::Mailbox`] is what the product does, and meets the faults.
pub struct FakeGmail {
    address: String,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    history_page: AtomicUsize,
    list_page: AtomicUsize,
    changes: watch::Sender<HistoryId>,
    /// Armed by operation: `history.list`, `messages.list`, `messages.get`, `drafts.create`,
    /// `drafts.list`, `users.watch`, `users.getProfile`.
    pub faults: Arc<Faults>,
}

impl std::fmt::Debug for FakeGmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FakeGmail({} messages)", self.state().messages.len())
    }
}

impl FakeGmail {
    /// An empty mailbox that goes by the machine's clock.
    pub fn new(address: impl Into<String>) -> Self {
        Self::with_clock(address, Arc::new(SystemClock))
    }

    /// An empty mailbox that goes by this clock.
    pub fn with_clock(address: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        let state = State::default();
        let (changes, _) = watch::channel(state.now_at);
        Self {
            address: address.into(),
            clock,
            state: Mutex::new(state),
            history_page: AtomicUsize::new(100),
            list_page: AtomicUsize::new(100),
            changes,
            faults: Arc::default(),
        }
    }

    /// Sets how many records of history and how many entries of other lists make a page.
    pub fn set_page_sizes(&self, history: usize, list: usize) {
        self.history_page.store(history.max(1), Ordering::Relaxed);
        self.list_page.store(list.max(1), Ordering::Relaxed);
    }

    /// The mailbox's address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The time by the mailbox's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// The mailbox's present place in its history.
    pub fn place(&self) -> HistoryId {
        self.state().now_at
    }

    /// Sees the place after every change. Fast changes may be seen as one.
    pub fn changes(&self) -> watch::Receiver<HistoryId> {
        self.changes.subscribe()
    }

    /// A mail comes in now.
    pub fn deliver(&self, raw: &[u8]) -> MailHead {
        self.deliver_at(raw, self.now())
    }

    /// A mail comes in, dated by Gmail at this time.
    pub fn deliver_at(&self, raw: &[u8], received: OffsetDateTime) -> MailHead {
        self.change(|state| state.add(raw, &["INBOX", "UNREAD"], received, None))
    }

    /// A mail comes in that one of the mailbox's filters archives at once.
    pub fn deliver_archived(&self, raw: &[u8]) -> MailHead {
        let now = self.now();
        self.change(|state| state.add(raw, &["UNREAD"], now, None))
    }

    /// A person sends a mail from the mailbox.
    pub fn deliver_sent(&self, raw: &[u8]) -> MailHead {
        let now = self.now();
        self.change(|state| state.add(raw, &["SENT"], now, None))
    }

    /// A person sends a draft: it is gone, and a sent message stands in its thread.
    pub fn send_draft(&self, id: &DraftId) -> Option<MailHead> {
        let now = self.now();
        self.change(|state| {
            let message = state.drafts.remove(id)?;
            let draft = state.remove(&message)?;
            Some(state.add(&draft.raw, &["SENT"], now, Some(&draft.head.thread)))
        })
    }

    /// A message is deleted for good. `false` where there is none.
    pub fn delete(&self, id: &GmailMessageId) -> bool {
        self.change(|state| {
            state.drafts.retain(|_, message| message != id);
            state.remove(id).is_some()
        })
    }

    /// A draft is thrown away. `false` where there is none.
    pub fn delete_draft(&self, id: &DraftId) -> bool {
        self.draft(id)
            .is_some_and(|draft| self.delete(&draft.message.head.id))
    }

    /// Labels are added and removed.
    pub fn relabel(
        &self,
        id: &GmailMessageId,
        add: &[String],
        remove: &[String],
    ) -> Option<MailHead> {
        self.change(|state| state.relabel(id, add, remove))
    }

    /// Gmail forgets its history before this place: older cursors no longer serve.
    pub fn forget_history_before(&self, place: HistoryId) {
        let mut state = self.state();
        state.forgotten = place;
        state.records.retain(|record| record.at >= place);
    }

    /// A message, whatever its labels.
    pub fn message(&self, id: &GmailMessageId) -> Option<RawMail> {
        self.state()
            .messages
            .get(id)
            .map(|stored| stored.mail.clone())
    }

    /// The place where a message last changed.
    pub fn changed_at(&self, id: &GmailMessageId) -> Option<HistoryId> {
        self.state().messages.get(id).map(|stored| stored.changed)
    }

    /// The messages of a thread, oldest first.
    pub fn thread(&self, id: &ThreadId) -> Vec<RawMail> {
        self.state()
            .in_thread(id)
            .map(|stored| stored.mail.clone())
            .collect()
    }

    /// Creates a draft. `None` where the mailbox has no such thread. Where the draft's references or
    /// subject do not fit the thread, it begins a new one and is among the [`ghosts`](Self::ghosts).
    pub fn new_draft(&self, thread: Option<&ThreadId>, mime: &[u8]) -> Option<Draft> {
        let now = self.now();
        if thread.is_some_and(|id| self.thread(id).is_empty()) {
            return None;
        }
        Some(self.change(|state| state.add_draft(thread, mime, now)))
    }

    /// A draft, if it is still one.
    pub fn draft(&self, id: &DraftId) -> Option<Draft> {
        let state = self.state();
        let message = state.messages.get(state.drafts.get(id)?)?.mail.clone();
        Some(Draft {
            id: id.clone(),
            message,
        })
    }

    /// All drafts: id, thread and MIME.
    pub fn drafts(&self) -> Vec<(DraftId, ThreadId, Vec<u8>)> {
        self.all_drafts()
            .into_iter()
            .map(|draft| (draft.id, draft.message.head.thread, draft.message.raw))
            .collect()
    }

    /// The drafts that did not get into the thread they were made for.
    pub fn ghosts(&self) -> Vec<DraftId> {
        self.state().ghosts.clone()
    }

    /// Own labels, by name.
    pub fn labels(&self) -> Vec<String> {
        self.state().labels.clone()
    }

    /// Creates an own label. `false` where the name is taken.
    pub fn add_label(&self, name: &str) -> bool {
        let mut state = self.state();
        let is_new = !state.labels.iter().any(|label| label == name);
        if is_new {
            state.labels.push(name.to_owned());
        }
        is_new
    }

    /// Begins or renews the watch, which publishes at once, as Gmail does. `None` where the topic is
    /// not named `projects/P/topics/T`.
    pub fn start_watch(&self, topic: &str) -> Option<Watch> {
        let parts: Vec<&str> = topic.split('/').collect();
        let named =
            matches!(parts[..], ["projects", p, "topics", t] if !p.is_empty() && !t.is_empty());
        if !named {
            return None;
        }
        let expires = (self.now() + WATCH).truncate_to_millisecond();
        let mut state = self.state();
        let watch = Watch {
            now_at: state.now_at,
            expires,
        };
        state.watch = Some(watch);
        drop(state);
        self.changes.send_replace(watch.now_at);
        Some(watch)
    }

    /// Whether a watch holds now.
    pub fn is_watched(&self) -> bool {
        self.state()
            .watch
            .is_some_and(|watch| watch.expires > self.now())
    }

    /// One page of history after `since`, at most `most` records. Pages are cut before anything is
    /// filtered, so a page may hold nothing that the caller asked for.
    pub fn history_page(
        &self,
        since: HistoryId,
        page: Option<&str>,
        most: Option<usize>,
    ) -> Result<HistoryPage, NoPage> {
        let state = self.state();
        if since < state.forgotten {
            return Err(NoPage::TooOld);
        }
        let records: Vec<&Record> = state.records.iter().filter(|r| r.at > since).collect();
        let size = self.history_page.load(Ordering::Relaxed);
        let (records, next) = cut(&records, page, most.unwrap_or(size).min(size))?;
        Ok(HistoryPage {
            records: records.into_iter().cloned().collect(),
            next,
            now_at: state.now_at,
        })
    }

    /// One page of messages, newest first: those with all of these labels that came after this Unix
    /// second.
    pub fn messages_page(
        &self,
        labels: &[&str],
        after: Option<i64>,
        page: Option<&str>,
        most: Option<usize>,
    ) -> Result<(Vec<MailHead>, Option<String>), NoPage> {
        let state = self.state();
        let has_labels = |head: &MailHead| {
            labels
                .iter()
                .all(|label| head.labels.iter().any(|l| l == label))
        };
        let came_after =
            |mail: &RawMail| after.is_none_or(|after| mail.received.unix_timestamp() > after);
        let mut mails: Vec<&RawMail> = state
            .messages
            .values()
            .map(|stored| &stored.mail)
            .filter(|mail| has_labels(&mail.head) && came_after(mail))
            .collect();
        mails.sort_by_key(|mail| std::cmp::Reverse((mail.received, mail.head.id.clone())));
        let size = self.list_page.load(Ordering::Relaxed);
        let (mails, next) = cut(&mails, page, most.unwrap_or(size).min(size))?;
        Ok((
            mails.into_iter().map(|mail| mail.head.clone()).collect(),
            next,
        ))
    }

    /// One page of drafts.
    pub fn drafts_page(
        &self,
        page: Option<&str>,
        most: Option<usize>,
    ) -> Result<(Vec<Draft>, Option<String>), NoPage> {
        let size = self.list_page.load(Ordering::Relaxed);
        cut(&self.all_drafts(), page, most.unwrap_or(size).min(size))
    }

    fn all_drafts(&self) -> Vec<Draft> {
        let state = self.state();
        let draft = |(id, message): (&DraftId, &GmailMessageId)| Draft {
            id: id.clone(),
            message: state.messages[message].mail.clone(),
        };
        state.drafts.iter().map(draft).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn change<T>(&self, how: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let before = state.now_at;
        let result = how(&mut state);
        let after = state.now_at;
        drop(state);
        if after > before {
            self.changes.send_replace(after);
        }
        result
    }
}

/// Cuts a page out of a list. The token is the place in the list.
fn cut<T: Clone>(
    all: &[T],
    page: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Option<String>), NoPage> {
    let start = page
        .map_or(Ok(0), str::parse)
        .map_err(|_| NoPage::BadToken)?;
    let rest = all.get(start..).ok_or(NoPage::BadToken)?;
    let end = start + rest.len().min(size.max(1));
    let next = (end < all.len()).then(|| end.to_string());
    Ok((all[start..end].to_vec(), next))
}

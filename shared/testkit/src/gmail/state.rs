//! The mailbox itself: messages, drafts and the history of what happened to them.

use std::collections::BTreeMap;

use domain::{DraftId, GmailMessageId, HistoryId, ThreadId};
use ports::{MailHead, RawMail, Watch};
use time::OffsetDateTime;

use super::headers::headers;
use super::threading::Threading;
use super::{Draft, Event, Record};

/// How far the history moves with each change. Gmail leaves gaps, too.
const STEP: u64 = 7;

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) mail: RawMail,
    pub(super) changed: HistoryId,
    threading: Threading,
}

#[derive(Debug)]
pub(super) struct State {
    made: u64,
    pub(super) now_at: HistoryId,
    /// History is kept after this place.
    pub(super) forgotten: HistoryId,
    pub(super) messages: BTreeMap<GmailMessageId, Stored>,
    pub(super) records: Vec<Record>,
    pub(super) drafts: BTreeMap<DraftId, GmailMessageId>,
    pub(super) ghosts: Vec<DraftId>,
    pub(super) watch: Option<Watch>,
    pub(super) labels: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            made: 0,
            now_at: HistoryId(1_000),
            forgotten: HistoryId(0),
            messages: BTreeMap::new(),
            records: vec![],
            drafts: BTreeMap::new(),
            ghosts: vec![],
            watch: None,
            labels: vec![],
        }
    }
}

impl State {
    /// Puts a message in. Without a thread it goes where its header belongs.
    pub(super) fn add(
        &mut self,
        raw: &[u8],
        labels: &[&str],
        received: OffsetDateTime,
        thread: Option<&ThreadId>,
    ) -> MailHead {
        let id = self.next_message_id();
        let raw = if labels.contains(&"INBOX") {
            with_message_id(raw, &id)
        } else {
            raw.to_vec()
        };
        let threading = Threading::of(&raw);
        let thread = thread
            .cloned()
            .or_else(|| self.thread_of(&threading))
            .unwrap_or_else(|| {
                ThreadId::parse(id.as_str()).expect("the two ids are made of the same characters")
            });
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let head = MailHead {
            id: id.clone(),
            thread,
            labels,
        };
        let mail = RawMail {
            head: head.clone(),
            raw,
            received: received.truncate_to_millisecond(),
        };
        let changed = self.record(&head, Event::Added);
        self.messages.insert(
            id,
            Stored {
                mail,
                changed,
                threading,
            },
        );
        head
    }

    /// Puts a draft in. It joins the thread only where its header fits a message of that thread.
    pub(super) fn add_draft(
        &mut self,
        thread: Option<&ThreadId>,
        mime: &[u8],
        now: OffsetDateTime,
    ) -> Draft {
        let threading = Threading::of(mime);
        let fits = |thread: &&ThreadId| {
            self.in_thread(thread)
                .any(|stored| threading.answers(&stored.threading))
        };
        let joined = thread.filter(fits).cloned();
        let is_ghost = thread.is_some() && joined.is_none();
        let own = joined.unwrap_or_else(|| self.unused_thread());
        let head = self.add(mime, &["DRAFT"], now, Some(&own));
        let id = DraftId::parse(&format!("r{}", 4_000_000_000_000_000_000 + self.made))
            .expect("a letter and digits");
        self.drafts.insert(id.clone(), head.id.clone());
        if is_ghost {
            self.ghosts.push(id.clone());
        }
        Draft {
            id,
            message: self.messages[&head.id].mail.clone(),
        }
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, id: &GmailMessageId) -> Option<RawMail> {
        let stored = self.messages.remove(id)?;
        self.record(&stored.mail.head, Event::Deleted);
        Some(stored.mail)
    }

    /// Adds and removes labels.
    pub(super) fn relabel(
        &mut self,
        id: &GmailMessageId,
        add: &[String],
        remove: &[String],
    ) -> Option<MailHead> {
        let labels = &mut self.messages.get_mut(id)?.mail.head.labels;
        labels.retain(|label| !remove.contains(label));
        let new: Vec<String> = add
            .iter()
            .filter(|label| !labels.contains(label))
            .cloned()
            .collect();
        labels.extend(new);
        let head = self.messages[id].mail.head.clone();
        let changed = self.record(&head, Event::Relabelled);
        if let Some(stored) = self.messages.get_mut(id) {
            stored.changed = changed;
        }
        Some(head)
    }

    /// The messages of a thread.
    pub(super) fn in_thread<'a>(
        &'a self,
        thread: &'a ThreadId,
    ) -> impl Iterator<Item = &'a Stored> + 'a {
        self.messages
            .values()
            .filter(move |stored| stored.mail.head.thread == *thread)
    }

    fn thread_of(&self, threading: &Threading) -> Option<ThreadId> {
        self.messages
            .values()
            .rev()
            .find(|stored| threading.answers(&stored.threading))
            .map(|stored| stored.mail.head.thread.clone())
    }

    fn record(&mut self, head: &MailHead, event: Event) -> HistoryId {
        self.now_at = HistoryId(self.now_at.0 + STEP);
        self.records.push(Record {
            at: self.now_at,
            head: head.clone(),
            event,
        });
        self.now_at
    }

    fn next_message_id(&mut self) -> GmailMessageId {
        self.made += 1;
        GmailMessageId::parse(&hex_id(self.made)).expect("hexadecimal digits")
    }

    /// The id of a thread that the next message begins.
    fn unused_thread(&self) -> ThreadId {
        ThreadId::parse(&hex_id(self.made + 1)).expect("hexadecimal digits")
    }
}

/// An id as Gmail writes them, 16 hexadecimal digits. Later ones sort later.
fn hex_id(number: u64) -> String {
    format!("{:016x}", 0x1995_0000_0000_0000 + number * 0x9e37)
}

/// Gmail gives a Message-ID to incoming mail that has none, so that every mail can be referred to.
fn with_message_id(raw: &[u8], id: &GmailMessageId) -> Vec<u8> {
    let has_one = |(name, _): &(String, String)| name.eq_ignore_ascii_case("message-id");
    let fields = headers(raw);
    if fields.is_empty() || fields.iter().any(has_one) {
        return raw.to_vec();
    }
    let mut whole = format!("Message-ID: <{id}.added-missing@mx.google.com>\r\n").into_bytes();
    whole.extend_from_slice(raw);
    whole
}

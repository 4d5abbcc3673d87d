//! The ledger in memory, on the state machine of [`domain::step`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::step::{Claim, Ending, Lease, Step, StepName};
use domain::{Entities, HistoryId, MailKey, MailState, MailboxId, ThreadId, TicketId};
use ports::{
    Admission, Budget, CallError, Change, Clock, DraftOutcome, DraftRecord, Ledger, MailRecord,
    MailboxRecord, NewDraft, NewTurn, Outgoing, QueueName, Seen, Summary, TraceParent, Turn, Visit,
};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use crate::faults::lock;

const SERVICE: &str = "the fake ledger";

#[derive(Debug)]
struct Waiting {
    message: Outgoing,
    taken_until: Option<OffsetDateTime>,
    sent: bool,
}

#[derive(Debug, Default)]
struct State {
    mailboxes: Vec<(String, MailboxRecord)>,
    mails: BTreeMap<MailKey, MailRecord>,
    /// How often mails were entered: the ledger's own clock, in microseconds.
    entries: i64,
    steps: BTreeMap<(MailKey, StepName), Step>,
    turns: Vec<Turn>,
    summaries: BTreeMap<TicketId, Summary>,
    /// With the mail's thread.
    drafts: Vec<(ThreadId, DraftRecord)>,
    held: BTreeMap<(MailboxId, ThreadId), (MailKey, OffsetDateTime)>,
    outbox: Vec<Waiting>,
    /// Who wrote a mail that was let in, and when that was.
    admitted: BTreeMap<MailKey, (String, OffsetDateTime)>,
    visits: Vec<(MailKey, Visit)>,
}

/// A ledger in memory. Without a clock, its mails were seen at the beginning of time.
#[derive(Default)]
pub struct FakeLedger(Mutex<State>, Option<Arc<dyn Clock>>);

impl std::fmt::Debug for FakeLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FakeLedger {
    /// A ledger that tells the time by this clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self(Mutex::default(), Some(clock))
    }

    /// All mails, by key.
    pub fn mails(&self) -> Vec<MailRecord> {
        lock(&self.0).mails.values().cloned().collect()
    }

    /// What workers' visits came to, in order.
    pub fn visits(&self) -> Vec<(MailKey, Visit)> {
        lock(&self.0).visits.clone()
    }

    /// Where a step stands.
    pub fn step(&self, key: &MailKey, step: StepName) -> Step {
        lock(&self.0)
            .steps
            .get(&(key.clone(), step))
            .cloned()
            .unwrap_or_default()
    }
}

/// A trace that is this mail's alone.
fn trace_of(mail: &MailKey) -> TraceParent {
    let digest = Sha256::digest(mail.to_string());
    let hex: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    let text = format!("00-{}-{}-01", &hex[..32], &hex[32..48]);
    TraceParent::parse(&text).expect("a traceparent")
}

impl State {
    fn queue(&mut self, message: Outgoing) {
        let same =
            |w: &&mut Waiting| w.message.mail == message.mail && w.message.queue == message.queue;
        if let Some(waiting) = self.outbox.iter_mut().find(same) {
            waiting.message.reason = message.reason;
            waiting.message.times += 1;
            (waiting.sent, waiting.taken_until) = (false, None);
            return;
        }
        self.outbox.push(Waiting {
            message,
            taken_until: None,
            sent: false,
        });
    }

    fn record(&mut self, key: &MailKey, turn: &NewTurn, at: OffsetDateTime) {
        let same = |t: &Turn| t.mail == *key && t.direction == turn.direction;
        if !self.turns.iter().any(same) {
            self.turns.push(Turn {
                id: i64::try_from(self.turns.len()).unwrap_or(i64::MAX) + 1,
                ticket: turn.ticket,
                mail: key.clone(),
                direction: turn.direction,
                intent: turn.intent,
                confidence: turn.confidence,
                text: turn.text.clone(),
                at,
            });
        }
    }

    fn record_draft(&mut self, mail: &MailRecord, draft: &NewDraft, now: OffsetDateTime) {
        if self.drafts.iter().any(|(_, known)| known.mail == mail.key) {
            return;
        }
        let record = DraftRecord {
            mail: mail.key.clone(),
            ticket: None,
            intent: None,
            draft: draft.clone(),
            outcome: DraftOutcome::Open,
            made_at: now,
        };
        self.drafts.push((mail.thread.clone(), record));
        let same = |known: &&mut DraftRecord| {
            known.mail.mailbox() == mail.key.mailbox() && known.draft.id == draft.id
        };
        let records = self.drafts.iter_mut().map(|(_, known)| known);
        let mut records: Vec<_> = records.filter(same).collect();
        records.sort_by_key(|known| (known.draft.answers.len(), known.made_at, known.mail.clone()));
        records.pop();
        for known in records {
            if known.outcome == DraftOutcome::Open {
                known.outcome = DraftOutcome::Replaced;
            }
        }
    }

    fn settle(&mut self, mail: &MailKey, outcome: DraftOutcome) {
        let may_change = [DraftOutcome::Open, DraftOutcome::Discarded];
        for (_, known) in &mut self.drafts {
            if known.mail == *mail && may_change.contains(&known.outcome) {
                known.outcome = outcome;
            }
        }
    }
}

#[async_trait]
impl Ledger for FakeLedger {
    async fn mailbox(&self, address: &str) -> Result<MailboxRecord, CallError> {
        let mut state = lock(&self.0);
        let address = address.to_lowercase();
        if let Some((_, record)) = state.mailboxes.iter().find(|(a, _)| *a == address) {
            return Ok(record.clone());
        }
        let id = MailboxId(i32::try_from(state.mailboxes.len()).unwrap_or(i32::MAX) + 1);
        let record = MailboxRecord {
            id,
            cursor: None,
            synced_at: None,
            watch_expires: None,
        };
        state.mailboxes.push((address, record.clone()));
        Ok(record)
    }

    async fn enter(&self, mailbox: MailboxId, seen: &[Seen]) -> Result<usize, CallError> {
        let mut state = lock(&self.0);
        state.entries += 1;
        let began = self.1.as_ref().map(|clock| clock.now());
        let began = began.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let seen_at = began + Duration::microseconds(state.entries);
        let mut new = 0;
        for one in seen {
            let key = MailKey::new(mailbox, one.message.clone());
            if state.mails.contains_key(&key) {
                continue;
            }
            new += 1;
            let record = MailRecord {
                key: key.clone(),
                thread: one.thread.clone(),
                state: one.state.clone(),
                intent: None,
                route: None,
                because: None,
                confidence: None,
                entities: Entities::default(),
                ticket: None,
                draft: None,
                seen_at,
                received_at: None,
            };
            state.mails.insert(key.clone(), record);
            if one.state == MailState::Received {
                state.queue(Outgoing {
                    queue: QueueName::Mail,
                    mail: key,
                    group: one.thread.clone(),
                    reason: None,
                    times: 0,
                    trace: None,
                });
            }
        }
        Ok(new)
    }

    async fn advance(
        &self,
        mailbox: MailboxId,
        to: HistoryId,
        now: OffsetDateTime,
    ) -> Result<(), CallError> {
        let mut state = lock(&self.0);
        for (_, record) in &mut state.mailboxes {
            if record.id == mailbox {
                record.cursor = record.cursor.max(Some(to));
                record.synced_at = record.synced_at.max(Some(now));
            }
        }
        Ok(())
    }

    async fn admit(
        &self,
        key: &MailKey,
        sender: &str,
        budget: Budget,
        now: OffsetDateTime,
    ) -> Result<Admission, CallError> {
        let mut state = lock(&self.0);
        let Some(thread) = state.mails.get(key).map(|mail| mail.thread.clone()) else {
            return Err(CallError::rejected(SERVICE, "the mail was never entered"));
        };
        if state.admitted.contains_key(key) {
            return Ok(Admission::Admitted);
        }
        let within = state
            .admitted
            .iter()
            .filter(|(mail, (_, at))| mail.mailbox() == key.mailbox() && *at > now - Duration::DAY);
        let (mut of_sender, mut in_thread) = (0, 0);
        for (mail, (wrote, _)) in within {
            of_sender += u32::from(wrote == sender);
            in_thread += u32::from(state.mails[mail].thread == thread);
        }
        if of_sender >= budget.of_sender {
            return Ok(Admission::SenderOver);
        }
        if in_thread >= budget.in_thread {
            return Ok(Admission::ThreadOver);
        }
        state.admitted.insert(key.clone(), (sender.to_owned(), now));
        Ok(Admission::Admitted)
    }

    async fn visited(&self, key: &MailKey, visit: &Visit) -> Result<(), CallError> {
        lock(&self.0).visits.push((key.clone(), visit.clone()));
        Ok(())
    }

    async fn watched(&self, mailbox: MailboxId, until: OffsetDateTime) -> Result<(), CallError> {
        for (_, record) in &mut lock(&self.0).mailboxes {
            if record.id == mailbox {
                record.watch_expires = Some(until);
            }
        }
        Ok(())
    }

    async fn mail(&self, key: &MailKey) -> Result<Option<MailRecord>, CallError> {
        Ok(lock(&self.0).mails.get(key).cloned())
    }

    async fn apply(
        &self,
        key: &MailKey,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<bool, CallError> {
        let mut state = lock(&self.0);
        let Some(mail) = state.mails.get_mut(key) else {
            return Ok(false);
        };
        if !change.from.contains(&mail.state.name()) {
            return Ok(false);
        }
        mail.state = change.to.clone();
        if let Some((to, because)) = &change.route {
            mail.intent = mail.intent.or(Some(*to));
            mail.route = Some(*to);
            mail.because = Some(because.clone());
        }
        if change.ticket.is_some() {
            mail.ticket.clone_from(&change.ticket);
        }
        mail.confidence = change.confidence.or(mail.confidence);
        mail.received_at = change.received.or(mail.received_at);
        if let Some(entities) = &change.entities {
            mail.entities.clone_from(entities);
        }
        if let Some(draft) = &change.draft {
            mail.draft = Some(draft.id.clone());
            let mail = mail.clone();
            state.record_draft(&mail, draft, now);
        }
        for (mail, outcome) in &change.settled {
            state.settle(mail, *outcome);
        }
        if let Some(turn) = &change.turn {
            state.record(key, turn, now);
        }
        for message in &change.outbox {
            state.queue(message.clone());
        }
        Ok(true)
    }

    async fn claim(
        &self,
        key: &MailKey,
        step: StepName,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Claim, CallError> {
        let mut state = lock(&self.0);
        if !state.mails.contains_key(key) {
            return Err(CallError::rejected(SERVICE, "the mail was never entered"));
        }
        Ok(state
            .steps
            .entry((key.clone(), step))
            .or_default()
            .claim(now, length))
    }

    async fn end(
        &self,
        key: &MailKey,
        step: StepName,
        lease: &Lease,
        ending: &Ending,
    ) -> Result<bool, CallError> {
        let mut state = lock(&self.0);
        let step = state.steps.entry((key.clone(), step)).or_default();
        Ok(step.end(lease.attempt, ending.clone()).is_ok())
    }

    async fn turns(&self, ticket: TicketId, limit: usize) -> Result<Vec<Turn>, CallError> {
        let state = lock(&self.0);
        let of_ticket = state.turns.iter().filter(|turn| turn.ticket == ticket);
        let mut turns: Vec<Turn> = of_ticket.cloned().collect();
        turns.sort_by_key(|turn| turn.at);
        Ok(turns.split_off(turns.len().saturating_sub(limit)))
    }

    async fn turns_of(&self, key: &MailKey) -> Result<Vec<Turn>, CallError> {
        let state = lock(&self.0);
        let of_mail = state.turns.iter().filter(|turn| turn.mail == *key);
        Ok(of_mail.cloned().collect())
    }

    async fn summary(&self, ticket: TicketId) -> Result<Option<Summary>, CallError> {
        Ok(lock(&self.0).summaries.get(&ticket).cloned())
    }

    async fn keep_summary(&self, ticket: TicketId, summary: &Summary) -> Result<bool, CallError> {
        let mut state = lock(&self.0);
        let goes_further = |kept: &Summary| summary.through > kept.through;
        let is_kept = state.summaries.get(&ticket).is_none_or(goes_further);
        if is_kept {
            state.summaries.insert(ticket, summary.clone());
        }
        Ok(is_kept)
    }

    async fn thread(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<MailRecord>, CallError> {
        let state = lock(&self.0);
        let belongs = |mail: &&MailRecord| mail.key.mailbox() == mailbox && mail.thread == *thread;
        let mut mails: Vec<_> = state.mails.values().filter(belongs).cloned().collect();
        mails.sort_by_key(|mail| mail.seen_at);
        Ok(mails.split_off(mails.len().saturating_sub(100)))
    }

    async fn drafts(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<DraftRecord>, CallError> {
        let state = lock(&self.0);
        let of_thread = state
            .drafts
            .iter()
            .filter(|(of, draft)| of == thread && draft.mail.mailbox() == mailbox);
        let with_mail = |(_, draft): &(ThreadId, DraftRecord)| DraftRecord {
            ticket: state.mails[&draft.mail].ticket.clone(),
            intent: state.mails[&draft.mail].intent,
            ..draft.clone()
        };
        let mut drafts: Vec<_> = of_thread.map(with_mail).collect();
        drafts.sort_by_key(|draft| (draft.made_at, draft.mail.clone()));
        Ok(drafts)
    }

    async fn hold_thread(
        &self,
        key: &MailKey,
        thread: &ThreadId,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Option<OffsetDateTime>, CallError> {
        let mut state = lock(&self.0);
        let place = (key.mailbox(), thread.clone());
        match state.held.get(&place) {
            Some((holder, until)) if holder != key && *until > now => Ok(Some(*until)),
            _ => {
                state.held.insert(place, (key.clone(), now + length));
                Ok(None)
            }
        }
    }

    async fn release_thread(&self, key: &MailKey, thread: &ThreadId) -> Result<(), CallError> {
        let mut state = lock(&self.0);
        let place = (key.mailbox(), thread.clone());
        if state
            .held
            .get(&place)
            .is_some_and(|(holder, _)| holder == key)
        {
            state.held.remove(&place);
        }
        Ok(())
    }

    async fn take_outbox(
        &self,
        limit: usize,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Vec<(i64, Outgoing)>, CallError> {
        let mut state = lock(&self.0);
        let free = |w: &Waiting| !w.sent && w.taken_until.is_none_or(|until| until <= now);
        let taken = (1..)
            .zip(&mut state.outbox)
            .filter(|(_, w)| free(w))
            .take(limit);
        Ok(taken
            .map(|(id, waiting)| {
                waiting.taken_until = Some(now + length);
                let trace = Some(trace_of(&waiting.message.mail));
                let message = waiting.message.clone();
                (id, Outgoing { trace, ..message })
            })
            .collect())
    }

    async fn sent(&self, rows: &[i64]) -> Result<(), CallError> {
        let mut state = lock(&self.0);
        for (id, waiting) in (1..).zip(&mut state.outbox) {
            waiting.sent |= waiting.taken_until.is_some() && rows.contains(&id);
        }
        Ok(())
    }
}

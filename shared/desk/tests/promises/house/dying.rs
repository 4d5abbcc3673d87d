//! A ledger that dies at a chosen call and stays dead until it is revived.
//!
//! A worker that loses its ledger can record nothing more, which is what a crash leaves behind: all
//! that happened before stands, all that was to come did not happen. Dying before a call and after it
//! are the two sides of every point at which a function can be killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use domain::step::{Claim, Ending, Lease, StepName};
use domain::{HistoryId, MailKey, MailboxId, ThreadId, TicketId};
use ports::{
    Admission, Budget, CallError, Change, DraftRecord, Ledger, MailRecord, MailboxRecord, Outgoing,
    Seen, Summary, Turn, Visit,
};
use testkit::ledger::FakeLedger;
use testkit::{Fault, Faults};
use time::{Duration, OffsetDateTime};

/// Calls are counted in halves: before and after the ledger did its part.
pub struct DyingLedger {
    inner: Arc<FakeLedger>,
    halves_left: AtomicI64,
    /// What goes wrong with the next calls of `enter` and `advance`.
    pub faults: Faults,
}

const FOREVER: i64 = i64::MAX / 2;

impl DyingLedger {
    pub fn new(inner: Arc<FakeLedger>) -> Self {
        Self {
            inner,
            halves_left: AtomicI64::new(FOREVER),
            faults: Faults::default(),
        }
    }

    /// Lets the ledger live for so many half calls.
    pub fn dies_after(&self, halves: i64) {
        self.halves_left.store(halves, Ordering::SeqCst);
    }

    /// Brings it back. Returns whether it had died.
    pub fn revive(&self) -> bool {
        self.halves_left.swap(FOREVER, Ordering::SeqCst) < 0
    }

    fn half(&self) -> Result<(), CallError> {
        if self.halves_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(CallError::unreachable("the ledger", "connection lost"));
        }
        Ok(())
    }
}

/// A database that breaks off is not there: what it had committed stands.
fn broken(fault: Fault) -> Option<CallError> {
    fault.on_read("the ledger")
}

/// The two halves around one call.
macro_rules! mortal {
    ($self:ident, $call:expr) => {{
        $self.half()?;
        let answer = $call.await;
        $self.half()?;
        answer
    }};
}

#[async_trait]
impl Ledger for DyingLedger {
    async fn mailbox(&self, address: &str) -> Result<MailboxRecord, CallError> {
        mortal!(self, self.inner.mailbox(address))
    }

    async fn enter(&self, mailbox: MailboxId, seen: &[Seen]) -> Result<usize, CallError> {
        let work = async { mortal!(self, self.inner.enter(mailbox, seen)) };
        self.faults.around("enter", broken, work).await
    }

    async fn advance(
        &self,
        mailbox: MailboxId,
        to: HistoryId,
        now: OffsetDateTime,
    ) -> Result<(), CallError> {
        let work = async { mortal!(self, self.inner.advance(mailbox, to, now)) };
        self.faults.around("advance", broken, work).await
    }

    async fn admit(
        &self,
        key: &MailKey,
        sender: &str,
        budget: Budget,
        now: OffsetDateTime,
    ) -> Result<Admission, CallError> {
        mortal!(self, self.inner.admit(key, sender, budget, now))
    }

    async fn visited(&self, key: &MailKey, visit: &Visit) -> Result<(), CallError> {
        mortal!(self, self.inner.visited(key, visit))
    }

    async fn watched(&self, mailbox: MailboxId, until: OffsetDateTime) -> Result<(), CallError> {
        mortal!(self, self.inner.watched(mailbox, until))
    }

    async fn mail(&self, key: &MailKey) -> Result<Option<MailRecord>, CallError> {
        mortal!(self, self.inner.mail(key))
    }

    async fn apply(
        &self,
        key: &MailKey,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<bool, CallError> {
        mortal!(self, self.inner.apply(key, change, now))
    }

    async fn claim(
        &self,
        key: &MailKey,
        step: StepName,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Claim, CallError> {
        mortal!(self, self.inner.claim(key, step, now, length))
    }

    async fn end(
        &self,
        key: &MailKey,
        step: StepName,
        lease: &Lease,
        ending: &Ending,
    ) -> Result<bool, CallError> {
        mortal!(self, self.inner.end(key, step, lease, ending))
    }

    async fn thread(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<MailRecord>, CallError> {
        mortal!(self, self.inner.thread(mailbox, thread))
    }

    async fn drafts(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<DraftRecord>, CallError> {
        mortal!(self, self.inner.drafts(mailbox, thread))
    }

    async fn hold_thread(
        &self,
        key: &MailKey,
        thread: &ThreadId,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Option<OffsetDateTime>, CallError> {
        mortal!(self, self.inner.hold_thread(key, thread, now, length))
    }

    async fn release_thread(&self, key: &MailKey, thread: &ThreadId) -> Result<(), CallError> {
        mortal!(self, self.inner.release_thread(key, thread))
    }

    async fn turns(&self, ticket: TicketId, limit: usize) -> Result<Vec<Turn>, CallError> {
        mortal!(self, self.inner.turns(ticket, limit))
    }

    async fn turns_of(&self, key: &MailKey) -> Result<Vec<Turn>, CallError> {
        mortal!(self, self.inner.turns_of(key))
    }

    async fn summary(&self, ticket: TicketId) -> Result<Option<Summary>, CallError> {
        mortal!(self, self.inner.summary(ticket))
    }

    async fn keep_summary(&self, ticket: TicketId, summary: &Summary) -> Result<bool, CallError> {
        mortal!(self, self.inner.keep_summary(ticket, summary))
    }

    async fn take_outbox(
        &self,
        limit: usize,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Vec<(i64, Outgoing)>, CallError> {
        mortal!(self, self.inner.take_outbox(limit, now, length))
    }

    async fn sent(&self, rows: &[i64]) -> Result<(), CallError> {
        mortal!(self, self.inner.sent(rows))
    }
}

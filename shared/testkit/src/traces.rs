//! The record of runs and a service that shows traces, in memory.

use std::sync::Mutex;

use async_trait::async_trait;
use ports::{CallError, Feedback, RunId, RunRecord, TraceBook, TraceSink, Verdict};
use time::OffsetDateTime;

use crate::faults::{Fault, Faults, lock};

const SERVICE: &str = "the fake traces";

#[derive(Debug, Default)]
struct Book {
    runs: Vec<(RunRecord, Option<OffsetDateTime>)>,
    verdicts: Vec<Feedback>,
}

/// The record of runs. What people made of drafts is put in by [`FakeTraces::judges`].
#[derive(Debug, Default)]
pub struct FakeTraces(Mutex<Book>);

impl FakeTraces {
    /// All runs, in the order in which they were kept.
    pub fn runs(&self) -> Vec<RunRecord> {
        lock(&self.0)
            .runs
            .iter()
            .map(|(run, _)| run.clone())
            .collect()
    }

    /// The runs that were shown.
    pub fn shown(&self) -> Vec<RunId> {
        let book = lock(&self.0);
        let shown = book.runs.iter().filter(|(_, shown)| shown.is_some());
        shown.map(|(run, _)| run.id.clone()).collect()
    }

    /// A person made this of an answer's draft.
    pub fn judges(&self, feedback: Feedback) {
        lock(&self.0).verdicts.push(feedback);
    }
}

fn in_order(mut runs: Vec<RunRecord>) -> Vec<RunRecord> {
    runs.sort_by_key(|record| (record.run.began_at, record.id.clone()));
    runs
}

#[async_trait]
impl TraceBook for FakeTraces {
    async fn keep(&self, runs: &[RunRecord]) -> Result<Vec<RunId>, CallError> {
        let (mut book, mut new) = (lock(&self.0), vec![]);
        for run in runs {
            if !book.runs.iter().any(|(known, _)| known.id == run.id) {
                book.runs.push((run.clone(), None));
                new.push(run.id.clone());
            }
        }
        Ok(new)
    }

    async fn recorded(&self, ids: &[RunId]) -> Result<Vec<RunRecord>, CallError> {
        let mut runs = self.runs();
        runs.retain(|run| ids.contains(&run.id));
        Ok(in_order(runs))
    }

    async fn missed(
        &self,
        since: OffsetDateTime,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<RunRecord>, CallError> {
        let shown = self.shown();
        let mut runs = self.runs();
        runs.retain(|record| {
            let began = record.run.began_at;
            !shown.contains(&record.id) && began >= since && began < before
        });
        let mut runs = in_order(runs);
        runs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(runs)
    }

    async fn shown(&self, ids: &[RunId], now: OffsetDateTime) -> Result<(), CallError> {
        for (run, shown) in &mut lock(&self.0).runs {
            if ids.contains(&run.id) {
                shown.get_or_insert(now);
            }
        }
        Ok(())
    }

    async fn verdicts(&self, _: OffsetDateTime, _: u32) -> Result<Vec<Feedback>, CallError> {
        Ok(lock(&self.0).verdicts.clone())
    }

    async fn told(&self, run: &RunId, verdict: Verdict) -> Result<(), CallError> {
        let told = |feedback: &Feedback| feedback.run == *run && feedback.verdict == verdict;
        lock(&self.0).verdicts.retain(|feedback| !told(feedback));
        Ok(())
    }

    async fn forget(&self, before: OffsetDateTime) -> Result<u64, CallError> {
        let mut forgotten = 0;
        for (record, _) in &mut lock(&self.0).runs {
            if record.run.began_at < before && record.run.said.take().is_some() {
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }
}

/// A service that shows traces. The operations to arm faults for are `show` and `judge`.
#[derive(Debug, Default)]
pub struct FakeSink {
    /// The fault switches.
    pub faults: Faults,
    shown: Mutex<Vec<RunRecord>>,
    judged: Mutex<Vec<Feedback>>,
}

impl FakeSink {
    /// What was shown, in order.
    pub fn shows(&self) -> Vec<RunRecord> {
        lock(&self.shown).clone()
    }

    /// The verdicts that it was told, in order.
    pub fn verdicts(&self) -> Vec<Feedback> {
        lock(&self.judged).clone()
    }
}

#[async_trait]
impl TraceSink for FakeSink {
    async fn show(&self, runs: &[RunRecord]) -> Result<(), CallError> {
        let work = async {
            lock(&self.shown).extend_from_slice(runs);
            Ok(())
        };
        let seen = |fault: Fault| fault.on_read(SERVICE);
        self.faults.around("show", seen, work).await
    }

    async fn judge(&self, feedback: &Feedback) -> Result<(), CallError> {
        let work = async {
            lock(&self.judged).push(feedback.clone());
            Ok(())
        };
        let seen = |fault: Fault| fault.on_read(SERVICE);
        self.faults.around("judge", seen, work).await
    }
}

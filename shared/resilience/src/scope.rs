//! The invocation that calls are made in: when it ends, what was called in it, and what was done with
//! models.
//!
//! It travels with the task, not through every signature: a call asks for it where it is made. What is
//! made outside of any scope has all the time its policy gives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ports::{CallMade, Clock, Journal, Run, SystemClock};
use time::OffsetDateTime;
use tokio::time::Instant;

/// What is kept of the calls of one scope at the most, and of its runs.
const MOST: usize = 100;

tokio::task_local! {
    static SCOPE: Scope;
}

/// What was done within a scope, in order.
#[derive(Debug, Default)]
pub struct Made {
    /// Calls to other services.
    pub calls: Vec<CallMade>,
    /// What was done with models.
    pub runs: Vec<Run>,
}

#[derive(Clone)]
struct Scope {
    ends: Instant,
    made: Arc<Mutex<Made>>,
}

impl Scope {
    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs work that must end within `time`, and returns with it what was done in it. Calls inside end in
/// time, and none begins that could not.
pub async fn within<F: Future>(time: Duration, work: F) -> (F::Output, Made) {
    let scope = Scope {
        ends: Instant::now() + time,
        made: Arc::default(),
    };
    let output = SCOPE.scope(scope.clone(), work).await;
    let made = std::mem::take(&mut *scope.made());
    (output, made)
}

fn current() -> Option<Scope> {
    SCOPE.try_with(Scope::clone).ok()
}

/// When the work that this is part of must have ended, where that is known.
pub(crate) fn ends() -> Option<Instant> {
    current().map(|scope| scope.ends)
}

/// Adds a call to those of the scope.
pub(crate) fn record(call: CallMade) {
    let Some(scope) = current() else {
        return;
    };
    let mut made = scope.made();
    if made.calls.len() < MOST {
        made.calls.push(call);
    }
}

/// How often the last call of this scope was tried.
pub fn last_attempts() -> Option<u32> {
    Some(current()?.made().calls.last()?.attempts)
}

/// Takes note of runs for the scope that they are done in. Outside of any they are not kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScopeJournal;

impl Journal for ScopeJournal {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now()
    }

    fn note(&self, run: Run) {
        let Some(scope) = current() else {
            return;
        };
        let mut made = scope.made();
        if made.runs.len() < MOST {
            made.runs.push(run);
        }
    }
}

/// Says more of the last call that was made in this scope, such as which model answered.
pub fn detail(said: impl Into<String>) {
    let Some(scope) = current() else {
        return;
    };
    if let Some(last) = scope.made().calls.last_mut() {
        last.detail = Some(said.into());
    }
}

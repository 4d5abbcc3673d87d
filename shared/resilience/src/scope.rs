//! The invocation that calls are made in: when it ends, and what was called in it.
//!
//! It travels with the task, not through every signature: a call asks for it where it is made. What is
//! made outside of any scope has all the time its policy gives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ports::CallMade;
use tokio::time::Instant;

/// What is kept of the calls of one scope at the most.
const MOST_CALLS: usize = 100;

tokio::task_local! {
    static SCOPE: Scope;
}

#[derive(Clone)]
struct Scope {
    ends: Instant,
    made: Arc<Mutex<Vec<CallMade>>>,
}

impl Scope {
    fn made(&self) -> MutexGuard<'_, Vec<CallMade>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs work that must end within `time`, and returns with it the calls that it made. Calls inside end
/// in time, and none begins that could not.
pub async fn within<F: Future>(time: Duration, work: F) -> (F::Output, Vec<CallMade>) {
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
    if made.len() < MOST_CALLS {
        made.push(call);
    }
}

/// Says more of the last call that was made in this scope, such as which model answered.
pub fn detail(said: impl Into<String>) {
    let Some(scope) = current() else {
        return;
    };
    if let Some(last) = scope.made().last_mut() {
        last.detail = Some(said.into());
    }
}

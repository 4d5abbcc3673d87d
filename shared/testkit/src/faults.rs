//! Fault switches. A test arms a fault for an operation; the next calls of that operation meet it.
//!
//! A fake turns a fault into the [`CallError`] that the real adapter would return; a server of
//! `local` turns the same fault into what goes over the wire.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ports::CallError;
use serde::{Deserialize, Serialize};

/// Takes a lock, also after a test panicked with it: fakes stay readable then.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The connection breaks before anything happens, which the caller cannot know.
    Refuse,
    /// The call works, after this many milliseconds.
    Delay(u64),
    /// The call works, but its answer never comes.
    TimeOutAfterSuccess,
    /// The service asks to wait this many seconds.
    RateLimited(u64),
    /// The service breaks with status 500 before anything happens.
    ServerError,
    /// The call works, but its answer cannot be read.
    Malformed,
}

impl Fault {
    /// Whether the effect of the call takes place all the same.
    pub fn lets_it_happen(self) -> bool {
        matches!(
            self,
            Self::Delay(_) | Self::TimeOutAfterSuccess | Self::Malformed
        )
    }

    /// What the caller of a write sees, or nothing where the call only takes longer.
    pub fn on_write(self, service: &'static str) -> Option<CallError> {
        Some(match self {
            Self::Delay(_) => return None,
            Self::RateLimited(seconds) => CallError::RateLimited {
                service,
                retry_after: Some(Duration::from_secs(seconds)),
            },
            Self::Refuse | Self::TimeOutAfterSuccess | Self::ServerError | Self::Malformed => {
                CallError::outcome_unknown(service, "no answer that could be read")
            }
        })
    }

    /// What the caller of a read sees, or nothing where the call only takes longer.
    pub fn on_read(self, service: &'static str) -> Option<CallError> {
        match self.on_write(service)? {
            CallError::OutcomeUnknown { service, cause } => {
                Some(CallError::Unreachable { service, cause })
            }
            error => Some(error),
        }
    }
}

/// An armed fault, as the control route takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// The operation, such as `drafts.create`, or `*` for any.
    pub operation: String,
    /// What goes wrong with it.
    pub fault: Fault,
    /// How many calls meet it.
    pub times: u32,
}

/// The fault switches of one service.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Armed>>);

impl Faults {
    /// Lets the next `times` calls of an operation meet a fault.
    pub fn arm(&self, operation: &str, fault: Fault, times: u32) {
        lock(&self.0).push(Armed {
            operation: operation.to_owned(),
            fault,
            times,
        });
    }

    /// How many calls are still to meet a fault.
    pub fn armed(&self) -> u32 {
        lock(&self.0).iter().map(|armed| armed.times).sum()
    }

    /// Takes back all that is armed.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The fault that this call meets, if any. Uses up one of its times.
    pub fn meet(&self, operation: &str) -> Option<Fault> {
        let mut armed = lock(&self.0);
        let hit = armed
            .iter_mut()
            .find(|a| a.times > 0 && (a.operation == operation || a.operation == "*"))?;
        hit.times -= 1;
        Some(hit.fault)
    }
}

//! Fault switches. A test arms a fault for an operation; the next calls of that operation meet it.
//!
//! A fake turns a fault into the [`CallError`] that the real adapter would return; a server of
//! `local` turns the same fault into what goes over the wire. A call can be held up, too: see
//! [`holds`](crate::holds).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ports::CallError;
use serde::{Deserialize, Serialize};

use crate::holds::{Hold, Point};
use crate::storm::Storm;

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
pub struct Faults {
    armed: Mutex<Vec<Armed>>,
    storm: Mutex<Option<Storm>>,
    holds: Mutex<Vec<Awaited>>,
}

/// A hold whose call has not come yet.
#[derive(Debug)]
struct Awaited {
    operation: String,
    /// How many calls go by before it.
    skipped: u32,
    hold: Hold,
}

/// What one call meets.
#[derive(Debug)]
pub struct Met {
    /// What goes wrong with it, if anything.
    pub fault: Option<Fault>,
    hold: Option<Hold>,
}

impl Met {
    /// A call that meets this fault alone.
    pub fn only(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            hold: None,
        }
    }

    /// Whether the effect of the call takes place.
    pub fn happens(&self) -> bool {
        self.fault.is_none_or(Fault::lets_it_happen)
    }

    /// Comes to a point of the call: the one before its effect takes as long as a delay says, and a
    /// held call goes on when it may.
    pub async fn comes_to(&self, point: Point) {
        if let (Some(Fault::Delay(milliseconds)), Point::BeforeEffect) = (self.fault, point) {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
        if let Some(hold) = &self.hold {
            hold.stop_at(point).await;
        }
    }
}

impl Faults {
    /// Lets the next `times` calls of an operation meet a fault.
    pub fn arm(&self, operation: &str, fault: Fault, times: u32) {
        lock(&self.armed).push(Armed {
            operation: operation.to_owned(),
            fault,
            times,
        });
    }

    /// How many calls are still to meet a fault.
    pub fn armed(&self) -> u32 {
        lock(&self.armed).iter().map(|armed| armed.times).sum()
    }

    /// Takes back all that is armed, and holds of calls that did not come.
    pub fn clear(&self) {
        lock(&self.armed).clear();
        lock(&self.holds).clear();
    }

    /// The fault that this call meets, if any. Uses up one of its times.
    pub fn meet(&self, operation: &str) -> Option<Fault> {
        let mut armed = lock(&self.armed);
        let hit = armed
            .iter_mut()
            .find(|a| a.times > 0 && (a.operation == operation || a.operation == "*"));
        if let Some(hit) = hit {
            hit.times -= 1;
            return Some(hit.fault);
        }
        lock(&self.storm).as_mut().and_then(Storm::blows)
    }

    /// Lets calls meet faults at random from now on, the same ones for the same seed: so many of each
    /// call, from 0 to 1.
    pub fn storm(&self, seed: u64, share: f64) {
        *lock(&self.storm) = Some(Storm::new(seed, share));
    }

    /// Ends a storm and tells how many faults of each kind it brought.
    pub fn calm(&self) -> BTreeMap<&'static str, u32> {
        let storm = lock(&self.storm).take();
        storm.map(|storm| storm.brought).unwrap_or_default()
    }

    /// Holds up one call of an operation: the next one after so many.
    pub fn hold_up(&self, operation: &str, skipped: u32) -> Hold {
        let hold = Hold::new();
        lock(&self.holds).push(Awaited {
            operation: operation.to_owned(),
            skipped,
            hold: hold.clone(),
        });
        hold
    }

    /// All that this call meets. Uses it up.
    pub fn meet_all(&self, operation: &str) -> Met {
        let mut holds = lock(&self.holds);
        let place = holds.iter().position(|held| held.operation == operation);
        let hold = match place {
            Some(place) if holds[place].skipped == 0 => Some(holds.remove(place).hold),
            Some(place) => {
                holds[place].skipped -= 1;
                None
            }
            None => None,
        };
        Met {
            fault: self.meet(operation),
            hold,
        }
    }

    /// Makes a call under all that it meets. `seen` is what its caller sees of a fault.
    pub async fn around<T>(
        &self,
        operation: &str,
        seen: impl FnOnce(Fault) -> Option<CallError>,
        work: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let met = self.meet_all(operation);
        met.comes_to(Point::BeforeEffect).await;
        let done = if met.happens() {
            Some(work.await)
        } else {
            None
        };
        met.comes_to(Point::AfterEffect).await;
        match (met.fault.and_then(seen), done) {
            (_, Some(Err(error))) | (Some(error), _) => Err(error),
            (None, Some(Ok(done))) => Ok(done),
            (None, None) => Err(CallError::outcome_unknown("a fake", "no answer")),
        }
    }
}

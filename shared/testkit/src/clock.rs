//! A clock that stands still until it is moved.

use std::sync::Mutex;

use ports::Clock;
use time::{Duration, OffsetDateTime};

/// A clock under the test's control.
#[derive(Debug)]
pub struct FakeClock(Mutex<OffsetDateTime>);

impl Default for FakeClock {
    fn default() -> Self {
        Self(Mutex::new(
            OffsetDateTime::UNIX_EPOCH + Duration::days(20_000),
        ))
    }
}

impl FakeClock {
    /// Moves the clock forward.
    pub fn pass(&self, time: Duration) {
        *crate::faults::lock(&self.0) += time;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> OffsetDateTime {
        *crate::faults::lock(&self.0)
    }
}

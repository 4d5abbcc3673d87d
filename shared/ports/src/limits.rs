//! Who may call a service now, for all functions together: how much of it may be used, and whether it
//! is left alone because it kept failing. Postgres.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::CallError;

/// Failures in a row after which a service counts as down.
pub const FAILURES_OF_AN_OUTAGE: u32 = 6;
/// How long a service that just went down is left alone. It doubles with every failed probe.
pub const FIRST_REST: Duration = Duration::from_secs(15);
/// The longest that it is left alone.
pub const LONGEST_REST: Duration = Duration::from_mins(10);
/// How long one caller probes alone: longer than any call may take.
pub const PROBE: Duration = Duration::from_secs(20);

/// A limit on how much may be used in a while (GCRA, a leaky bucket that holds one date).
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its name, such as `gemini/requests`.
    pub name: String,
    /// How much may be used in [`per`](Self::per).
    pub amount: u32,
    /// The while.
    pub per: Duration,
    /// How much may be used at once after a rest, in the same unit.
    pub burst: u32,
}

impl Bucket {
    /// An amount a minute, of which a sixth at once.
    pub fn a_minute(name: impl Into<String>, amount: u32) -> Self {
        Self {
            name: name.into(),
            amount,
            per: Duration::from_mins(1),
            burst: (amount / 6).max(1),
        }
    }

    /// An amount a day, all of it at once if need be.
    pub fn a_day(name: impl Into<String>, amount: u32) -> Self {
        Self {
            name: name.into(),
            amount,
            per: Duration::from_hours(24),
            burst: amount,
        }
    }

    /// The seconds after which one unit is there again.
    pub fn emission(&self) -> f64 {
        self.per.as_secs_f64() / f64::from(self.amount.max(1))
    }

    /// The seconds by which the bucket's date may lie ahead.
    pub fn tolerance(&self) -> f64 {
        self.emission() * f64::from(self.burst.max(1))
    }

    /// What is drawn for a cost. More than a full bucket holds is never asked for, for it would never
    /// be granted.
    pub fn drawn(&self, cost: u32) -> f64 {
        f64::from(cost.min(self.burst.max(1)))
    }
}

/// Why a call is not made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// The service kept failing.
    Down,
    /// A limit of ours is used up, or the service asked us to wait.
    Limited,
    /// This invocation ends before the call could.
    NoTime,
}

impl std::fmt::Display for Pause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Down => "for it kept failing",
            Self::Limited => "for a limit is used up",
            Self::NoTime => "for this invocation is about to end",
        })
    }
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pass {
    /// Yes, after `wait`.
    Granted {
        /// How long to wait before the call.
        wait: Duration,
        /// Failures in a row so far. Where there are any, a success is to be told.
        failures: u32,
    },
    /// No; worth asking again after `wait`.
    Refused {
        /// Why.
        why: Pause,
        /// When to ask again.
        wait: Duration,
    },
}

/// The gates before the services. Every method is one short statement of its own, never part of the
/// work's transactions.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Asks to pass a gate and to draw from its buckets, all or nothing. Waits of at most `patience`
    /// are granted. Of the callers of a service that is down, one at a time passes when its rest is
    /// over: it probes.
    async fn pass(
        &self,
        gate: &str,
        draws: &[(Bucket, u32)],
        patience: Duration,
        now: OffsetDateTime,
    ) -> Result<Pass, CallError>;

    /// Tells that a call got no usable answer. `failures` is what [`Pass::Granted`] said. Returns
    /// whether the service counts as down from now on: `true` to one caller an outage.
    async fn failed(
        &self,
        gate: &str,
        failures: u32,
        now: OffsetDateTime,
    ) -> Result<bool, CallError>;

    /// Tells that a call was answered after failures. Returns since when the service had been down,
    /// to one caller an outage.
    async fn worked(
        &self,
        gate: &str,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, CallError>;

    /// Closes a gate for a while, as the service asked for.
    async fn hold(
        &self,
        gate: &str,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<(), CallError>;
}

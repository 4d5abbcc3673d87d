//! Gates and limits in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use ports::limits::{FAILURES_OF_AN_OUTAGE, FIRST_REST, LONGEST_REST, PROBE};
use ports::{Bucket, CallError, Limits, Pass, Pause};
use time::OffsetDateTime;

use crate::faults::lock;

#[derive(Debug, Default)]
struct Gate {
    failures: u32,
    shut_until: Option<OffsetDateTime>,
    down_since: Option<OffsetDateTime>,
}

#[derive(Debug, Default)]
struct State {
    gates: BTreeMap<String, Gate>,
    /// When each bucket is full again.
    buckets: BTreeMap<String, OffsetDateTime>,
}

/// Gates in memory.
#[derive(Debug, Default)]
pub struct FakeLimits(Mutex<State>);

impl FakeLimits {
    /// Since when a service counts as down.
    pub fn down_since(&self, gate: &str) -> Option<OffsetDateTime> {
        lock(&self.0).gates.get(gate)?.down_since
    }
}

#[async_trait]
impl Limits for FakeLimits {
    async fn pass(
        &self,
        gate: &str,
        draws: &[(Bucket, u32)],
        patience: Duration,
        now: OffsetDateTime,
    ) -> Result<Pass, CallError> {
        let mut state = lock(&self.0);
        let standing = state.gates.entry(gate.to_owned()).or_default();
        let failures = standing.failures;
        let is_down = failures >= FAILURES_OF_AN_OUTAGE;
        if let Some(until) = standing.shut_until.filter(|until| *until > now) {
            let why = if is_down { Pause::Down } else { Pause::Limited };
            return Ok(Pass::Refused {
                why,
                wait: (until - now).try_into().unwrap_or_default(),
            });
        }
        let mut fresh = vec![];
        let mut longest = 0.0_f64;
        for (bucket, cost) in draws {
            let full_at = state.buckets.get(&bucket.name).copied().unwrap_or(now);
            let drawn = bucket.emission() * bucket.drawn(*cost);
            let full_at = full_at.max(now) + Duration::from_secs_f64(drawn);
            let late = (full_at - now).as_seconds_f64() - bucket.tolerance();
            if late > patience.as_secs_f64() {
                return Ok(Pass::Refused {
                    why: Pause::Limited,
                    wait: Duration::from_secs_f64(late),
                });
            }
            longest = longest.max(late);
            fresh.push((bucket.name.clone(), full_at));
        }
        state.buckets.extend(fresh);
        if is_down {
            let standing = state.gates.entry(gate.to_owned()).or_default();
            standing.shut_until = Some(now + PROBE);
        }
        Ok(Pass::Granted {
            wait: Duration::from_secs_f64(longest.max(0.0)),
            failures,
        })
    }

    async fn failed(
        &self,
        gate: &str,
        failures: u32,
        now: OffsetDateTime,
    ) -> Result<bool, CallError> {
        let mut state = lock(&self.0);
        let standing = state.gates.entry(gate.to_owned()).or_default();
        let is_shut = standing.shut_until.is_some_and(|until| until > now);
        if is_shut && failures < FAILURES_OF_AN_OUTAGE {
            return Ok(false);
        }
        standing.failures += 1;
        if standing.failures < FAILURES_OF_AN_OUTAGE {
            return Ok(false);
        }
        let doublings = (standing.failures - FAILURES_OF_AN_OUTAGE).min(20);
        let rest = FIRST_REST
            .saturating_mul(2_u32.pow(doublings))
            .min(LONGEST_REST);
        standing.shut_until = Some(now + rest);
        let begins = standing.down_since.is_none();
        standing.down_since.get_or_insert(now);
        Ok(begins)
    }

    async fn worked(
        &self,
        gate: &str,
        _: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, CallError> {
        let mut state = lock(&self.0);
        let standing = state.gates.entry(gate.to_owned()).or_default();
        standing.failures = 0;
        standing.shut_until = None;
        Ok(standing.down_since.take())
    }

    async fn hold(
        &self,
        gate: &str,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<(), CallError> {
        let mut state = lock(&self.0);
        let standing = state.gates.entry(gate.to_owned()).or_default();
        standing.shut_until = standing.shut_until.max(Some(now + length));
        Ok(())
    }
}

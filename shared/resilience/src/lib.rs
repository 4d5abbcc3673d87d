//! How every call outside is made: a bound on its time, and repeats where repeating is safe.
//!
//! A read is repeated after any passing failure. A write is repeated only where the failure says
//! that nothing happened; a write whose outcome is unknown goes back to the ledger, which looks
//! before anyone does it again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use ports::CallError;
use tokio::time::Instant;

#[cfg(feature = "http")]
pub mod http;

/// What a call does to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing, or the same however often it is made.
    None,
    /// Something that must not be done twice.
    Once,
}

/// How often and how long a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Tries in all, at least one.
    pub attempts: usize,
    /// The wait before the second try. Later waits double, with jitter.
    pub first_wait: Duration,
    /// The bound on tries and waits together. No try starts after it.
    pub within: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(200),
            within: Duration::from_secs(20),
        }
    }
}

/// Makes a call under a policy. `operation` names it in the log, such as `gmail.drafts.create`.
pub async fn call<T, F, Fut>(
    operation: &'static str,
    effect: Effect,
    policy: Policy,
    mut attempt: F,
) -> Result<T, CallError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, CallError>>,
{
    let end = Instant::now() + policy.within;
    let mut waits = ExponentialBuilder::default()
        .with_min_delay(policy.first_wait)
        .with_max_times(policy.attempts.saturating_sub(1))
        .with_jitter()
        .build();
    loop {
        let error = match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if !may_repeat(&error, effect) {
            return Err(error);
        }
        let Some(wait) = waits.next().map(|wait| wait.max(asked_wait(&error))) else {
            return Err(error);
        };
        if Instant::now() + wait >= end {
            return Err(error);
        }
        tracing::warn!(
            operation,
            wait_ms = wait.as_millis(),
            "{operation} failed, trying again: {error}"
        );
        tokio::time::sleep(wait).await;
    }
}

fn may_repeat(error: &CallError, effect: Effect) -> bool {
    error.is_passing() && (effect == Effect::None || error.had_no_effect())
}

fn asked_wait(error: &CallError) -> Duration {
    match error {
        CallError::RateLimited { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn unreachable() -> CallError {
        CallError::unreachable("odoo", "connection refused")
    }

    fn unknown() -> CallError {
        CallError::outcome_unknown("odoo", "timed out")
    }

    /// Fails `times` times, then succeeds; returns the result and the number of tries.
    async fn tried(effect: Effect, times: u32, error: fn() -> CallError) -> (bool, u32) {
        let tries = Cell::new(0);
        let result = call("odoo.test", effect, Policy::default(), || {
            tries.set(tries.get() + 1);
            let fails = tries.get() <= times;
            async move { if fails { Err(error()) } else { Ok(()) } }
        })
        .await;
        (result.is_ok(), tries.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_did_not_arrive_is_repeated() {
        assert_eq!(tried(Effect::Once, 2, unreachable).await, (true, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_whose_outcome_is_unknown_is_repeated() {
        assert_eq!(tried(Effect::None, 1, unknown).await, (true, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_whose_outcome_is_unknown_is_never_repeated_blindly() {
        assert_eq!(tried(Effect::Once, 1, unknown).await, (false, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_not_repeated() {
        let rejected = || CallError::rejected("odoo", "no such team");
        assert_eq!(tried(Effect::None, 1, rejected).await, (false, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn tries_end() {
        assert_eq!(tried(Effect::None, 99, unreachable).await, (false, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_longer_than_the_bound_is_not_begun() {
        let limited = || CallError::RateLimited {
            service: "gemini",
            retry_after: Some(Duration::from_mins(1)),
        };
        assert_eq!(tried(Effect::None, 99, limited).await, (false, 1));
    }
}

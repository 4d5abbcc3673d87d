//! The way to one service for one tenant: every call to it passes here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ports::{Bucket, CallError, CallMade, Clock, Limits, Pass, Pause, SystemClock};
use tokio::time::Instant;

use crate::{Effect, Policy, scope, waits};

/// What is left of an invocation for recording what came of a call that was cut off.
const FOR_THE_RECORD: Duration = Duration::from_millis(1_500);
/// How long a call waits for its turn, as a part of the time that its invocation has left: what comes from a
/// queue goes back there soon, and a long run over many documents waits.
const PATIENCE: u32 = 10;
/// The longest such wait, and the usual one where no invocation ends.
const LONGEST_PATIENCE: Duration = Duration::from_mins(1);
const USUAL_PATIENCE: Duration = Duration::from_secs(5);
/// How long a service is left alone that asks for patience without saying how much.
const HELD_USUALLY: Duration = Duration::from_secs(1);

/// The way to one service.
#[derive(Clone)]
pub struct Gate {
    service: &'static str,
    kept: Option<Kept>,
    policy: Policy,
}

/// What all functions know together of a service.
#[derive(Clone)]
struct Kept {
    /// For the log. The name holds the tenant, which may be an address.
    service: &'static str,
    name: String,
    limits: Arc<dyn Limits>,
    clock: Arc<dyn Clock>,
    buckets: Vec<Bucket>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gate({})", self.service)
    }
}

/// One call, as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct Op<'a> {
    /// Its name in records, such as `gmail.drafts.create`.
    pub name: &'a str,
    /// What it does to the other side.
    pub effect: Effect,
    /// What one try draws from each bucket, in their order. What is not said is 1.
    pub costs: &'a [u32],
}

impl<'a> Op<'a> {
    /// A call that draws one of everything.
    pub fn new(name: &'a str, effect: Effect) -> Self {
        Self {
            name,
            effect,
            costs: &[],
        }
    }

    /// The same call at these costs.
    #[must_use]
    pub fn at(self, costs: &'a [u32]) -> Self {
        Self { costs, ..self }
    }
}

impl Gate {
    /// A way that nobody keeps: time and tries are bounded, and that is all.
    pub fn open(service: &'static str) -> Self {
        Self {
            service,
            kept: None,
            policy: Policy::default(),
        }
    }

    /// A way that all functions share: they leave a service alone together when it keeps failing, and
    /// together stay within its limits. A tenant is a mailbox, a database, a project.
    #[must_use]
    pub fn kept_by(
        self,
        limits: Arc<dyn Limits>,
        tenant: &str,
        buckets: impl IntoIterator<Item = Bucket>,
    ) -> Self {
        let name = if tenant.is_empty() {
            self.service.to_owned()
        } else {
            format!("{}/{tenant}", self.service)
        };
        let buckets = buckets.into_iter().map(|bucket| Bucket {
            name: format!("{name}/{}", bucket.name),
            ..bucket
        });
        let kept = Kept {
            service: self.service,
            buckets: buckets.collect(),
            name,
            limits,
            clock: Arc::new(SystemClock),
        };
        Self {
            kept: Some(kept),
            ..self
        }
    }

    /// The same way under another policy.
    #[must_use]
    pub fn under(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Makes a call: passes the gate, tries, waits and tries again where that is safe, and counts it
    /// all once. Ends before the invocation does.
    pub async fn call<T, F, Fut>(&self, op: Op<'_>, mut attempt: F) -> Result<T, CallError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, CallError>>,
    {
        let began = Instant::now();
        let mut attempts = 0;
        let answer = self.tries(op, &mut attempts, &mut attempt).await;
        let took = began.elapsed();
        let error = answer.as_ref().err().map(ToString::to_string);
        let (operation, took_ms) = (op.name, took.as_millis());
        if let Some(error) = &error {
            // The caller tells what it means, and the visit keeps the attempts.
            tracing::debug!(
                operation,
                attempts,
                took_ms,
                error,
                "{operation} failed after {attempts} attempts: {error}"
            );
        } else if attempts > 1 {
            tracing::warn!(
                operation,
                attempts,
                took_ms,
                "{operation} worked at attempt {attempts}, after {took_ms} ms"
            );
        }
        scope::record(CallMade {
            operation: op.name.to_owned(),
            attempts,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            error,
            detail: None,
        });
        answer
    }

    async fn tries<T, F, Fut>(
        &self,
        op: Op<'_>,
        attempts: &mut u32,
        attempt: &mut F,
    ) -> Result<T, CallError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, CallError>>,
    {
        let end = Instant::now() + self.policy.within;
        let last = scope::ends().map(|ends| ends.checked_sub(FOR_THE_RECORD).unwrap_or(ends));
        let mut waits = waits(self.policy);
        loop {
            let failures = self.pass(op, last).await?;
            *attempts += 1;
            // The futures of some clients are large.
            let result = self.bounded(op.effect, last, Box::pin(attempt())).await;
            self.learn(&result, failures).await;
            let error = match result {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !may_repeat(&error, op.effect) {
                return Err(error);
            }
            let asked = error.asked_wait().unwrap_or_default();
            let Some(wait) = waits.next().map(|wait| wait.max(asked)) else {
                return Err(error);
            };
            let then = Instant::now() + wait;
            if then >= end || last.is_some_and(|last| then >= last) {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Passes the gate, waiting shortly where that is enough. Returns the failures in a row before
    /// this call.
    async fn pass(&self, op: Op<'_>, last: Option<Instant>) -> Result<u32, CallError> {
        let paused = |why, wait| CallError::Paused {
            service: self.service,
            why,
            wait,
        };
        let left = last.map(|last| last.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(paused(Pause::NoTime, Duration::ZERO));
        }
        let Some(kept) = &self.kept else {
            return Ok(0);
        };
        let patience = left.map_or(USUAL_PATIENCE, |left| {
            (left / PATIENCE).min(LONGEST_PATIENCE)
        });
        match kept.ask(op, patience).await {
            Pass::Granted { wait, failures } => {
                tokio::time::sleep(wait).await;
                Ok(failures)
            }
            // The service asked for a short rest, and gets it.
            Pass::Refused {
                why: Pause::Limited,
                wait,
            } if wait <= patience => {
                tokio::time::sleep(wait).await;
                match kept.ask(op, patience.saturating_sub(wait)).await {
                    Pass::Granted { wait, failures } => {
                        tokio::time::sleep(wait).await;
                        Ok(failures)
                    }
                    Pass::Refused { why, wait } => Err(paused(why, wait)),
                }
            }
            Pass::Refused { why, wait } => Err(paused(why, wait)),
        }
    }

    /// Cuts a try off before the invocation ends, so that what is not known of it is recorded.
    async fn bounded<T>(
        &self,
        effect: Effect,
        last: Option<Instant>,
        attempt: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let Some(last) = last else {
            return attempt.await;
        };
        let cut_off = |_| {
            let cause = "it was broken off, for the invocation ends";
            Err(match effect {
                Effect::None => CallError::unreachable(self.service, cause),
                Effect::Once => CallError::outcome_unknown(self.service, cause),
            })
        };
        tokio::time::timeout_at(last, attempt)
            .await
            .unwrap_or_else(cut_off)
    }

    /// Tells all functions what this try says of the service.
    async fn learn<T>(&self, result: &Result<T, CallError>, failures: u32) {
        let Some(kept) = &self.kept else {
            return;
        };
        let now = kept.clock.now();
        let told = match result {
            Err(CallError::Unreachable { .. } | CallError::OutcomeUnknown { .. }) => {
                kept.fell_silent(failures).await
            }
            Err(CallError::RateLimited { retry_after, .. }) => {
                let length = retry_after.unwrap_or(HELD_USUALLY);
                kept.limits.hold(&kept.name, length, now).await
            }
            // Any other answer is one.
            _ if failures > 0 => kept.speaks_again().await,
            _ => return,
        };
        if let Err(error) = told {
            tracing::warn!(
                gate = self.service,
                %error,
                "What was seen of {} could not be told: {error}",
                self.service
            );
        }
    }
}

impl Kept {
    /// Where the gates cannot be asked, the call is made: they protect others, and nothing depends on
    /// them.
    async fn ask(&self, op: Op<'_>, patience: Duration) -> Pass {
        let cost = |at| op.costs.get(at).copied().unwrap_or(1);
        let draws: Vec<(Bucket, u32)> = self
            .buckets
            .iter()
            .enumerate()
            .map(|(at, bucket)| (bucket.clone(), cost(at)))
            .filter(|(_, cost)| *cost > 0)
            .collect();
        let asked = self
            .limits
            .pass(&self.name, &draws, patience, self.clock.now())
            .await;
        asked.unwrap_or_else(|error| {
            tracing::warn!(
                gate = self.service,
                %error,
                "The gate of {} could not be asked: {error}",
                self.service
            );
            Pass::Granted {
                wait: Duration::ZERO,
                failures: 0,
            }
        })
    }

    async fn fell_silent(&self, failures: u32) -> Result<(), CallError> {
        let now = self.clock.now();
        if self.limits.failed(&self.name, failures, now).await? {
            tracing::warn!(
                gate = self.service,
                "{} is out of order: it is left alone and tried again from time to time, and the mails \
                 that need it wait in their queues",
                self.service
            );
        }
        Ok(())
    }

    async fn speaks_again(&self) -> Result<(), CallError> {
        let now = self.clock.now();
        if let Some(since) = self.limits.worked(&self.name, now).await? {
            let seconds = (now - since).whole_seconds();
            tracing::info!(
                gate = self.service,
                seconds,
                "{} works again after {seconds} s",
                self.service
            );
        }
        Ok(())
    }
}

fn may_repeat(error: &CallError, effect: Effect) -> bool {
    error.is_passing() && (effect == Effect::None || error.had_no_effect())
}

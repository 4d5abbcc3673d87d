//! Doing an external effect once: claim, look first where it may have happened, act, record.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::MailKey;
use domain::step::{Claim, Done, Ending, Lease, StepName};
use ports::{CallError, Clock, Ledger, RetryAfter};
use time::{Duration, OffsetDateTime};

/// By how much a lease outlives the invocation that holds it: a request that was on its way when
/// the invocation was ended has had its effect by then.
const MARGIN: Duration = Duration::seconds(3);

/// How long a thread is usually held.
const HOLDS_USUALLY: Duration = Duration::seconds(10);

/// Why a mail could not be worked to the end. It goes back to its queue.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A call failed.
    #[error("{doing} failed")]
    Call {
        /// What was being done, such as `the ticket step`.
        doing: &'static str,
        /// The failed call.
        #[source]
        cause: CallError,
    },
    /// Another worker is at this step.
    #[error("another worker is at the {step} step")]
    Busy {
        /// The step.
        step: StepName,
        /// Until when its lease runs.
        until: OffsetDateTime,
    },
    /// The worker of another mail is at the drafts of the thread.
    #[error("another mail's worker is at the thread")]
    ThreadHeld {
        /// Until when it has them at the longest.
        until: OffsetDateTime,
    },
    /// A later attempt took the step over.
    #[error("the {step} step was taken over by a later attempt")]
    Fenced {
        /// The step.
        step: StepName,
    },
    /// There was not enough time left to act.
    #[error("no time was left for the {step} step")]
    OutOfTime {
        /// The step.
        step: StepName,
    },
    /// The step was given up, so that the mail cannot be finished by machine.
    #[error("the {step} step was given up: {reason}")]
    Abandoned {
        /// The step.
        step: StepName,
        /// Why.
        reason: String,
    },
    /// The mail is not ready for this worker yet.
    #[error("{0}")]
    NotYet(&'static str),
}

impl Failure {
    /// Names what was being done when a call failed.
    pub fn doing(doing: &'static str) -> impl FnOnce(CallError) -> Self {
        move |cause| Self::Call { doing, cause }
    }
}

impl RetryAfter for Failure {
    fn retry_after(&self, now: OffsetDateTime) -> Option<std::time::Duration> {
        match self {
            Self::Busy { until, .. } => (*until - now).try_into().ok(),
            // It is given free as soon as the other mail is done, which takes seconds.
            Self::ThreadHeld { until } => (*until - now).min(HOLDS_USUALLY).try_into().ok(),
            Self::Call { cause, .. } => cause.asked_wait(),
            _ => None,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Call { cause, .. } => cause.class(),
            Self::Busy { .. } | Self::ThreadHeld { .. } | Self::Fenced { .. } => "busy",
            Self::OutOfTime { .. } => "paused",
            Self::Abandoned { .. } | Self::NotYet(_) => "other",
        }
    }
}

/// Performs steps for one mail within one invocation.
#[derive(Clone)]
pub struct Steps {
    /// Where steps are claimed.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// When this invocation is ended from outside.
    pub deadline: OffsetDateTime,
}

/// How a step went: it is done and has this id, or the worker decided against the effect.
pub type Outcome<T> = ControlFlow<T, String>;

impl Steps {
    /// Performs a step of a mail once.
    ///
    /// `look` tells the id of an effect that an earlier attempt may have had. `act` performs it and
    /// returns its id, or breaks off before any effect; it is told whether it may be a repeat that
    /// `look` could not rule out.
    pub async fn once<T, Look, Looked, Act, Acted>(
        &self,
        key: &MailKey,
        step: StepName,
        look: Look,
        act: Act,
    ) -> Result<Outcome<T>, Failure>
    where
        Look: FnOnce() -> Looked,
        Looked: Future<Output = Result<Option<String>, CallError>>,
        Act: FnOnce(bool) -> Acted,
        Acted: Future<Output = Result<Outcome<T>, CallError>>,
    {
        let lease = match self.claim(key, step).await? {
            Claimed::Granted(lease) => lease,
            Claimed::Done(id) => return Ok(Outcome::Continue(id)),
        };
        let holder = Holder {
            steps: self,
            key,
            step,
            lease,
        };
        if holder.lease.look_first {
            match look().await {
                Ok(Some(id)) => return holder.done(id).await,
                Ok(None) => {}
                Err(cause) => return holder.failed(cause, Ending::MayHaveHappened).await,
            }
        }
        // Not every effect can be looked up: what an earlier attempt may have done stays in doubt until
        // one succeeds, so that whoever acts next knows that it may be a repeat.
        let without_effect = if holder.lease.look_first {
            Ending::MayHaveHappened
        } else {
            Ending::DidNotHappen
        };
        if !holder.lease.allows(self.clock.now(), MARGIN) {
            holder.end(without_effect).await?;
            return Err(Failure::OutOfTime { step });
        }
        match act(holder.lease.look_first).await {
            Ok(Outcome::Continue(id)) => holder.done(id).await,
            Ok(Outcome::Break(instead)) => {
                holder.end(Ending::DidNotHappen).await?;
                Ok(Outcome::Break(instead))
            }
            Err(cause) if cause.had_no_effect() => holder.failed(cause, without_effect).await,
            Err(cause) => holder.failed(cause, Ending::MayHaveHappened).await,
        }
    }

    /// Performs a step whose effect and record are one transaction of the ledger's database, and
    /// returns its id. `act` is given the lease and ends the step itself; `None` from it means that a
    /// later attempt has taken over.
    pub async fn together<Act>(
        &self,
        key: &MailKey,
        step: StepName,
        act: Act,
    ) -> Result<String, Failure>
    where
        Act: AsyncFnOnce(Lease) -> Result<Option<String>, CallError>,
    {
        let lease = match self.claim(key, step).await? {
            Claimed::Granted(lease) => lease,
            Claimed::Done(id) => return Ok(id),
        };
        match act(lease.clone()).await {
            Ok(Some(id)) => {
                tracing::info!(mail = %key, %step, attempt = lease.attempt, external_id = id, "Did the {step} step of mail {key}");
                Ok(id)
            }
            Ok(None) => Err(Failure::Fenced { step }),
            // Whatever became of the transaction: if it was committed the step is done, and giving it
            // back changes nothing.
            Err(cause) => {
                let ended = self.ledger.end(key, step, &lease, &Ending::DidNotHappen);
                ended.await.map_err(Failure::doing("recording a step"))?;
                Err(Failure::Call {
                    doing: step.as_str(),
                    cause,
                })
            }
        }
    }

    /// The lease on a step until this invocation ends, or the id of what was done already.
    async fn claim(&self, key: &MailKey, step: StepName) -> Result<Claimed, Failure> {
        let now = self.clock.now();
        let length = (self.deadline - now).max(Duration::ZERO) + MARGIN;
        let claim = self.ledger.claim(key, step, now, length).await;
        match claim.map_err(Failure::doing("claiming a step"))? {
            Claim::Granted(lease) => Ok(Claimed::Granted(lease)),
            Claim::Done(done) => Ok(Claimed::Done(done.external_id)),
            Claim::Busy(until) => Err(Failure::Busy { step, until }),
            Claim::Abandoned(reason) => Err(Failure::Abandoned { step, reason }),
        }
    }

    /// Gives a step up for good. What other attempts do meanwhile is theirs.
    pub async fn abandon(
        &self,
        key: &MailKey,
        step: StepName,
        reason: &str,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let claim = self.ledger.claim(key, step, now, MARGIN).await;
        if let Claim::Granted(lease) = claim.map_err(Failure::doing("claiming a step"))? {
            let holder = Holder {
                steps: self,
                key,
                step,
                lease,
            };
            holder.end(Ending::Abandoned(reason.to_owned())).await?;
        }
        Ok(())
    }
}

/// A claim that lets the work go on.
enum Claimed {
    Granted(Lease),
    /// The step's external id.
    Done(String),
}

/// A granted claim and the ways to end it.
struct Holder<'a> {
    steps: &'a Steps,
    key: &'a MailKey,
    step: StepName,
    lease: Lease,
}

impl Holder<'_> {
    async fn end(&self, ending: Ending) -> Result<(), Failure> {
        let ended = self
            .steps
            .ledger
            .end(self.key, self.step, &self.lease, &ending)
            .await;
        if ended.map_err(Failure::doing("recording a step"))? {
            Ok(())
        } else {
            Err(Failure::Fenced { step: self.step })
        }
    }

    async fn done<T>(self, id: String) -> Result<Outcome<T>, Failure> {
        self.end(Ending::Done(Done {
            external_id: id.clone(),
        }))
        .await?;
        tracing::info!(mail = %self.key, step = %self.step, attempt = self.lease.attempt, external_id = id, "Did the {} step of mail {}", self.step, self.key);
        Ok(Outcome::Continue(id))
    }

    async fn failed<T>(self, cause: CallError, ending: Ending) -> Result<Outcome<T>, Failure> {
        self.end(ending).await?;
        Err(Failure::Call {
            doing: self.step.as_str(),
            cause,
        })
    }
}

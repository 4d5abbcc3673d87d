//! The one error of every port: what the caller can do about a failed call.

use std::time::Duration;

use crate::Pause;

/// What went wrong, any cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failed call to another service. Never holds mail content, addresses or secrets.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service wants us to slow down. Nothing happened there.
    #[error("{service} limits the rate of calls")]
    RateLimited {
        /// Which service.
        service: &'static str,
        /// How long it asks us to wait, where it says so.
        retry_after: Option<Duration>,
    },
    /// We do not call the service for now. Nothing happened there.
    #[error("{service} is not called for now, {why}")]
    Paused {
        /// Which service.
        service: &'static str,
        /// Why.
        why: Pause,
        /// When it is worth trying again.
        wait: Duration,
    },
    /// What was asked for is not there.
    #[error("{service} has no such {what}")]
    NotFound {
        /// Which service.
        service: &'static str,
        /// What was looked for, such as `message`.
        what: &'static str,
    },
    /// The service refuses this call for good: repeating it changes nothing.
    #[error("{service} refused the call: {reason}")]
    Rejected {
        /// Which service.
        service: &'static str,
        /// Its reason, in its words where they hold no content.
        reason: String,
    },
    /// Our credentials or rights do not suffice: a person must act.
    #[error("{service} does not accept our credentials: {reason}")]
    Unauthorized {
        /// Which service.
        service: &'static str,
        /// What to do about it.
        reason: String,
    },
    /// The call may have had its effect: look before doing it again.
    #[error("{service} did not tell whether the call succeeded")]
    OutcomeUnknown {
        /// Which service.
        service: &'static str,
        /// What was seen.
        #[source]
        cause: Cause,
    },
    /// The call did not reach the service, or the service could not work. Nothing happened there.
    #[error("{service} cannot be reached or is out of order")]
    Unreachable {
        /// Which service.
        service: &'static str,
        /// What was seen.
        #[source]
        cause: Cause,
    },
}

impl CallError {
    /// Whether the same call may succeed later, without anyone acting.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Paused { .. }
                | Self::OutcomeUnknown { .. }
                | Self::Unreachable { .. }
        )
    }

    /// Whether it is certain that the call had no effect.
    pub fn had_no_effect(&self) -> bool {
        !matches!(self, Self::OutcomeUnknown { .. })
    }

    /// How long to wait before it is worth trying again, where that is known.
    pub fn asked_wait(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => *retry_after,
            Self::Paused { wait, .. } => Some(*wait),
            _ => None,
        }
    }

    /// What kind of failure it is, as records and filters name it.
    pub fn class(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Paused { .. } => "paused",
            Self::NotFound { .. } => "not_found",
            Self::Rejected { .. } => "rejected",
            Self::Unauthorized { .. } => "unauthorized",
            Self::OutcomeUnknown { .. } => "unknown",
            Self::Unreachable { .. } => "unreachable",
        }
    }

    /// A refusal for good.
    pub fn rejected(service: &'static str, reason: impl Into<String>) -> Self {
        Self::Rejected {
            service,
            reason: reason.into(),
        }
    }

    /// A call without an effect that may succeed later.
    pub fn unreachable(service: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unreachable {
            service,
            cause: cause.into(),
        }
    }

    /// A call that may have had its effect.
    pub fn outcome_unknown(service: &'static str, cause: impl Into<Cause>) -> Self {
        Self::OutcomeUnknown {
            service,
            cause: cause.into(),
        }
    }
}

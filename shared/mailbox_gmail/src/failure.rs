//! What Google's failures mean to a caller.

use std::time::Duration;

use google_gmail1::common;
use ports::CallError;
use resilience::{Effect, http};
use serde_json::Value;

use crate::SERVICE;

/// A call that failed, as far as it is needed to tell what it means. Holds no content.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Google answered with an error.
    Answered(Answered),
    /// No connection was made.
    NotConnected(ports::error::Cause),
    /// The connection broke.
    Broken(ports::error::Cause),
    /// The answer cannot be read.
    Unreadable(&'static str),
    /// No answer came in time.
    TimedOut,
    /// There is no token to call with.
    NoToken(CallError),
    /// The call cannot be made.
    Refused(&'static str),
}

/// An error in Google's shape.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// `error.errors[].reason`, or else `error.details[].reason`, or else `error.status`.
    pub(crate) reason: String,
    pub(crate) retry_after: Option<Duration>,
}

/// Listens for what the library does not hand on: the status and `Retry-After` of an error.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    status: u16,
    retry_after: Option<Duration>,
}

impl common::Delegate for Heard {
    fn http_failure(&mut self, response: &common::Response, _: Option<&Value>) -> common::Retry {
        self.status = response.status().as_u16();
        self.retry_after = http::retry_after(response.headers());
        common::Retry::Abort
    }
}

impl Heard {
    /// The body of the answer, or the failure with what was heard.
    pub(crate) fn with<T>(
        self,
        answer: common::Result<(common::Response, T)>,
    ) -> Result<T, Failure> {
        let error = match answer {
            Ok((_, body)) => return Ok(body),
            Err(error) => error,
        };
        Err(match error {
            common::Error::BadRequest(body) => Failure::Answered(self.answered(&body)),
            common::Error::Failure(_) => Failure::Answered(self.answered(&Value::Null)),
            common::Error::HttpError(error) if error.is_connect() => {
                Failure::NotConnected(error.into())
            }
            common::Error::HttpError(error) => Failure::Broken(error.into()),
            common::Error::Io(error) => Failure::Broken(error.into()),
            // The library's own text would repeat the answer, which may hold a mail.
            common::Error::JsonDecodeError(..) => Failure::Unreadable("the answer is no JSON"),
            common::Error::MissingToken(error) => Failure::NoToken(token_error(error)),
            common::Error::UploadSizeLimitExceeded(..) => {
                Failure::Refused("the draft is larger than 35 MB")
            }
            common::Error::MissingAPIKey
            | common::Error::Cancelled
            | common::Error::FieldClash(_) => Failure::Refused("the call was put together wrongly"),
        })
    }

    fn answered(&self, body: &Value) -> Answered {
        let error = &body["error"];
        let reason = [
            &error["errors"][0]["reason"],
            &error["details"][0]["reason"],
            &error["status"],
        ]
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_default();
        Answered {
            status: self.status,
            reason: reason.to_owned(),
            retry_after: self.retry_after,
        }
    }
}

fn token_error(error: ports::error::Cause) -> CallError {
    match error.downcast::<CallError>() {
        Ok(error) => *error,
        Err(error) => CallError::unreachable("google", error),
    }
}

impl Failure {
    /// Whether the token was refused, which says that nothing was done.
    pub(crate) fn is_refused_token(&self) -> bool {
        matches!(self, Self::Answered(Answered { status: 401, .. }))
    }

    /// What it means to the caller.
    pub(crate) fn means(self, effect: Effect, what: &'static str) -> CallError {
        match self {
            Self::Answered(answered) => answered.means(effect, what),
            Self::NotConnected(cause) => CallError::unreachable(SERVICE, cause),
            Self::Broken(cause) => lost(effect, cause),
            Self::Unreadable(why) => lost(effect, why.into()),
            Self::TimedOut => lost(effect, "no answer in time".into()),
            Self::NoToken(error) => error,
            Self::Refused(why) => CallError::rejected(SERVICE, why),
        }
    }
}

/// No answer: a read did nothing, a write may have done its work.
fn lost(effect: Effect, cause: ports::error::Cause) -> CallError {
    match effect {
        Effect::None => CallError::unreachable(SERVICE, cause),
        Effect::Once => CallError::outcome_unknown(SERVICE, cause),
    }
}

impl Answered {
    fn means(self, effect: Effect, what: &'static str) -> CallError {
        match self.status {
            429 => self.limited(),
            403 if self.is_limit() => self.limited(),
            401 | 403 => CallError::Unauthorized {
                service: SERVICE,
                reason: self.rights(),
            },
            404 => CallError::NotFound {
                service: SERVICE,
                what,
            },
            status @ 500.. => http::broke(SERVICE, effect, status),
            status => {
                CallError::rejected(SERVICE, format!("HTTP status {status}, {}", self.reason))
            }
        }
    }

    fn limited(self) -> CallError {
        CallError::RateLimited {
            service: SERVICE,
            retry_after: self.retry_after,
        }
    }

    /// Limits also come as 403; only the reason tells them from missing rights.
    fn is_limit(&self) -> bool {
        matches!(
            self.reason.as_str(),
            "rateLimitExceeded"
                | "userRateLimitExceeded"
                | "quotaExceeded"
                | "dailyLimitExceeded"
                | "concurrentLimitExceeded"
                | "RATE_LIMIT_EXCEEDED"
                | "RESOURCE_EXHAUSTED"
        )
    }

    fn rights(&self) -> String {
        let advice = match self.reason.as_str() {
            "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => {
                "the consent does not cover gmail.modify: consent anew with this scope: `helpdesk setup google --client FILE --replace`"
            }
            "accessNotConfigured" | "SERVICE_DISABLED" => {
                "the Gmail API is not enabled in the Google Cloud project"
            }
            _ if self.status == 401 => {
                "a new token was refused, too: consent anew: `helpdesk setup google --client FILE --replace`"
            }
            _ => "the credentials do not belong to the mailbox, or have no right to it",
        };
        advice.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meaning(status: u16, body: &Value, effect: Effect) -> CallError {
        let heard = Heard {
            status,
            retry_after: None,
        };
        Failure::Answered(heard.answered(body)).means(effect, "message")
    }

    fn with_reason(reason: &str) -> Value {
        json!({"error": {"errors": [{"reason": reason}]}})
    }

    #[test]
    fn a_403_is_a_limit_only_by_its_reason() {
        for reason in [
            "rateLimitExceeded",
            "userRateLimitExceeded",
            "quotaExceeded",
        ] {
            let error = meaning(403, &with_reason(reason), Effect::Once);
            assert!(matches!(error, CallError::RateLimited { .. }), "{reason}");
        }
        let error = meaning(403, &with_reason("insufficientPermissions"), Effect::Once);
        assert!(matches!(error, CallError::Unauthorized { .. }));
    }

    #[test]
    fn a_limit_in_the_newer_shape_is_one_too() {
        let body = json!({"error": {"details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}});
        assert!(matches!(
            meaning(403, &body, Effect::None),
            CallError::RateLimited { .. }
        ));
    }

    #[test]
    fn a_write_that_google_broke_on_is_unknown() {
        let error = meaning(503, &Value::Null, Effect::Once);
        assert!(matches!(error, CallError::OutcomeUnknown { .. }));
        let error = meaning(503, &Value::Null, Effect::None);
        assert!(matches!(error, CallError::Unreachable { .. }));
    }

    #[test]
    fn googles_own_words_do_not_get_into_the_error() {
        let body = json!({"error": {"message": "hush", "errors": [{"reason": "invalidArgument"}]}});
        let error = meaning(400, &body, Effect::None).to_string();
        assert_eq!(
            error,
            "gmail refused the call: HTTP status 400, invalidArgument"
        );
    }
}

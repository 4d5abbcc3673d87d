//! What Gemini's refusals mean (Google's error model: status, code, details).

use std::time::Duration;

use ports::CallError;
use serde::Deserialize;

use crate::SERVICE;

/// What is waited where a daily quota is used up.
const UNTIL_ANOTHER_DAY: Duration = Duration::from_hours(1);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    error: ErrorBody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    status: String,
    details: Vec<Detail>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Detail {
    reason: String,
    retry_delay: Option<String>,
    violations: Vec<Violation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Violation {
    quota_id: String,
}

/// The meaning of an answer that is not a success. Google's message is left out, for it may quote
/// what was sent.
pub(crate) fn of(status: u16, asked_wait: Option<Duration>, octets: &[u8]) -> CallError {
    let error = serde_json::from_slice::<Body>(octets)
        .unwrap_or_default()
        .error;
    let bad_key = error
        .details
        .iter()
        .any(|d| d.reason.starts_with("API_KEY"));
    match status {
        401 | 403 => unauthorized(),
        400 if bad_key => unauthorized(),
        404 => CallError::rejected(
            SERVICE,
            "there is no such model: check GEMINI_CLASSIFY_MODEL, GEMINI_ANSWER_MODEL and \
             GEMINI_EMBED_MODEL",
        ),
        429 => CallError::RateLimited {
            service: SERVICE,
            retry_after: wait(&error)
                .or(asked_wait)
                .map(|wait| wait.min(UNTIL_ANOTHER_DAY)),
        },
        408 | 500 | 502 | 503 | 504 => {
            CallError::unreachable(SERVICE, format!("HTTP status {status}"))
        }
        _ => {
            let name = name(&error.status);
            CallError::rejected(SERVICE, format!("HTTP status {status} {name}"))
        }
    }
}

/// A name of Google's such as `SAFETY`, if it is one: whatever else stands in its place may be long, or
/// of a mail.
pub(crate) fn name(told: &str) -> &str {
    const LONGEST: usize = 40;
    let is_name = told.len() <= LONGEST
        && told
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name {
        told
    } else {
        "for a reason without a name"
    }
}

fn unauthorized() -> CallError {
    CallError::Unauthorized {
        service: SERVICE,
        reason: "the API key is not valid for this API; make one in Google AI Studio and put it \
                 into the Gemini secret"
            .to_owned(),
    }
}

fn wait(error: &ErrorBody) -> Option<Duration> {
    let violations = error.details.iter().flat_map(|d| &d.violations);
    if violations
        .into_iter()
        .any(|v| v.quota_id.contains("PerDay"))
    {
        return Some(UNTIL_ANOTHER_DAY);
    }
    let delay = error
        .details
        .iter()
        .find_map(|d| d.retry_delay.as_deref())?;
    let seconds: f64 = delay.trim_end_matches('s').parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn means(status: u16, details: &serde_json::Value) -> CallError {
        let body =
            json!({ "error": { "code": status, "message": "secret words", "details": details } });
        of(status, None, body.to_string().as_bytes())
    }

    #[test]
    fn a_limit_per_minute_waits_as_long_as_it_says() {
        let error = means(429, &json!([{ "retryDelay": "7.5s" }]));
        let CallError::RateLimited { retry_after, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(retry_after, Some(Duration::from_millis(7_500)));
    }

    #[test]
    fn a_limit_per_day_waits_long() {
        let day = json!([{ "violations": [{ "quotaId": "GenerateRequestsPerDayPerProject" }] },
                         { "retryDelay": "2s" }]);
        let CallError::RateLimited { retry_after, .. } = means(429, &day) else {
            panic!()
        };
        assert_eq!(retry_after, Some(UNTIL_ANOTHER_DAY));
    }

    #[test]
    fn nobody_waits_for_ever_however_long_google_says() {
        let error = means(429, &json!([{ "retryDelay": "18000000000000000000s" }]));
        let CallError::RateLimited { retry_after, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(retry_after, Some(UNTIL_ANOTHER_DAY));
    }

    #[test]
    fn what_is_no_name_is_not_repeated() {
        assert_eq!(name("RESOURCE_EXHAUSTED"), "RESOURCE_EXHAUSTED");
        assert_eq!(name("carla@customer.test"), "for a reason without a name");
        assert_eq!(name(&"X".repeat(41)), "for a reason without a name");
    }

    #[test]
    fn a_wrong_key_is_told_as_such_whichever_status_it_has() {
        let bad = json!([{ "reason": "API_KEY_INVALID" }]);
        for error in [means(400, &bad), means(403, &json!([]))] {
            assert!(matches!(error, CallError::Unauthorized { .. }), "{error}");
        }
    }

    #[test]
    fn googles_message_is_not_repeated() {
        for status in [400, 404, 429, 500, 418] {
            assert!(!format!("{:?}", means(status, &json!([]))).contains("secret words"));
        }
    }
}

//! Google's JSON: its resources and its errors.

use axum::extract::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use ports::{MailHead, RawMail};
use serde_json::{Map, Value, json};
use testkit::gmail::{Draft, NoPage, headers};

/// An error in Google's shape.
pub(super) fn error(status: u16, name: &str, reason: &str, message: &str) -> Response {
    let body = json!({"error": {
        "code": status, "message": message, "status": name,
        "errors": [{"message": message, "domain": "global", "reason": reason}],
    }});
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

pub(super) fn not_found() -> Response {
    error(
        404,
        "NOT_FOUND",
        "notFound",
        "Requested entity was not found.",
    )
}

pub(super) fn invalid(message: &str) -> Response {
    error(400, "INVALID_ARGUMENT", "invalidArgument", message)
}

pub(super) fn no_page(why: NoPage) -> Response {
    match why {
        NoPage::TooOld => not_found(),
        NoPage::BadToken => invalid("Invalid pageToken"),
    }
}

/// Too many calls. Gmail says it in two ways; the one with no time to wait comes for zero seconds.
pub(super) fn limited(seconds: u64) -> Response {
    if seconds == 0 {
        return error(
            403,
            "PERMISSION_DENIED",
            "rateLimitExceeded",
            "Rate Limit Exceeded",
        );
    }
    let message = "User-rate limit exceeded.";
    let answer = error(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", message);
    ([(header::RETRY_AFTER, seconds.to_string())], answer).into_response()
}

pub(super) async fn no_such_route() -> Response {
    error(404, "NOT_FOUND", "notFound", "No such method.")
}

/// A message as lists show it.
pub(super) fn head(head: &MailHead) -> Value {
    json!({"id": head.id.as_str(), "threadId": head.thread.as_str(), "labelIds": head.labels})
}

/// A message as far as `format` asks, with only the `wanted` headers where any are named.
pub(super) fn message(mail: &RawMail, changed: u64, format: &str, wanted: &[&str]) -> Value {
    let milliseconds = mail.received.unix_timestamp_nanos() / 1_000_000;
    let mut fields = Map::new();
    if let Value::Object(head) = head(&mail.head) {
        fields.extend(head);
    }
    fields.insert("historyId".into(), json!(changed.to_string()));
    fields.insert("internalDate".into(), json!(milliseconds.to_string()));
    fields.insert("sizeEstimate".into(), json!(mail.raw.len()));
    fields.insert("snippet".into(), json!(""));
    match format {
        "raw" => {
            fields.insert("raw".into(), json!(URL_SAFE.encode(&mail.raw)));
        }
        "minimal" => {}
        _ => {
            fields.insert("payload".into(), payload(&mail.raw, wanted));
        }
    }
    Value::Object(fields)
}

/// A draft as far as `format` asks.
pub(super) fn draft(draft: &Draft, changed: u64, format: &str) -> Value {
    json!({"id": draft.id.as_str(), "message": message(&draft.message, changed, format, &[])})
}

/// A draft as lists and its creation show it.
pub(super) fn bare_draft(draft: &Draft) -> Value {
    json!({"id": draft.id.as_str(), "message": head(&draft.message.head)})
}

fn payload(raw: &[u8], wanted: &[&str]) -> Value {
    let is_wanted =
        |name: &str| wanted.is_empty() || wanted.iter().any(|w| w.eq_ignore_ascii_case(name));
    let fields: Vec<Value> = headers(raw)
        .into_iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    json!({"partId": "", "mimeType": "text/plain", "headers": fields})
}

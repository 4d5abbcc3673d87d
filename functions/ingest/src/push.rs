//! The door for Pub/Sub: what a push must look like to be let in, and what it is answered.

use desk::ingest::Synced;
use mailbox_gmail::{PushVerifier, notification};
use ports::{CallError, Clock, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};

/// The parts of a Function URL event (payload version 2.0) that are read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    #[serde(default)]
    headers: std::collections::HashMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Answers one push. Nothing is read of a body before its token is proven, and nothing is stored
/// before the body is.
pub async fn answer(
    event: HttpEvent,
    verifier: &PushVerifier,
    own: &str,
    sync: impl AsyncFnOnce() -> Result<Synced, CallError>,
) -> Value {
    let bearer = event
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map(|(_, value)| value.as_str())
        .unwrap_or_default();
    if let Err(rejected) = verifier.verify(bearer, SystemClock.now()).await {
        let status = rejected.status();
        tracing::warn!(http_status = status, error = %rejected, "A push was refused: {rejected}");
        return respond(status);
    }
    let body = event.body.as_deref().unwrap_or_default();
    let push = match notification::read(body, event.is_base64_encoded, own) {
        Ok(push) => push,
        Err(bad) => {
            tracing::warn!(http_status = bad.status(), error = %bad, "A push was dropped, for {bad}");
            return respond(bad.status());
        }
    };
    match sync().await {
        Ok(synced) => {
            tracing::info!(
                push,
                new = synced.new,
                sent = synced.sent,
                full = synced.full,
                "Push {push} brought {} new mails",
                synced.new
            );
            respond(204)
        }
        Err(error) => {
            if error.is_passing() {
                tracing::warn!(push, %error, "Push {push} could not be worked, Pub/Sub delivers it again: {error}");
            } else {
                tracing::error!(name: "a push cannot be worked", push, %error, "Push {push} cannot be worked: {error}");
            }
            respond(503)
        }
    }
}

fn respond(status: u16) -> Value {
    json!({ "statusCode": status })
}

//! The door for Pub/Sub: what a push must look like to be let in, and what it is answered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use desk::ingest::Ingest;
use mailbox_gmail::PushVerifier;
use ports::{Clock, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};

/// Larger than any push of Gmail, whose data is one address and one number.
const LARGEST_BODY: usize = 16 * 1024;

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

#[derive(Deserialize)]
struct Envelope {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    data: String,
    // The twin `message_id` stands beside it: an alias would be a field given twice.
    #[serde(default, rename = "messageId")]
    id: String,
}

/// Gmail's notification. The history id is a number, sometimes as text; it is not used, for history
/// is read from our own cursor.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    email_address: String,
}

/// Why a push is not taken. Redelivery would not help, so the answer is a 4xx.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum BadPush {
    #[error("its body is larger than {LARGEST_BODY} bytes")]
    TooLarge,
    #[error("its body is not a Pub/Sub push envelope")]
    NoEnvelope,
    #[error("its data is not base64")]
    NoBase64,
    #[error("its data is not a Gmail notification")]
    NoNotification,
    #[error("it is about another mailbox")]
    OtherMailbox,
}

impl BadPush {
    fn status(&self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::OtherMailbox => 404,
            _ => 400,
        }
    }
}

/// Answers one push. Nothing is read of a body before its token is proven, and nothing is stored
/// before the body is.
pub async fn answer(event: HttpEvent, verifier: &PushVerifier, ingest: &Ingest) -> Value {
    let bearer = event
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map(|(_, value)| value.as_str())
        .unwrap_or_default();
    if let Err(rejected) = verifier.verify(bearer, SystemClock.now()).await {
        let status = rejected.status();
        tracing::warn!(status, "A push was refused: {rejected}");
        return respond(status);
    }
    let push = match read(&event, &ingest.address) {
        Ok(push) => push,
        Err(bad) => {
            tracing::error!(status = bad.status(), "A push was dropped, for {bad}");
            return respond(bad.status());
        }
    };
    match ingest.sync().await {
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
            tracing::error!(push, error = %error, "Push {push} could not be worked, Pub/Sub delivers it again: {error}");
            respond(503)
        }
    }
}

/// The id of the push, if it is one for this mailbox.
fn read(event: &HttpEvent, own: &str) -> Result<String, BadPush> {
    let body = event.body.as_deref().unwrap_or_default();
    if body.len() > LARGEST_BODY {
        return Err(BadPush::TooLarge);
    }
    let decoded = if event.is_base64_encoded {
        STANDARD.decode(body).map_err(|_| BadPush::NoEnvelope)?
    } else {
        body.as_bytes().to_vec()
    };
    let envelope: Envelope = serde_json::from_slice(&decoded).map_err(|_| BadPush::NoEnvelope)?;
    let data = STANDARD
        .decode(&envelope.message.data)
        .map_err(|_| BadPush::NoBase64)?;
    let notification: Notification =
        serde_json::from_slice(&data).map_err(|_| BadPush::NoNotification)?;
    if !notification.email_address.eq_ignore_ascii_case(own) {
        return Err(BadPush::OtherMailbox);
    }
    Ok(envelope.message.id)
}

fn respond(status: u16) -> Value {
    json!({ "statusCode": status })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "support@bank.test";

    fn event(body: &str) -> HttpEvent {
        HttpEvent {
            headers: std::collections::HashMap::new(),
            body: Some(body.to_owned()),
            is_base64_encoded: false,
        }
    }

    fn push(data: &str) -> String {
        let message = json!({
            "data": STANDARD.encode(data), "messageId": "7", "message_id": "7",
            "publishTime": "2026-11-02T10:00:00Z", "publish_time": "2026-11-02T10:00:00Z",
        });
        json!({ "message": message, "subscription": "projects/p/subscriptions/s" }).to_string()
    }

    fn reads(body: &str) -> Result<String, BadPush> {
        read(&event(body), OWN)
    }

    #[test]
    fn a_push_of_gmail_is_taken_whether_its_history_id_is_a_number_or_text() {
        for data in [
            r#"{"emailAddress":"support@bank.test","historyId":1710}"#,
            r#"{"emailAddress":"Support@Bank.test","historyId":"1710"}"#,
        ] {
            assert_eq!(reads(&push(data)), Ok("7".to_owned()));
        }
    }

    #[test]
    fn a_body_encoded_by_the_function_url_is_decoded() {
        let plain = push(r#"{"emailAddress":"support@bank.test","historyId":1}"#);
        let encoded = HttpEvent {
            is_base64_encoded: true,
            ..event(&STANDARD.encode(plain))
        };
        assert!(read(&encoded, OWN).is_ok());
    }

    #[test]
    fn what_redelivery_cannot_mend_is_a_4xx() {
        let other = push(r#"{"emailAddress":"sales@bank.test","historyId":1}"#);
        for (body, bad, status) in [
            ("no json".to_owned(), BadPush::NoEnvelope, 400),
            ("{}".to_owned(), BadPush::NoEnvelope, 400),
            (
                r#"{"message":{"data":"***"}}"#.to_owned(),
                BadPush::NoBase64,
                400,
            ),
            (push("no json"), BadPush::NoNotification, 400),
            ("x".repeat(LARGEST_BODY + 1), BadPush::TooLarge, 413),
            (other, BadPush::OtherMailbox, 404),
        ] {
            assert_eq!(bad.status(), status);
            assert_eq!(reads(&body), Err(bad));
        }
    }
}

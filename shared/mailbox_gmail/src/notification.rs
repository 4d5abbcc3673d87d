//! The body of a Pub/Sub push: which mailbox it speaks of.
//!
//! Nothing of a body gets into a reason, and a body is decoded only if it is small: anybody can send
//! one, though none is read before its token is proven.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Larger than any push of Gmail, whose data is one address and one number. In bytes as they came.
pub const LARGEST_BODY: usize = 16 * 1024;

/// What Pub/Sub wraps around a message
/// (<https://docs.cloud.google.com/pubsub/docs/push#receive_push>).
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPush {
    /// More than [`LARGEST_BODY`].
    #[error("its body is larger than {LARGEST_BODY} bytes")]
    TooLarge,
    /// Not the JSON that Pub/Sub posts.
    #[error("its body is not a Pub/Sub push envelope")]
    NoEnvelope,
    /// The message's data cannot be decoded.
    #[error("its data is not base64")]
    NoBase64,
    /// The message is somebody else's than Gmail's.
    #[error("its data is not a Gmail notification")]
    NoNotification,
    /// Another mailbox has changed.
    #[error("it is about another mailbox")]
    OtherMailbox,
}

impl BadPush {
    /// The HTTP status to answer with.
    pub fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::OtherMailbox => 404,
            Self::NoEnvelope | Self::NoBase64 | Self::NoNotification => 400,
        }
    }
}

/// The id of the push, if it says that the mailbox `own` has changed. `is_base64_encoded` tells
/// whether whoever took the request in has encoded its body, as a Function URL may.
pub fn read(body: &str, is_base64_encoded: bool, own: &str) -> Result<String, BadPush> {
    if body.len() > LARGEST_BODY {
        return Err(BadPush::TooLarge);
    }
    let decoded = if is_base64_encoded {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWN: &str = "support@bank.test";

    fn push(data: &str) -> String {
        let message = json!({
            "data": STANDARD.encode(data), "messageId": "7", "message_id": "7",
            "publishTime": "2026-11-02T10:00:00Z", "publish_time": "2026-11-02T10:00:00Z",
        });
        json!({ "message": message, "subscription": "projects/p/subscriptions/s" }).to_string()
    }

    #[test]
    fn a_push_of_gmail_is_taken_whether_its_history_id_is_a_number_or_text() {
        for data in [
            r#"{"emailAddress":"support@bank.test","historyId":1710}"#,
            r#"{"emailAddress":"Support@Bank.test","historyId":"1710"}"#,
        ] {
            assert_eq!(read(&push(data), false, OWN), Ok("7".to_owned()));
        }
    }

    #[test]
    fn a_body_encoded_by_the_function_url_is_decoded() {
        let plain = push(r#"{"emailAddress":"support@bank.test","historyId":1}"#);
        assert!(read(&STANDARD.encode(plain), true, OWN).is_ok());
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
            assert_eq!(read(&body, false, OWN), Err(bad));
        }
    }
}

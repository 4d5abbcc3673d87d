//! Slack's incoming webhooks: `POST /services/…` takes a message or says in one word why not
//! (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>).
//!
//! `GET /_control/messages` shows what was delivered.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::Value;
use testkit::alerts::{Delivered, FakeAlerts, OPERATION};

use crate::control;

// Block Kit's limits, in characters (https://docs.slack.dev/reference/block-kit/blocks).
const MOST_BLOCKS: usize = 50;
const LONGEST_HEADER: usize = 150;
const LONGEST_TEXT: usize = 3_000;
const LONGEST_BUTTON: usize = 75;
const LONGEST_URL: usize = 3_000;
const MOST_IN_CONTEXT: usize = 10;

struct Server {
    channel: Arc<FakeAlerts>,
    /// What follows `/services/`: the webhook's secret.
    webhook: String,
}

/// The server's routes, fault switches included. `webhook` is what follows `/services/` in the
/// address of the one webhook there is.
pub fn router(channel: Arc<FakeAlerts>, webhook: &str) -> Router {
    let faults = channel.faults.clone();
    let server = Arc::new(Server {
        channel,
        webhook: webhook.to_owned(),
    });
    Router::new()
        .route("/services/{*webhook}", post(receive))
        .route("/_control/messages", get(messages))
        .with_state(server)
        .merge(control::router(faults))
}

async fn messages(State(server): State<Arc<Server>>) -> Json<Vec<Delivered>> {
    Json(server.channel.delivered())
}

async fn receive(
    State(server): State<Arc<Server>>,
    Path(webhook): Path<String>,
    body: Bytes,
) -> Response {
    if webhook != server.webhook {
        return (StatusCode::NOT_FOUND, "no_service").into_response();
    }
    control::under_faults(&server.channel.faults, OPERATION, limited, || async {
        match shown(&body) {
            Ok(message) => {
                server.channel.deliver(message);
                (StatusCode::OK, "ok").into_response()
            }
            Err(word) => (StatusCode::BAD_REQUEST, word).into_response(),
        }
    })
    .await
}

fn limited(seconds: u64) -> Response {
    let headers = [("retry-after", seconds.to_string())];
    (StatusCode::TOO_MANY_REQUESTS, headers, "rate_limited").into_response()
}

/// The message as people see it, or Slack's word for what is wrong with it.
fn shown(body: &[u8]) -> Result<Delivered, &'static str> {
    let payload: Value = serde_json::from_slice(body).map_err(|_| "invalid_payload")?;
    let Value::Object(payload) = payload else {
        return Err("invalid_payload");
    };
    let fallback = payload
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some(blocks) = payload.get("blocks") else {
        return match fallback {
            "" => Err("no_text"),
            text => Ok(Delivered {
                shown: unescaped(text),
                links: vec![],
            }),
        };
    };
    let blocks = blocks.as_array().ok_or("invalid_blocks_format")?;
    let mut message = Delivered {
        shown: String::new(),
        links: vec![],
    };
    if blocks.len() > MOST_BLOCKS {
        return Err("invalid_blocks");
    }
    for block in blocks {
        read_block(block, &mut message).ok_or("invalid_blocks")?;
    }
    Ok(message)
}

fn read_block(block: &Value, message: &mut Delivered) -> Option<()> {
    match block["type"].as_str()? {
        "header" if block["text"]["type"] == "plain_text" => {
            read_text(&block["text"], LONGEST_HEADER, message)
        }
        "section" => read_text(&block["text"], LONGEST_TEXT, message),
        "context" => {
            let elements = block["elements"].as_array()?;
            let fits = (1..=MOST_IN_CONTEXT).contains(&elements.len());
            fits.then_some(())?;
            elements
                .iter()
                .try_for_each(|element| read_text(element, LONGEST_TEXT, message))
        }
        "actions" => block["elements"]
            .as_array()?
            .iter()
            .try_for_each(|element| read_button(element, message)),
        "divider" => Some(()),
        _ => None,
    }
}

fn read_text(text: &Value, longest: usize, message: &mut Delivered) -> Option<()> {
    matches!(text["type"].as_str()?, "plain_text" | "mrkdwn").then_some(())?;
    let content = text["text"].as_str()?;
    (1..=longest)
        .contains(&content.chars().count())
        .then_some(())?;
    // `<!channel>`, `<@user>` and `<https://…>` would act; an escaped sign only shows.
    message
        .shown
        .push_str(&unescaped(&without_commands(content)));
    message.shown.push('\n');
    Some(())
}

fn read_button(button: &Value, message: &mut Delivered) -> Option<()> {
    (button["type"] == "button" && button["text"]["type"] == "plain_text").then_some(())?;
    let label = button["text"]["text"].as_str()?;
    (1..=LONGEST_BUTTON)
        .contains(&label.chars().count())
        .then_some(())?;
    let url = button["url"].as_str()?;
    let fits =
        url.len() <= LONGEST_URL && (url.starts_with("https://") || url.starts_with("http://"));
    fits.then(|| message.links.push(url.to_owned()))
}

/// What stands between angle brackets is a command to Slack, not text.
fn without_commands(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        shown + part.split_once('>').map_or(part, |(_, rest)| rest)
    })
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verdict(payload: &Value) -> Result<String, &'static str> {
        shown(payload.to_string().as_bytes()).map(|message| message.shown)
    }

    #[test]
    fn a_message_needs_a_text() {
        assert_eq!(verdict(&json!({"text": "hello"})), Ok("hello".to_owned()));
        assert_eq!(verdict(&json!({"text": ""})), Err("no_text"));
        assert_eq!(verdict(&json!(["text"])), Err("invalid_payload"));
    }

    #[test]
    fn a_section_of_more_than_3000_characters_is_refused() {
        let section = |length| {
            let text = json!({"type": "mrkdwn", "text": "ä".repeat(length)});
            verdict(&json!({"blocks": [{"type": "section", "text": text}]}))
        };
        assert!(section(3_000).is_ok());
        assert_eq!(section(3_001), Err("invalid_blocks"));
    }

    #[test]
    fn an_unescaped_command_does_not_show_as_text() {
        assert_eq!(
            without_commands("see <!channel> now &lt;b>"),
            "see  now &lt;b>"
        );
    }
}

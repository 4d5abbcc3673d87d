//! Alerts to a Slack channel, through an incoming webhook
//! (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>).
//!
//! Whoever holds the webhook's address can post to the channel, so it is a secret: it stands in no
//! error and in no log. Slack gives no id of a message and knows no repeats, so an alert whose
//! outcome is unknown can only be sent again, marked as a possible repeat.

mod card;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ports::{Alert, Alerts, Bucket, CallError, Limits, Notice};
use resilience::{Effect, Gate, Op, http};
use secrecy::{ExposeSecret, SecretString};

const SERVICE: &str = "slack";

/// A Slack channel.
pub struct Slack {
    http: reqwest::Client,
    webhook: SecretString,
    gate: Gate,
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slack(webhook redacted)")
    }
}

impl Slack {
    /// The channel of this webhook.
    pub fn new(webhook: SecretString) -> Self {
        Self::within(webhook, http::CALL_TIMEOUT)
    }

    /// The channel of this webhook, each call of which ends within `longest`.
    pub fn within(webhook: SecretString, longest: Duration) -> Self {
        Self {
            http: http::client_within(longest),
            webhook,
            gate: Gate::open(SERVICE),
        }
    }

    /// The same channel, whose gate all functions keep together: Slack takes about one message a second
    /// (<https://docs.slack.dev/apis/web-api/rate-limits>).
    #[must_use]
    pub fn guarded(self, limits: Arc<dyn Limits>) -> Self {
        let messages = Bucket::a_minute("messages", 60);
        Self {
            gate: self.gate.kept_by(limits, "", [messages]),
            ..self
        }
    }

    async fn say(&self, card: &serde_json::Value) -> Result<String, CallError> {
        let op = Op::new("slack.webhook", Effect::Once);
        self.gate.call(op, || self.post(card)).await?;
        // Webhooks tell no id.
        Ok(String::new())
    }

    async fn post(&self, card: &serde_json::Value) -> Result<(), CallError> {
        if !resilience::is_protected(self.webhook.expose_secret()) {
            return Err(unauthorized(
                "the webhook's address must begin with https://",
            ));
        }
        let sent = self
            .http
            .post(self.webhook.expose_secret().trim())
            .json(card)
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(error) if error.is_builder() => {
                return Err(unauthorized("the webhook's address is malformed"));
            }
            Err(error) => return Err(http::failed(SERVICE, Effect::Once, error)),
        };
        let status = response.status().as_u16();
        let retry_after = http::retry_after(response.headers());
        let body = response.text().await;
        match (status, body) {
            (429, _) => Err(CallError::RateLimited {
                service: SERVICE,
                retry_after,
            }),
            (500.., _) => Err(http::broke(SERVICE, Effect::Once, status)),
            (_, Err(error)) => Err(http::failed(SERVICE, Effect::Once, error)),
            (200, Ok(body)) if body.trim() == "ok" => Ok(()),
            (200..=299, Ok(_)) => Err(CallError::outcome_unknown(
                SERVICE,
                "the answer was not Slack's usual ok",
            )),
            (_, Ok(body)) => Err(refused(status, body.trim())),
        }
    }
}

#[async_trait]
impl Alerts for Slack {
    async fn alert(&self, alert: &Alert) -> Result<String, CallError> {
        self.say(&card::of(alert)).await
    }

    async fn notice(&self, notice: &Notice) -> Result<String, CallError> {
        self.say(&card::of_notice(notice)).await
    }
}

/// What Slack's one-word refusals mean. An answer that is none of them is not repeated: it may come
/// from anywhere.
fn refused(status: u16, word: &str) -> CallError {
    let rejected = |reason: &str| CallError::rejected(SERVICE, reason);
    match word {
        "no_service" | "no_service_id" | "no_active_hooks" | "invalid_token" | "no_team"
        | "team_disabled" => {
            unauthorized("the webhook was removed or turned off; make a new one in Slack")
        }
        "channel_not_found" | "channel_is_archived" => unauthorized(
            "the webhook's channel is gone or archived; bring it back, or make a webhook for another",
        ),
        "action_prohibited" | "posting_to_general_channel_denied" | "user_not_found" => {
            unauthorized(
                "the workspace does not let this webhook post to its channel; ask its administrator",
            )
        }
        "invalid_payload" | "no_text" => rejected("it could not read the message"),
        "invalid_blocks" | "invalid_blocks_format" | "too_many_attachments" => {
            rejected("it does not take the message's layout")
        }
        _ => CallError::rejected(
            SERVICE,
            format!("HTTP status {status}: is the webhook's address right?"),
        ),
    }
}

fn unauthorized(reason: &str) -> CallError {
    CallError::Unauthorized {
        service: SERVICE,
        reason: reason.to_owned(),
    }
}

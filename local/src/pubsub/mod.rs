//! Pub/Sub push: tells a target of every change to the mailbox, as Google does, with a signed token
//! that is checked against the keys published here.
//!
//! Pushes go out only while a watch holds, at most one an interval. A push that is not acknowledged
//! is repeated, later and later, up to a bound. Switches lose all pushes or double each:
//! `POST /_control/pushes {"drop": true, "twice": false}`.

pub(crate) mod rs256;
mod signer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::HistoryId;
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::gmail::FakeGmail;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub use signer::{Forgery, ISSUER, Signer, certificates};

/// The name of the subscription in the envelopes.
pub const SUBSCRIPTION: &str = "projects/local/subscriptions/mail-push";

/// The statuses that Pub/Sub takes for an acknowledgement.
const ACKNOWLEDGED: [u16; 5] = [102, 200, 201, 202, 204];

/// Where pushes go and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSettings {
    /// The URL that is posted to.
    pub target: String,
    /// The Host header, where it is not the URL's: a Function URL behind an emulator is found by it.
    pub host: Option<String>,
    /// The `aud` claim.
    pub audience: String,
    /// The `email` claim: the subscription's service account.
    pub service_account: String,
    /// At most one notification in this time. Gmail: a second.
    pub interval: Duration,
    /// How long the target may take: the acknowledgement deadline.
    pub deadline: Duration,
    /// Deliveries of one push, at most.
    pub attempts: u32,
    /// The wait before the second delivery. Later ones double, up to 64 times this.
    pub first_wait: Duration,
}

impl PushSettings {
    /// Google's own pace, for this target.
    pub fn to(target: impl Into<String>, audience: &str, service_account: &str) -> Self {
        Self {
            target: target.into(),
            host: None,
            audience: audience.to_owned(),
            service_account: service_account.to_owned(),
            interval: Duration::from_secs(1),
            deadline: Duration::from_secs(30),
            attempts: 8,
            first_wait: Duration::from_secs(1),
        }
    }
}

/// Pushes the changes of one mailbox.
#[derive(Debug)]
pub struct Pusher {
    settings: PushSettings,
    gmail: Arc<FakeGmail>,
    signer: Arc<Signer>,
    http: reqwest::Client,
    drops: AtomicBool,
    doubles: AtomicBool,
    acknowledged: AtomicU64,
}

impl Pusher {
    /// A pusher that has not begun: see [`run`](Self::run).
    pub fn new(settings: PushSettings, gmail: Arc<FakeGmail>, signer: Arc<Signer>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            gmail,
            signer,
            http: reqwest::Client::new(),
            drops: AtomicBool::new(false),
            doubles: AtomicBool::new(false),
            acknowledged: AtomicU64::new(0),
        })
    }

    /// Pushes every change from now on, until the mailbox is gone. Changes within one interval are
    /// one push with the last place. (Gmail drops the excess; the last one is kept here so that
    /// what a demonstration shows does not depend on timing.)
    pub async fn run(self: Arc<Self>) {
        let mut changes = self.gmail.changes();
        while changes.changed().await.is_ok() {
            let place = *changes.borrow_and_update();
            if self.gmail.is_watched() && !self.drops.load(Ordering::Relaxed) {
                let times = if self.doubles.load(Ordering::Relaxed) {
                    2
                } else {
                    1
                };
                for _ in 0..times {
                    let pusher = self.clone();
                    tokio::spawn(async move { pusher.push(place).await });
                }
            }
            tokio::time::sleep(self.settings.interval).await;
        }
    }

    /// Delivers one push until it is acknowledged. `false` where that never happened.
    pub async fn push(&self, place: HistoryId) -> bool {
        let published = self.gmail.now();
        let mut wait = self.settings.first_wait;
        for attempt in 1..=self.settings.attempts {
            let body = message(self.gmail.address(), place, published);
            match self.deliver(&body).await {
                Ok(status) if ACKNOWLEDGED.contains(&status) => {
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                    return true;
                }
                Ok(status) => tracing::warn!(status, attempt, "A push was not acknowledged"),
                Err(error) => {
                    let error = error.without_url();
                    tracing::warn!(attempt, "A push did not arrive: {error}");
                }
            }
            if attempt < self.settings.attempts {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(self.settings.first_wait * 64);
            }
        }
        false
    }

    /// Loses every push from now on.
    pub fn set_dropping(&self, drops: bool) {
        self.drops.store(drops, Ordering::Relaxed);
    }

    /// Delivers every push twice from now on.
    pub fn set_doubling(&self, doubles: bool) {
        self.doubles.store(doubles, Ordering::Relaxed);
    }

    /// How many pushes were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    async fn deliver(&self, body: &Value) -> reqwest::Result<u16> {
        let PushSettings {
            audience,
            service_account,
            ..
        } = &self.settings;
        let token = self
            .signer
            .token(audience, service_account, self.gmail.now());
        let mut request = self
            .http
            .post(&self.settings.target)
            .timeout(self.settings.deadline)
            .bearer_auth(token)
            .header(
                "user-agent",
                "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
            )
            .json(body);
        if let Some(host) = &self.settings.host {
            request = request.header("host", host);
        }
        Ok(request.send().await?.status().as_u16())
    }
}

/// The body of a push that says: the mailbox with this address is at this place.
pub fn envelope(address: &str, history_id: HistoryId) -> Value {
    message(
        address,
        history_id,
        OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000),
    )
}

fn message(address: &str, place: HistoryId, published: OffsetDateTime) -> Value {
    let data = json!({"emailAddress": address, "historyId": place.0}).to_string();
    let id = (10_000_000_000_000_000 + place.0).to_string();
    let published = published.format(&Rfc3339).unwrap_or_default();
    json!({
        "message": {
            "data": STANDARD.encode(data), "messageId": id, "message_id": id,
            "publishTime": published, "publish_time": published, "attributes": {},
        },
        "subscription": SUBSCRIPTION,
    })
}

/// The control route of a pusher.
pub fn control(pusher: Arc<Pusher>) -> Router {
    Router::new()
        .route("/_control/pushes", post(switch))
        .with_state(pusher)
}

#[derive(Debug, Deserialize)]
struct Switches {
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    twice: bool,
}

async fn switch(State(pusher): State<Arc<Pusher>>, Json(switches): Json<Switches>) -> StatusCode {
    pusher.set_dropping(switches.drop);
    pusher.set_doubling(switches.twice);
    StatusCode::NO_CONTENT
}

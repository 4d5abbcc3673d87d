//! The mailbox at Google: Gmail's REST API through `google-gmail1`, the check of the token that comes
//! with a Pub/Sub push, and what the push says.
//!
//! Every call has a bound on its time and is repeated only where repeating is safe. There is no code
//! path that sends. Nothing that Google answers about a mail's content gets into an error.

mod consent;
mod credentials;
mod failure;
mod labels;
mod mailbox;
pub mod notification;
pub mod push;
mod tokens;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use google_gmail1::common::Body;
use google_gmail1::{Gmail as Hub, common};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use ports::{Bucket, CallError, Clock, Limits, SystemClock};
use resilience::{Effect, Gate, Op, Policy};
use secrecy::ExposeSecret;

pub use consent::{Asked, OAuthClient};
pub use credentials::{BadCredentials, GoogleCredentials};
use failure::Failure;
pub use push::{PushRejected, PushVerifier};
use tokens::Tokens;

pub(crate) const SERVICE: &str = "gmail";

/// Where Google serves Gmail.
pub const GMAIL_URL: &str = "https://gmail.googleapis.com/";

/// A function that was frozen for longer than this finds its connections dead.
const IDLE: Duration = Duration::from_secs(20);

/// What a connection to a mailbox needs.
#[derive(Clone)]
pub struct GmailSettings {
    /// The mailbox's address. Google refuses every call where the credentials are for another.
    pub address: String,
    /// [`GMAIL_URL`], or where a stand-in is served.
    pub base_url: String,
    /// Who asks.
    pub credentials: GoogleCredentials,
    /// How long one try may take.
    pub call_timeout: Duration,
    /// How often and how long a call is tried.
    pub policy: Policy,
    /// Tells when a token runs out.
    pub clock: Arc<dyn Clock>,
}

impl GmailSettings {
    /// Settings with the usual bounds on time.
    pub fn new(
        address: impl Into<String>,
        base_url: impl Into<String>,
        credentials: GoogleCredentials,
    ) -> Self {
        Self {
            address: address.into(),
            base_url: base_url.into(),
            credentials,
            call_timeout: resilience::http::CALL_TIMEOUT,
            policy: Policy::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// One mailbox at Google.
pub struct Gmail {
    hub: Hub<HttpsConnector<HttpConnector>>,
    tokens: Tokens,
    user: String,
    address: String,
    call_timeout: Duration,
    gate: Gate,
}

impl fmt::Debug for Gmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gmail(one mailbox)")
    }
}

impl Gmail {
    /// Makes the client. Calls nobody yet.
    pub fn connect(settings: GmailSettings) -> Self {
        let tokens = Tokens::new(settings.credentials, settings.call_timeout, settings.clock);
        let mut hub = Hub::new(client(), tokens.clone());
        let base = format!("{}/", settings.base_url.trim_end_matches('/'));
        hub.base_url(base.clone());
        hub.root_url(base);
        let user = url::form_urlencoded::byte_serialize(settings.address.as_bytes()).collect();
        Self {
            hub,
            tokens,
            user,
            address: settings.address,
            call_timeout: settings.call_timeout,
            gate: Gate::open(SERVICE).under(settings.policy),
        }
    }

    /// The same mailbox, whose gate all functions keep together: they use at most so many of Gmail's
    /// quota units a minute
    /// (<https://developers.google.com/workspace/gmail/api/reference/quota>).
    #[must_use]
    pub fn guarded(self, limits: Arc<dyn Limits>, units_a_minute: u32) -> Self {
        let units = Bucket::a_minute("units", units_a_minute);
        Self {
            gate: self.gate.kept_by(limits, &self.address, [units]),
            ..self
        }
    }

    /// Makes one call of the API under the policy. `what` names what a 404 means is missing.
    async fn call<T, F, Fut>(
        &self,
        operation: &'static str,
        effect: Effect,
        what: &'static str,
        attempt: F,
    ) -> Result<T, CallError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        let units = [units(operation)];
        let op = Op::new(operation, effect).at(&units);
        let attempt = || async {
            let answer = self.attempt(&attempt).await;
            answer.map_err(|failure| failure.means(effect, what))
        };
        self.gate.call(op, attempt).await
    }

    /// One try. Google may drop a token before its time: then a new one is fetched and the call,
    /// which was refused before it did anything, is made once more.
    async fn attempt<T, F, Fut>(&self, attempt: &F) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        let token = self.tokens.current().await.map_err(Failure::NoToken)?;
        match self.bounded(attempt()).await {
            Err(failure) if failure.is_refused_token() => {
                self.tokens.drop_if(token.expose_secret()).await;
                self.tokens.current().await.map_err(Failure::NoToken)?;
                self.bounded(attempt()).await
            }
            result => result,
        }
    }

    async fn bounded<T>(
        &self,
        attempt: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::time::timeout(self.call_timeout, attempt)
            .await
            .unwrap_or(Err(Failure::TimedOut))
    }
}

/// What a call costs of the mailbox's quota.
fn units(operation: &str) -> u32 {
    match operation {
        "gmail.labels.list" | "gmail.users.getProfile" => 1,
        "gmail.history.list" => 2,
        "gmail.messages.get" => 20,
        "gmail.drafts.create" => 10,
        "gmail.drafts.update" => 15,
        "gmail.users.watch" => 100,
        _ => 5,
    }
}

/// One connector for http (a stand-in on this machine) and https, on the TLS library that the rest
/// of the system uses.
#[expect(clippy::expect_used, reason = "a build without TLS must not start")]
fn client() -> common::Client<HttpsConnector<HttpConnector>> {
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::aws_lc_rs::default_provider())
        .expect("the TLS library starts")
        .https_or_http()
        .enable_http1()
        .build();
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build::<_, Body>(connector)
}

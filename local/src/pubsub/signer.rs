//! The identity tokens that come with a push: genuine ones, and every forgery we can think of.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use axum::Router;
use axum::extract::{Json, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::rs256::{Key, unsigned};

/// The issuer of Google's identity tokens.
pub const ISSUER: &str = "https://accounts.google.com";

const LIFETIME_SECONDS: i64 = 3_600;

/// Signs identity tokens and publishes the keys to check them with.
#[derive(Debug)]
pub struct Signer {
    keys: Mutex<Vec<Arc<Key>>>,
    stranger: Key,
    asked: AtomicUsize,
    max_age_seconds: AtomicUsize,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            keys: Mutex::new(vec![Arc::new(Key::new("local-key-1"))]),
            stranger: Key::new("local-key-1"),
            asked: AtomicUsize::new(0),
            max_age_seconds: AtomicUsize::new(19_800),
        }
    }
}

/// What is wrong with a forged token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// No token at all.
    Empty,
    /// Not three parts.
    NoToken,
    /// The claims were changed after signing.
    ChangedClaims,
    /// The signature is cut off.
    NoSignature,
    /// `alg: none`, no signature.
    AlgNone,
    /// HMAC with the public key as its secret.
    HmacWithPublicKey,
    /// Another algorithm is claimed over an RS256 signature.
    OtherAlgorithm,
    /// Signed by a key that is not published, under the name of one that is.
    OtherKey,
    /// A key that is not published.
    UnknownKid,
    /// No key named.
    NoKid,
    /// Ran out an hour ago.
    Expired,
    /// Has no end.
    NoExpiry,
    /// Issued in the future.
    NotYetIssued,
    /// Another issuer.
    WrongIssuer,
    /// For another audience.
    WrongAudience,
    /// For no audience.
    NoAudience,
    /// Of another account.
    WrongAccount,
    /// Of no account.
    NoAccount,
    /// The account's address is not verified.
    NotVerified,
    /// Nothing is said about whether the address is verified.
    VerificationMissing,
}

impl Forgery {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Empty,
        Self::NoToken,
        Self::ChangedClaims,
        Self::NoSignature,
        Self::AlgNone,
        Self::HmacWithPublicKey,
        Self::OtherAlgorithm,
        Self::OtherKey,
        Self::UnknownKid,
        Self::NoKid,
        Self::Expired,
        Self::NoExpiry,
        Self::NotYetIssued,
        Self::WrongIssuer,
        Self::WrongAudience,
        Self::NoAudience,
        Self::WrongAccount,
        Self::NoAccount,
        Self::NotVerified,
        Self::VerificationMissing,
    ];

    /// The status it must be answered with: 401 where the token proves nothing, 403 where it is
    /// Google's but not for us.
    pub fn expected_status(self) -> u16 {
        match self {
            Self::WrongAudience
            | Self::NoAudience
            | Self::WrongAccount
            | Self::NoAccount
            | Self::NotVerified
            | Self::VerificationMissing => 403,
            _ => 401,
        }
    }
}

impl Signer {
    /// The token that Google sends with a push.
    pub fn token(&self, audience: &str, account: &str, now: OffsetDateTime) -> String {
        self.signed(&claims(audience, account, now))
    }

    /// A token with any claims, correctly signed.
    pub fn signed(&self, claims: &Value) -> String {
        let key = self.newest();
        key.sign(&key.header(), claims)
    }

    /// A forged token.
    pub fn forged(
        &self,
        forgery: Forgery,
        audience: &str,
        account: &str,
        now: OffsetDateTime,
    ) -> String {
        let key = self.newest();
        let good = claims(audience, account, now);
        let genuine = key.sign(&key.header(), &good);
        let with = |name: &str, value: Value| self.signed(&changed(&good, name, Some(value)));
        let without = |name: &str| self.signed(&changed(&good, name, None));
        let header = |name: &str, value: Option<Value>| changed(&key.header(), name, value);
        let hour = now.unix_timestamp() - LIFETIME_SECONDS;
        match forgery {
            Forgery::Empty => String::new(),
            Forgery::NoToken => "opaque".to_owned(),
            Forgery::ChangedClaims => {
                let other = unsigned(&key.header(), &changed(&good, "sub", Some(json!("7"))));
                format!("{other}.{}", genuine.rsplit('.').next().unwrap_or_default())
            }
            Forgery::NoSignature => format!("{}.", unsigned(&key.header(), &good)),
            Forgery::AlgNone => {
                format!("{}.", unsigned(&header("alg", Some(json!("none"))), &good))
            }
            Forgery::HmacWithPublicKey => {
                let message = unsigned(&header("alg", Some(json!("HS256"))), &good);
                let secret = hmac::Key::new(hmac::HMAC_SHA256, &key.public_der());
                let tag = hmac::sign(&secret, message.as_bytes());
                format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
            }
            Forgery::OtherAlgorithm => key.sign(&header("alg", Some(json!("RS512"))), &good),
            Forgery::OtherKey => self.stranger.sign(&key.header(), &good),
            Forgery::UnknownKid => key.sign(&header("kid", Some(json!("nobody"))), &good),
            Forgery::NoKid => key.sign(&header("kid", None), &good),
            Forgery::Expired => self.signed(&claims(
                audience,
                account,
                now - time::Duration::seconds(2 * LIFETIME_SECONDS),
            )),
            Forgery::NoExpiry => without("exp"),
            Forgery::NotYetIssued => with("iat", json!(hour + 2 * LIFETIME_SECONDS)),
            Forgery::WrongIssuer => with("iss", json!("https://accounts.example.test")),
            Forgery::WrongAudience => with("aud", json!("https://elsewhere.test/push")),
            Forgery::NoAudience => without("aud"),
            Forgery::WrongAccount => with("email", json!("stranger@project.test")),
            Forgery::NoAccount => without("email"),
            Forgery::NotVerified => with("email_verified", json!(false)),
            Forgery::VerificationMissing => without("email_verified"),
        }
    }

    /// Brings in a new key to sign with. The earlier ones stay published.
    pub fn rotate(&self) {
        let mut keys = self.keys();
        let kid = format!("local-key-{}", keys.len() + 1);
        keys.push(Arc::new(Key::new(kid)));
    }

    /// How often the keys were asked for.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// For how long the keys may be kept.
    pub fn set_max_age(&self, seconds: usize) {
        self.max_age_seconds.store(seconds, Ordering::Relaxed);
    }

    fn newest(&self) -> Arc<Key> {
        self.keys()
            .last()
            .cloned()
            .expect("one key is made at the start and none is taken away")
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Arc<Key>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The route under which Google publishes its keys, `/oauth2/v3/certs`.
pub fn certificates(signer: Arc<Signer>) -> Router {
    Router::new()
        .route("/oauth2/v3/certs", get(jwks))
        .with_state(signer)
}

async fn jwks(State(signer): State<Arc<Signer>>) -> impl IntoResponse {
    signer.asked.fetch_add(1, Ordering::Relaxed);
    let age = signer.max_age_seconds.load(Ordering::Relaxed);
    let keys: Vec<Value> = signer.keys().iter().map(|key| key.jwk()).collect();
    let cache = format!("public, max-age={age}, must-revalidate, no-transform");
    ([(CACHE_CONTROL, cache)], Json(json!({ "keys": keys })))
}

/// The claims of Google's token for a push.
fn claims(audience: &str, account: &str, now: OffsetDateTime) -> Value {
    let issued = now.unix_timestamp();
    json!({
        "iss": ISSUER, "aud": audience, "azp": "100000000000000000001",
        "sub": "100000000000000000001", "email": account, "email_verified": true,
        "iat": issued, "exp": issued + LIFETIME_SECONDS,
    })
}

fn changed(object: &Value, name: &str, value: Option<Value>) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        match value {
            Some(value) => fields.insert(name.to_owned(), value),
            None => fields.remove(name),
        };
    }
    object
}

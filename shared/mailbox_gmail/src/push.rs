//! Whether a push is Google's and meant for us: the check of its identity token (`OpenID` Connect).
//!
//! The signature by one of Google's keys comes first; only then are the claims looked at. Keys are
//! kept as long as Google says, and asked for at most once a minute, so that a flood of forged
//! tokens with made-up key names does not become a flood of calls.

use std::collections::BTreeMap;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use ports::CallError;
use reqwest::header::{CACHE_CONTROL, HeaderMap};
use resilience::{Effect, http};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// Where Google publishes its keys.
pub const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";

const SERVICE: &str = "google";
const ISSUER: &str = "https://accounts.google.com";
const LEEWAY: Duration = Duration::seconds(60);

/// Google's keys are asked for at most once in this time.
const BETWEEN_FETCHES: Duration = Duration::minutes(1);

/// Longer than any token of Google.
const LONGEST_TOKEN: usize = 8_192;

/// Why a push is not let in. Never holds the token.
#[derive(Debug, thiserror::Error)]
pub enum PushRejected {
    /// The token proves nothing: 401.
    #[error("the push proves no identity: {0}")]
    Unproven(&'static str),
    /// The token is Google's but not for us: 403.
    #[error("the push is from Google, but not ours: {0}")]
    NotOurs(&'static str),
    /// It cannot be told now: 503, so that Pub/Sub delivers again.
    #[error("Google's keys cannot be had, so the push cannot be checked")]
    KeysUnreachable(#[source] CallError),
}

impl PushRejected {
    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unproven(_) => 401,
            Self::NotOurs(_) => 403,
            Self::KeysUnreachable(_) => 503,
        }
    }
}

/// Checks the tokens of pushes.
#[derive(Debug)]
pub struct PushVerifier {
    http: reqwest::Client,
    jwks_url: String,
    audience: String,
    service_account: String,
    keys: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    by_name: BTreeMap<String, DecodingKey>,
    fresh_until: Option<OffsetDateTime>,
    asked_at: Option<OffsetDateTime>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    iat: Option<i64>,
    exp: Option<i64>,
}

impl PushVerifier {
    /// A verifier for pushes to `audience` from the subscription of `service_account`, with keys from
    /// `jwks_url`, at Google [`GOOGLE_KEYS`].
    pub fn new(
        jwks_url: impl Into<String>,
        audience: impl Into<String>,
        service_account: impl Into<String>,
    ) -> Self {
        Self {
            http: http::client_within(std::time::Duration::from_secs(5)),
            jwks_url: jwks_url.into(),
            audience: audience.into(),
            service_account: service_account.into(),
            keys: Mutex::default(),
        }
    }

    /// Checks the token, with or without `Bearer ` before it.
    pub async fn verify(&self, bearer: &str, now: OffsetDateTime) -> Result<(), PushRejected> {
        let token = match bearer.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => bearer.trim(),
        };
        if token.is_empty() {
            return Err(PushRejected::Unproven("there is no token"));
        }
        if token.len() > LONGEST_TOKEN {
            return Err(PushRejected::Unproven("the token is too long"));
        }
        if !is_compact(token) {
            return Err(PushRejected::Unproven(
                "the token is not three parts in base64",
            ));
        }
        let header = decode_header(token)
            .map_err(|_| PushRejected::Unproven("the token's header cannot be read"))?;
        if header.alg != Algorithm::RS256 {
            return Err(PushRejected::Unproven("the token is not signed with RS256"));
        }
        let name = header
            .kid
            .ok_or(PushRejected::Unproven("the token names no key"))?;
        let key = self.key(&name, now).await?;
        let claims = decode::<Claims>(token, &key, &signature_only())
            .map_err(|_| PushRejected::Unproven("the signature or the claims are wrong"))?
            .claims;
        self.judge(&claims, now)
    }

    fn judge(&self, claims: &Claims, now: OffsetDateTime) -> Result<(), PushRejected> {
        let now = now.unix_timestamp();
        let leeway = LEEWAY.whole_seconds();
        let has_run_out = |exp: i64| now >= exp.saturating_add(leeway);
        if claims.exp.is_none_or(has_run_out) {
            return Err(PushRejected::Unproven("the token has run out"));
        }
        let is_to_come = |iat: i64| iat > now.saturating_add(leeway);
        if claims.iat.is_none_or(is_to_come) {
            return Err(PushRejected::Unproven("the token is from the future"));
        }
        if claims.iss.as_deref() != Some(ISSUER) {
            return Err(PushRejected::Unproven("the token has another issuer"));
        }
        if claims.aud.as_deref() != Some(&self.audience) {
            return Err(PushRejected::NotOurs("it is for another audience"));
        }
        let is_account = |email: &str| email.eq_ignore_ascii_case(&self.service_account);
        if !claims.email.as_deref().is_some_and(is_account) {
            return Err(PushRejected::NotOurs("it is of another account"));
        }
        if claims.email_verified != Some(true) {
            return Err(PushRejected::NotOurs("its account is not verified"));
        }
        Ok(())
    }

    /// The key with this name. Asks Google where the keys are out of date or the name is unknown.
    async fn key(&self, name: &str, now: OffsetDateTime) -> Result<DecodingKey, PushRejected> {
        // Held while fetching: pushes that come meanwhile wait for the one answer.
        let mut keys = self.keys.lock().await;
        let is_fresh = keys.fresh_until.is_some_and(|until| now < until);
        if is_fresh && let Some(key) = keys.by_name.get(name) {
            return Ok(key.clone());
        }
        if keys.asked_at.is_some_and(|at| now < at + BETWEEN_FETCHES) {
            return Err(if is_fresh { unknown() } else { too_soon() });
        }
        keys.asked_at = Some(now);
        let (by_name, age) = self.fetch().await.map_err(PushRejected::KeysUnreachable)?;
        keys.by_name = by_name;
        keys.fresh_until = Some(now + age.max(BETWEEN_FETCHES));
        keys.by_name.get(name).cloned().ok_or_else(unknown)
    }

    async fn fetch(&self) -> Result<(BTreeMap<String, DecodingKey>, Duration), CallError> {
        let failed = |error| http::failed(SERVICE, Effect::None, error);
        let response = self.http.get(&self.jwks_url).send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(http::broke(
                SERVICE,
                Effect::None,
                response.status().as_u16(),
            ));
        }
        let age = max_age(response.headers());
        let set: JwkSet = response.json().await.map_err(failed)?;
        Ok((set.keys.iter().filter_map(usable).collect(), age))
    }
}

/// Whether a token has the form of one (RFC 7515, section 3.1). What has not is never worth asking
/// Google for a key.
fn is_compact(token: &str) -> bool {
    let is_base64url = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    token.split('.').count() == 3 && token.split('.').all(is_base64url)
}

/// Only the signature is left to the library: times are judged by the caller's clock.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

/// The name and the key, where it is one for RS256.
fn usable(jwk: &Jwk) -> Option<(String, DecodingKey)> {
    let is_for_us = matches!(jwk.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) if is_for_us => {
            Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?))
        }
        _ => None,
    }
}

/// `max-age` of Cache-Control (RFC 9111, section 5.2.2.1).
fn max_age(headers: &HeaderMap) -> Duration {
    let seconds = headers
        .get(CACHE_CONTROL)
        .and_then(|value| value.to_str().ok())
        .into_iter()
        .flat_map(|value| value.split(','))
        .find_map(|directive| directive.trim().strip_prefix("max-age="))
        .and_then(|seconds| seconds.parse::<u32>().ok());
    Duration::seconds(seconds.unwrap_or(0).into())
}

fn unknown() -> PushRejected {
    PushRejected::Unproven("the token names a key that Google does not publish")
}

fn too_soon() -> PushRejected {
    let cause = "asked less than a minute ago without an answer";
    PushRejected::KeysUnreachable(CallError::unreachable(SERVICE, cause))
}

//! Access tokens: fetched when needed, kept until shortly before they run out.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use google_gmail1::common::GetToken;
use ports::{CallError, Clock};
use resilience::{Effect, http};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::GoogleCredentials;

const SERVICE: &str = "google";
const SCOPE: &str = "https://www.googleapis.com/auth/gmail.modify";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A token is renewed this long before its end, so that none runs out on the way.
const MARGIN: time::Duration = time::Duration::minutes(2);

/// How long an assertion holds. Google allows an hour.
const ASSERTION: time::Duration = time::Duration::minutes(30);

/// The tokens of one mailbox. Clones share them.
#[derive(Clone)]
pub(crate) struct Tokens(Arc<Inner>);

struct Inner {
    credentials: GoogleCredentials,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone)]
struct Kept {
    token: SecretString,
    renew_at: OffsetDateTime,
}

impl Tokens {
    pub(crate) fn new(
        credentials: GoogleCredentials,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let http = http::client_within(timeout);
        Self(Arc::new(Inner {
            credentials,
            http,
            clock,
            kept: Mutex::default(),
        }))
    }

    /// A token that holds now.
    pub(crate) async fn current(&self) -> Result<SecretString, CallError> {
        let now = self.0.clock.now();
        // Held while fetching: callers that come meanwhile wait for the one answer.
        let mut kept = self.0.kept.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.renew_at) {
            return Ok(kept.token.clone());
        }
        let fetched = self.0.fetch(now).await?;
        *kept = Some(fetched.clone());
        Ok(fetched.token)
    }

    /// Forgets a token that Google refused, unless it was replaced meanwhile.
    pub(crate) async fn drop_if(&self, refused: &str) {
        let mut kept = self.0.kept.lock().await;
        if kept
            .as_ref()
            .is_some_and(|kept| kept.token.expose_secret() == refused)
        {
            *kept = None;
        }
    }
}

impl GetToken for Tokens {
    /// The scopes that the library names are wider than what was consented to, and are ignored.
    fn get_token<'a>(
        &'a self,
        _scopes: &'a [&str],
    ) -> std::pin::Pin<
        Box<dyn Future<Output = Result<Option<String>, ports::error::Cause>> + Send + 'a>,
    > {
        Box::pin(async move { Ok(Some(self.current().await?.expose_secret().to_owned())) })
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: i64,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl Inner {
    async fn fetch(&self, now: OffsetDateTime) -> Result<Kept, CallError> {
        let response = match &self.credentials {
            GoogleCredentials::Consent {
                client_id,
                client_secret,
                refresh_token,
                ..
            } => {
                self.post(&[
                    ("grant_type", "refresh_token"),
                    ("client_id", client_id),
                    ("client_secret", client_secret.expose_secret()),
                    ("refresh_token", refresh_token.expose_secret()),
                ])
                .await?
            }
            GoogleCredentials::ServiceAccount { .. } => {
                let assertion = self.assertion(now)?;
                self.post(&[("grant_type", JWT_BEARER), ("assertion", &assertion)])
                    .await?
            }
        };
        let status = response.status().as_u16();
        match status {
            200 => {
                let granted: Granted = response.json().await.map_err(failed)?;
                let lifetime = time::Duration::seconds(granted.expires_in);
                // A token that lives no longer than the margin is used for half its life.
                let renew_at = now + (lifetime - MARGIN).max(lifetime / 2);
                Ok(Kept {
                    token: granted.access_token,
                    renew_at,
                })
            }
            429 => Err(CallError::RateLimited {
                service: SERVICE,
                retry_after: http::retry_after(response.headers()),
            }),
            400..500 => {
                let code = response.json().await.map(|refused: Refused| refused.error);
                Err(self.refused(&code.unwrap_or_default()))
            }
            _ => Err(http::broke(SERVICE, Effect::None, status)),
        }
    }

    async fn post(&self, form: &[(&str, &str)]) -> Result<reqwest::Response, CallError> {
        self.http
            .post(self.credentials.token_uri())
            .form(form)
            .send()
            .await
            .map_err(failed)
    }

    /// What Google's refusal means (RFC 6749, section 5.2) and what a person can do about it.
    fn refused(&self, code: &str) -> CallError {
        let reason = match (code, &self.credentials) {
            ("invalid_grant", GoogleCredentials::Consent { .. }) => {
                "the refresh token holds no more: the consent was withdrawn, the mailbox's password was changed, \
                 nobody used it for six months, or the OAuth app is in testing, where consent lasts seven \
                 days. Consent anew: `helpdesk setup google --client FILE`"
            }
            ("invalid_grant" | "unauthorized_client", GoogleCredentials::ServiceAccount { .. }) => {
                "the service account may not act for the mailbox: check its key, `subject` and \
                 domain-wide delegation with the scope gmail.modify"
            }
            ("invalid_client" | "unauthorized_client", _) => {
                "the OAuth client is unknown, deleted, or its secret wrong: put `client_id` and `client_secret` \
                 of one that is there into the secret"
            }
            _ => {
                "the token endpoint refused the request: look at the credentials in the secret (docs/DEPLOY.md)"
            }
        };
        CallError::Unauthorized {
            service: SERVICE,
            reason: reason.to_owned(),
        }
    }

    /// The signed statement by which a service account asks to act for its subject (RFC 7523).
    fn assertion(&self, now: OffsetDateTime) -> Result<String, CallError> {
        let GoogleCredentials::ServiceAccount {
            client_email,
            private_key,
            token_uri,
            subject,
        } = &self.credentials
        else {
            return Err(bad_key());
        };
        let claims = json!({
            "iss": client_email, "sub": subject, "aud": token_uri, "scope": SCOPE,
            "iat": now.unix_timestamp(), "exp": (now + ASSERTION).unix_timestamp(),
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!(
            "{}.{}",
            part(json!({"alg": "RS256", "typ": "JWT"})),
            part(claims)
        );
        let key = signing_key(private_key).map_err(|_| bad_key())?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .map_err(|_| bad_key())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn failed(error: reqwest::Error) -> CallError {
    http::failed(SERVICE, Effect::None, error)
}

fn bad_key() -> CallError {
    let reason = "the service account's private key cannot sign".to_owned();
    CallError::Unauthorized {
        service: SERVICE,
        reason,
    }
}

/// The text is no RSA key in PKCS #8 PEM.
#[derive(Debug)]
pub(crate) struct NoKey;

/// Reads a private key as service account keys hold it (RFC 7468).
pub(crate) fn signing_key(pem: &SecretString) -> Result<RsaKeyPair, NoKey> {
    let base64: String = pem
        .expose_secret()
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = STANDARD.decode(base64).map_err(|_| NoKey)?;
    RsaKeyPair::from_pkcs8(&der).map_err(|_| NoKey)
}

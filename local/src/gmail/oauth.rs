//! Google's token endpoint, and who is let in.
//!
//! Two ways to a token: a refresh token that a person consented to (RFC 6749, section 6), and the
//! assertion of a service account with domain-wide delegation (RFC 7523).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use axum::extract::{Form, Json, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};
use url::form_urlencoded;

use super::{Server, answers};
use crate::control::under_faults;
use crate::pubsub::rs256::Key;

const CLIENT_ID: &str = "local-client.apps.test";
const CLIENT_SECRET: &str = "local-client-secret";
const REFRESH_TOKEN: &str = "local-refresh-token";
const ACCOUNT: &str = "mailbox@local.iam.test";
const LIFETIME: Duration = Duration::hours(1);

/// The credentials of the local Gmail and the tokens that were given for them.
#[derive(Debug, Default)]
pub struct OAuth {
    state: Mutex<Tokens>,
    account: OnceLock<Key>,
}

#[derive(Debug, Default)]
struct Tokens {
    is_revoked: bool,
    /// Codes that were not taken yet, with the challenge and the redirect that they were given for.
    codes: BTreeMap<String, (String, String)>,
    issued: u64,
    good_until: BTreeMap<String, OffsetDateTime>,
}

impl OAuth {
    /// The secret of a mailbox whose owner consented, as the guide says to write it.
    /// `base` is where the server is reached, such as `http://127.0.0.1:4180`.
    pub fn user_secret(&self, base: &str) -> String {
        json!({
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN, "token_uri": format!("{base}/token"),
        })
        .to_string()
    }

    /// The file that Google gives out for the client that the owner consents to.
    pub fn client_file(&self, base: &str) -> String {
        json!({ "installed": {
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "auth_uri": format!("{base}/o/oauth2/v2/auth"), "token_uri": format!("{base}/token"),
        } })
        .to_string()
    }

    /// The secret of a service account that may act for `subject`.
    pub fn service_account_secret(&self, base: &str, subject: &str) -> String {
        json!({
            "type": "service_account", "client_email": ACCOUNT,
            "private_key": self.account().private_pem(),
            "token_uri": format!("{base}/token"), "subject": subject,
        })
        .to_string()
    }

    /// The owner takes the consent back: neither old tokens nor the refresh token serve any more.
    pub fn revoke(&self) {
        let mut state = self.state();
        state.is_revoked = true;
        state.good_until.clear();
    }

    /// All tokens lapse at once; new ones can be had.
    pub fn expire_tokens(&self) {
        self.state().good_until.clear();
    }

    /// How many tokens were given.
    pub fn issued(&self) -> u64 {
        self.state().issued
    }

    fn issue(&self, now: OffsetDateTime) -> String {
        let mut state = self.state();
        state.issued += 1;
        let token = format!("ya29.local-{}", state.issued);
        state.good_until.insert(token.clone(), now + LIFETIME);
        token
    }

    fn is_good(&self, token: &str, now: OffsetDateTime) -> bool {
        self.state()
            .good_until
            .get(token)
            .is_some_and(|until| *until > now)
    }

    fn account(&self) -> &Key {
        self.account.get_or_init(|| Key::new("local-account-key"))
    }

    fn state(&self) -> MutexGuard<'_, Tokens> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request for a token.
#[derive(Deserialize)]
pub(super) struct Wanted {
    grant_type: String,
    client_id: Option<String>,
    client_secret: Option<String>,
    refresh_token: Option<String>,
    assertion: Option<String>,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
}

/// What a browser is sent to Google with.
#[derive(Deserialize)]
pub(super) struct Consent {
    client_id: String,
    redirect_uri: String,
    state: String,
    scope: String,
    code_challenge: String,
    code_challenge_method: String,
    access_type: String,
}

/// The owner consents at once, and the browser is sent back with a code.
pub(super) async fn consent(
    State(server): State<Server>,
    Query(asked): Query<Consent>,
) -> Response {
    let is_ours = asked.client_id == CLIENT_ID
        && asked.redirect_uri.starts_with("http://127.0.0.1:")
        && asked.scope.ends_with("/gmail.modify")
        && asked.code_challenge_method == "S256"
        && asked.access_type == "offline";
    if !is_ours {
        return (StatusCode::BAD_REQUEST, "invalid_request").into_response();
    }
    let mut state = server.oauth.state();
    let code = format!("4/local-{}", state.codes.len() + 1);
    let given_for = (asked.code_challenge, asked.redirect_uri.clone());
    state.codes.insert(code.clone(), given_for);
    state.is_revoked = false;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", &asked.state)
        .append_pair("code", &code)
        .finish();
    Redirect::to(&format!("{}/?{query}", asked.redirect_uri)).into_response()
}

pub(super) async fn token(State(server): State<Server>, Form(wanted): Form<Wanted>) -> Response {
    under_faults(&server.gmail.faults, "token", answers::limited, || async {
        if let Err(error) = granted(&server, &wanted) {
            return refused(error);
        }
        let token = server.oauth.issue(server.gmail.now());
        let seconds = LIFETIME.whole_seconds();
        let mut given = json!({
            "access_token": token, "expires_in": seconds, "token_type": "Bearer",
            "scope": "https://www.googleapis.com/auth/gmail.modify",
        });
        if wanted.grant_type == "authorization_code" {
            given["refresh_token"] = json!(REFRESH_TOKEN);
        }
        Json(given).into_response()
    })
    .await
}

fn granted(server: &Server, wanted: &Wanted) -> Result<(), &'static str> {
    match wanted.grant_type.as_str() {
        "refresh_token" => {
            let client = (wanted.client_id.as_deref(), wanted.client_secret.as_deref());
            if client != (Some(CLIENT_ID), Some(CLIENT_SECRET)) {
                return Err("invalid_client");
            }
            let is_known = wanted.refresh_token.as_deref() == Some(REFRESH_TOKEN);
            if is_known && !server.oauth.state().is_revoked {
                Ok(())
            } else {
                Err("invalid_grant")
            }
        }
        "authorization_code" => {
            let client = (wanted.client_id.as_deref(), wanted.client_secret.as_deref());
            if client != (Some(CLIENT_ID), Some(CLIENT_SECRET)) {
                return Err("invalid_client");
            }
            let code = wanted.code.as_deref().unwrap_or_default();
            // A code is good once, whatever comes of it.
            let given_for = server.oauth.state().codes.remove(code);
            let verifier = wanted.code_verifier.as_deref().unwrap_or_default();
            let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
            let redirect = wanted.redirect_uri.clone().unwrap_or_default();
            if given_for == Some((challenge, redirect)) {
                Ok(())
            } else {
                Err("invalid_grant")
            }
        }
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            let assertion = wanted.assertion.as_deref().unwrap_or_default();
            let claims = server
                .oauth
                .account()
                .verify(assertion)
                .map_err(|_| "invalid_grant")?;
            delegated(server, &claims)
        }
        _ => Err("unsupported_grant_type"),
    }
}

/// What Google checks of a service account's assertion.
fn delegated(server: &Server, claims: &Value) -> Result<(), &'static str> {
    let now = server.gmail.now().unix_timestamp();
    let is_current = claims["iat"].as_i64().is_some_and(|iat| iat <= now + 300)
        && claims["exp"]
            .as_i64()
            .is_some_and(|exp| exp > now && exp <= now + 3_900);
    let is_for_us = claims["aud"]
        .as_str()
        .is_some_and(|aud| aud.ends_with("/token"));
    if claims["iss"] != ACCOUNT || !is_current || !is_for_us {
        return Err("invalid_grant");
    }
    let has_scope = claims["scope"]
        .as_str()
        .is_some_and(|scope| scope.contains("gmail.modify"));
    if claims["sub"] != server.gmail.address() || !has_scope {
        return Err("unauthorized_client");
    }
    if server.oauth.state().is_revoked {
        Err("unauthorized_client")
    } else {
        Ok(())
    }
}

fn refused(error: &str) -> Response {
    let status = match error {
        "invalid_client" | "unauthorized_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let description = "Token has been expired or revoked.";
    (
        status,
        Json(json!({"error": error, "error_description": description})),
    )
        .into_response()
}

/// Lets in who has a good token and asks for its own mailbox.
pub(super) async fn admit(State(server): State<Server>, request: Request, next: Next) -> Response {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if !token.is_some_and(|token| server.oauth.is_good(token, server.gmail.now())) {
        let message = "Request had invalid authentication credentials.";
        return answers::error(401, "UNAUTHENTICATED", "authError", message);
    }
    let path = request.uri().path();
    let user = path
        .split("/users/")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let user = user
        .unwrap_or_default()
        .replace("%40", "@")
        .replace("%2B", "+");
    if user != "me" && !user.eq_ignore_ascii_case(server.gmail.address()) {
        let message = "Delegation denied";
        return answers::error(403, "PERMISSION_DENIED", "forbidden", message);
    }
    next.run(request).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Switches {
    #[serde(default)]
    revoked: bool,
}

/// `POST /_control/oauth {"revoked": true}` takes the consent back, `false` gives it again.
pub(super) async fn switch(
    State(server): State<Server>,
    Json(switches): Json<Switches>,
) -> StatusCode {
    if switches.revoked {
        server.oauth.revoke();
    } else {
        server.oauth.state().is_revoked = false;
    }
    StatusCode::NO_CONTENT
}

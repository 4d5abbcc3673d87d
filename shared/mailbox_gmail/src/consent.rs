//! How a mailbox's owner consents at a terminal: OAuth 2.0 for native apps, by a loopback address (RFC 8252) and PKCE
//! (RFC 7636).

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ports::CallError;
use resilience::{Effect, http};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use crate::SERVICE;

/// All that the helpdesk ever asks for: to read, to label and to draft. It can also send, which nothing here does.
const SCOPE: &str = "https://www.googleapis.com/auth/gmail.modify";

/// An OAuth client of a project at Google, as the file that Google gives out describes it.
#[derive(Deserialize)]
pub struct OAuthClient {
    client_id: String,
    client_secret: String,
    auth_uri: String,
    token_uri: String,
}

/// A question that the owner of a mailbox is asked in a browser.
pub struct Asked {
    /// Where it is asked.
    pub url: String,
    state: String,
    verifier: SecretString,
    redirect: String,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(default)]
    refresh_token: String,
    #[serde(default)]
    scope: String,
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuthClient(redacted)")
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(redacted)")
    }
}

/// As many random octets as a key has, as text for an address.
fn random() -> Result<String, CallError> {
    let mut octets = [0; 32];
    aws_lc_rs::rand::fill(&mut octets)
        .map_err(|_| CallError::rejected(SERVICE, "this machine gives no random numbers"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(octets))
}

impl Asked {
    /// Whether a query is an answer to this question: browsers ask a server for other things, too.
    pub fn is_answered_by(&self, query: &str) -> bool {
        form_urlencoded::parse(query.as_bytes())
            .any(|(name, value)| name == "state" && value == self.state.as_str())
    }
}

impl OAuthClient {
    /// Reads the file of a client of the type *Desktop app*. The reason repeats nothing of it.
    pub fn from_json(text: &SecretString) -> Result<Self, String> {
        let mut file: HashMap<String, Self> = serde_json::from_str(text.expose_secret())
            .map_err(|_| {
                "it is not what Google gives out for an OAuth client: download its JSON under APIs & Services, \
                 Credentials"
                    .to_owned()
            })?;
        let client = file.remove("installed").ok_or_else(|| {
            "it is no client of the type Desktop app, which alone may answer to this machine"
                .to_owned()
        })?;
        if resilience::is_protected(&client.token_uri) {
            Ok(client)
        } else {
            Err("its token_uri is not https".to_owned())
        }
    }

    /// What the owner of `address` is asked. Google answers to `redirect`, an address of this machine.
    pub fn ask(&self, redirect: &str, address: &str) -> Result<Asked, CallError> {
        let (state, verifier) = (random()?, random()?);
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", SCOPE)
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("login_hint", address)
            // A refresh token is given for an offline client, and surely only where consent is asked for.
            .append_pair("access_type", "offline")
            .append_pair("prompt", "consent")
            .finish();
        Ok(Asked {
            url: format!("{}?{query}", self.auth_uri),
            state,
            verifier: verifier.into(),
            redirect: redirect.to_owned(),
        })
    }

    /// The secret that the functions need, by the query with which Google came back.
    pub async fn consented(&self, asked: &Asked, query: &str) -> Result<SecretString, CallError> {
        let answer: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let said = |name: &str| answer.get(name).map(AsRef::as_ref).unwrap_or_default();
        let refused = |why: &str| CallError::rejected(SERVICE, why.to_owned());
        if !asked.is_answered_by(query) {
            return Err(refused("the answer is not to the question that was asked"));
        }
        if !said("error").is_empty() {
            return Err(refused("consent was not given"));
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("code", said("code")),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("redirect_uri", &asked.redirect),
            ("code_verifier", asked.verifier.expose_secret()),
        ];
        let failed = |error| http::failed(SERVICE, Effect::None, error);
        let sent = http::client().post(&self.token_uri).form(&form).send();
        let response = sent.await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(refused(
                "Google gave no token for the consent: is the client's file the newest, and the clock right?",
            ));
        }
        let granted: Granted = response.json().await.map_err(failed)?;
        if !granted.scope.split(' ').any(|scope| scope == SCOPE) {
            return Err(refused(
                "the box for reading and drafting mails was not ticked",
            ));
        }
        if granted.refresh_token.is_empty() {
            return Err(refused(
                "Google gave no refresh token: withdraw the old consent under myaccount.google.com/permissions, and \
                 ask anew",
            ));
        }
        let secret = json!({
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": granted.refresh_token,
            "token_uri": self.token_uri,
        });
        Ok(secret.to_string().into())
    }
}

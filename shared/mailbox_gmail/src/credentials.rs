//! Who we are to Google: a person's consent, or a service account that acts for the mailbox.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// Google's token endpoint, for secrets that do not name one.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// Credentials for one mailbox.
#[derive(Clone)]
pub enum GoogleCredentials {
    /// The mailbox's owner consented; the refresh token is the proof.
    Consent {
        /// The OAuth client that was consented to.
        client_id: String,
        /// The client's secret.
        client_secret: SecretString,
        /// The proof of consent.
        refresh_token: SecretString,
        /// Where tokens are given.
        token_uri: String,
    },
    /// A service account with domain-wide delegation.
    ServiceAccount {
        /// The account's address.
        client_email: String,
        /// Its private key, PKCS #8 in PEM.
        private_key: SecretString,
        /// Where tokens are given.
        token_uri: String,
        /// The mailbox it acts for.
        subject: String,
    },
}

impl fmt::Debug for GoogleCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consent { .. } => "Consent(redacted)",
            Self::ServiceAccount { .. } => "ServiceAccount(redacted)",
        })
    }
}

/// A secret that holds no credentials. Never repeats the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCredentials {
    /// Not a JSON object.
    #[error("the Google secret is not a JSON object")]
    NotJson,
    /// A field is not there, or no text, or empty.
    #[error("the Google secret of a {kind} lacks the field `{field}`")]
    Missing {
        /// Which kind of secret it was taken for.
        kind: &'static str,
        /// The field.
        field: &'static str,
    },
    /// Tokens would be fetched without TLS.
    #[error("the field `token_uri` of the Google secret must begin with https://")]
    Unprotected,
    /// The private key cannot be read.
    #[error("the field `private_key` of the Google secret holds no RSA key in PKCS #8")]
    BadKey,
}

impl GoogleCredentials {
    /// Reads the secret: `{"client_id", "client_secret", "refresh_token", "token_uri"}`, or a service
    /// account key with `"type": "service_account"` and the mailbox added as `"subject"`.
    /// `token_uri` may be left out.
    pub fn from_json(secret: &SecretString) -> Result<Self, BadCredentials> {
        let Ok(Value::Object(fields)) = serde_json::from_str(secret.expose_secret()) else {
            return Err(BadCredentials::NotJson);
        };
        let token_uri = field(&fields, "token_uri").unwrap_or(TOKEN_URI).to_owned();
        if !resilience::is_protected(&token_uri) {
            return Err(BadCredentials::Unprotected);
        }
        if field(&fields, "type") != Some("service_account") {
            let get = |name| required(&fields, "consent", name);
            return Ok(Self::Consent {
                client_id: get("client_id")?.to_owned(),
                client_secret: get("client_secret")?.into(),
                refresh_token: get("refresh_token")?.into(),
                token_uri,
            });
        }
        let get = |name| required(&fields, "service account", name);
        let private_key: SecretString = get("private_key")?.into();
        crate::tokens::signing_key(&private_key).map_err(|_| BadCredentials::BadKey)?;
        Ok(Self::ServiceAccount {
            client_email: get("client_email")?.to_owned(),
            private_key,
            token_uri,
            subject: get("subject")?.to_owned(),
        })
    }

    /// Where tokens are given.
    pub(crate) fn token_uri(&self) -> &str {
        match self {
            Self::Consent { token_uri, .. } | Self::ServiceAccount { token_uri, .. } => token_uri,
        }
    }
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn required<'a>(
    fields: &'a Map<String, Value>,
    kind: &'static str,
    name: &'static str,
) -> Result<&'a str, BadCredentials> {
    field(fields, name).ok_or(BadCredentials::Missing { kind, field: name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> String {
        GoogleCredentials::from_json(&json.into())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_place_for_tokens_without_tls_is_refused() {
        let text = error(r#"{"client_id": "c", "token_uri": "http://tokens.bank.test/"}"#);
        assert!(text.contains("must begin with https://"), "{text}");
    }

    #[test]
    fn a_missing_field_is_named() {
        let text = error(r#"{"client_id": "c", "client_secret": "s", "refresh_token": ""}"#);
        assert_eq!(
            text,
            "the Google secret of a consent lacks the field `refresh_token`"
        );
        let text = error(r#"{"type": "service_account", "client_email": "a@b.test"}"#);
        assert_eq!(
            text,
            "the Google secret of a service account lacks the field `private_key`"
        );
    }

    #[test]
    fn a_key_that_is_none_is_told_at_the_start() {
        let text = error(
            r#"{"type": "service_account", "client_email": "a@b.test", "private_key": "hush", "subject": "s@b.test"}"#,
        );
        assert!(
            text.contains("`private_key`") && !text.contains("hush"),
            "{text}"
        );
    }

    #[test]
    fn what_is_no_json_is_told_without_being_repeated() {
        assert_eq!(error("hush"), "the Google secret is not a JSON object");
    }

    #[test]
    fn debug_shows_no_secret() {
        let json = r#"{"client_id": "c", "client_secret": "hush", "refresh_token": "hush"}"#;
        let credentials = GoogleCredentials::from_json(&json.into()).unwrap();
        assert_eq!(format!("{credentials:?}"), "Consent(redacted)");
        assert_eq!(credentials.token_uri(), TOKEN_URI);
    }
}

//! One call to Odoo over JSON-2: `POST /json/2/<model>/<method>` with named arguments
//! (<https://www.odoo.com/documentation/19.0/developer/reference/external_api.html>).

use std::time::Duration;

use ports::CallError;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use resilience::{Effect, Policy, http};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::SERVICE;
use crate::error::{self, Answer};

/// The way to one database.
pub(crate) struct Json2 {
    http: reqwest::Client,
    url: String,
    database: String,
    key: SecretString,
}

impl Json2 {
    pub fn new(url: String, database: String, key: SecretString, timeout: Duration) -> Self {
        Self {
            http: http::client_within(timeout),
            url,
            database,
            key,
        }
    }

    /// Makes a call, again where that is safe.
    pub async fn call(
        &self,
        model: &str,
        method: &'static str,
        effect: Effect,
        arguments: Value,
    ) -> Result<Value, CallError> {
        self.call_judged(model, method, effect, arguments, |_, answer| Ok(answer))
            .await
    }

    /// Makes a call whose answer can be a failure although its status is good: `judge` tells.
    pub async fn call_judged(
        &self,
        model: &str,
        method: &'static str,
        effect: Effect,
        arguments: Value,
        judge: impl Fn(&str, Value) -> Result<Value, CallError>,
    ) -> Result<Value, CallError> {
        resilience::call(method, effect, Policy::default(), async || {
            self.once(model, method, effect, &arguments)
                .await
                .and_then(|answer| judge(model, answer))
        })
        .await
    }

    async fn once(
        &self,
        model: &str,
        method: &str,
        effect: Effect,
        arguments: &Value,
    ) -> Result<Value, CallError> {
        let sent = self
            .http
            .post(format!("{}/json/2/{model}/{method}", self.url))
            .bearer_auth(self.key.expose_secret().trim())
            .header("X-Odoo-Database", &self.database)
            .json(arguments)
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            // Waiting does not mend an address or a key that cannot be sent.
            Err(error) if error.is_builder() => return Err(error::unusable_settings()),
            Err(error) => return Err(http::failed(SERVICE, effect, error)),
        };
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let retry_after = http::retry_after(response.headers());
            return Err(CallError::RateLimited {
                service: SERVICE,
                retry_after,
            });
        }
        let media_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let is_page = media_type.is_some_and(|media_type| media_type.starts_with("text/html"));
        let body = response
            .bytes()
            .await
            .map_err(|error| http::failed(SERVICE, effect, error))?;
        if status.is_success() && !is_page {
            return serde_json::from_slice(&body).map_err(|_| error::unreadable(effect));
        }
        let answer = Answer {
            status: status.as_u16(),
            is_page,
            body: &body,
        };
        Err(error::refused(
            model,
            method,
            effect,
            &self.database,
            &answer,
        ))
    }
}

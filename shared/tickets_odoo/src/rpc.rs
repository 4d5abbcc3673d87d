//! One call to Odoo, by whichever of its two interfaces it has.
//!
//! JSON-2 (Odoo 19 and later): `POST /json/2/<model>/<method>` with named arguments
//! (<https://www.odoo.com/documentation/19.0/developer/reference/external_api.html>).
//! JSON-RPC (until it is removed in Odoo 22): `POST /jsonrpc`, service `object`, method `execute_kw`
//! (<https://www.odoo.com/documentation/18.0/developer/reference/external_api.html>).

use std::str::FromStr;

use ports::CallError;
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, StatusCode};
use resilience::{Effect, Gate, Op, http};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use crate::error::{self, Answer};
use crate::{OdooSettings, SERVICE};

/// The first version with JSON-2.
const FIRST_WITH_JSON2: u32 = 19;

/// By which interface Odoo is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// JSON-2 where the version has it, else JSON-RPC.
    #[default]
    Auto,
    /// JSON-2, with an API key.
    Json2,
    /// JSON-RPC, with a login and an API key.
    JsonRpc,
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Self::Auto),
            "json-2" => Ok(Self::Json2),
            "json-rpc" => Ok(Self::JsonRpc),
            _ => Err("must be auto, json-2 or json-rpc".to_owned()),
        }
    }
}

/// What was found out about the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its version, such as `17.0`.
    pub version: String,
    /// The version's first number.
    pub major: u32,
    /// How it is spoken to.
    pub way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Json2,
    /// With the id of the user that the login belongs to.
    JsonRpc {
        uid: i64,
    },
}

/// The way to one database.
pub(crate) struct Rpc {
    http: reqwest::Client,
    url: String,
    database: String,
    login: Option<String>,
    key: SecretString,
    protocol: Protocol,
    server: OnceCell<Server>,
    pub(crate) gate: Gate,
}

/// What a call is about, for its errors.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    pub model: &'a str,
    pub method: &'a str,
    pub effect: Effect,
}

impl Rpc {
    pub fn new(settings: OdooSettings, url: String, key: SecretString) -> Self {
        Self {
            http: http::client_within(settings.timeout),
            url,
            database: settings.database,
            login: settings.login,
            key,
            protocol: settings.protocol,
            server: OnceCell::new(),
            gate: Gate::open(SERVICE),
        }
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The server's version and how it is spoken to, found out by the first call. A failure is found
    /// out anew by the next.
    pub async fn server(&self) -> Result<&Server, CallError> {
        let find_out = || async { self.find_out().await };
        self.server.get_or_try_init(find_out).await
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
        let way = self.server().await?.way;
        let about = About {
            model,
            method,
            effect,
        };
        let operation = format!("{model}/{method}");
        let op = Op::new(&operation, effect);
        let attempt = async || {
            let answer = match way {
                Way::Json2 => self.json2(about, &arguments).await,
                Way::JsonRpc { uid } => {
                    let args = self.execute_kw(uid, about, &arguments);
                    self.json_rpc(about, "object", "execute_kw", args).await
                }
            };
            answer.and_then(|answer| judge(model, answer))
        };
        self.gate.call(op, attempt).await
    }

    async fn find_out(&self) -> Result<Server, CallError> {
        let version = self.version().await?;
        let Some(major) = major(&version) else {
            let reason = "it does not tell its version: check that the address is the one of Odoo";
            return Err(CallError::rejected(SERVICE, reason));
        };
        let by_json2 = match self.protocol {
            Protocol::Auto => major >= FIRST_WITH_JSON2,
            Protocol::Json2 => true,
            Protocol::JsonRpc => false,
        };
        let way = if by_json2 {
            Way::Json2
        } else {
            Way::JsonRpc {
                uid: self.authenticate().await?,
            }
        };
        Ok(Server {
            version,
            major,
            way,
        })
    }

    /// JSON-RPC tells the version to everybody; where it was removed, a page of its own does.
    async fn version(&self) -> Result<String, CallError> {
        let about = About {
            model: "common",
            method: "version",
            effect: Effect::None,
        };
        let op = Op::new("odoo.version", Effect::None);
        let attempt = async || {
            let page = self.http.get(format!("{}/web/version", self.url));
            let told = match self.send(about, page).await {
                Ok(page) => page["version"].as_str().map(str::to_owned),
                Err(error) if error.is_passing() => return Err(error),
                // Older versions have no such page.
                Err(_) => None,
            };
            if let Some(version) = told {
                return Ok(version);
            }
            let told = self.json_rpc(about, "common", "version", json!([])).await?;
            Ok(told["server_version"]
                .as_str()
                .unwrap_or_default()
                .to_owned())
        };
        self.gate.call(op, attempt).await
    }

    async fn authenticate(&self) -> Result<i64, CallError> {
        let Some(login) = &self.login else {
            return Err(error::no_login());
        };
        let about = About {
            model: "common",
            method: "authenticate",
            effect: Effect::None,
        };
        let key = self.key.expose_secret().trim();
        let op = Op::new("odoo.authenticate", Effect::None);
        let attempt = async || {
            let args = json!([self.database, login, key, {}]);
            let uid = self.json_rpc(about, "common", "authenticate", args).await?;
            uid.as_i64().ok_or_else(error::wrong_login)
        };
        self.gate.call(op, attempt).await
    }

    async fn json2(&self, about: About<'_>, arguments: &Value) -> Result<Value, CallError> {
        let address = format!("{}/json/2/{}/{}", self.url, about.model, about.method);
        let request = self
            .http
            .post(address)
            .bearer_auth(self.key.expose_secret().trim())
            .header("X-Odoo-Database", &self.database)
            .json(arguments);
        self.send(about, request).await
    }

    /// The arguments of `execute_kw`: the ids stand first, all else keeps its name. `create` takes
    /// its values by position only.
    fn execute_kw(&self, uid: i64, about: About<'_>, arguments: &Value) -> Value {
        let mut named = arguments.as_object().cloned().unwrap_or_else(Map::new);
        let first = ["ids", "vals_list"]
            .iter()
            .find_map(|name| named.remove(*name));
        let positional: Vec<Value> = first.into_iter().collect();
        let key = self.key.expose_secret().trim();
        json!([
            self.database,
            uid,
            key,
            about.model,
            about.method,
            positional,
            named
        ])
    }

    async fn json_rpc(
        &self,
        about: About<'_>,
        service: &str,
        method: &str,
        args: Value,
    ) -> Result<Value, CallError> {
        let body = json!({"jsonrpc": "2.0", "method": "call", "id": 1,
                          "params": {"service": service, "method": method, "args": args}});
        let request = self.http.post(format!("{}/jsonrpc", self.url)).json(&body);
        let answer = self.send(about, request).await?;
        result(about, &self.database, answer)
    }

    async fn send(&self, about: About<'_>, request: RequestBuilder) -> Result<Value, CallError> {
        let response = match request.send().await {
            Ok(response) => response,
            // Waiting does not mend an address or a key that cannot be sent.
            Err(error) if error.is_builder() => return Err(error::unusable_settings()),
            Err(error) => return Err(http::failed(SERVICE, about.effect, error)),
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
            .map_err(|error| http::failed(SERVICE, about.effect, error))?;
        let answer = Answer {
            status: status.as_u16(),
            is_page,
            body: &body,
        };
        read(about, &self.database, &answer)
    }
}

/// What an answer holds, or what its refusal means.
pub(crate) fn read(
    about: About<'_>,
    database: &str,
    answer: &Answer<'_>,
) -> Result<Value, CallError> {
    if (200..300).contains(&answer.status) && !answer.is_page {
        return serde_json::from_slice(answer.body).map_err(|_| error::unreadable(about.effect));
    }
    let (model, method) = (about.model, about.method);
    Err(error::refused(
        model,
        method,
        about.effect,
        database,
        answer,
    ))
}

/// The result in an answer over JSON-RPC, or what the error in it means. Odoo leaves the result out
/// where a method returns nothing.
pub(crate) fn result(
    about: About<'_>,
    database: &str,
    mut answer: Value,
) -> Result<Value, CallError> {
    if let Some(raised) = answer.get("error") {
        let (model, method) = (about.model, about.method);
        return Err(error::raised(model, method, about.effect, database, raised));
    }
    match &mut answer {
        Value::Object(fields) => Ok(fields.remove("result").unwrap_or_default()),
        _ => Err(error::unreadable(about.effect)),
    }
}

/// The first number of a version such as `17.0` or `saas~18.2`.
pub(crate) fn major(version: &str) -> Option<u32> {
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_by(effect: Effect, answer: Value) -> Result<Value, CallError> {
        let about = About {
            model: "helpdesk.ticket",
            method: "write",
            effect,
        };
        result(about, "desk", answer)
    }

    #[test]
    fn a_result_that_odoo_leaves_out_is_nothing() {
        let read = read_by(Effect::None, json!({"jsonrpc": "2.0", "id": 1}));
        assert_eq!(read.unwrap(), Value::Null);
    }

    #[test]
    fn an_answer_that_is_no_object_does_not_tell_what_became_of_a_write() {
        for answer in [json!(7), json!([]), json!("x"), json!(null), json!(true)] {
            let read = read_by(Effect::Once, answer.clone());
            assert!(
                matches!(read, Err(CallError::OutcomeUnknown { .. })),
                "{answer}"
            );
            assert!(read_by(Effect::None, answer).unwrap_err().is_passing());
        }
    }
}

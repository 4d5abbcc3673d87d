//! What Odoo's refusals mean, told by the name of the exception. The status alone misleads: a bad
//! value is a 500, and a load that failed is a 200.

use ports::CallError;
use resilience::{Effect, http};
use serde::Deserialize;
use serde_json::Value;

use crate::SERVICE;

/// Longer than any name of a model or an exception.
const LONGEST_NAME: usize = 80;

/// An answer that is not a result.
pub(crate) struct Answer<'a> {
    pub status: u16,
    /// Whether it is a web page, which Odoo's interface never answers by itself.
    pub is_page: bool,
    pub body: &'a [u8],
}

/// The exception in an answer. It also holds `arguments`, `context` and `debug`: a traceback.
#[derive(Deserialize)]
struct Raised {
    name: String,
    message: String,
}

/// What a refusal means for the caller.
pub(crate) fn refused(
    model: &str,
    method: &str,
    effect: Effect,
    database: &str,
    answer: &Answer<'_>,
) -> CallError {
    match serde_json::from_slice::<Raised>(answer.body) {
        Ok(raised) => raised.meaning(model, method, effect, answer.status),
        Err(_) => without_name(database, effect, answer),
    }
}

/// What an exception means that came over JSON-RPC, where the status is always 200: its name stands
/// in `data`.
pub(crate) fn raised(
    model: &str,
    method: &str,
    effect: Effect,
    database: &str,
    error: &Value,
) -> CallError {
    let text = |name: &str| error["data"][name].as_str().unwrap_or_default().to_owned();
    let raised = Raised {
        name: text("name"),
        message: text("message"),
    };
    if raised.name.ends_with("OperationalError") && raised.message.contains("does not exist") {
        return no_database(database);
    }
    raised.meaning(model, method, effect, 500)
}

impl Raised {
    fn meaning(&self, model: &str, method: &str, effect: Effect, status: u16) -> CallError {
        let said = without_content(&self.message);
        if self.is_lost_race() {
            // Odoo has rolled the transaction back, so even a write may be repeated.
            return CallError::unreachable(SERVICE, "its database was busy with the same records");
        }
        let (package, name) = self.name.rsplit_once('.').unwrap_or(("", &self.name));
        let name = if is_identifier(name) {
            name
        } else {
            "an error"
        };
        match (package, name) {
            (_, "Unauthorized" | "AccessDenied") => unauthorized(
                "the API key is not valid or has expired; make a new one in Odoo under My Profile, \
                 Account Security",
            ),
            (_, "AccessError") => unauthorized(self.missing_right(model, method)),
            (_, "MissingError") => CallError::NotFound {
                service: SERVICE,
                what: what(model),
            },
            (_, "NotFound" | "KeyError") => not_installed(model, method),
            // JSON-RPC's words for a model that no app brought.
            (_, "UserError") if self.message.ends_with("doesn't exist") => {
                not_installed(model, method)
            }
            ("odoo.exceptions" | "builtins", _) | (_, "UnprocessableEntity" | "BadRequest") => {
                CallError::rejected(SERVICE, format!("{model}/{method} failed, {name}: {said}"))
            }
            _ if status >= 500 => http::broke(SERVICE, effect, status),
            _ => CallError::rejected(SERVICE, format!("{model}/{method} failed, {name}: {said}")),
        }
    }

    fn is_lost_race(&self) -> bool {
        is_lost_race(&self.message)
            || [
                "SerializationFailure",
                "DeadlockDetected",
                "LockNotAvailable",
            ]
            .iter()
            .any(|name| self.name.ends_with(name))
    }

    /// Odoo names the model in brackets: the right can be missing for another than was called.
    fn missing_right(&self, model: &str, method: &str) -> String {
        let named = self
            .message
            .split(['(', ')'])
            .skip(1)
            .step_by(2)
            .find(|part| {
                part.contains('.')
                    && part.len() <= LONGEST_NAME
                    && part
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || ".,_ ".contains(c))
            });
        let model = named.unwrap_or(model);
        let right = match method {
            "load" | "create" | "find_or_create" => "create or change",
            "write" => "change",
            "message_post" => "post notes on",
            _ => "read",
        };
        format!(
            "the API user may not {right} records of {model}; give it that right in Odoo under \
             Settings, Users"
        )
    }
}

/// What a `load` means that was refused with status 200.
pub(crate) fn of_load(model: &str, answer: Value) -> Result<Value, CallError> {
    if answer["ids"].is_array() {
        return Ok(answer);
    }
    let messages = answer["messages"].as_array().into_iter().flatten();
    let said: Vec<&str> = messages
        .filter_map(|message| message["message"].as_str())
        .collect();
    if said.iter().any(|message| is_lost_race(message)) {
        return Err(CallError::unreachable(
            SERVICE,
            "another caller made the same record",
        ));
    }
    let said = without_content(&said.join(" "));
    Err(CallError::rejected(
        SERVICE,
        format!("{model}/load failed: {said}"),
    ))
}

/// What an answer means that names no exception: it comes from a proxy, or from Odoo before it
/// knows the database.
fn without_name(database: &str, effect: Effect, answer: &Answer<'_>) -> CallError {
    match answer.status {
        500.. => http::broke(SERVICE, effect, answer.status),
        404 if answer.is_page => no_database(database),
        401 | 403 => unauthorized("something before Odoo asks for a login: check the address"),
        _ if answer.is_page => CallError::rejected(
            SERVICE,
            "it answered with a web page: check that the address is the one of Odoo itself",
        ),
        status => CallError::rejected(SERVICE, format!("it answered with HTTP status {status}")),
    }
}

fn not_installed(model: &str, method: &str) -> CallError {
    let reason =
        format!("this database has no {model}/{method}: is the app Helpdesk installed in it?");
    CallError::rejected(SERVICE, reason)
}

/// A database that is not at this address.
pub(crate) fn no_database(database: &str) -> CallError {
    unauthorized(format!(
        "it knows no database {database:?} at this address: check the address and the name of the \
         database in the settings"
    ))
}

/// JSON-RPC asks for a login beside the key.
pub(crate) fn no_login() -> CallError {
    unauthorized(
        "this version is spoken to over JSON-RPC, which needs the API user's login: set ODOO_LOGIN",
    )
}

/// A login and a key that do not belong together.
pub(crate) fn wrong_login() -> CallError {
    unauthorized(
        "the login or the API key is not valid, or the key has expired: check ODOO_LOGIN, and make a \
         new key in Odoo under My Profile, Account Security",
    )
}

/// An answer that cannot be read.
pub(crate) fn unreadable(effect: Effect) -> CallError {
    let cause = "the answer is not the JSON that was to come";
    match effect {
        Effect::None => CallError::unreachable(SERVICE, cause),
        Effect::Once => CallError::outcome_unknown(SERVICE, cause),
    }
}

/// An address, database name or key that cannot be put into a request.
pub(crate) fn unusable_settings() -> CallError {
    unauthorized(
        "the address, the name of the database or the API key in the settings is malformed",
    )
}

fn unauthorized(reason: impl Into<String>) -> CallError {
    CallError::Unauthorized {
        service: SERVICE,
        reason: reason.into(),
    }
}

fn what(model: &str) -> &'static str {
    if model == "helpdesk.ticket" {
        "ticket"
    } else {
        "record"
    }
}

/// Whether something can be the name of an exception. Whatever else stands in its place may be long, or
/// of a mail.
fn is_identifier(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_lost_race(message: &str) -> bool {
    message.contains("could not serialize access") || message.contains("deadlock detected")
}

/// Odoo's words without what may come from a mail: addresses, and quotations that are no technical
/// names.
fn without_content(message: &str) -> String {
    const LONGEST: usize = 200;
    let is_technical = |part: &str| {
        part.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c))
    };
    let mut kept = String::new();
    for (at, part) in message.split(['\'', '"']).enumerate() {
        let quoted = at % 2 == 1;
        match part {
            part if !quoted => kept.push_str(part),
            part if is_technical(part) => kept.extend(["'", part, "'"]),
            _ => kept.push('…'),
        }
    }
    let words = kept
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word });
    words
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, name: &str, message: &str) -> CallError {
        let body = serde_json::json!({"name": name, "message": message, "arguments": [message],
                                      "context": {}, "debug": "Traceback"});
        let body = body.to_string();
        let answer = Answer {
            status,
            is_page: false,
            body: body.as_bytes(),
        };
        refused("helpdesk.ticket", "write", Effect::Once, "desk", &answer)
    }

    #[test]
    fn a_bad_value_is_final_although_its_status_is_500() {
        let error = meaning(
            500,
            "builtins.ValueError",
            "Wrong value for helpdesk.ticket.priority: '9'",
        );
        assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
        assert!(
            error.to_string().contains("helpdesk.ticket.priority"),
            "{error}"
        );
    }

    #[test]
    fn a_lost_race_may_be_repeated_even_by_a_write() {
        let error = meaning(
            500,
            "psycopg2.errors.SerializationFailure",
            "could not serialize access",
        );
        assert!(error.is_passing() && error.had_no_effect(), "{error:?}");
    }

    #[test]
    fn a_broken_server_leaves_the_outcome_of_a_write_unknown() {
        let error = meaning(
            500,
            "psycopg2.OperationalError",
            "server closed the connection",
        );
        assert!(
            matches!(error, CallError::OutcomeUnknown { .. }),
            "{error:?}"
        );
    }

    #[test]
    fn a_missing_right_names_the_model_that_it_is_missing_for() {
        let message =
            "You are not allowed to create 'Helpdesk Ticket Tag' (helpdesk.ticket.tag) records.";
        let error = meaning(403, "odoo.exceptions.AccessError", message);
        assert!(
            error.to_string().contains("helpdesk.ticket.tag;"),
            "{error}"
        );
    }

    #[test]
    fn a_record_that_is_gone_is_not_found() {
        let error = meaning(404, "odoo.exceptions.MissingError", "Record does not exist");
        assert!(
            matches!(error, CallError::NotFound { what: "ticket", .. }),
            "{error:?}"
        );
    }

    #[test]
    fn an_error_never_repeats_what_a_mail_said() {
        let message =
            "The email \"carla@customer.test\" of 'Where is my card?' (see bo@x.test) is bad";
        let said = without_content(message);
        assert_eq!(said, "The email … of … (see … is bad");
    }

    #[test]
    fn an_error_repeats_no_name_that_is_none() {
        for name in [
            "odoo.exceptions.of carla@customer",
            &format!("builtins.{}", "x".repeat(900)),
        ] {
            let said = meaning(422, name, "x").to_string();
            assert!(said.contains("an error: x"), "{said}");
        }
        let model = format!("({})", "a.".repeat(900));
        let said = meaning(403, "odoo.exceptions.AccessError", &model).to_string();
        assert!(said.contains("records of helpdesk.ticket;"), "{said}");
    }

    #[test]
    fn an_error_keeps_the_names_of_fields() {
        let said = without_content("Invalid field 'x_intent' on model 'helpdesk.ticket'");
        assert_eq!(said, "Invalid field 'x_intent' on model 'helpdesk.ticket'");
    }
}

//! JSON-RPC: `POST /jsonrpc`, which answers every failure with status 200.

use std::sync::Arc;

use axum::extract::{Json, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use testkit::odoo::{API_USER, OdooError};

use super::{Server, limited, methods};
use crate::control;

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(default)]
    id: Value,
    params: Params,
}

#[derive(Deserialize)]
struct Params {
    service: String,
    method: String,
    args: Vec<Value>,
}

/// The first arguments of `execute_kw`.
struct Call {
    model: String,
    method: String,
    arguments: Map<String, Value>,
}

pub(super) async fn call(
    State(server): State<Arc<Server>>,
    Json(request): Json<Request>,
) -> Response {
    let Params {
        service,
        method,
        args,
    } = request.params;
    let id = request.id;
    match (service.as_str(), method.as_str()) {
        ("common", "version") => {
            let version = server.access.version;
            result(
                &id,
                &json!({"server_version": format!("{version}.0"), "protocol_version": 1}),
            )
        }
        ("common", "authenticate") => match authenticated(&server, &args) {
            Ok(uid) => result(&id, &uid),
            Err(error) => raised(&id, &error),
        },
        ("object", "execute_kw") => match executed(&server, &args) {
            Ok(call) => perform(&server, &id, call).await,
            Err(error) => raised(&id, &error),
        },
        _ => raised(&id, &OdooError::key(&method)),
    }
}

async fn perform(server: &Server, id: &Value, call: Call) -> Response {
    let operation = format!("{}/{}", call.model, call.method);
    control::under_faults(&server.odoo.faults, &operation, limited, || async {
        let version = server.access.version;
        let performed = methods::perform(
            &server.odoo,
            version,
            &call.model,
            &call.method,
            call.arguments,
        );
        match performed.await {
            Ok(answer) => result(id, &single(&call.method, answer)),
            // The registry is asked for the model, and that is what raises.
            Err(missing) if missing.status == 404 && missing.name.ends_with("NotFound") => {
                raised(id, &OdooError::key(&call.model))
            }
            Err(error) => raised(id, &error),
        }
    })
    .await
}

/// Some methods give a single record where JSON-2 gives a list.
fn single(method: &str, mut answer: Value) -> Value {
    if matches!(method, "message_post" | "find_or_create") {
        return answer.get_mut(0).map(Value::take).unwrap_or_default();
    }
    answer
}

fn known_database(server: &Server, args: &[Value]) -> Result<(), OdooError> {
    match args.first().and_then(Value::as_str) {
        Some(database) if database == server.access.database => Ok(()),
        other => Err(OdooError::no_database(other.unwrap_or_default())),
    }
}

fn authenticated(server: &Server, args: &[Value]) -> Result<Value, OdooError> {
    known_database(server, args)?;
    let text = |at: usize| args.get(at).and_then(Value::as_str);
    let access = &server.access;
    let is_right = text(1) == Some(&access.login) && text(2) == Some(&access.key);
    Ok(if is_right {
        API_USER.into()
    } else {
        false.into()
    })
}

/// `[database, uid, key, model, method, positional, named]`, with all arguments by name.
fn executed(server: &Server, args: &[Value]) -> Result<Call, OdooError> {
    known_database(server, args)?;
    let [_, uid, key, model, method, rest @ ..] = args else {
        return Err(OdooError::value("execute_kw: not enough arguments"));
    };
    if uid != API_USER || key != server.access.key.as_str() {
        return Err(OdooError::denied());
    }
    let (Some(model), Some(method)) = (model.as_str(), method.as_str()) else {
        return Err(OdooError::value("execute_kw: a name is no text"));
    };
    let mut arguments = rest
        .get(1)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let positional = rest.first().and_then(Value::as_array).into_iter().flatten();
    let names = positions(method);
    for (at, value) in positional.enumerate() {
        let name = names.get(at).ok_or_else(|| {
            OdooError::value(format!("{method}() takes fewer positional arguments"))
        })?;
        arguments.insert((*name).to_owned(), value.clone());
    }
    Ok(Call {
        model: model.to_owned(),
        method: method.to_owned(),
        arguments,
    })
}

/// The names of a method's positional arguments, in order.
fn positions(method: &str) -> &'static [&'static str] {
    match method {
        "create" => &["vals_list"],
        "load" => &["fields", "data"],
        "search" | "search_count" => &["domain"],
        "search_read" => &["domain", "fields"],
        "fields_get" => &["allfields", "attributes"],
        "find_or_create" => &["email"],
        "read" => &["ids", "fields"],
        "write" => &["ids", "vals"],
        _ => &["ids"],
    }
}

fn result(id: &Value, result: &Value) -> Response {
    Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response()
}

fn raised(id: &Value, error: &OdooError) -> Response {
    let error = json!({
        "code": 200,
        "message": "Odoo Server Error",
        "data": {
            "name": error.name,
            "message": error.message,
            "arguments": [error.message],
            "context": {},
            "debug": format!("Traceback (most recent call last):\n{}: {}\n", error.name, error.message),
        },
    });
    Json(json!({"jsonrpc": "2.0", "id": id, "error": error})).into_response()
}

//! JSON-RPC: `POST /jsonrpc`, which answers every failure with status 200.

use std::sync::Arc;

use axum::extract::{Json, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use testkit::odoo::{API_USER, OdooError};

use super::{Server, exception, limited, methods};
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

/// The call that `execute_kw` is to make, with all arguments by name.
struct Call {
    model: String,
    method: String,
    arguments: Map<String, Value>,
}

pub(super) async fn call(
    State(server): State<Arc<Server>>,
    Json(request): Json<Request>,
) -> Response {
    let Request { id, params } = request;
    let args = params.args.as_slice();
    match (params.service.as_str(), params.method.as_str()) {
        ("common", "version") => {
            let (version, info) = server.access.version_told();
            let told = json!({"server_version": version, "server_version_info": info,
                              "server_serie": version, "protocol_version": 1});
            result(&id, &told)
        }
        ("common", "authenticate" | "login") => match authenticated(&server, args) {
            Ok(uid) => result(&id, &uid),
            Err(error) => raised(&id, &error),
        },
        ("object", "execute_kw") => match executed(&server, args) {
            Ok(call) => perform(&server, &id, call).await,
            Err(error) => raised(&id, &error),
        },
        (_, method) => raised(&id, &OdooError::key(method)),
    }
}

async fn perform(server: &Server, id: &Value, call: Call) -> Response {
    let operation = format!("{}/{}", call.model, call.method);
    control::under_faults(&server.odoo.faults, &operation, limited, || async {
        let single = is_single(&call);
        let version = server.access.version;
        let (model, method) = (call.model.as_str(), call.method.as_str());
        match methods::perform(&server.odoo, version, model, method, call.arguments).await {
            Ok(answer) if single => result(id, &answer[0]),
            Ok(answer) => result(id, &answer),
            Err(error) => raised(id, &in_rpc(error, model)),
        }
    })
    .await
}

/// Whether a call gives a single record where JSON-2 gives a list.
fn is_single(call: &Call) -> bool {
    match call.method.as_str() {
        "message_post" | "find_or_create" => true,
        "create" => call
            .arguments
            .get("vals_list")
            .is_some_and(Value::is_object),
        _ => false,
    }
}

/// JSON-2 has words of its own for what does not exist and for arguments that do not fit.
fn in_rpc(error: OdooError, model: &str) -> OdooError {
    let name = match error.name {
        "werkzeug.exceptions.NotFound" if error.message.starts_with("the model") => {
            return OdooError::user(format!("Object {model} doesn't exist"));
        }
        "werkzeug.exceptions.NotFound" => "builtins.AttributeError",
        "werkzeug.exceptions.UnprocessableEntity" => "builtins.TypeError",
        name => name,
    };
    OdooError { name, ..error }
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
    let named = rest.get(1).and_then(Value::as_object);
    let mut arguments = named.cloned().unwrap_or_default();
    let positional = rest.first().and_then(Value::as_array).into_iter().flatten();
    let names = positions(method);
    for (at, value) in positional.enumerate() {
        let name = names.get(at).ok_or_else(|| {
            let takes = names.len();
            OdooError::unprocessable(format!(
                "{method}() takes {takes} positional arguments but more were given"
            ))
        });
        let name = name.map_err(|error| in_rpc(error, model))?;
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
        "search" => &["domain", "offset", "limit", "order"],
        "search_count" => &["domain", "limit"],
        "search_read" => &["domain", "fields", "offset", "limit", "order"],
        "fields_get" => &["allfields", "attributes"],
        "find_or_create" => &["email", "assert_valid_email"],
        "read" => &["ids", "fields", "load"],
        "write" => &["ids", "vals"],
        _ => &["ids"],
    }
}

fn result(id: &Value, result: &Value) -> Response {
    Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response()
}

fn raised(id: &Value, error: &OdooError) -> Response {
    let error = json!({"code": 200, "message": "Odoo Server Error", "data": exception(error)});
    Json(json!({"jsonrpc": "2.0", "id": id, "error": error})).into_response()
}

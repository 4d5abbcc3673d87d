//! Odoo with the community helpdesk, over JSON-2: the calls that the helpdesk makes, with the
//! answers, refusals and traps of the real one. What it knows is a [`FakeOdoo`].
//!
//! `GET /` lists the tickets for people, `GET /mail/view?model=…&res_id=…` shows one.

mod methods;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use testkit::odoo::{FakeOdoo, OdooError};

use crate::control;

/// Who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The name of the one database.
    pub database: String,
    /// The API key of its one user.
    pub key: String,
}

struct Server {
    odoo: Arc<FakeOdoo>,
    access: Access,
}

/// The server's routes, fault switches included.
pub fn router(odoo: Arc<FakeOdoo>, access: Access) -> Router {
    let faults = odoo.faults.clone();
    let server = Arc::new(Server { odoo, access });
    Router::new()
        .route("/json/2/{model}/{method}", post(call))
        .route("/web/version", get(version))
        .route("/", get(page::list))
        .route("/mail/view", get(page::ticket))
        .with_state(server)
        .merge(control::router(faults))
}

async fn version() -> Json<Value> {
    Json(json!({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}))
}

async fn call(
    State(server): State<Arc<Server>>,
    Path((model, method)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refusal) = turned_away(&server.access, &headers) {
        return refusal;
    }
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let arguments = match serde_json::from_slice(&body) {
        Ok(Value::Object(arguments)) if is_json => arguments,
        _ => {
            return refused(&OdooError::bad_request(
                "The request body is not a JSON object",
            ));
        }
    };
    let operation = format!("{model}/{method}");
    control::under_faults(&server.odoo.faults, &operation, limited, || async {
        match methods::perform(&server.odoo, &model, &method, arguments).await {
            Ok(answer) => Json(answer).into_response(),
            Err(error) => refused(&error),
        }
    })
    .await
}

/// The database is looked up before the key, and its absence is told as a page.
fn turned_away(access: &Access, headers: &HeaderMap) -> Option<Response> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-odoo-database").is_some_and(|database| database != access.database) {
        let page = Html("<!doctype html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n");
        return Some((StatusCode::NOT_FOUND, page).into_response());
    }
    let authorization = header("authorization").and_then(|value| value.split_once(' '));
    let key = authorization.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match key {
        Some((_, key)) if key == access.key => None,
        _ => Some(refused(&OdooError::unauthorized())),
    }
}

/// An exception as it goes over the wire.
fn refused(error: &OdooError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({
        "name": error.name,
        "message": error.message,
        "arguments": [error.message],
        "context": {},
        "debug": format!("Traceback (most recent call last):\n{}: {}\n", error.name, error.message),
    });
    (status, Json(body)).into_response()
}

/// Odoo itself sets no limit; the proxies of hosted plans do.
fn limited(seconds: u64) -> Response {
    let headers = [
        ("retry-after", seconds.to_string()),
        ("content-type", "text/html".to_owned()),
    ];
    (
        StatusCode::TOO_MANY_REQUESTS,
        headers,
        "<h1>Too Many Requests</h1>",
    )
        .into_response()
}

//! Odoo with either helpdesk app, over JSON-2 and JSON-RPC: the calls that the helpdesk makes, with
//! the answers, refusals and traps of the real one. What it knows is a [`FakeOdoo`].
//!
//! `POST /web/database/backup` gives the whole database away, where the manager is on.
//!
//! `GET /` lists the tickets for people, `GET /mail/view?model=…&res_id=…` shows one.

mod arguments;
mod database;
mod jsonrpc;
mod methods;
mod page;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
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
    /// The login of its one user.
    pub login: String,
    /// That user's API key.
    pub key: String,
    /// Odoo's version, 16 to 19. JSON-2 came with 19.
    pub version: u32,
    /// The master password of the database manager. Without one the manager is turned off, as on hosted plans.
    pub master: Option<String>,
}

impl Access {
    /// The newest version, with this database and key.
    pub fn new(database: &str, key: &str) -> Self {
        Self {
            database: database.to_owned(),
            login: "maildesk".to_owned(),
            key: key.to_owned(),
            version: 19,
            master: None,
        }
    }

    /// The version as Odoo tells it: as text, and in parts.
    fn version_told(&self) -> (String, Value) {
        let info = json!([self.version, 0, 0, "final", 0, ""]);
        (format!("{}.0", self.version), info)
    }
}

/// The largest body that Odoo reads, in octets.
const LARGEST_BODY: usize = 128 * 1024 * 1024;

struct Server {
    odoo: Arc<FakeOdoo>,
    access: Access,
    /// The master password as it is now: Odoo changes it by itself.
    master: Mutex<Option<String>>,
}

/// The server's routes, fault switches included.
pub fn router(odoo: Arc<FakeOdoo>, access: Access) -> Router {
    let faults = odoo.faults.clone();
    let mut routes = Router::new()
        .route("/jsonrpc", post(jsonrpc::call))
        .route("/web/database/backup", post(database::backup))
        .route("/", get(page::list))
        .route("/mail/view", get(page::ticket));
    if access.version >= 19 {
        routes = routes
            .route("/json/2/{model}/{method}", post(call))
            .route("/web/version", get(version));
    }
    let master = Mutex::new(access.master.clone());
    let server = Arc::new(Server {
        odoo,
        access,
        master,
    });
    routes
        .fallback(no_such_page)
        .layer(from_fn_with_state(server.clone(), behind_a_page))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(server)
        .merge(control::router(faults))
}

/// While a web page answers every call, Odoo itself is asked nothing.
async fn behind_a_page(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(status) = server.odoo.page() else {
        return next.run(request).await;
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = "<!doctype html>\n<title>Our company</title>\n<h1>We will be back soon</h1>\n";
    (status, Html(page)).into_response()
}

async fn version(State(server): State<Arc<Server>>) -> Json<Value> {
    let (version, info) = server.access.version_told();
    Json(json!({"version_info": info, "version": version}))
}

async fn no_such_page() -> Response {
    not_found()
}

fn not_found() -> Response {
    let page = Html("<!doctype html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n");
    (StatusCode::NOT_FOUND, page).into_response()
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
        let version = server.access.version;
        match methods::perform(&server.odoo, version, &model, &method, arguments).await {
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
        return Some(not_found());
    }
    let authorization = header("authorization").and_then(|value| value.split_once(' '));
    let key = authorization.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match key {
        Some((_, key)) if key == access.key => None,
        _ => Some(refused(&OdooError::unauthorized())),
    }
}

/// An exception as JSON-2 tells it.
fn refused(error: &OdooError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(exception(error))).into_response()
}

/// An exception as it goes over the wire.
fn exception(error: &OdooError) -> Value {
    json!({
        "name": error.name,
        "message": error.message,
        "arguments": [error.message],
        "context": {},
        "debug": format!("Traceback (most recent call last):\n{}: {}\n", error.name, error.message),
    })
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

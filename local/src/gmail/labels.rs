//! Labels.

use axum::extract::{Json, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::messages::perform;
use super::{Server, answers};

const SYSTEM: [&str; 8] = [
    "INBOX",
    "SENT",
    "DRAFT",
    "UNREAD",
    "SPAM",
    "TRASH",
    "IMPORTANT",
    "STARRED",
];

pub(super) async fn list(State(server): State<Server>) -> Response {
    perform(&server, "labels.list", || {
        let system = SYSTEM
            .iter()
            .map(|name| json!({"id": name, "name": name, "type": "system"}));
        let own = server.gmail.labels();
        let all: Vec<Value> = system
            .chain(own.iter().map(|name| own_label(name)))
            .collect();
        Json(json!({ "labels": all })).into_response()
    })
    .await
}

pub(super) async fn create(State(server): State<Server>, Json(body): Json<Value>) -> Response {
    perform(&server, "labels.create", || match body["name"].as_str() {
        None | Some("") => answers::invalid("Invalid label name"),
        Some(name) if server.gmail.add_label(name) => Json(own_label(name)).into_response(),
        Some(_) => answers::error(409, "ABORTED", "aborted", "Label name exists or conflicts"),
    })
    .await
}

fn own_label(name: &str) -> Value {
    json!({"id": format!("Label_{name}"), "name": name, "type": "user"})
}

//! What the stand-in for Odoo says over the wire: the shapes that callers must be able to read.

mod database;
mod json2;
mod json_rpc;
mod pages;

use std::sync::Arc;

use local::odoo::{Access, router};
use serde_json::{Value, json};
use testkit::odoo::FakeOdoo;

async fn serve(odoo: Arc<FakeOdoo>, version: u32) -> String {
    let access = Access {
        version,
        ..Access::new("desk", "key")
    };
    serve_as(odoo, access).await
}

async fn serve_as(odoo: Arc<FakeOdoo>, access: Access) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, router(odoo, access)).await });
    format!("http://{address}")
}

/// The status and the body of one call over JSON-2.
async fn call_on(odoo: Arc<FakeOdoo>, operation: &str, arguments: Value) -> (u16, Value) {
    let url = serve(odoo, 19).await;
    let answer = reqwest::Client::new()
        .post(format!("{url}/json/2/{operation}"))
        .bearer_auth("key")
        .header("X-Odoo-Database", "desk")
        .json(&arguments)
        .send()
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn call(operation: &str, arguments: Value) -> (u16, Value) {
    call_on(Arc::default(), operation, arguments).await
}

fn a_ticket() -> Value {
    json!({"name": "Card", "description": "<p>Where is it?</p>"})
}

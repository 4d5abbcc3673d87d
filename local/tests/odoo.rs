//! What the stand-in for Odoo says over the wire: the shapes that callers must be able to read.

use std::sync::Arc;

use local::odoo::{Access, router};
use serde_json::{Value, json};
use testkit::odoo::FakeOdoo;

async fn serve(odoo: Arc<FakeOdoo>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("its address");
    let access = Access::new("desk", "key");
    tokio::spawn(async move { axum::serve(listener, router(odoo, access)).await });
    format!("http://{address}")
}

/// The status and the body of one call.
async fn call(operation: &str, arguments: Value) -> (u16, Value) {
    let url = serve(Arc::default()).await;
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

/// The status and the name of the exception.
async fn raised(operation: &str, arguments: Value) -> (u16, String) {
    let (status, body) = call(operation, arguments).await;
    for part in ["message", "arguments", "context", "debug"] {
        assert!(body.get(part).is_some(), "{part} is missing");
    }
    (status, body["name"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_model_that_is_not_installed_is_not_found() {
    let (status, name) = raised("helpdesk.team/search", json!({"domain": []})).await;
    assert_eq!(
        (status, name.as_str()),
        (404, "werkzeug.exceptions.NotFound")
    );
}

#[tokio::test]
async fn an_argument_that_the_method_does_not_take_is_unprocessable() {
    let (status, name) = raised("helpdesk.ticket/search", json!({"domains": []})).await;
    assert_eq!(
        (status, name.as_str()),
        (422, "werkzeug.exceptions.UnprocessableEntity")
    );
}

#[tokio::test]
async fn a_bad_selection_value_is_a_500() {
    let vals = json!({"vals_list": {"name": "x", "description": "y", "priority": "9"}});
    let (status, name) = raised("helpdesk.ticket/create", vals).await;
    assert_eq!((status, name.as_str()), (500, "builtins.ValueError"));
}

#[tokio::test]
async fn a_ticket_without_a_description_is_invalid() {
    let vals = json!({"vals_list": {"name": "x"}});
    let (status, name) = raised("helpdesk.ticket/create", vals).await;
    assert_eq!(
        (status, name.as_str()),
        (422, "odoo.exceptions.ValidationError")
    );
}

#[tokio::test]
async fn writing_to_a_ticket_that_is_gone_is_missing() {
    let write = json!({"ids": [999], "vals": {"priority": "2"}});
    let (status, name) = raised("helpdesk.ticket/write", write).await;
    assert_eq!(
        (status, name.as_str()),
        (404, "odoo.exceptions.MissingError")
    );
}

#[tokio::test]
async fn reading_a_ticket_that_is_gone_is_empty() {
    let answer = call(
        "helpdesk.ticket/read",
        json!({"ids": [999], "fields": ["name"]}),
    )
    .await;
    assert_eq!(answer, (200, json!([])));
}

#[tokio::test]
async fn fields_that_do_not_exist_are_left_out_of_fields_get() {
    let asked = json!({"allfields": ["number", "ticket_ref", "x_intent"], "attributes": ["type"]});
    let answer = call("helpdesk.ticket/fields_get", asked).await;
    assert_eq!(answer, (200, json!({"number": {"type": "char"}})));
}

#[tokio::test]
async fn the_version_is_told_without_a_key() {
    let url = serve(Arc::default()).await;
    let answer = reqwest::get(format!("{url}/web/version"))
        .await
        .expect("an answer");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["version"], "19.0");
}

#[tokio::test]
async fn a_ticket_has_a_page_on_which_its_title_is_text() {
    let odoo = Arc::new(FakeOdoo::default());
    let url = serve(odoo.clone()).await;
    let vals = json!({"name": "<script>x()</script>", "description": "<p>Hello</p>"});
    let vals = vals.as_object().cloned().unwrap_or_default();
    let id = odoo
        .transaction(|records| records.create("helpdesk.ticket", &vals))
        .expect("an id");
    let link = format!("{url}/mail/view?model=helpdesk.ticket&res_id={id}");
    let page = reqwest::get(link)
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a text");
    assert!(
        page.contains("&lt;script&gt;") && page.contains("<p>Hello</p>"),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
}

//! What JSON-2 answers, and what every version says.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::odoo::{App, FakeOdoo};

use super::{a_ticket, call, call_on, serve};

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
    let url = serve(Arc::default(), 19).await;
    let answer = reqwest::get(format!("{url}/web/version"))
        .await
        .expect("an answer");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["version"], "19.0");
}

#[tokio::test]
async fn each_app_knows_its_own_names_only() {
    for (app, own, other) in [
        (App::Oca, "helpdesk.ticket.tag", "helpdesk.tag"),
        (App::Enterprise, "helpdesk.tag", "helpdesk.ticket.tag"),
    ] {
        let odoo = Arc::new(FakeOdoo::with_app(app));
        let all = json!({"domain": []});
        let found = call_on(odoo.clone(), &format!("{own}/search"), all.clone()).await;
        assert_eq!(found, (200, json!([])), "{app:?}");
        let (status, _) = call_on(odoo, &format!("{other}/search"), all).await;
        assert_eq!(status, 404, "{app:?}");
    }
}

#[tokio::test]
async fn enterprise_calls_a_ticket_by_digits() {
    let odoo = Arc::new(FakeOdoo::with_app(App::Enterprise));
    let made = json!({ "vals_list": a_ticket() });
    let (_, ids) = call_on(odoo.clone(), "helpdesk.ticket/create", made).await;
    let read = json!({"ids": ids, "fields": ["ticket_ref"]});
    let (_, rows) = call_on(odoo, "helpdesk.ticket/read", read).await;
    assert_eq!(rows[0]["ticket_ref"], "00001");
}

#[tokio::test]
async fn a_missing_right_is_an_access_error_that_names_the_model() {
    for (model, vals) in [
        ("helpdesk.ticket", a_ticket()),
        ("helpdesk.ticket.tag", json!({"name": "vip"})),
        ("ir.model.fields", json!({"name": "x_a", "ttype": "char"})),
        ("ir.attachment", json!({"name": "a.pdf"})),
        ("res.partner", json!({"name": "Carla"})),
    ] {
        let odoo = Arc::new(FakeOdoo::default());
        odoo.lacks(model, "create");
        let arguments = json!({ "vals_list": vals });
        let (status, body) = call_on(odoo, &format!("{model}/create"), arguments).await;
        assert_eq!(
            (status, &body["name"]),
            (403, &json!("odoo.exceptions.AccessError"))
        );
        let said = body["message"].as_str().unwrap_or_default();
        assert!(
            said.contains("create") && said.contains(&format!("({model})")),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_load_without_the_right_is_refused_with_status_200() {
    let odoo = Arc::new(FakeOdoo::default());
    odoo.lacks("helpdesk.ticket", "create");
    let load = json!({"fields": ["name", "description"], "data": [["a", "b"]]});
    let (status, body) = call_on(odoo, "helpdesk.ticket/load", load).await;
    assert_eq!((status, &body["ids"]), (200, &json!(false)));
    let said = body["messages"][0]["message"].as_str().unwrap_or_default();
    assert!(said.starts_with("You are not allowed to create"), "{said}");
}

#[tokio::test]
async fn a_web_page_answers_every_route_while_odoo_is_away() {
    let odoo = Arc::new(FakeOdoo::default());
    let url = serve(odoo.clone(), 19).await;
    for status in [200, 502, 503] {
        odoo.shows_a_page(status);
        for path in ["/web/version", "/jsonrpc", "/json/2/helpdesk.ticket/search"] {
            let answer = reqwest::Client::new().post(format!("{url}{path}")).send();
            let answer = answer.await.expect("an answer");
            assert_eq!(answer.status(), status, "{path}");
            let page = answer.text().await.expect("a text");
            assert!(page.starts_with("<!doctype html>"), "{page}");
        }
    }
    odoo.answers_again();
    let answer = reqwest::get(format!("{url}/web/version")).await;
    assert!(answer.is_ok_and(|answer| answer.status() == 200));
}

#[tokio::test]
async fn a_file_of_several_megabytes_is_taken() {
    let datas = "A".repeat(8 * 1024 * 1024);
    let file = json!({"vals_list": {"name": "scan.pdf", "datas": datas}});
    let (status, _) = call("ir.attachment/create", file).await;
    assert_eq!(status, 200);
}

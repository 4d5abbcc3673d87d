//! What JSON-RPC answers, and how versions differ.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::odoo::FakeOdoo;

use super::{a_ticket, call_on, serve};

/// The body of one call over JSON-RPC, which always has the status 200.
async fn rpc(url: &str, service: &str, method: &str, args: Value) -> Value {
    let request = json!({"jsonrpc": "2.0", "method": "call", "id": 7,
                         "params": {"service": service, "method": method, "args": args}});
    let answer = reqwest::Client::new()
        .post(format!("{url}/jsonrpc"))
        .json(&request)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!((&body["jsonrpc"], &body["id"]), (&json!("2.0"), &json!(7)));
    body
}

/// What one method answers over JSON-RPC.
async fn execute(url: &str, model: &str, method: &str, positional: Value, named: Value) -> Value {
    let args = json!(["desk", 2, "key", model, method, positional, named]);
    rpc(url, "object", "execute_kw", args).await
}

#[tokio::test]
async fn a_database_without_a_helpdesk_has_no_tickets() {
    let odoo = Arc::new(FakeOdoo::default());
    odoo.has_no_helpdesk();
    let (status, body) = call_on(odoo.clone(), "helpdesk.ticket/fields_get", json!({})).await;
    assert_eq!(
        (status, &body["name"]),
        (404, &json!("werkzeug.exceptions.NotFound"))
    );
    let url = serve(odoo, 17).await;
    let body = execute(&url, "helpdesk.ticket", "fields_get", json!([]), json!({})).await;
    let data = &body["error"]["data"];
    assert_eq!(data["name"], "odoo.exceptions.UserError");
    assert_eq!(data["message"], "Object helpdesk.ticket doesn't exist");
}

#[tokio::test]
async fn json2_is_not_there_before_19() {
    let url = serve(Arc::default(), 18).await;
    for path in ["/json/2/helpdesk.ticket/search", "/web/version"] {
        let answer = reqwest::Client::new().post(format!("{url}{path}")).send();
        let answer = answer.await.expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
        let page = answer.text().await.expect("a text");
        assert!(page.starts_with("<!doctype html>"), "{page}");
    }
}

#[tokio::test]
async fn json_rpc_tells_its_version_without_a_key() {
    for version in [16, 19] {
        let url = serve(Arc::default(), version).await;
        let told = rpc(&url, "common", "version", json!([])).await;
        let info = json!([version, 0, 0, "final", 0, ""]);
        assert_eq!(told["result"]["server_version"], format!("{version}.0"));
        assert_eq!(told["result"]["server_version_info"], info);
    }
}

#[tokio::test]
async fn json_rpc_answers_a_wrong_key_with_false() {
    let url = serve(Arc::default(), 17).await;
    for (login, key, uid) in [
        ("maildesk", "key", json!(2)),
        ("maildesk", "another", json!(false)),
        ("someone", "key", json!(false)),
    ] {
        let args = json!(["desk", login, key, {}]);
        let body = rpc(&url, "common", "authenticate", args).await;
        assert_eq!(body["result"], uid, "{login} {key}");
    }
}

#[tokio::test]
async fn json_rpc_denies_a_key_that_is_no_longer_valid() {
    let url = serve(Arc::default(), 17).await;
    let args = json!(["desk", 2, "another", "helpdesk.ticket", "search", [[]], {}]);
    let body = rpc(&url, "object", "execute_kw", args).await;
    assert_eq!(
        body["error"]["data"]["name"],
        "odoo.exceptions.AccessDenied"
    );
}

#[tokio::test]
async fn json_rpc_names_a_database_that_does_not_exist() {
    let url = serve(Arc::default(), 17).await;
    let args = json!(["dekc", "maildesk", "key", {}]);
    let body = rpc(&url, "common", "authenticate", args).await;
    let error = &body["error"];
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!(200), &json!("Odoo Server Error"))
    );
    assert_eq!(error["data"]["name"], "psycopg2.OperationalError");
    let said = error["data"]["message"].as_str().unwrap_or_default();
    assert!(said.contains("database \"dekc\" does not exist"), "{said}");
}

#[tokio::test]
async fn json_rpc_gives_one_id_for_one_record() {
    let url = serve(Arc::default(), 17).await;
    let ticket = "helpdesk.ticket";
    let create = async |vals| execute(&url, ticket, "create", json!([vals]), json!({})).await;
    assert_eq!(create(a_ticket()).await["result"], 41);
    assert_eq!(
        create(json!([a_ticket(), a_ticket()])).await["result"],
        json!([42, 43])
    );
    let posted = execute(
        &url,
        ticket,
        "message_post",
        json!([[41]]),
        json!({"body": "x"}),
    );
    assert_eq!(posted.await["result"], 501);
}

#[tokio::test]
async fn json_rpc_takes_arguments_by_position_or_by_name() {
    let odoo = Arc::new(FakeOdoo::default());
    let url = serve(odoo, 17).await;
    let run = async |method, positional, named| {
        let body = execute(&url, "helpdesk.ticket", method, positional, named).await;
        body["result"].clone()
    };
    run("create", json!([[a_ticket(), a_ticket()]]), json!({})).await;
    let write = json!([[41], {"priority": "3"}]);
    assert_eq!(run("write", write, json!({})).await, true);
    let urgent = json!([["priority", "=", "3"]]);
    let named = json!({"fields": ["name"], "limit": 1, "order": "id desc"});
    let found = run("search_read", json!([urgent]), named).await;
    assert_eq!(found, json!([{"id": 41, "name": "Card"}]));
    let named = json!({"domain": [], "order": "id desc", "context": {"lang": "en_US"}});
    assert_eq!(run("search", json!([]), named).await, json!([42, 41]));
    let read = run("read", json!([41, ["number"]]), json!({})).await;
    assert_eq!(read, json!([{"id": 41, "number": "HT00001"}]));
    let loaded = json!([["name", "description"], [["a", "<p>b</p>"]]]);
    assert_eq!(run("load", loaded, json!({})).await["ids"], json!([43]));
}

#[tokio::test]
async fn bodies_are_markup_before_17() {
    for (version, named, expected) in [
        (16, json!({"body": "<b>x</b>"}), Some("<b>x</b>")),
        (16, json!({"body": "<b>x</b>", "body_is_html": true}), None),
        (
            17,
            json!({"body": "<b>x</b>", "body_is_html": true}),
            Some("<b>x</b>"),
        ),
        (
            17,
            json!({"body": "<b>x</b>"}),
            Some("<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ),
    ] {
        let odoo = Arc::new(FakeOdoo::default());
        let url = serve(odoo.clone(), version).await;
        let made = execute(
            &url,
            "helpdesk.ticket",
            "create",
            json!([a_ticket()]),
            json!({}),
        );
        let id = made.await["result"].clone();
        execute(
            &url,
            "helpdesk.ticket",
            "message_post",
            json!([[id]]),
            named,
        )
        .await;
        let notes = odoo.notes(odoo.tickets()[0].id);
        let body = notes.first().map(|note| note.body.as_str());
        assert_eq!(body, expected, "{version}");
    }
}

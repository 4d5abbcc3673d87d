//! The helpdesk in Odoo upholds what every helpdesk must, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use domain::{TicketId, TicketRef};
use local::odoo::Access;
use ports::{CallError, Tickets};
use testkit::contract::tickets::{World, upholds};
use testkit::odoo::FakeOdoo;
use tickets_odoo::{Odoo, OdooSettings};

const KEY: &str = "a-key-of-tests";

async fn serve(odoo: Arc<FakeOdoo>) -> String {
    let access = Access {
        database: "desk".to_owned(),
        key: KEY.to_owned(),
    };
    serve_router(local::odoo::router(odoo, access)).await
}

async fn serve_router(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/")
}

fn helpdesk(url: String, database: &str, key: &str) -> Odoo {
    let database = database.to_owned();
    let timeout = Duration::from_millis(400);
    Odoo::new(
        OdooSettings {
            url,
            database,
            team_id: 1,
            timeout,
        },
        key.to_owned().into(),
    )
}

/// Why a search failed, in words.
async fn failure(helpdesk: Odoo) -> (CallError, String) {
    let reference = TicketRef::parse("HT00001").expect("a reference");
    let error = helpdesk
        .find(&reference)
        .await
        .expect_err("the search fails");
    let words = error.to_string();
    (error, words)
}

#[tokio::test]
async fn odoo_upholds_the_contract() {
    let upheld = upholds(async || {
        let odoo = Arc::new(FakeOdoo::default());
        let url = serve(odoo.clone()).await;
        World {
            tickets: Arc::new(helpdesk(url, "desk", KEY)),
            odoo,
        }
    })
    .await;
    assert_eq!(upheld.len(), 42);
}

#[tokio::test]
async fn a_wrong_key_asks_for_a_new_one() {
    let url = serve(Arc::default()).await;
    let (error, words) = failure(helpdesk(url, "desk", "another-key")).await;
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(
        words.contains("make a new one") && !words.contains("another-key"),
        "{words}"
    );
}

#[tokio::test]
async fn a_wrong_database_is_named() {
    let url = serve(Arc::default()).await;
    let (error, words) = failure(helpdesk(url, "dekc", KEY)).await;
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(words.contains("\"dekc\""), "{words}");
}

#[tokio::test]
async fn a_page_in_place_of_json_doubts_the_address() {
    let page = || async { axum::response::Html("<h1>Our company</h1>") };
    let url = serve_router(axum::Router::new().fallback(page)).await;
    let (error, words) = failure(helpdesk(url, "desk", KEY)).await;
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
    assert!(words.contains("address"), "{words}");
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let (error, _) = failure(helpdesk("http://127.0.0.1:9".to_owned(), "desk", KEY)).await;
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_malformed_address_is_not_tried_again() {
    let (error, words) = failure(helpdesk("odoo.test".to_owned(), "desk", KEY)).await;
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(words.contains("malformed"), "{words}");
}

#[tokio::test]
async fn the_link_leads_to_a_page_that_runs_no_script() {
    let odoo = Arc::new(FakeOdoo::default());
    let url = serve(odoo.clone()).await;
    let link = helpdesk(url, "desk", KEY).link(TicketId(4711));
    let answer = reqwest::get(link).await.unwrap();
    assert_eq!(answer.status(), 404, "there is no such ticket");
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

//! The helpdesk in Odoo upholds what every helpdesk must, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use domain::{Address, Intent, MailKey, TicketId, TicketRef};
use local::odoo::Access;
use ports::{CallError, NewTicket, Tickets};
use testkit::contract::tickets::{World, upholds};
use testkit::odoo::{App, FakeOdoo};
use tickets_odoo::{Check, Odoo, OdooSettings, Outcome, Protocol, SetUp};

const KEY: &str = "a-key-of-tests";
const LOGIN: &str = "maildesk";

async fn serve(odoo: Arc<FakeOdoo>) -> String {
    serve_version(odoo, 19).await
}

async fn serve_version(odoo: Arc<FakeOdoo>, version: u32) -> String {
    let access = Access {
        version,
        ..Access::new("desk", KEY)
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

fn settings(url: String) -> OdooSettings {
    OdooSettings {
        url,
        database: "desk".to_owned(),
        login: Some(LOGIN.to_owned()),
        protocol: Protocol::Auto,
        team_id: 1,
        timeout: Duration::from_millis(400),
    }
}

fn helpdesk(url: String, database: &str, key: &str) -> Odoo {
    let settings = OdooSettings {
        database: database.to_owned(),
        ..settings(url)
    };
    Odoo::new(settings, key.to_owned().into())
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

async fn contract(app: App, version: u32) {
    let upheld = upholds(async || {
        let odoo = Arc::new(FakeOdoo::with_app(app));
        let url = serve_version(odoo.clone(), version).await;
        World {
            tickets: Arc::new(helpdesk(url, "desk", KEY)),
            odoo,
        }
    })
    .await;
    assert_eq!(upheld.len(), 81);
}

#[tokio::test]
async fn oca_over_json2_upholds_the_contract() {
    contract(App::Oca, 19).await;
}

#[tokio::test]
async fn enterprise_over_json2_upholds_the_contract() {
    contract(App::Enterprise, 19).await;
}

#[tokio::test]
async fn oca_over_json_rpc_upholds_the_contract() {
    contract(App::Oca, 16).await;
}

#[tokio::test]
async fn enterprise_over_json_rpc_upholds_the_contract() {
    contract(App::Enterprise, 17).await;
}

async fn probed(app: App, version: u32) -> String {
    let odoo = Arc::new(FakeOdoo::with_app(app));
    let url = serve_version(odoo, version).await;
    let probe = helpdesk(url, "desk", KEY).probe().await;
    probe.expect("it is found out").to_string()
}

#[tokio::test]
async fn the_probe_says_in_plain_words_what_is_there() {
    let words = probed(App::Oca, 16).await;
    assert!(
        words.starts_with("Odoo 16.0 with OCA helpdesk_mgmt, over JSON-RPC;"),
        "{words}"
    );
    let words = probed(App::Enterprise, 19).await;
    assert!(
        words.starts_with("Odoo 19.0 with Odoo Enterprise Helpdesk, over JSON-2;"),
        "{words}"
    );
    assert!(words.contains("helpdesk setup odoo"), "{words}");
}

#[tokio::test]
async fn json_rpc_without_a_login_says_which_setting_is_missing() {
    let url = serve_version(Arc::default(), 17).await;
    let settings = OdooSettings {
        login: None,
        ..settings(url)
    };
    let (error, words) = failure(Odoo::new(settings, KEY.to_owned().into())).await;
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(words.contains("ODOO_LOGIN"), "{words}");
}

#[tokio::test]
async fn a_wrong_key_over_json_rpc_asks_for_a_new_one() {
    let url = serve_version(Arc::default(), 17).await;
    let (error, words) = failure(helpdesk(url, "desk", "another-key")).await;
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(
        words.contains("new key") && !words.contains("another-key"),
        "{words}"
    );
}

#[tokio::test]
async fn a_wrong_database_over_json_rpc_is_named() {
    let url = serve_version(Arc::default(), 17).await;
    let (error, words) = failure(helpdesk(url, "dekc", KEY)).await;
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(words.contains("\"dekc\""), "{words}");
}

#[tokio::test]
async fn a_missing_right_is_named_over_both_interfaces() {
    for version in [17, 19] {
        let odoo = Arc::new(FakeOdoo::default());
        odoo.lacks("helpdesk.ticket", "read");
        let url = serve_version(odoo, version).await;
        let (error, words) = failure(helpdesk(url, "desk", KEY)).await;
        assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
        assert!(words.contains("read records of helpdesk.ticket"), "{words}");
    }
}

#[tokio::test]
async fn an_app_that_is_not_installed_is_asked_for_over_both_interfaces() {
    for version in [17, 19] {
        let odoo = Arc::new(FakeOdoo::default());
        odoo.has_no_helpdesk();
        let url = serve_version(odoo, version).await;
        let (error, words) = failure(helpdesk(url, "desk", KEY)).await;
        assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
        assert!(words.contains("is the app Helpdesk installed"), "{words}");
    }
}

#[tokio::test]
async fn a_field_of_another_type_is_left_alone() {
    let odoo = Arc::new(FakeOdoo::default());
    odoo.has_field("x_helpdesk_intent", "integer");
    let url = serve(odoo.clone()).await;
    let helpdesk = helpdesk(url, "desk", KEY);
    let made = helpdesk.setup().await.expect("Odoo is there");
    let failed = |thing: &&SetUp| matches!(thing.outcome, Outcome::Failed(_));
    let failed: Vec<String> = made.iter().filter(failed).map(SetUp::to_string).collect();
    assert_eq!(failed.len(), 1);
    assert!(
        failed[0].contains("integer, but must be char"),
        "{failed:?}"
    );
}

#[tokio::test]
async fn setting_up_twice_changes_nothing() {
    for (app, version) in [(App::Oca, 19), (App::Enterprise, 16)] {
        let odoo = Arc::new(FakeOdoo::with_app(app));
        let url = serve_version(odoo.clone(), version).await;
        let first = helpdesk(url.clone(), "desk", KEY).setup().await;
        assert!(
            first
                .expect("set up")
                .iter()
                .all(|t| t.outcome == Outcome::Made)
        );
        let before = odoo.dump();
        let second = helpdesk(url, "desk", KEY).setup().await;
        assert!(
            second
                .expect("set up")
                .iter()
                .all(|t| t.outcome == Outcome::Stood)
        );
        assert_eq!(odoo.dump(), before);
    }
}

#[tokio::test]
async fn a_ticket_comes_by_our_channel_once_it_is_set_up() {
    let odoo = Arc::new(FakeOdoo::default());
    let url = serve(odoo.clone()).await;
    let set_up = helpdesk(url.clone(), "desk", KEY).setup().await;
    set_up.expect("set up");
    let new = NewTicket {
        key: MailKey::parse("1-18c2f3ab").unwrap(),
        subject: "Card".to_owned(),
        description: "<p>Hello</p>".to_owned(),
        customer: Address {
            name: None,
            address: "carla@customer.test".to_owned(),
        },
        intent: Intent::GeneralQuery,
        confidence: None,
    };
    let opened = helpdesk(url, "desk", KEY).open(&new).await;
    opened.expect("the ticket is opened");
    assert_eq!(odoo.tickets()[0].channel, "AutoMailHelpdesk");
}

#[tokio::test]
async fn a_right_that_setup_lacks_is_named_with_what_it_is_for() {
    let odoo = Arc::new(FakeOdoo::default());
    odoo.lacks("ir.model.fields", "create");
    let url = serve(odoo).await;
    let made = helpdesk(url, "desk", KEY).setup().await.expect("set up");
    let lines: Vec<String> = made.iter().map(SetUp::to_string).collect();
    let failed = lines.iter().filter(|line| line.contains("ir.model.fields"));
    assert_eq!(failed.count(), 3, "{lines:#?}");
    let tags = lines.iter().filter(|line| line.starts_with("made     tag"));
    assert_eq!(tags.count(), 5, "{lines:#?}");
}

async fn diagnosis(odoo: FakeOdoo, key: &str) -> Vec<String> {
    let url = serve(Arc::new(odoo)).await;
    let checks = helpdesk(url, "desk", key).doctor().await;
    let wrong = checks.iter().filter(|check| !check.ok);
    wrong.map(Check::to_string).collect()
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_with_an_odoo_that_is_set_up() {
    let odoo = FakeOdoo::default();
    odoo.is_set_up();
    assert!(diagnosis(odoo, KEY).await.is_empty());
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong() {
    let odoo = FakeOdoo::default();
    odoo.every_open_stage_mails();
    odoo.lacks("res.partner", "read");
    let wrong = diagnosis(odoo, KEY).await.join("\n");
    for part in [
        "res.partner",
        "helpdesk setup odoo",
        "take the e-mail template off",
    ] {
        assert!(wrong.contains(part), "{wrong}");
    }
}

#[tokio::test]
async fn the_doctor_explains_a_wrong_key() {
    let wrong = diagnosis(FakeOdoo::default(), "another-key").await;
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].contains("API key is not valid"), "{wrong:?}");
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

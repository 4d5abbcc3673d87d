//! What is backed up of Odoo comes over HTTP as it must: its tickets, and its dump.

use std::sync::Arc;
use std::time::Duration;

use local::odoo::Access;
use ports::{CallError, DatabaseDump};
use testkit::Fault;
use testkit::contract::export::{World, upholds};
use testkit::odoo::{App, FakeOdoo};
use tickets_odoo::{Dumps, Odoo, OdooSettings, Protocol};

const KEY: &str = "a-key-of-tests";
const MASTER: &str = "a-master-password-of-tests";
const LONG: Duration = Duration::from_secs(20);

async fn serve_router(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/")
}

async fn serve(odoo: Arc<FakeOdoo>, version: u32, master: Option<&str>) -> String {
    let access = Access {
        version,
        master: master.map(str::to_owned),
        ..Access::new("desk", KEY)
    };
    serve_router(local::odoo::router(odoo, access)).await
}

fn settings(url: String) -> OdooSettings {
    OdooSettings {
        url,
        database: "desk".to_owned(),
        login: Some("maildesk".to_owned()),
        protocol: Protocol::Auto,
        team_id: 1,
        timeout: Duration::from_secs(5),
    }
}

async fn contract(app: App, version: u32) {
    let upheld = upholds(async || {
        let odoo = Arc::new(FakeOdoo::with_app(app));
        let url = serve(odoo.clone(), version, None).await;
        World {
            export: Arc::new(Odoo::new(settings(url), KEY.to_owned().into())),
            odoo,
        }
    })
    .await;
    assert_eq!(upheld.len(), 30);
}

#[tokio::test]
async fn oca_over_json2_upholds_the_contract() {
    contract(App::Oca, 19).await;
}

#[tokio::test]
async fn enterprise_over_json_rpc_upholds_the_contract() {
    contract(App::Enterprise, 17).await;
}

/// All octets of a dump, or why there is none.
async fn dumped(settings: OdooSettings, master: &str) -> Result<Vec<u8>, CallError> {
    let dumps = Dumps::new(settings, master.to_owned().into());
    let mut octets = dumps.dump(LONG).await?;
    let mut whole = vec![];
    while let Some(piece) = octets.next().await? {
        whole.extend(piece);
    }
    Ok(whole)
}

async fn refused(odoo_has: Option<&str>, sent: &str) -> String {
    let url = serve(Arc::default(), 19, odoo_has).await;
    let error = dumped(settings(url), sent).await.expect_err("no dump");
    assert!(!error.is_passing(), "{error:?}");
    let said = error.to_string();
    assert!(!said.contains(MASTER), "{said}");
    said
}

#[tokio::test]
async fn a_dump_comes_as_the_archive_that_it_is() {
    for version in [16, 19] {
        let url = serve(Arc::default(), version, Some(MASTER)).await;
        let zip = dumped(settings(url), MASTER).await.expect("a dump");
        assert!(zip.starts_with(b"PK\x03\x04"));
        let said = String::from_utf8_lossy(&zip);
        for name in ["dump.sql", "manifest.json", "filestore/"] {
            assert!(said.contains(name), "{name} is missing");
        }
    }
}

#[tokio::test]
async fn a_wrong_master_password_says_which_setting_holds_it() {
    let said = refused(Some(MASTER), "another").await;
    assert!(said.contains("the master password is wrong"), "{said}");
    assert!(said.contains("ODOO_MASTER_SECRET"), "{said}");
}

#[tokio::test]
async fn a_manager_that_is_off_asks_to_leave_the_setting_empty() {
    let said = refused(None, MASTER).await;
    assert!(
        said.contains("turned off") && said.contains("empty"),
        "{said}"
    );
}

#[tokio::test]
async fn a_host_without_a_manager_asks_to_leave_the_setting_empty() {
    let gone = || async { axum::http::StatusCode::NOT_FOUND };
    let url = serve_router(axum::Router::new().fallback(gone)).await;
    let error = dumped(settings(url), MASTER).await.expect_err("no dump");
    assert!(error.to_string().contains("turned off"), "{error}");
}

#[tokio::test]
async fn a_password_that_was_never_changed_is_refused_before_any_call() {
    let nobody = settings("http://127.0.0.1:9".to_owned());
    let error = dumped(nobody, "admin\n").await.expect_err("no dump");
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_that_odoo_does_not_know_is_named() {
    let url = serve(Arc::default(), 19, Some(MASTER)).await;
    let settings = OdooSettings {
        database: "dekc".to_owned(),
        ..settings(url)
    };
    let error = dumped(settings, MASTER).await.expect_err("no dump");
    assert!(error.to_string().contains("\"dekc\""), "{error}");
}

/// Whoever answers a call for a dump with this.
async fn answering(content: &'static [u8]) -> Result<Vec<u8>, CallError> {
    let answer = move || async move { ([("content-type", "application/octet-stream")], content) };
    let url = serve_router(axum::Router::new().fallback(answer)).await;
    dumped(settings(url), MASTER).await
}

#[tokio::test]
async fn what_is_no_archive_is_no_dump() {
    for content in [&b"-- PostgreSQL database dump"[..], b"P", b"PK\x05\x06"] {
        let error = answering(content).await.expect_err("no dump");
        assert!(error.to_string().contains("odoo"), "{error}");
    }
}

#[tokio::test]
async fn an_archive_that_was_cut_short_is_no_dump() {
    for content in [
        &b""[..],
        b"PK\x03\x04 and then nothing of what an archive ends with",
    ] {
        let error = answering(content).await.expect_err("no dump");
        assert!(error.is_passing(), "{error:?}");
    }
}

#[tokio::test]
async fn an_archive_is_known_by_both_its_ends() {
    let whole = b"PK\x03\x04 a file PK\x05\x06................\0\0";
    assert_eq!(answering(whole).await.expect("a dump"), whole);
}

#[tokio::test]
async fn an_odoo_that_breaks_once_is_asked_again() {
    let odoo = Arc::new(FakeOdoo::default());
    let url = serve(odoo.clone(), 19, Some(MASTER)).await;
    odoo.faults
        .arm("web/database/backup", Fault::ServerError, 1);
    dumped(settings(url), MASTER).await.expect("a dump");
}

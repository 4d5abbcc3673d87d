//! `helpdesk setup odoo` and `helpdesk doctor odoo`, run as an operator runs them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};
use std::sync::Arc;

use local::odoo::{Access, router};
use testkit::odoo::{App, FakeOdoo};

const KEY: &str = "a-key-of-tests";

/// Serves an Odoo on a runtime of its own, for the command is waited for.
fn serve(odoo: Arc<FakeOdoo>, version: u32) -> String {
    let access = Access {
        version,
        ..Access::new("desk", KEY)
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router(odoo, access)).await.unwrap();
        });
    });
    format!("http://{address}")
}

fn helpdesk(command: &str, url: &str, key: &str, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_helpdesk"))
        .args([command, "odoo", "--url", url, "--database", "desk"])
        .args(options)
        .env("ODOO_API_KEY", key)
        .env_remove("ODOO_LOGIN")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_first_setup_makes_everything() {
    let url = serve(Arc::default(), 19);
    let output = helpdesk("setup", &url, KEY, &[]);
    assert!(output.status.success());
    let said = said(&output);
    assert!(said.starts_with("Odoo 19.0 with OCA helpdesk_mgmt, over JSON-2"));
    assert_eq!(said.matches("made     ").count(), 9, "{said}");
}

#[test]
fn a_second_setup_changes_nothing() {
    let odoo = Arc::new(FakeOdoo::with_app(App::Enterprise));
    let url = serve(odoo.clone(), 17);
    let login = ["--login", "maildesk"];
    assert!(helpdesk("setup", &url, KEY, &login).status.success());
    let before = odoo.dump();
    let output = helpdesk("setup", &url, KEY, &login);
    assert!(said(&output).ends_with("Nothing was to do.\n"));
    assert_eq!(odoo.dump(), before);
}

#[test]
fn a_setup_without_a_right_fails_with_its_name() {
    let odoo = FakeOdoo::default();
    odoo.lacks("ir.model.fields", "create");
    let url = serve(Arc::new(odoo), 19);
    let output = helpdesk("setup", &url, KEY, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("ir.model.fields"));
}

#[test]
fn a_doctor_without_complaints_ends_well() {
    let odoo = FakeOdoo::default();
    odoo.is_set_up();
    let url = serve(Arc::new(odoo), 19);
    let output = helpdesk("doctor", &url, KEY, &[]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_doctor_explains_what_is_wrong() {
    let url = serve(Arc::default(), 17);
    for (key, options, part) in [
        (
            "another-key",
            &["--login", "maildesk"][..],
            "make a new key",
        ),
        (KEY, &[], "set ODOO_LOGIN"),
        (
            KEY,
            &["--login", "maildesk", "--team", "77"],
            "set ODOO_TEAM_ID",
        ),
        (KEY, &["--login", "maildesk"], "helpdesk setup odoo"),
    ] {
        let output = helpdesk("doctor", &url, key, options);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
}

#[test]
fn a_doctor_speaks_json() {
    let url = serve(Arc::default(), 19);
    let said = said(&helpdesk("doctor", &url, KEY, &["--json"]));
    for line in said.lines() {
        let check: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(check["ok"].is_boolean() && check["says"].is_string());
    }
}

#[test]
fn without_a_key_it_says_where_to_get_one() {
    let output = helpdesk("doctor", "http://127.0.0.1:9", "", &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("ODOO_API_KEY is not set"), "{told}");
}

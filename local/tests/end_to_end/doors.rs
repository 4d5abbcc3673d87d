//! The door for pushes, and the start of the functions.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use domain::HistoryId;
use local::pubsub::{Forgery, envelope};
use local::world::{ADDRESS, PUSH_ACCOUNT, PUSH_AUDIENCE};
use ports::{Clock, Ledger, SystemClock};

use crate::house::House;

impl House {
    /// Sends a push with this token and body, and returns the status of the answer.
    async fn knocks(&self, token: &str, body: String) -> u16 {
        let outputs = &self.world.outputs;
        let (url, host) = self.world.aws.function_url(outputs, "IngestUrl").unwrap();
        let request = reqwest::Client::new()
            .post(url)
            .header("host", host)
            .header("content-type", "application/json")
            .bearer_auth(token)
            .body(body);
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_push_is_turned_away_having_touched_nothing() {
    let house = House::new().await;
    house.world.pusher.set_dropping(true);
    let mail = house.asks(1);
    let before = house.world.ledger.mailbox(ADDRESS).await.unwrap();
    let body = envelope(ADDRESS, HistoryId(9_999)).to_string();
    for forgery in Forgery::ALL {
        let token =
            house
                .world
                .signer
                .forged(forgery, PUSH_AUDIENCE, PUSH_ACCOUNT, SystemClock.now());
        let status = house.knocks(&token, body.clone()).await;
        assert_eq!(status, forgery.expected_status(), "{forgery:?}");
    }
    assert_eq!(house.world.ledger.mailbox(ADDRESS).await.unwrap(), before);
    assert_eq!(house.world.ledger.mail(&mail).await.unwrap(), None);

    let token = house
        .world
        .signer
        .token(PUSH_AUDIENCE, PUSH_ACCOUNT, SystemClock.now());
    assert_eq!(
        house.knocks(&token, body).await,
        204,
        "a genuine push is let in"
    );
    house.settles(&[mail]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_redelivery_cannot_mend_is_a_4xx_with_nothing_stored() {
    let house = House::new().await;
    house.world.pusher.set_dropping(true);
    let mail = house.asks(1);
    let token = house
        .world
        .signer
        .token(PUSH_AUDIENCE, PUSH_ACCOUNT, SystemClock.now());
    for (body, status) in [
        ("this is no JSON".to_owned(), 400),
        (r#"{"message":{"data":"%%%"}}"#.to_owned(), 400),
        (r#"{"message":{"data":"e30="}}"#.to_owned(), 400),
        ("x".repeat(200_000), 413),
        (envelope("sales@bank.test", HistoryId(1)).to_string(), 404),
    ] {
        let start: String = body.chars().take(40).collect();
        assert_eq!(house.knocks(&token, body).await, status, "{start}");
    }
    assert_eq!(house.world.ledger.mail(&mail).await.unwrap(), None);
}

/// Starts a function's executable with an empty environment and returns what it says.
fn started_without_settings(function: &str) -> String {
    let binaries = PathBuf::from(std::env::var_os("HELPDESK_BINARIES").expect("see House"));
    let output = Command::new(binaries.join(function))
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        !output.status.success(),
        "{function} started without settings"
    );
    [output.stdout, output.stderr]
        .map(|o| String::from_utf8_lossy(&o).into_owned())
        .concat()
}

#[test]
fn a_function_without_settings_names_them_all_at_once() {
    let told = started_without_settings("triage");
    let missing: BTreeSet<&str> = [
        "DATABASE_SECRET",
        "GOOGLE_SECRET",
        "ODOO_SECRET",
        "GEMINI_SECRET",
        "ODOO_URL",
        "ODOO_DATABASE",
        "GMAIL_ADDRESS",
        "MAIL_QUEUE_URL",
        "ERRORS_QUEUE_URL",
    ]
    .into();
    for name in missing {
        assert!(told.contains(name), "{name} is not named in:\n{told}");
    }
}

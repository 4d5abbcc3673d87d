//! `helpdesk eval replay` on a real ledger, with the stand-in for Gemini.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use domain::{GmailMessageId, Intent, MailKey, MailState, ThreadId, TicketId, TicketRef};
use local::postgres::Postgres;
use ports::{Change, Direction, Ledger, NewTurn, Seen};
use secrecy::SecretString;
use serde_json::Value;
use store_postgres::{Store, migrate};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::process::Command;

const KEY: &str = "tests";

/// A mail that was worked under this intent.
async fn worked(store: &Store, number: u32, text: &str, intent: Intent) {
    let mailbox = store.mailbox("support@bank.test").await.unwrap().id;
    let message = GmailMessageId::parse(&format!("a{number}")).unwrap();
    let seen = Seen {
        message: message.clone(),
        thread: ThreadId::parse(&format!("f{number}")).unwrap(),
        state: MailState::Received,
    };
    store.enter(mailbox, &[seen]).await.unwrap();
    let key = MailKey::new(mailbox, message);
    let ticket = TicketId(i64::from(number));
    let now = OffsetDateTime::now_utc();
    let turn = NewTurn {
        ticket,
        direction: Direction::Incoming,
        intent,
        confidence: Some(0.9),
        text: text.to_owned(),
    };
    let change = Change {
        ticket: Some((ticket, TicketRef::parse(&format!("HT{number:05}")).unwrap())),
        route: Some((intent, "sure".to_owned())),
        turn: Some(turn),
        ..Change::to(&["received"], MailState::HandedOff)
    };
    assert!(store.apply(&key, &change, now).await.unwrap());
}

async fn stand_in() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = local::gemini::router(Arc::new(local::gemini::Gemini::new(KEY)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn replay(database: &str, gemini: &str, options: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_helpdesk"))
        .args(["eval", "replay"])
        .args(options)
        .env("DATABASE_URL", database)
        .env("GEMINI_BASE_URL", gemini)
        .env("GEMINI_API_KEY", KEY)
        .env_remove("QDRANT_URL")
        .output()
        .await
        .unwrap()
}

fn prompt(folder: &Path, text: &str) -> String {
    let path = folder.join("classify.md");
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_would_go_another_way_are_told() {
    let server = Postgres::for_tests().unwrap();
    let url = SecretString::from(server.url());
    migrate(&url).await.unwrap();
    let store = Store::new(&url).unwrap();
    let statement = "Statement\n\nPlease send me the bank statement of the last three months.";
    worked(&store, 1, statement, Intent::BankStatement).await;
    worked(&store, 2, statement, Intent::FallbackHuman).await;
    let gemini = stand_in().await;
    let folder = TempDir::new().unwrap();
    let prompt = prompt(folder.path(), "# classify v9\nSort the mail.\n");
    let told = replay(&server.url(), &gemini, &["--prompt", &prompt]).await;
    assert!(told.status.success(), "{told:?}");
    let text = String::from_utf8(told.stdout).unwrap();
    for part in [
        "2 mails under classify v9",
        "would be about bank_statement",
        "1 of 2 mails would change",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let told = replay(&server.url(), &gemini, &["--json"]).await;
    let text = String::from_utf8(told.stdout).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let changes: Vec<bool> = rows
        .iter()
        .map(|row| row["changes"].as_bool().unwrap())
        .collect();
    assert_eq!(changes, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_without_a_name_is_refused_with_what_it_should_say() {
    let folder = TempDir::new().unwrap();
    let prompt = prompt(folder.path(), "Sort the mail.\n");
    let nowhere = "postgres://nobody@127.0.0.1:9/none";
    let told = replay(nowhere, "http://127.0.0.1:9", &["--prompt", &prompt]).await;
    assert!(!told.status.success());
    let text = String::from_utf8(told.stderr).unwrap();
    assert!(text.contains("# answer v3"), "{text}");
}

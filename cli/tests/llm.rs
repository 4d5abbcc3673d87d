//! `helpdesk llm` on a real ledger, and with a receiver of traces.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration as Took;

use domain::{GmailMessageId, MailKey, MailState, ThreadId};
use local::postgres::Postgres;
use local::traces::{Receiver, router};
use ports::{Ledger, ModelUse, PromptUsed, Run, RunId, RunKind, RunRecord, Said, Seen, TraceBook};
use secrecy::SecretString;
use serde_json::Value;
use store_postgres::{Store, migrate};
use testkit::Fault;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;

struct Place {
    server: Postgres,
    receiver: Arc<Receiver>,
    traces: String,
    key: MailKey,
}

impl Place {
    /// A mail for which a model was asked two minutes ago, and what shows traces.
    async fn new() -> Self {
        let server = Postgres::for_tests().unwrap();
        let url = SecretString::from(server.url());
        migrate(&url).await.unwrap();
        let store = Store::new(&url).unwrap();
        let mailbox = store.mailbox("support@bank.test").await.unwrap().id;
        let seen = Seen {
            message: GmailMessageId::parse("18c2f3ab").unwrap(),
            thread: ThreadId::parse("18c2f300").unwrap(),
            state: MailState::Received,
        };
        let key = MailKey::new(mailbox, seen.message.clone());
        store.enter(mailbox, &[seen]).await.unwrap();
        store.keep(&runs(&key)).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let traces = format!("http://{}", listener.local_addr().unwrap());
        let receiver = Arc::<Receiver>::default();
        let routes = router(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            server,
            receiver,
            traces,
            key,
        }
    }

    fn helpdesk(&self, options: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_helpdesk"))
            .arg("llm")
            .args(options)
            .env("DATABASE_URL", self.server.url())
            .output()
            .unwrap()
    }

    fn resends(&self) -> Output {
        self.helpdesk(&["resend", "--traces", "otlp", "--traces-url", &self.traces])
    }
}

fn runs(key: &MailKey) -> [RunRecord; 2] {
    let record = |number, parent, run| RunRecord {
        id: RunId::from_octets([number; 16]),
        trace: format!("{:032x}", 7),
        parent,
        mail: Some(key.clone()),
        ticket: None,
        variant: None,
        run,
    };
    let whole = Run {
        kind: RunKind::Chain,
        name: "general_query".to_owned(),
        began_at: OffsetDateTime::now_utc() - Duration::minutes(2),
        took: Took::from_millis(900),
        attempts: 1,
        model: None,
        failure: None,
        said: None,
    };
    let answer = Run {
        kind: RunKind::Llm,
        name: "answer".to_owned(),
        began_at: whole.began_at + Duration::milliseconds(30),
        took: Took::from_millis(640),
        attempts: 2,
        model: Some(ModelUse {
            prompt: Some(PromptUsed {
                name: "answer".to_owned(),
                version: 2,
                sha256: "ab".repeat(32),
            }),
            asked: "a-model".to_owned(),
            answered: Some("a-model-001".to_owned()),
            tokens_in: Some(812),
            tokens_out: Some(35),
            cost_usd: Some(0.001_25),
            finish_reason: Some("STOP".to_owned()),
        }),
        said: Some(Said {
            input: r#""what does a card cost""#.to_owned(),
            output: r#""10 EUR""#.to_owned(),
        }),
        ..whole.clone()
    };
    let first = record(1, None, whole);
    let below = record(2, Some(first.id.clone()), answer);
    [first, below]
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_shown_when_the_service_is_back_and_only_once() {
    let place = Place::new().await;
    place.receiver.faults.arm("export", Fault::ServerError, 1);
    let down = place.resends();
    assert!(!down.status.success());
    let why = String::from_utf8(down.stderr).unwrap();
    assert!(why.contains("2 runs are still to be shown"), "{why}");

    assert!(said(&place.resends()).starts_with("2 runs were shown"));
    let spans = place.receiver.spans();
    assert_eq!(spans.len(), 2, "{spans:#?}");
    assert!(said(&place.resends()).starts_with("0 runs were shown"));
    assert_eq!(place.receiver.spans().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_listed_with_what_they_took_and_what_came_of_them() {
    let place = Place::new().await;
    let table = said(&place.helpdesk(&["list"]));
    for part in [
        "1-18c2f3ab",
        "answer v2",
        "a-model",
        "812 + 35",
        "0.00125",
        "640",
        "STOP, at try 2",
        "1 call, 0.00125 USD",
    ] {
        assert!(table.contains(part), "{part} is missing:\n{table}");
    }
    assert!(!table.contains("10 EUR"), "texts are shown on demand only");
    let line = said(&place.helpdesk(&["list", "--json"]));
    let call: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(call["mail"], place.key.to_string());
    assert_eq!(call["tokens_out"], 35);
    let none = said(&place.helpdesk(&["list", "--since", "1m"]));
    assert!(none.contains("--since looks further back"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_shown_as_a_tree() {
    let place = Place::new().await;
    let tree = said(&place.helpdesk(&["show", "18c2f3ab"]));
    let lines: Vec<&str> = tree.lines().collect();
    assert!(lines[0].starts_with("general_query "), "{tree}");
    assert!(lines[1].starts_with("  answer v2 "), "{tree}");
    assert!(lines[1].contains("+30 ms"), "{tree}");
    assert!(!tree.contains("10 EUR"), "{tree}");
    let texts = said(&place.helpdesk(&["show", "18c2f3ab", "--texts"]));
    assert!(texts.contains("answered: \"10 EUR\""), "{texts}");
}

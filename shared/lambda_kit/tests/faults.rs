//! A whole function, as Lambda runs it, whose faults are told to Sentry: with which words, and what it
//! costs where Sentry does not answer.
//!
//! The function is this file's last test, started as a process of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::MailKey;
use faults_sentry::Sentry;
use lambda_kit::Tools;
use ports::{CallError, QueueName, RetryAfter, SystemClock};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::ledger::FakeLedger;
use testkit::queue::FakeQueue;
use time::OffsetDateTime;
use tokio::net::TcpListener;

/// What must never leave: it stands in the mail's failure and in what the code says as it breaks.
const CONTENT: &str = "Marmalade-Kite41";

/// Long enough to start a process beside other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a function did with its one event.
struct Ran {
    /// What it answered.
    answer: Value,
    /// How long that took from when it was given the event.
    took: Duration,
    /// What Sentry got.
    told: Vec<Value>,
    /// What it logged.
    lines: Vec<Value>,
}

/// Lets the function work one message about this mail, in its last try. Sentry is at this address.
async fn run(mail: &str, dsn: &str, told: Arc<Mutex<Vec<Value>>>) -> Ran {
    let (lambda, port) = listener().await;
    let (given, answered) = (Arc::new(Mutex::new(None)), tokio::sync::mpsc::channel(1));
    let (sender, mut receiver) = answered;
    let event = json!({ "Records": [{
        "messageId": "m1", "receiptHandle": "r1", "body": json!({ "mail": mail }).to_string(),
        "attributes": { "MessageGroupId": "t7", "ApproximateReceiveCount": "24" },
        "messageAttributes": { "traceparent": { "dataType": "String",
            "stringValue": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } },
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:desk-mail.fifo" }] });
    let kept = given.clone();
    let next = async move || {
        if kept.lock().unwrap().replace(Instant::now()).is_some() {
            std::future::pending::<()>().await;
        }
        let deadline = (OffsetDateTime::now_utc() + PATIENCE).unix_timestamp() * 1_000;
        let headers = [
            ("lambda-runtime-aws-request-id", "request-1".to_owned()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda".to_owned(),
            ),
        ];
        (headers, event.to_string())
    };
    let answer = async move |Path((_, kind)): Path<(String, String)>, body: String| {
        assert_eq!(kind, "response", "{body}");
        sender.send((Instant::now(), body)).await.unwrap();
        StatusCode::ACCEPTED
    };
    let root = "/2018-06-01/runtime/invocation";
    let router = Router::new()
        .route(&format!("{root}/next"), get(next))
        .route(&format!("{root}/{{id}}/{{kind}}"), post(answer));
    tokio::spawn(axum::serve(lambda, router).into_future());

    let mut function = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_function", "--ignored", "--nocapture"])
        .env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}"))
        .env("AWS_LAMBDA_FUNCTION_NAME", "helpdesk-triage")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("SENTRY_SECRET", "helpdesk/sentry")
        .env("TEST_DSN", dsn)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let answered = tokio::time::timeout(PATIENCE, receiver.recv()).await;
    function.kill().unwrap();
    let said = String::from_utf8(function.wait_with_output().unwrap().stdout).unwrap();
    let (at, body) = answered.unwrap_or_else(|_| panic!("{said}")).unwrap();
    let lines = said.lines().filter(|line| line.starts_with('{'));
    let told = std::mem::take(&mut *told.lock().unwrap());
    Ran {
        answer: serde_json::from_str(&body).unwrap(),
        took: at - given.lock().unwrap().unwrap(),
        told,
        lines: lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    }
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Runs the function with a Sentry that works.
async fn run_and_tell(mail: &str) -> Ran {
    let (listener, port) = listener().await;
    let told = Arc::<Mutex<Vec<Value>>>::default();
    let kept = told.clone();
    let take = async move |envelope: String| {
        assert!(!envelope.contains(CONTENT), "{envelope}");
        let event = envelope.trim_end().rsplit('\n').next().unwrap();
        kept.lock()
            .unwrap()
            .push(serde_json::from_str(event).unwrap());
    };
    let router = Router::new().route("/api/7/envelope/", post(take));
    tokio::spawn(axum::serve(listener, router).into_future());
    run(mail, &format!("http://key@127.0.0.1:{port}/7"), told).await
}

fn failed() -> Value {
    json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_given_up_is_told_with_its_ids() {
    let ran = run_and_tell("1-bad").await;
    assert_eq!(ran.answer, failed());
    assert_eq!(ran.told.len(), 1, "{:?}", ran.told);
    let event = &ran.told[0];
    assert_eq!(event["message"], "a mail goes to the dead letters");
    let ids = json!({
        "mail": "1-bad", "thread": "t7", "queue": "mail", "queue_message": "m1", "try": "24",
        "request_id": "request-1", "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "function": "helpdesk-triage",
    });
    assert_eq!(event["tags"], ids);
    assert_eq!(event["release"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_told_by_its_place() {
    let ran = run_and_tell("1-panics").await;
    assert_eq!(ran.answer, failed());
    let panic = ran.told.iter().find(|event| event["level"] == "fatal");
    let panic = panic.unwrap_or_else(|| panic!("{:?}", ran.told));
    assert_eq!(panic["message"], "the code broke");
    let place = panic["culprit"].as_str().unwrap();
    assert!(place.contains("tests/faults.rs:"), "{place}");
    assert_eq!(panic["tags"]["mail"], "1-panics");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_worked_is_not_told() {
    let ran = run_and_tell("1-good").await;
    assert_eq!(ran.answer, json!({ "batchItemFailures": [] }));
    assert_eq!(ran.told, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_about_a_mail_carries_its_ids() {
    let ran = run_and_tell("1-bad").await;
    // Metrics are lines of their own, without ids.
    let lines = ran.lines.iter().filter(|line| line.get("_aws").is_none());
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        for (name, value) in [
            ("mail", "1-bad"),
            ("thread", "t7"),
            ("queue", "mail"),
            ("queue_message", "m1"),
            ("request_id", "request-1"),
            ("trace_id", "0af7651916cd43dd8448eb211c80319c"),
            ("function", "helpdesk-triage"),
            ("version", env!("CARGO_PKG_VERSION")),
        ] {
            assert_eq!(line[name], value, "{name} of {line}");
        }
        assert_eq!(line["try"], 24);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentry_that_does_not_answer_holds_an_invocation_for_a_second() {
    // It takes connections and says nothing.
    let (_listener, port) = listener().await;
    let dsn = format!("http://key@127.0.0.1:{port}/7");
    let ran = run("1-bad", &dsn, Arc::default()).await;
    assert_eq!(ran.answer, failed());
    let second = Duration::from_secs(1);
    assert!((second..second * 2).contains(&ran.took), "{:?}", ran.took);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentry_that_is_gone_changes_nothing() {
    let (listener, port) = listener().await;
    drop(listener);
    let dsn = format!("http://key@127.0.0.1:{port}/7");
    let ran = run("1-bad", &dsn, Arc::default()).await;
    assert_eq!(ran.answer, failed());
    assert!(ran.took < Duration::from_secs(1), "{:?}", ran.took);
    let said: Vec<&Value> = ran.lines.iter().map(|line| &line["message"]).collect();
    let told = "Faults could not be told: Sentry cannot be reached or is out of order";
    assert!(said.contains(&&told.into()), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_no_dsn_changes_nothing() {
    let ran = run("1-good", "hunter2", Arc::default()).await;
    assert_eq!(ran.answer, json!({ "batchItemFailures": [] }));
    let line = ran.lines[0]["message"].as_str().unwrap();
    assert!(
        line.starts_with("Faults are told in the log alone"),
        "{line}"
    );
    assert!(!line.contains("hunter2"));
}

/// The failure of a mail, which says what it should not.
#[derive(Debug, thiserror::Error)]
#[error("no account for {CONTENT}")]
struct Failed;

impl RetryAfter for Failed {
    fn retry_after(&self, _: OffsetDateTime) -> Option<Duration> {
        None
    }

    fn class(&self) -> &'static str {
        "rejected"
    }
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let url = "http://127.0.0.1/000000000000/desk-mail.fifo".to_owned();
    let tools = async || {
        let tools = Tools {
            tracer: lambda_kit::tracer::TraceSettings::default()
                .tracer(Arc::new(testkit::traces::FakeTraces::default()), None),
            ledger: Arc::<FakeLedger>::default(),
            queue: Arc::<FakeQueue>::default(),
            urls: [(QueueName::Mail, url.clone())].into(),
            clock: Arc::new(SystemClock),
        };
        Ok(((), tools))
    };
    lambda_kit::serve(tools, async |(), _, mail: MailKey, _| {
        tracing::info!(target: "lambda_kit", "Mail {mail} is looked at");
        match mail.to_string().as_str() {
            "1-bad" => Err(Failed),
            "1-panics" => panic!("no account for {CONTENT}"),
            _ => Ok("answered"),
        }
    })
    .await
}

#[tokio::test]
#[ignore = "it is the function that the other tests start"]
async fn the_function() {
    let secret = async |_| {
        let dsn = std::env::var("TEST_DSN").map(SecretString::from);
        dsn.map_err(|_| CallError::rejected("the test", "no DSN"))
    };
    lambda_kit::run(secret, Sentry::open, serve).await;
}

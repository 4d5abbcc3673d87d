//! The adapter against a server that reads envelopes as Sentry does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use faults_sentry::Sentry;
use ports::{CallError, Fault, Faults};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::net::TcpListener;

/// Envelopes that arrived: the header that says who sends, and the event.
type Arrived = Arc<Mutex<Vec<(String, Value)>>>;

/// Sentry, which answers with this status.
async fn sentry(status: StatusCode) -> (Sentry, Arrived) {
    let arrived = Arrived::default();
    let kept = arrived.clone();
    let take = async move |headers: HeaderMap, body: String| {
        let sender = headers["X-Sentry-Auth"].to_str().unwrap().to_owned();
        kept.lock().unwrap().push((sender, event_in(&body)));
        (status, [("Retry-After", "60")])
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route("/api/7/envelope/", post(take));
    tokio::spawn(axum::serve(listener, router).into_future());
    let dsn = format!("http://publickey@127.0.0.1:{port}/7");
    (
        Sentry::new(&dsn.into(), "1.2.3".to_owned()).unwrap(),
        arrived,
    )
}

/// The one event of an envelope: a line of headers, a line about the item, the item
/// (<https://develop.sentry.dev/sdk/data-model/envelopes/>).
fn event_in(envelope: &str) -> Value {
    let lines: Vec<&str> = envelope.trim_end().split('\n').collect();
    let [_, item, event] = lines[..] else {
        panic!("{lines:?}");
    };
    let item: Value = serde_json::from_str(item).unwrap();
    assert_eq!(
        (&item["type"], &item["length"]),
        (&"event".into(), &event.len().into())
    );
    serde_json::from_str(event).unwrap()
}

fn fault(broke: bool) -> Fault {
    Fault {
        what: "a mail goes to the dead letters",
        place: "lambda_kit::batch:210".to_owned(),
        broke,
        at: OffsetDateTime::UNIX_EPOCH,
        ids: vec![("mail", "1-a".to_owned()), ("try", "24".to_owned())],
    }
}

#[tokio::test]
async fn a_fault_arrives_with_its_ids_and_nothing_else() {
    let (sentry, arrived) = sentry(StatusCode::OK).await;
    assert!(!sentry.is_waiting());
    sentry.note(fault(false));
    assert!(sentry.is_waiting());
    sentry.tell().await.unwrap();
    let (sender, event) = arrived.lock().unwrap().remove(0);
    assert!(sender.contains("sentry_key=publickey"), "{sender}");
    assert_eq!(event["message"], "a mail goes to the dead letters");
    assert_eq!(event["culprit"], "lambda_kit::batch:210");
    assert_eq!(
        (&event["tags"]["mail"], &event["tags"]["try"]),
        (&"1-a".into(), &"24".into())
    );
    assert_eq!(event["release"], "1.2.3");
    let mut members: Vec<&str> = event
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "culprit",
            "event_id",
            "fingerprint",
            "message",
            "platform",
            "release",
            "sdk",
            "tags",
            "timestamp"
        ]
    );
}

#[tokio::test]
async fn a_broken_code_is_fatal() {
    let (sentry, arrived) = sentry(StatusCode::OK).await;
    sentry.note(fault(true));
    sentry.tell().await.unwrap();
    assert_eq!(arrived.lock().unwrap()[0].1["level"], "fatal");
}

#[tokio::test]
async fn a_fault_is_told_once() {
    let (sentry, arrived) = sentry(StatusCode::INTERNAL_SERVER_ERROR).await;
    sentry.note(fault(false));
    assert!(sentry.tell().await.is_err());
    assert!(!sentry.is_waiting());
    sentry.tell().await.unwrap();
    assert_eq!(arrived.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_fault_that_was_cut_off_on_its_way_is_not_told_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dsn = format!(
        "http://key@127.0.0.1:{}/7",
        listener.local_addr().unwrap().port()
    );
    let sentry = Sentry::new(&dsn.into(), String::new()).unwrap();
    sentry.note(fault(false));
    let told = tokio::time::timeout(Duration::from_millis(100), sentry.tell()).await;
    assert!(
        told.is_err(),
        "the server takes the connection and says nothing"
    );
    assert!(!sentry.is_waiting());
}

#[tokio::test]
async fn where_nobody_listens_that_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dsn = format!(
        "http://key@127.0.0.1:{}/7",
        listener.local_addr().unwrap().port()
    );
    drop(listener);
    let sentry = Sentry::new(&dsn.into(), String::new()).unwrap();
    sentry.note(fault(false));
    let failed = sentry.tell().await;
    assert!(
        matches!(failed, Err(CallError::Unreachable { .. })),
        "{failed:?}"
    );
}

#[tokio::test]
async fn while_sentry_rests_nothing_waits_for_it() {
    let (sentry, _) = sentry(StatusCode::TOO_MANY_REQUESTS).await;
    sentry.note(fault(false));
    assert!(matches!(
        sentry.tell().await,
        Err(CallError::RateLimited { .. })
    ));
    sentry.note(fault(false));
    assert!(!sentry.is_waiting());
}

#[tokio::test]
async fn of_many_faults_the_first_twenty_are_told() {
    let (sentry, arrived) = sentry(StatusCode::OK).await;
    for _ in 0..50 {
        sentry.note(fault(false));
    }
    sentry.tell().await.unwrap();
    assert_eq!(arrived.lock().unwrap().len(), 20);
}

//! Batches, on fakes.

use serde_json::{Value, json};
use std::sync::Mutex;

use testkit::FakeClock;
use testkit::ledger::FakeLedger;
use testkit::queue::FakeQueue;
use testkit::traces::FakeTraces;

use super::*;
use crate::lines::tests::lines_of;
use crate::tracer::TraceSettings;

fn event(messages: &[(&str, &str)]) -> SqsEvent {
    let records: Vec<_> = messages
        .iter()
        .enumerate()
        .map(|(at, (group, mail))| {
            json!({
                "messageId": format!("m{at}"),
                "receiptHandle": format!("r{at}"),
                "body": json!({ "mail": mail }).to_string(),
                "attributes": { "MessageGroupId": group, "ApproximateReceiveCount": "3" },
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:desk-mail.fifo",
            })
        })
        .collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

#[derive(Debug, thiserror::Error)]
#[error("{class}")]
struct Trouble {
    class: &'static str,
    asked: Option<Duration>,
}

impl RetryAfter for Trouble {
    fn retry_after(&self, _: OffsetDateTime) -> Option<Duration> {
        self.asked
    }

    fn class(&self) -> &'static str {
        self.class
    }
}

/// A batch that was worked.
struct Seen {
    reported: Vec<String>,
    tried: Vec<String>,
    refused: bool,
    queue: Arc<FakeQueue>,
    ledger: Arc<FakeLedger>,
}

/// Works a batch in which the mail `1-bad` fails with this class, and `1-panics` panics.
async fn worked_with(
    messages: &[(&str, &str)],
    class: &'static str,
    asked: Option<Duration>,
) -> Seen {
    worked_in(24, messages, class, asked).await
}

/// The same, where a queue gives a message out so often.
async fn worked_in(
    most_tries: u32,
    messages: &[(&str, &str)],
    class: &'static str,
    asked: Option<Duration>,
) -> Seen {
    let tried = Mutex::new(Vec::new());
    let (queue, ledger) = (Arc::<FakeQueue>::default(), Arc::<FakeLedger>::default());
    let clock = Arc::new(FakeClock::default());
    let url = "http://127.0.0.1/000000000000/desk-mail.fifo".to_owned();
    let tools = Tools {
        ledger: ledger.clone(),
        queue: queue.clone(),
        urls: [(QueueName::Mail, url)].into(),
        clock: clock.clone(),
        tracer: TraceSettings::default().tracer(Arc::new(FakeTraces::default()), None),
    };
    let until = clock.now() + time::Duration::seconds(30);
    let batch = work_batch(event(messages), &tools, (until, most_tries), async |mail| {
        tried.lock().unwrap().push(mail.to_string());
        match mail.to_string().as_str() {
            "1-bad" => Err(Trouble { class, asked }),
            "1-panics" => panic!("a fault in the code"),
            _ => Ok("answered"),
        }
    })
    .await;
    let failures = batch.response.batch_item_failures.into_iter();
    Seen {
        reported: failures.map(|f| f.item_identifier).collect(),
        tried: tried.into_inner().unwrap(),
        refused: batch.refused,
        queue,
        ledger,
    }
}

async fn worked(messages: &[(&str, &str)]) -> Seen {
    worked_with(messages, "unreachable", None).await
}

#[tokio::test]
async fn a_failed_mail_holds_up_its_own_thread_only() {
    let seen = worked(&[("a", "1-bad"), ("b", "1-b1"), ("a", "1-a2")]).await;
    assert_eq!(seen.reported, ["m0", "m2"]);
    assert_eq!(seen.tried, ["1-bad", "1-b1"]);
}

#[tokio::test]
async fn a_mail_on_which_the_code_breaks_holds_up_its_own_thread_only() {
    let seen = worked(&[("a", "1-panics"), ("b", "1-b1"), ("a", "1-a2")]).await;
    assert_eq!(seen.reported, ["m0", "m2"]);
    assert_eq!(seen.tried, ["1-panics", "1-b1"]);
}

#[tokio::test]
async fn a_failed_mail_waits_longer_with_every_try() {
    let seen = worked(&[("a", "1-bad")]).await;
    let third = redelivery::wait(3, None, 0.0);
    assert_eq!(
        seen.queue.given_back(),
        [(QueueName::Mail, "r0".to_owned(), third)]
    );
}

#[tokio::test]
async fn a_mail_that_needs_a_service_that_is_left_alone_waits_as_long_as_that() {
    let asked = Duration::from_secs(100);
    let seen = worked_with(&[("a", "1-bad")], "paused", Some(asked)).await;
    let waits = seen.queue.given_back()[0].2;
    assert!((asked..asked * 2).contains(&waits), "{waits:?}");
}

#[tokio::test]
async fn a_message_without_a_mail_is_reported_so_that_it_reaches_the_dead_letter_queue() {
    let seen = worked(&[("a", "not a key")]).await;
    assert_eq!(seen.reported, ["m0"]);
    assert!(seen.tried.is_empty());
}

#[tokio::test]
async fn every_visit_is_recorded_with_what_came_of_it() {
    let seen = worked(&[("a", "1-bad"), ("b", "1-b1")]).await;
    let told: Vec<_> = seen
        .ledger
        .visits()
        .into_iter()
        .map(|(key, visit)| (key.to_string(), visit.outcome, visit.error))
        .collect();
    let error = Some(("unreachable", "unreachable".to_owned()));
    assert_eq!(
        told,
        [
            ("1-bad".to_owned(), "given back".to_owned(), error),
            ("1-b1".to_owned(), "answered".to_owned(), None),
        ]
    );
}

/// Levels of the lines about a third try, of so many.
fn levels(most_tries: u32, mail: &str, class: &'static str) -> Vec<(String, String)> {
    let lines = lines_of(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let messages = [("a", mail)];
        let work = worked_in(most_tries, &messages, class, None);
        runtime.unwrap().block_on(work);
    });
    let text = |line: &Value, field| line[field].as_str().unwrap_or_default().to_owned();
    let lines = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    lines
        .map(|line: Value| (text(&line, "level"), text(&line, "mail")))
        .collect()
}

fn one_line(level: &str, mail: &str) -> [(String, String); 1] {
    [(level.to_owned(), mail.to_owned())]
}

#[test]
fn a_mail_that_is_tried_again_is_a_warning() {
    let warning = one_line("WARN", "1-bad");
    assert_eq!(levels(4, "1-bad", "unreachable"), warning);
}

#[test]
fn a_mail_whose_last_try_failed_is_an_error() {
    let error = one_line("ERROR", "1-bad");
    assert_eq!(levels(3, "1-bad", "unreachable"), error);
}

#[test]
fn credentials_that_are_refused_again_are_an_error() {
    let error = one_line("ERROR", "1-bad");
    assert_eq!(levels(24, "1-bad", "unauthorized"), error);
}

#[test]
fn a_mail_that_was_worked_leaves_no_line_of_its_queue() {
    assert_eq!(levels(24, "1-b1", "unreachable"), []);
}

#[tokio::test]
async fn refused_credentials_are_told_so_that_secrets_are_read_again() {
    let seen = worked_with(&[("a", "1-bad")], "unauthorized", None).await;
    assert!(seen.refused);
    assert!(!worked(&[("a", "1-bad")]).await.refused);
}

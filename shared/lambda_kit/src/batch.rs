//! Working a batch of queue messages, mail by mail, so that one bad mail stops only its thread.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::MailKey;
use ports::{Clock, Queue, QueueName, RetryAfter};
use serde::Deserialize;

/// The first wait before a message is tried again. It doubles with every try.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// What a queue message holds: ids, never content.
#[derive(Debug, Deserialize)]
struct Body {
    mail: MailKey,
}

/// Works the messages in order. A message that fails is reported with everything behind it in its
/// group, as FIFO queues need it, and becomes visible again after a wait that grows.
pub async fn work_batch<E: RetryAfter>(
    event: SqsEvent,
    urls: &HashMap<QueueName, String>,
    queue: &dyn Queue,
    clock: &dyn Clock,
    work: impl AsyncFn(MailKey) -> Result<(), E>,
) -> SqsBatchResponse {
    let mut failed_groups = HashSet::new();
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        let group = message
            .attributes
            .get("MessageGroupId")
            .cloned()
            .unwrap_or_default();
        let held_up = failed_groups.contains(&group);
        if !held_up && one(&message, urls, queue, clock, &work).await {
            continue;
        }
        failed_groups.insert(group);
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        response.batch_item_failures.push(failure);
    }
    response
}

/// Works one message. Returns whether it is done with.
async fn one<E: RetryAfter>(
    message: &SqsMessage,
    urls: &HashMap<QueueName, String>,
    queue: &dyn Queue,
    clock: &dyn Clock,
    work: &impl AsyncFn(MailKey) -> Result<(), E>,
) -> bool {
    let body: Result<Body, _> = serde_json::from_str(message.body.as_deref().unwrap_or_default());
    let Ok(Body { mail }) = body else {
        let id = message.message_id.as_deref().unwrap_or_default();
        tracing::error!(
            queue_message = id,
            "Queue message {id} does not name a mail; it goes to the dead-letter queue"
        );
        return false;
    };
    let Err(failure) = work(mail.clone()).await else {
        return true;
    };
    let tries = receive_count(message);
    let asked = failure.retry_after(clock.now());
    let wait = asked
        .unwrap_or_else(|| growing_wait(tries))
        .min(LONGEST_WAIT);
    tracing::error!(
        mail = %mail, tries, wait_s = wait.as_secs(), error = chain(&failure),
        "Mail {mail} goes back to its queue after try {tries}: {}", chain(&failure)
    );
    if let (Some(name), Some(receipt)) = (queue_of(message, urls), &message.receipt_handle)
        && let Err(error) = queue.give_back(name, receipt, wait).await
    {
        tracing::warn!(mail = %mail, "Mail {mail} waits for its whole visibility timeout: {error}");
    }
    false
}

fn receive_count(message: &SqsMessage) -> u32 {
    message
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|n| n.parse().ok())
        .unwrap_or(1)
}

fn growing_wait(tries: u32) -> Duration {
    FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
        .min(LONGEST_WAIT)
}

/// The queue that a message came from: ARN and address end in the same name.
fn queue_of(message: &SqsMessage, urls: &HashMap<QueueName, String>) -> Option<QueueName> {
    let name = message.event_source_arn.as_deref()?.rsplit(':').next()?;
    urls.iter()
        .find(|(_, url)| url.rsplit('/').next() == Some(name))
        .map(|(queue, _)| *queue)
}

/// An error with its causes, in one line.
fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        line.push_str(": ");
        line.push_str(&deeper.to_string());
        cause = deeper.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use std::sync::Mutex;

    use testkit::FakeClock;
    use testkit::queue::FakeQueue;
    use time::OffsetDateTime;

    use super::*;

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

    fn urls() -> HashMap<QueueName, String> {
        [(
            QueueName::Mail,
            "http://127.0.0.1/000000000000/desk-mail.fifo".to_owned(),
        )]
        .into()
    }

    #[derive(Debug, thiserror::Error)]
    #[error("Odoo is down")]
    struct Down;

    impl RetryAfter for Down {
        fn retry_after(&self, _: OffsetDateTime) -> Option<Duration> {
            None
        }
    }

    /// Works a batch in which the mail `1-bad` fails; returns what is reported and what was tried.
    async fn worked(messages: &[(&str, &str)]) -> (Vec<String>, Vec<String>, FakeQueue) {
        let tried = Mutex::new(Vec::new());
        let queue = FakeQueue::default();
        let clock = FakeClock::default();
        let response = work_batch(event(messages), &urls(), &queue, &clock, async |mail| {
            tried.lock().unwrap().push(mail.to_string());
            if mail.to_string() == "1-bad" {
                Err(Down)
            } else {
                Ok(())
            }
        })
        .await;
        let reported = response
            .batch_item_failures
            .into_iter()
            .map(|f| f.item_identifier)
            .collect();
        (reported, tried.into_inner().unwrap(), queue)
    }

    #[tokio::test]
    async fn a_failed_mail_holds_up_its_own_thread_only() {
        let batch = [("a", "1-bad"), ("b", "1-b1"), ("a", "1-a2")];
        let (reported, tried, _) = worked(&batch).await;
        assert_eq!(reported, ["m0", "m2"]);
        assert_eq!(tried, ["1-bad", "1-b1"]);
    }

    #[tokio::test]
    async fn a_failed_mail_waits_longer_with_every_try() {
        let (_, _, queue) = worked(&[("a", "1-bad")]).await;
        assert_eq!(
            queue.given_back(),
            [(QueueName::Mail, "r0".to_owned(), FIRST_WAIT * 4)]
        );
    }

    #[tokio::test]
    async fn a_message_without_a_mail_is_reported_so_that_it_reaches_the_dead_letter_queue() {
        let (reported, tried, _) = worked(&[("a", "not a key")]).await;
        assert_eq!(reported, ["m0"]);
        assert!(tried.is_empty());
    }
}

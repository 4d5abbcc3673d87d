//! The queues between the functions, on SQS. Messages carry ids, never content.
//!
//! The work queues are FIFO: a thread's mails are worked in order, and a message that is sent twice
//! within five minutes arrives once. The errors queue is a standard one: what lies there waits for a
//! person, and a repeat of it names the same mail.

pub mod dead;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_account::Account;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry};
use ports::{CallError, Outgoing, Queue, QueueName, TraceParent};
use resilience::{Effect, Gate, Op};
use serde_json::json;

const SERVICE: &str = "SQS";

/// How long one call may take.
const LONGEST_CALL: Duration = Duration::from_secs(5);

/// The longest time for which SQS hides a message.
const LONGEST_DELAY: Duration = Duration::from_hours(12);

/// The queues, by their URLs.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    urls: HashMap<QueueName, String>,
}

impl SqsQueue {
    /// The queues at these URLs. Sending to a queue that is not among them is refused.
    pub fn new(client: Client, urls: HashMap<QueueName, String>) -> Self {
        Self { client, urls }
    }

    /// The queues at these URLs, in this account. Every call ends within 5 seconds and is repeated as all
    /// calls here are, not by the SDK.
    pub fn of(account: &Account, urls: HashMap<QueueName, String>) -> Self {
        Self::new(Client::new(&account.once(LONGEST_CALL)), urls)
    }

    /// The same, with the account of whoever sits at this machine.
    pub async fn connect(urls: HashMap<QueueName, String>) -> Self {
        Self::of(&Account::of_operator().await, urls)
    }

    /// Whether every queue is there and lets us ask about it.
    pub async fn are_there(&self) -> Result<(), CallError> {
        for url in self.urls.values() {
            let attempt = || async {
                let call = self.client.get_queue_attributes().queue_url(url);
                let call = call.attribute_names(QueueAttributeName::QueueArn);
                call.send().await.map(drop).map_err(failed)
            };
            again("sqs.GetQueueAttributes", attempt).await?;
        }
        Ok(())
    }

    fn url(&self, queue: QueueName) -> Result<&str, CallError> {
        self.urls.get(&queue).map(String::as_str).ok_or_else(|| {
            CallError::rejected(
                SERVICE,
                format!("no URL is set for queue {}", queue.as_str()),
            )
        })
    }
}

/// How many messages SQS takes in one call.
const BATCH: usize = 10;

impl SqsQueue {
    /// Sends up to ten messages to one queue and tells of each whether it was taken.
    async fn send_batch(
        &self,
        queue: QueueName,
        messages: &[&Outgoing],
    ) -> Result<Vec<bool>, CallError> {
        let url = self.url(queue)?;
        let entries: Vec<_> = messages.iter().zip(0..).map(entry).collect();
        let entries = entries.into_iter().collect::<Result<Vec<_>, _>>()?;
        let attempt = || async {
            let call = self.client.send_message_batch().queue_url(url);
            let answer = call.set_entries(Some(entries.clone())).send().await;
            answer.map_err(failed)
        };
        let answer = again("sqs.SendMessageBatch", attempt).await?;
        for refused in &answer.failed {
            let (code, fault) = (refused.code(), refused.sender_fault());
            tracing::warn!(
                to_queue = queue.as_str(),
                code,
                fault,
                "Queue {} did not take a message ({code}); it is sent again later",
                queue.as_str()
            );
        }
        let taken = |at: usize| {
            let id = at.to_string();
            answer.successful.iter().any(|entry| entry.id() == id)
        };
        Ok((0..messages.len()).map(taken).collect())
    }
}

/// A message as SQS takes it, with its place in the batch as its id there.
fn entry((message, at): (&&Outgoing, u32)) -> Result<SendMessageBatchRequestEntry, CallError> {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .set_message_attributes(message.trace.as_ref().map(attributes).transpose()?)
        .message_body(body(message));
    let entry = if message.queue == QueueName::Errors {
        entry
    } else {
        entry
            .message_group_id(message.group.as_str())
            .message_deduplication_id(message.deduplication_id())
    };
    entry
        .build()
        .map_err(|error| CallError::rejected(SERVICE, error.to_string()))
}

/// The mail's trace, as W3C Trace Context names it.
fn attributes(trace: &TraceParent) -> Result<HashMap<String, MessageAttributeValue>, CallError> {
    let value = MessageAttributeValue::builder()
        .data_type("String")
        .string_value(trace.to_string())
        .build()
        .map_err(|error| CallError::rejected(SERVICE, error.to_string()))?;
    Ok(HashMap::from([("traceparent".to_owned(), value)]))
}

/// Every call here may be made again: a message has a deduplication id, and hiding one again is the
/// same.
async fn again<T, Fut>(operation: &str, attempt: impl FnMut() -> Fut) -> Result<T, CallError>
where
    Fut: Future<Output = Result<T, CallError>>,
{
    let op = Op::new(operation, Effect::None);
    Gate::open(SERVICE).call(op, attempt).await
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, messages: &[&Outgoing]) -> Result<Vec<bool>, CallError> {
        let mut taken = vec![false; messages.len()];
        for queue in QueueName::ALL {
            let to_queue = messages.iter().zip(0..).filter(|(m, _)| m.queue == queue);
            let (of_queue, places): (Vec<&Outgoing>, Vec<usize>) =
                to_queue.map(|(message, place)| (*message, place)).unzip();
            for (batch, places) in of_queue.chunks(BATCH).zip(places.chunks(BATCH)) {
                let sent = self.send_batch(queue, batch).await?;
                for (place, sent) in places.iter().zip(sent) {
                    taken[*place] = sent;
                }
            }
        }
        Ok(taken)
    }

    async fn give_back(
        &self,
        queue: QueueName,
        receipt: &str,
        delay: Duration,
    ) -> Result<(), CallError> {
        let url = self.url(queue)?;
        again("sqs.ChangeMessageVisibility", || async {
            let call = self.client.change_message_visibility().queue_url(url);
            let call = call
                .receipt_handle(receipt)
                .visibility_timeout(whole_seconds(delay));
            call.send().await.map(drop).map_err(failed)
        })
        .await
    }
}

fn body(message: &Outgoing) -> String {
    let mut body = json!({ "mail": message.mail });
    if let Some(reason) = &message.reason {
        body["reason"] = json!(reason);
    }
    body.to_string()
}

/// Whole seconds, rounded up so that nothing comes back too early, within what SQS takes.
fn whole_seconds(delay: Duration) -> i32 {
    let delay = delay.min(LONGEST_DELAY);
    let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

/// What a failed call means. A send that timed out may have arrived and is `Unreachable` all the
/// same: its deduplication id makes sending it again harmless, as does changing a visibility again.
fn failed<E>(error: SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let SdkError::ServiceError(answer) = &error else {
        return CallError::unreachable(SERVICE, error);
    };
    let code = answer.err().code().unwrap_or("an error without a code");
    let said = answer.err().message().unwrap_or_default();
    match code {
        _ if answer.raw().status().is_server_error() => CallError::unreachable(SERVICE, error),
        "RequestThrottled" | "Throttling" | "ThrottlingException" | "OverLimit" => {
            CallError::RateLimited {
                service: SERVICE,
                retry_after: None,
            }
        }
        "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" => CallError::NotFound {
            service: SERVICE,
            what: "queue",
        },
        _ if matches!(answer.raw().status().as_u16(), 401 | 403) => CallError::Unauthorized {
            service: SERVICE,
            reason: format!("{code}: {said}"),
        },
        _ => CallError::rejected(SERVICE, format!("{code}: {said}")),
    }
}

#[cfg(test)]
mod tests {
    use domain::{MailKey, ThreadId};

    use super::*;

    fn message(reason: Option<&str>) -> Outgoing {
        Outgoing {
            queue: QueueName::Mail,
            mail: MailKey::parse("1-18c0000000000001").unwrap(),
            group: ThreadId::parse("18c0000000000001").unwrap(),
            reason: reason.map(str::to_owned),
            times: 0,
            trace: None,
        }
    }

    #[test]
    fn a_message_carries_the_mail_and_nothing_else() {
        assert_eq!(body(&message(None)), r#"{"mail":"1-18c0000000000001"}"#);
    }

    #[test]
    fn a_parked_mail_carries_its_reason() {
        assert_eq!(
            body(&message(Some("it has no author"))),
            r#"{"mail":"1-18c0000000000001","reason":"it has no author"}"#
        );
    }

    #[test]
    fn a_delay_is_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1_200)), 2);
    }

    #[test]
    fn a_delay_is_no_longer_than_sqs_takes() {
        assert_eq!(whole_seconds(Duration::from_secs(99_999)), 43_200);
    }
}

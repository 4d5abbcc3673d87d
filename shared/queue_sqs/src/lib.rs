//! The queues between the functions, on SQS. Messages carry ids, never content.
//!
//! The work queues are FIFO: a thread's mails are worked in order, and a message that is sent twice
//! within five minutes arrives once. The errors queue is a standard one: what lies there waits for a
//! person, and a repeat of it names the same mail.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use ports::{CallError, Outgoing, Queue, QueueName};
use serde_json::json;

const SERVICE: &str = "SQS";

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

    /// The queues at these URLs, with the credentials and the region of the environment. Every call
    /// ends within 15 seconds, the SDK's repeats included.
    pub async fn connect(urls: HashMap<QueueName, String>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(Duration::from_secs(5))
            .operation_timeout(Duration::from_secs(15))
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
        Self::new(Client::new(&config.load().await), urls)
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

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, message: &Outgoing) -> Result<(), CallError> {
        let request = self
            .client
            .send_message()
            .queue_url(self.url(message.queue)?)
            .message_body(body(message));
        let request = if message.queue == QueueName::Errors {
            request
        } else {
            request
                .message_group_id(message.group.as_str())
                .message_deduplication_id(message.deduplication_id())
        };
        request.send().await.map_err(failed)?;
        Ok(())
    }

    async fn give_back(
        &self,
        queue: QueueName,
        receipt: &str,
        delay: Duration,
    ) -> Result<(), CallError> {
        self.client
            .change_message_visibility()
            .queue_url(self.url(queue)?)
            .receipt_handle(receipt)
            .visibility_timeout(whole_seconds(delay))
            .send()
            .await
            .map_err(failed)?;
        Ok(())
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

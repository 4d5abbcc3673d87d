//! What lies in the dead-letter queues and in the error queue, for a person who looks after it.
//!
//! Looking receives messages and gives them back. A message is deleted only by name, after whoever
//! replays it has seen to its mail: a crash in between leaves it there, and replaying it again is
//! harmless, for the ledger knows what was done.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute};
use domain::MailKey;
use ports::{CallError, QueueName};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{SERVICE, SqsQueue, again, failed};

/// For how long what is looked at is nobody else's, in seconds.
const LOOKING: i32 = 300;
/// How many messages SQS gives out in one call.
const BATCH: i32 = 10;

/// A message that lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The queue that gave it up, or [`QueueName::Errors`].
    pub queue: QueueName,
    /// SQS's id of it.
    pub id: String,
    /// The mail that it is about. `None` where it names none.
    pub mail: Option<MailKey>,
    /// Why its mail was parked, for letters in the error queue.
    pub reason: Option<String>,
    /// When it was sent.
    pub sent_at: OffsetDateTime,
    receipt: String,
}

/// What was seen of one queue.
#[derive(Debug, Default)]
pub struct Lying {
    /// The letters that could be received.
    pub letters: Vec<Letter>,
    /// How many more lie there, by SQS's own rough count: those behind others of their thread.
    pub more: usize,
}

/// The places where letters lie.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    queue: SqsQueue,
}

#[derive(Deserialize)]
struct Body {
    mail: MailKey,
    #[serde(default)]
    reason: Option<String>,
}

impl SqsQueue {
    /// The work queues and the error queue of a stack, found by their names.
    pub async fn of_stack(stack: &str) -> Result<Self, CallError> {
        Self::found(stack, "", &QueueName::ALL).await
    }

    async fn found(stack: &str, ending: &str, wanted: &[QueueName]) -> Result<Self, CallError> {
        let bare = Self::connect(HashMap::new()).await;
        let mut urls = HashMap::new();
        for queue in wanted {
            let name = match queue {
                QueueName::Errors => format!("{stack}-{}", queue.as_str()),
                _ => format!("{stack}-{}{ending}.fifo", queue.as_str()),
            };
            let url = again("sqs.GetQueueUrl", || async {
                let asked = bare.client.get_queue_url().queue_name(&name);
                asked.send().await.map_err(failed)
            })
            .await;
            let url = url.map_err(|error| match error {
                CallError::NotFound { .. } => CallError::rejected(
                    SERVICE,
                    format!("there is no queue {name}: give the stack's name with --stack, and its region"),
                ),
                other => other,
            })?;
            urls.insert(*queue, url.queue_url.unwrap_or_default());
        }
        Ok(Self {
            client: bare.client,
            urls,
        })
    }
}

impl DeadLetters {
    /// Those of a stack.
    pub async fn of_stack(stack: &str) -> Result<Self, CallError> {
        let queue = SqsQueue::found(stack, "-dead", &QueueName::ALL).await?;
        Ok(Self { queue })
    }

    /// Receives what lies in one place. Until it is given back or five minutes have passed, nobody else
    /// sees it.
    pub async fn look(&self, queue: QueueName) -> Result<Lying, CallError> {
        let url = self.queue.url(queue)?;
        let mut lying = Lying::default();
        loop {
            let received = again("sqs.ReceiveMessage", || async {
                let asked = self.queue.client.receive_message().queue_url(url);
                let asked = asked
                    .max_number_of_messages(BATCH)
                    .visibility_timeout(LOOKING)
                    .wait_time_seconds(1)
                    .message_system_attribute_names(Attribute::All);
                asked.send().await.map_err(failed)
            })
            .await?;
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            lying
                .letters
                .extend(messages.into_iter().map(|m| letter(queue, m)));
        }
        lying.more = self.count(queue).await?;
        Ok(lying)
    }

    /// How many messages lie there that nobody looks at now, by SQS's own rough count.
    async fn count(&self, queue: QueueName) -> Result<usize, CallError> {
        use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages as Count;
        let url = self.queue.url(queue)?;
        let told = again("sqs.GetQueueAttributes", || async {
            let asked = self.queue.client.get_queue_attributes().queue_url(url);
            asked.attribute_names(Count).send().await.map_err(failed)
        })
        .await?;
        let count = told
            .attributes
            .and_then(|all| all.get(&Count)?.parse().ok());
        Ok(count.unwrap_or_default())
    }

    /// Gives letters back, so that they are seen again.
    pub async fn give_back(&self, letters: &[Letter]) -> Result<(), CallError> {
        for letter in letters {
            let url = self.queue.url(letter.queue)?;
            again("sqs.ChangeMessageVisibility", || async {
                let asked = self.queue.client.change_message_visibility().queue_url(url);
                let asked = asked.receipt_handle(&letter.receipt).visibility_timeout(0);
                asked.send().await.map(drop).map_err(failed)
            })
            .await?;
        }
        Ok(())
    }

    /// Deletes a letter.
    pub async fn delete(&self, letter: &Letter) -> Result<(), CallError> {
        let url = self.queue.url(letter.queue)?;
        again("sqs.DeleteMessage", || async {
            let asked = self.queue.client.delete_message().queue_url(url);
            let asked = asked.receipt_handle(&letter.receipt);
            asked.send().await.map(drop).map_err(failed)
        })
        .await
    }
}

fn letter(queue: QueueName, message: Message) -> Letter {
    let attribute = |name: &Attribute| {
        let attributes = message.attributes.as_ref()?;
        attributes.get(name).cloned()
    };
    let milliseconds: i128 = attribute(&Attribute::SentTimestamp)
        .and_then(|sent| sent.parse().ok())
        .unwrap_or_default();
    let body: Option<Body> = message
        .body
        .as_deref()
        .and_then(|body| serde_json::from_str(body).ok());
    let (mail, reason) = match body {
        Some(Body { mail, reason }) => (Some(mail), reason),
        None => (None, None),
    };
    Letter {
        queue,
        id: message.message_id.unwrap_or_default(),
        mail,
        reason,
        sent_at: OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        receipt: message.receipt_handle.unwrap_or_default(),
    }
}

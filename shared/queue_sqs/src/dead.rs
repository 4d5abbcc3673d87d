//! What lies in the dead-letter queues and in the error queue, for a person who looks after it.
//!
//! Looking receives messages and gives them back. A message is deleted only by name, after whoever
//! replays it has seen to its mail: a crash in between leaves it there, and replaying it again is
//! harmless, for the ledger knows what was done.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as Entry, Message,
    MessageSystemAttributeName as Attribute, QueueAttributeName,
};
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
#[derive(Debug, Clone)]
pub struct Letter {
    /// The queue that gave it up, or [`QueueName::Errors`].
    pub queue: QueueName,
    /// SQS's id of it.
    pub id: String,
    /// The mail that it is about. `None` where it names none.
    pub mail: Option<MailKey>,
    /// Why its mail was parked, for letters in the error queue.
    pub reason: Option<String>,
    /// What it says, where it names no mail. Nobody knows what that is, and nothing else holds it.
    pub unread: Option<Unread>,
    /// When it was sent.
    pub sent_at: OffsetDateTime,
    receipt: String,
}

/// What a message says that none of ours would say. It is not written to logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Unread(pub String);

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unread({} octets)", self.0.len())
    }
}

/// What was seen of one queue.
#[derive(Debug, Default)]
pub struct Lying {
    /// The letters that could be received, each once.
    pub letters: Vec<Letter>,
    /// How many more lie there, by SQS's own rough count: those behind others of their thread.
    pub more: usize,
    /// How many more somebody else is looking at now, by the same count.
    pub elsewhere: usize,
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
            for letter in messages.into_iter().map(|m| letter(queue, m)) {
                // A standard queue may give one out twice; the later receipt is the one that counts.
                lying.letters.retain(|seen| seen.id != letter.id);
                lying.letters.push(letter);
            }
        }
        let (more, hidden) = self.count(queue).await?;
        lying.more = more;
        lying.elsewhere = hidden.saturating_sub(lying.letters.len());
        Ok(lying)
    }

    /// How many messages lie there that can be received, and how many that somebody looks at now, by
    /// SQS's own rough count.
    pub async fn count(&self, queue: QueueName) -> Result<(usize, usize), CallError> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages as Free, ApproximateNumberOfMessagesNotVisible as Hidden,
        };
        let url = self.queue.url(queue)?;
        let told = again("sqs.GetQueueAttributes", || async {
            let asked = self.queue.client.get_queue_attributes().queue_url(url);
            let asked = asked.attribute_names(Free).attribute_names(Hidden);
            asked.send().await.map_err(failed)
        })
        .await?;
        let all = told.attributes.unwrap_or_default();
        let number = |name| all.get(&name).and_then(|count| count.parse().ok());
        Ok((
            number(Free).unwrap_or_default(),
            number(Hidden).unwrap_or_default(),
        ))
    }

    /// Gives letters back, so that they are seen again.
    pub async fn give_back(&self, letters: &[Letter]) -> Result<(), CallError> {
        self.hide(letters, 0).await
    }

    /// Keeps letters from being seen by others for another five minutes.
    pub async fn keep(&self, letters: &[Letter]) -> Result<(), CallError> {
        self.hide(letters, LOOKING).await
    }

    /// A letter that is no longer ours, because its time is over or it was deleted, stays as it is:
    /// whoever deletes it is told then.
    async fn hide(&self, letters: &[Letter], seconds: i32) -> Result<(), CallError> {
        for queue in QueueName::ALL {
            let of_queue: Vec<&Letter> = letters.iter().filter(|l| l.queue == queue).collect();
            for batch in of_queue.chunks(crate::BATCH) {
                let entries = batch.iter().zip(0..).map(|(letter, place)| {
                    let entry = Entry::builder().id(place.to_string());
                    let entry = entry.receipt_handle(&letter.receipt);
                    entry.visibility_timeout(seconds).build()
                });
                let entries = entries
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| CallError::rejected(SERVICE, error.to_string()))?;
                let url = self.queue.url(queue)?;
                again("sqs.ChangeMessageVisibilityBatch", || async {
                    let asked = self.queue.client.change_message_visibility_batch();
                    let asked = asked.queue_url(url).set_entries(Some(entries.clone()));
                    asked.send().await.map(drop).map_err(failed)
                })
                .await?;
            }
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
    let said = message.body.unwrap_or_default();
    let (mail, reason, unread) = match serde_json::from_str(&said) {
        Ok(Body { mail, reason }) => (Some(mail), reason, None),
        Err(_) => (None, None, Some(Unread(said))),
    };
    Letter {
        queue,
        id: message.message_id.unwrap_or_default(),
        mail,
        reason,
        unread,
        sent_at: OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        receipt: message.receipt_handle.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Letter {
        letter(QueueName::Mail, Message::builder().body(body).build())
    }

    #[test]
    fn a_letter_that_names_no_mail_keeps_what_it_says() {
        let letter = read("no mail at all");
        assert!(letter.mail.is_none());
        assert_eq!(letter.unread, Some(Unread("no mail at all".to_owned())));
    }

    #[test]
    fn what_a_letter_says_is_not_repeated_in_logs() {
        assert!(!format!("{:?}", read("no mail at all")).contains("no mail"));
    }

    #[test]
    fn a_letter_about_a_mail_holds_its_key_and_the_reason() {
        let letter = read(r#"{"mail":"1-a1","reason":"it has no author"}"#);
        assert_eq!(letter.mail, MailKey::parse("1-a1").ok());
        assert_eq!(letter.reason.as_deref(), Some("it has no author"));
        assert!(letter.unread.is_none());
    }
}

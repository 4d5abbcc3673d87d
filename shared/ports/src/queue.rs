//! Queues: SQS.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{CallError, Outgoing, QueueName};

/// The queues between the functions.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends messages, in their order, and tells of each whether it was taken. Sending the same id
    /// again within five minutes is one message. An error where none can be sent.
    async fn send(&self, messages: &[&Outgoing]) -> Result<Vec<bool>, CallError>;

    /// Makes a received message visible again after `delay`. `receipt` is its receipt handle.
    async fn give_back(
        &self,
        queue: QueueName,
        receipt: &str,
        delay: Duration,
    ) -> Result<(), CallError>;
}

/// An error after which a queue message is tried again.
pub trait RetryAfter: std::error::Error + Send + Sync + 'static {
    /// How long to wait before that, where it is known.
    fn retry_after(&self, now: OffsetDateTime) -> Option<Duration>;

    /// What kind of failure it is: [`CallError::class`], `busy` where another worker is at it, or
    /// `other`.
    fn class(&self) -> &'static str;
}

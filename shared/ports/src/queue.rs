//! Queues: SQS.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{CallError, Outgoing, QueueName};

/// The queues between the functions.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends a message. Sending the same id again within five minutes is one message.
    async fn send(&self, message: &Outgoing) -> Result<(), CallError>;

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
}

//! Queues in memory.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use ports::{CallError, Outgoing, Queue, QueueName};

use crate::faults::{Faults, lock};

const SERVICE: &str = "the fake queues";

/// Queues that keep what was sent, without repeats. The operation to arm faults for is `send`.
#[derive(Debug, Default)]
pub struct FakeQueue {
    /// The fault switches.
    pub faults: Faults,
    sent: Mutex<Vec<Outgoing>>,
    given_back: Mutex<Vec<(QueueName, String, Duration)>>,
}

impl FakeQueue {
    /// Takes all messages of a queue.
    pub fn take(&self, queue: QueueName) -> Vec<Outgoing> {
        lock(&self.sent)
            .extract_if(.., |message| message.queue == queue)
            .collect()
    }

    /// All messages that wait.
    pub fn waiting(&self) -> Vec<Outgoing> {
        lock(&self.sent).clone()
    }

    /// What was given back: queue, receipt, delay.
    pub fn given_back(&self) -> Vec<(QueueName, String, Duration)> {
        lock(&self.given_back).clone()
    }
}

#[async_trait]
impl Queue for FakeQueue {
    async fn send(&self, message: &Outgoing) -> Result<(), CallError> {
        let fault = self.faults.meet("send");
        if fault.is_none_or(crate::Fault::lets_it_happen) {
            let mut sent = lock(&self.sent);
            if !sent
                .iter()
                .any(|m| m.deduplication_id() == message.deduplication_id())
            {
                sent.push(message.clone());
            }
        }
        match fault.and_then(|f| f.on_read(SERVICE)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    async fn give_back(
        &self,
        queue: QueueName,
        receipt: &str,
        delay: Duration,
    ) -> Result<(), CallError> {
        lock(&self.given_back).push((queue, receipt.to_owned(), delay));
        Ok(())
    }
}

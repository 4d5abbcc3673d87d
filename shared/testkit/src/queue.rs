//! Queues in memory.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use ports::{CallError, Outgoing, Queue, QueueName};

use crate::faults::{Fault, Faults, lock};

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

    fn keep(&self, message: &Outgoing) {
        let mut sent = lock(&self.sent);
        let same = |m: &Outgoing| m.deduplication_id() == message.deduplication_id();
        if !sent.iter().any(same) {
            sent.push(message.clone());
        }
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
    async fn send(&self, messages: &[&Outgoing]) -> Result<Vec<bool>, CallError> {
        let mut taken = vec![];
        for message in messages {
            let seen = |fault: Fault| fault.on_read(SERVICE);
            let work = async {
                self.keep(message);
                Ok(())
            };
            match self.faults.around("send", seen, work).await {
                Ok(()) => taken.push(true),
                Err(error) if messages.len() == 1 => return Err(error),
                Err(_) => taken.push(false),
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
        lock(&self.given_back).push((queue, receipt.to_owned(), delay));
        Ok(())
    }
}

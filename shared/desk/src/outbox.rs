//! Delivering what was decided: messages that were written together with a change go to the queues.

use ports::{CallError, Clock, Ledger, Queue};
use time::Duration;

use crate::{Failure, Worked};

/// For how long messages that one relay took are nobody else's.
const TAKEN_FOR: Duration = Duration::seconds(30);
const AT_ONCE: usize = 50;

/// Sends all that waits in the outbox and returns how many messages it was. A message that cannot be
/// sent waits for the next relay; the queue drops what was sent twice.
pub async fn relay(
    ledger: &dyn Ledger,
    queue: &dyn Queue,
    clock: &dyn Clock,
) -> Result<usize, CallError> {
    let mut count = 0;
    loop {
        let taken = ledger.take_outbox(AT_ONCE, clock.now(), TAKEN_FOR).await?;
        if taken.is_empty() {
            return Ok(count);
        }
        for (row, message) in taken {
            queue.send(&message).await?;
            ledger.sent(&[row]).await?;
            count += 1;
        }
    }
}

/// Ends the work on one mail: what it decided is sent on.
pub async fn after(
    worked: Result<Worked, Failure>,
    ledger: &dyn Ledger,
    queue: &dyn Queue,
    clock: &dyn Clock,
) -> Result<(), Failure> {
    worked?;
    let sent = relay(ledger, queue, clock).await;
    sent.map(|_| ())
        .map_err(Failure::doing("sending to the queues"))
}

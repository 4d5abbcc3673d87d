//! Delivering what was decided: messages that were written together with a change go to the queues.

use ports::{CallError, Clock, Ledger, Outgoing, Queue};
use time::{Duration, OffsetDateTime};

use crate::{Failure, Worked};

/// For how long messages that one relay took are nobody else's.
const TAKEN_FOR: Duration = Duration::seconds(30);
const AT_ONCE: usize = 50;

/// What is left of an invocation for ending it.
const FOR_THE_END: Duration = Duration::seconds(5);

/// Sends all that waits in the outbox and returns how many messages it was. A message that cannot be
/// sent waits for the next relay, as does what is left when the invocation is about to end; the queue
/// drops what was sent twice.
pub async fn relay(
    ledger: &dyn Ledger,
    queue: &dyn Queue,
    clock: &dyn Clock,
    until: OffsetDateTime,
) -> Result<usize, CallError> {
    let mut count = 0;
    while clock.now() + FOR_THE_END < until {
        let waiting = ledger.take_outbox(AT_ONCE, clock.now(), TAKEN_FOR).await?;
        if waiting.is_empty() {
            break;
        }
        let messages: Vec<&Outgoing> = waiting.iter().map(|(_, message)| message).collect();
        let taken = queue.send(&messages).await?;
        let sent = waiting.iter().zip(taken).filter(|(_, taken)| *taken);
        let sent: Vec<i64> = sent.map(|((row, _), _)| *row).collect();
        ledger.sent(&sent).await?;
        count += sent.len();
        if sent.len() < waiting.len() {
            break;
        }
    }
    Ok(count)
}

/// Ends the work on one mail: what it decided is sent on.
pub async fn after(
    worked: Result<Worked, Failure>,
    ledger: &dyn Ledger,
    queue: &dyn Queue,
    clock: &dyn Clock,
    until: OffsetDateTime,
) -> Result<Worked, Failure> {
    let worked = worked?;
    let sent = relay(ledger, queue, clock, until).await;
    sent.map_err(Failure::doing("sending to the queues"))?;
    Ok(worked)
}

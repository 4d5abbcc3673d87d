//! Letting mails go on whose letters lie there.
//!
//! A letter at a time: the ledger first, then the queue, and the letter is deleted last. What breaks off
//! in between leaves the letter where it was, and the ledger makes the repeat harmless.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use desk::outbox;
use desk::replay::{Replay, what_to_do};
use ports::{Ledger, QueueName, SystemClock, Upkeep};
use queue_sqs::SqsQueue;
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};

use super::bar::Bar;
use super::report::{Known, counted};
use super::{Desk, letters};

/// How long sending one letter's mail on may take.
const SENDING: time::Duration = time::Duration::seconds(30);
/// Well within the five minutes for which letters are ours.
const KEEP_EVERY: Duration = Duration::from_mins(2);

/// What came of replaying a letter.
enum Replayed {
    Sent(QueueName),
    Ended(&'static str),
    Kept(&'static str),
}

#[derive(Default)]
struct Tally {
    sent: usize,
    cleared: usize,
    kept: usize,
    /// The ids of the letters that are gone.
    gone: Vec<String>,
}

impl Tally {
    fn told(&self) -> String {
        let (sent, cleared, kept) = (self.sent, self.cleared, self.kept);
        format!("{sent} sent on, {cleared} cleared away, {kept} kept")
    }
}

/// Says what replaying these letters would do.
pub async fn rehearse(desk: &Desk, chosen: Vec<Known>) -> anyhow::Result<ExitCode> {
    for known in &chosen {
        println!("{}", known.would());
    }
    println!("\n{}; nothing was changed", counted(chosen.len()));
    desk.dead.give_back(&letters(chosen)).await?;
    Ok(ExitCode::SUCCESS)
}

/// Replays these letters, so many a second, and gives back those that stay.
pub async fn replay(
    desk: &Desk,
    queue: &SqsQueue,
    chosen: Vec<Known>,
    rate: u32,
) -> anyhow::Result<ExitCode> {
    let mut tally = Tally::default();
    let ended = each(desk, queue, &chosen, rate, &mut tally).await;
    let mut staying = letters(chosen);
    staying.retain(|letter| !tally.gone.contains(&letter.id));
    let given_back = desk.dead.give_back(&staying).await;
    ended.with_context(|| {
        let told = tally.told();
        format!("broke off after {told}; doing it again is safe")
    })?;
    given_back.context("giving back the letters that are kept")?;
    println!("\n{}", tally.told());
    Ok(match tally.kept {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

async fn each(
    desk: &Desk,
    queue: &SqsQueue,
    chosen: &[Known],
    rate: u32,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let bar = Bar::new(chosen.len());
    let mut pace = interval(Duration::from_secs(1) / rate.max(1));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looked = Instant::now();
    for (number, known) in chosen.iter().enumerate() {
        pace.tick().await;
        if looked.elapsed() > KEEP_EVERY {
            let rest = chosen[number..].iter().map(|known| known.letter.clone());
            let rest: Vec<_> = rest.collect();
            desk.dead
                .keep(&rest)
                .await
                .context("keeping the other letters")?;
            looked = Instant::now();
        }
        let name = known.name();
        let line = match one(desk, queue, known).await? {
            Replayed::Sent(queue) => {
                tally.sent += 1;
                tally.gone.push(known.letter.id.clone());
                format!("{name} goes to {}", queue.as_str())
            }
            Replayed::Ended(state) => {
                tally.cleared += 1;
                tally.gone.push(known.letter.id.clone());
                format!("{name} is {state}: cleared away")
            }
            Replayed::Kept(why) => {
                tally.kept += 1;
                format!("{name} is kept: {why}")
            }
        };
        bar.say(&line, number + 1);
    }
    Ok(())
}

/// The ledger is asked again, for the mail may have gone on since it was looked at.
async fn one(desk: &Desk, queue: &SqsQueue, known: &Known) -> anyhow::Result<Replayed> {
    let Some(mail) = &known.letter.mail else {
        return Ok(Replayed::Kept("it names no mail; `discard` deletes it"));
    };
    let store = &desk.store;
    let record = store.mail(mail).await;
    let record = record.with_context(|| format!("asking the ledger for {mail}"))?;
    let state = record.as_ref().map(|record| record.state.name());
    let sent = match what_to_do(record.as_ref(), known.letter.queue) {
        Replay::Keep => return Ok(Replayed::Kept("the ledger does not know its mail")),
        Replay::Clear => None,
        Replay::Send(_) => {
            let sent = store.send_again(mail).await;
            sent.with_context(|| format!("letting {mail} go on"))?
        }
    };
    if sent.is_some() {
        let until = OffsetDateTime::now_utc() + SENDING;
        outbox::relay(store, queue, &SystemClock, until)
            .await
            .with_context(|| {
                format!("sending {mail} on, which the schedule does within minutes otherwise")
            })?;
    }
    desk.dead
        .delete(&known.letter)
        .await
        .with_context(|| format!("deleting the letter of {mail}"))?;
    Ok(match sent {
        Some(queue) => Replayed::Sent(queue),
        None => Replayed::Ended(state.unwrap_or("gone")),
    })
}

//! An hour without a service, as the messages of a queue live through it.

use std::time::Duration;

use ports::limits::FAILURES_OF_AN_OUTAGE;
use ports::{Limits, Pass};
use resilience::redelivery;
use testkit::limits::FakeLimits;
use testkit::storm::Chance;
use time::OffsetDateTime;

/// How often the product's queues give a message out.
const RECEIVES: u32 = 24;
const GATE: &str = "odoo/desk";

struct Message {
    due: OffsetDateTime,
    receives: u32,
    done: Option<OffsetDateTime>,
}

fn start() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000)
}

/// Lets messages come while a service is down for so long. Returns how often each was received, and how
/// long after the outage the last one was done.
async fn lives_through(outage: Duration, messages: usize) -> (Vec<u32>, Duration) {
    let limits = FakeLimits::default();
    let mut chance = Chance::seeded(6);
    let ends = start() + outage;
    let mut messages: Vec<Message> = (0..messages)
        .map(|_| Message {
            due: start() + Duration::from_secs(chance.below(60)),
            receives: 0,
            done: None,
        })
        .collect();
    while let Some(next) = messages
        .iter_mut()
        .filter(|message| message.done.is_none())
        .min_by_key(|message| message.due)
    {
        let now = next.due;
        next.receives += 1;
        let pass = limits.pass(GATE, &[], Duration::ZERO, now).await;
        let asked = match pass.expect("an answer") {
            Pass::Refused { wait, .. } => Some(wait),
            Pass::Granted { failures, .. } if now < ends => {
                let failed = limits.failed(GATE, failures, now).await;
                failed.expect("counted");
                None
            }
            Pass::Granted { failures, .. } => {
                if failures > 0 {
                    limits.worked(GATE, now).await.expect("told");
                }
                next.done = Some(now);
                continue;
            }
        };
        let spread = f64::from(u32::try_from(chance.below(100)).unwrap_or_default()) / 100.0;
        next.due = now + redelivery::wait(next.receives, asked, spread);
    }
    let last = messages.iter().filter_map(|message| message.done).max();
    let after = last.expect("there are messages") - ends;
    let receives = messages.iter().map(|message| message.receives).collect();
    (receives, after.try_into().unwrap_or_default())
}

#[tokio::test]
async fn an_hour_without_a_service_uses_up_no_messages_tries() {
    let (receives, _) = lives_through(Duration::from_hours(1), 60).await;
    let most = receives.iter().max().copied().unwrap_or_default();
    assert!(most < RECEIVES, "a message was received {most} times");
}

#[tokio::test]
async fn three_hours_without_a_service_use_up_no_messages_tries() {
    let (receives, _) = lives_through(Duration::from_hours(3), 60).await;
    let most = receives.iter().max().copied().unwrap_or_default();
    assert!(most < RECEIVES, "a message was received {most} times");
}

#[tokio::test]
async fn what_waited_drains_by_itself_soon_after() {
    let (_, after) = lives_through(Duration::from_hours(1), 60).await;
    assert!(after < Duration::from_mins(30), "{after:?}");
}

#[tokio::test]
async fn a_short_outage_is_over_soon() {
    let (_, after) = lives_through(Duration::from_secs(40), 60).await;
    assert!(after < Duration::from_mins(5), "{after:?}");
    const { assert!(FAILURES_OF_AN_OUTAGE < 60) };
}

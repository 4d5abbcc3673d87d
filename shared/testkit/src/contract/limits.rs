//! What every implementation of the gates must do.

use std::sync::Arc;
use std::time::Duration;

use ports::limits::{FAILURES_OF_AN_OUTAGE, FIRST_REST, LONGEST_REST, PROBE};
use ports::{Bucket, Limits, Pass, Pause};
use time::OffsetDateTime;

/// Runs every case on gates of its own and returns the names of the cases.
///
/// # Panics
/// Where the gates break the contract.
pub async fn upholds<F, Fut>(limits: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Limits>>,
{
    cases! { limits:
        a_gate_that_nobody_shut_lets_pass,
        a_full_bucket_gives_its_burst_at_once_and_no_more,
        a_bucket_fills_again_with_time,
        a_short_wait_is_granted_to_the_patient,
        what_is_refused_draws_nothing_from_any_bucket,
        a_cost_above_the_burst_is_granted_from_a_full_bucket,
        of_forty_at_once_no_more_pass_than_the_bucket_holds,
        failures_in_a_row_shut_the_gate_and_say_so_once,
        a_success_between_them_begins_the_count_anew,
        failures_of_calls_under_way_do_not_shut_it_longer,
        after_the_rest_one_probes_and_the_others_wait,
        a_probe_that_fails_doubles_the_rest,
        a_rest_never_grows_beyond_the_longest,
        a_probe_that_works_opens_the_gate_and_tells_since_when_it_was_shut,
        two_gates_know_nothing_of_each_other,
        a_gate_that_is_held_says_that_a_limit_is_used_up,
        a_shorter_hold_does_not_shorten_a_longer_one,
    }
}

const GATE: &str = "odoo/desk";

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000)
}

/// Sixty a minute, ten at once.
fn bucket() -> Bucket {
    Bucket::a_minute("odoo/calls", 60)
}

async fn asks(limits: &dyn Limits, draws: &[(Bucket, u32)], at: OffsetDateTime) -> Pass {
    limits
        .pass(GATE, draws, Duration::ZERO, at)
        .await
        .expect("an answer")
}

async fn passes(limits: &dyn Limits, at: OffsetDateTime) -> bool {
    matches!(asks(limits, &[], at).await, Pass::Granted { .. })
}

fn refused(pass: Pass) -> (Pause, Duration) {
    match pass {
        Pass::Refused { why, wait } => (why, wait),
        granted @ Pass::Granted { .. } => panic!("not refused: {granted:?}"),
    }
}

async fn fails(limits: &dyn Limits, known: u32, at: OffsetDateTime) -> bool {
    limits.failed(GATE, known, at).await.expect("counted")
}

/// Lets the service go down; returns how many of the failures began an outage.
async fn goes_down(limits: &dyn Limits) -> u32 {
    let mut begun = 0;
    for known in 0..FAILURES_OF_AN_OUTAGE {
        begun += u32::from(fails(limits, known, now()).await);
    }
    begun
}

async fn a_gate_that_nobody_shut_lets_pass(limits: Arc<dyn Limits>) {
    let pass = asks(&*limits, &[], now()).await;
    let free = Pass::Granted {
        wait: Duration::ZERO,
        failures: 0,
    };
    assert_eq!(pass, free);
}

async fn a_full_bucket_gives_its_burst_at_once_and_no_more(limits: Arc<dyn Limits>) {
    let draws = [(bucket(), 5)];
    for _ in 0..2 {
        assert!(matches!(
            asks(&*limits, &draws, now()).await,
            Pass::Granted { .. }
        ));
    }
    let (why, wait) = refused(asks(&*limits, &draws, now()).await);
    assert_eq!(why, Pause::Limited);
    assert!(wait > Duration::from_secs(4) && wait < Duration::from_secs(6));
}

async fn a_bucket_fills_again_with_time(limits: Arc<dyn Limits>) {
    asks(&*limits, &[(bucket(), 10)], now()).await;
    refused(asks(&*limits, &[(bucket(), 3)], now()).await);
    let later = now() + Duration::from_secs(3);
    assert!(matches!(
        asks(&*limits, &[(bucket(), 3)], later).await,
        Pass::Granted { .. }
    ));
    refused(asks(&*limits, &[(bucket(), 1)], later).await);
}

async fn a_short_wait_is_granted_to_the_patient(limits: Arc<dyn Limits>) {
    asks(&*limits, &[(bucket(), 10)], now()).await;
    let patience = Duration::from_secs(3);
    let pass = limits
        .pass(GATE, &[(bucket(), 2)], patience, now())
        .await
        .expect("an answer");
    let Pass::Granted { wait, .. } = pass else {
        panic!("{pass:?}");
    };
    assert!(wait > Duration::from_millis(1_900) && wait < Duration::from_millis(2_100));
}

async fn what_is_refused_draws_nothing_from_any_bucket(limits: Arc<dyn Limits>) {
    let small = Bucket::a_minute("another/small", 6);
    asks(&*limits, &[(small.clone(), 1)], now()).await;
    for _ in 0..5 {
        refused(asks(&*limits, &[(bucket(), 9), (small.clone(), 1)], now()).await);
    }
    assert!(matches!(
        asks(&*limits, &[(bucket(), 10)], now()).await,
        Pass::Granted { .. }
    ));
}

async fn a_cost_above_the_burst_is_granted_from_a_full_bucket(limits: Arc<dyn Limits>) {
    assert!(matches!(
        asks(&*limits, &[(bucket(), 99)], now()).await,
        Pass::Granted { .. }
    ));
    refused(asks(&*limits, &[(bucket(), 1)], now()).await);
}

async fn of_forty_at_once_no_more_pass_than_the_bucket_holds(limits: Arc<dyn Limits>) {
    let asked = (0..40).map(|_| {
        let limits = limits.clone();
        tokio::spawn(async move { asks(&*limits, &[(bucket(), 1)], now()).await })
    });
    let asked: Vec<_> = asked.collect();
    let mut granted = 0;
    for task in asked {
        granted += u32::from(matches!(task.await.expect("it ran"), Pass::Granted { .. }));
    }
    assert_eq!(granted, 10);
}

async fn failures_in_a_row_shut_the_gate_and_say_so_once(limits: Arc<dyn Limits>) {
    for known in 0..FAILURES_OF_AN_OUTAGE - 1 {
        assert!(!fails(&*limits, known, now()).await);
        assert!(passes(&*limits, now()).await);
    }
    assert!(fails(&*limits, 0, now()).await);
    let (why, wait) = refused(asks(&*limits, &[], now()).await);
    assert_eq!((why, wait), (Pause::Down, FIRST_REST));
}

async fn a_success_between_them_begins_the_count_anew(limits: Arc<dyn Limits>) {
    for known in 0..FAILURES_OF_AN_OUTAGE - 1 {
        fails(&*limits, known, now()).await;
    }
    assert_eq!(limits.worked(GATE, now()).await.expect("told"), None);
    fails(&*limits, 0, now()).await;
    assert!(passes(&*limits, now()).await);
}

async fn failures_of_calls_under_way_do_not_shut_it_longer(limits: Arc<dyn Limits>) {
    assert_eq!(goes_down(&*limits).await, 1);
    for known in 0..FAILURES_OF_AN_OUTAGE {
        assert!(!fails(&*limits, known.min(2), now()).await);
    }
    assert_eq!(refused(asks(&*limits, &[], now()).await).1, FIRST_REST);
}

async fn after_the_rest_one_probes_and_the_others_wait(limits: Arc<dyn Limits>) {
    goes_down(&*limits).await;
    let rested = now() + FIRST_REST;
    let probe = asks(&*limits, &[], rested).await;
    let Pass::Granted { failures, .. } = probe else {
        panic!("{probe:?}");
    };
    assert_eq!(failures, FAILURES_OF_AN_OUTAGE);
    assert_eq!(
        refused(asks(&*limits, &[], rested).await),
        (Pause::Down, PROBE)
    );
}

async fn a_probe_that_fails_doubles_the_rest(limits: Arc<dyn Limits>) {
    goes_down(&*limits).await;
    let rested = now() + FIRST_REST;
    asks(&*limits, &[], rested).await;
    assert!(!fails(&*limits, FAILURES_OF_AN_OUTAGE, rested).await);
    assert_eq!(
        refused(asks(&*limits, &[], rested).await),
        (Pause::Down, FIRST_REST * 2)
    );
}

async fn a_rest_never_grows_beyond_the_longest(limits: Arc<dyn Limits>) {
    goes_down(&*limits).await;
    let mut at = now();
    let mut rest = FIRST_REST;
    for _ in 0..12 {
        at += rest;
        let Pass::Granted { failures, .. } = asks(&*limits, &[], at).await else {
            panic!("nobody may probe");
        };
        fails(&*limits, failures, at).await;
        rest = refused(asks(&*limits, &[], at).await).1;
    }
    assert_eq!(rest, LONGEST_REST);
}

async fn a_probe_that_works_opens_the_gate_and_tells_since_when_it_was_shut(
    limits: Arc<dyn Limits>,
) {
    goes_down(&*limits).await;
    let rested = now() + FIRST_REST;
    asks(&*limits, &[], rested).await;
    assert_eq!(
        limits.worked(GATE, rested).await.expect("told"),
        Some(now())
    );
    assert_eq!(limits.worked(GATE, rested).await.expect("told"), None);
    for _ in 0..3 {
        assert!(passes(&*limits, rested).await);
    }
}

async fn two_gates_know_nothing_of_each_other(limits: Arc<dyn Limits>) {
    goes_down(&*limits).await;
    let other = limits
        .pass("odoo/another", &[], Duration::ZERO, now())
        .await
        .expect("an answer");
    assert!(matches!(other, Pass::Granted { failures: 0, .. }));
}

async fn a_gate_that_is_held_says_that_a_limit_is_used_up(limits: Arc<dyn Limits>) {
    let length = Duration::from_secs(7);
    limits.hold(GATE, length, now()).await.expect("held");
    assert_eq!(
        refused(asks(&*limits, &[], now()).await),
        (Pause::Limited, length)
    );
    assert!(passes(&*limits, now() + length).await);
}

async fn a_shorter_hold_does_not_shorten_a_longer_one(limits: Arc<dyn Limits>) {
    let long = Duration::from_mins(1);
    limits.hold(GATE, long, now()).await.expect("held");
    let short = Duration::from_secs(2);
    limits.hold(GATE, short, now()).await.expect("held");
    assert_eq!(refused(asks(&*limits, &[], now()).await).1, long);
}

//! What a call does at a gate: repeats, waits, leaves alone, and ends in time.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use ports::limits::FAILURES_OF_AN_OUTAGE;
use ports::{Bucket, CallError, Pause};
use resilience::{Effect, Gate, Op, Policy, detail, within};
use testkit::limits::FakeLimits;
use tokio::time::Instant;

fn unreachable() -> CallError {
    CallError::unreachable("odoo", "connection refused")
}

fn unknown() -> CallError {
    CallError::outcome_unknown("odoo", "timed out")
}

fn limited(seconds: u64) -> CallError {
    CallError::RateLimited {
        service: "gemini",
        retry_after: Some(Duration::from_secs(seconds)),
    }
}

/// Fails `times` times, then succeeds; returns whether it did and the number of tries.
async fn tried(gate: &Gate, effect: Effect, times: u32, error: fn() -> CallError) -> (bool, u32) {
    let tries = Cell::new(0);
    let result = gate
        .call(Op::new("odoo.test", effect), || {
            tries.set(tries.get() + 1);
            let fails = tries.get() <= times;
            async move { if fails { Err(error()) } else { Ok(()) } }
        })
        .await;
    (result.is_ok(), tries.get())
}

fn open() -> Gate {
    Gate::open("odoo")
}

fn kept(limits: &Arc<FakeLimits>) -> Gate {
    open().kept_by(limits.clone(), "desk", [Bucket::a_minute("calls", 600)])
}

#[tokio::test(start_paused = true)]
async fn a_call_that_did_not_arrive_is_repeated() {
    assert_eq!(
        tried(&open(), Effect::Once, 2, unreachable).await,
        (true, 3)
    );
}

#[tokio::test(start_paused = true)]
async fn a_read_whose_outcome_is_unknown_is_repeated() {
    assert_eq!(tried(&open(), Effect::None, 1, unknown).await, (true, 2));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_outcome_is_unknown_is_never_repeated_blindly() {
    assert_eq!(tried(&open(), Effect::Once, 1, unknown).await, (false, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_repeated() {
    let rejected = || CallError::rejected("odoo", "no such team");
    assert_eq!(tried(&open(), Effect::None, 1, rejected).await, (false, 1));
}

#[tokio::test(start_paused = true)]
async fn tries_end() {
    assert_eq!(
        tried(&open(), Effect::None, 99, unreachable).await,
        (false, 4)
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_the_bound_is_not_begun() {
    assert_eq!(
        tried(&open(), Effect::None, 99, || limited(60)).await,
        (false, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn no_repeat_begins_that_would_outlast_the_invocation() {
    let began = Instant::now();
    let ((worked, tries), _) = within(
        Duration::from_secs(4),
        tried(&open(), Effect::None, 99, || limited(3)),
    )
    .await;
    assert_eq!((worked, tries), (false, 1));
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_write_under_way_when_the_invocation_ends_is_of_unknown_outcome() {
    let hangs = || std::future::pending::<Result<(), CallError>>();
    let gate = open();
    let call = gate.call(Op::new("odoo.write", Effect::Once), hangs);
    let began = Instant::now();
    let (answer, _) = within(Duration::from_secs(10), call).await;
    assert!(matches!(
        answer.unwrap_err(),
        CallError::OutcomeUnknown { .. }
    ));
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "there is time to record it"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_called_when_the_invocation_is_about_to_end() {
    let (answer, _) = within(
        Duration::from_millis(500),
        tried(&open(), Effect::None, 0, unreachable),
    )
    .await;
    assert_eq!(answer, (false, 0));
}

#[tokio::test(start_paused = true)]
async fn calls_are_counted_once_with_all_their_attempts() {
    let work = async {
        tried(&open(), Effect::None, 2, unreachable).await;
        detail("a-model, 12 tokens");
        tried(&open(), Effect::Once, 9, unknown).await;
    };
    let ((), made) = within(Duration::from_mins(1), work).await;
    let told: Vec<_> = made
        .calls
        .iter()
        .map(|call| (call.attempts, call.error.is_some(), call.detail.as_deref()))
        .collect();
    assert_eq!(
        told,
        [(3, false, Some("a-model, 12 tokens")), (1, true, None)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_failing_is_left_alone_by_every_function() {
    let limits = Arc::new(FakeLimits::default());
    let mut calls = 0;
    while limits.down_since("odoo/desk").is_none() {
        tried(&kept(&limits), Effect::Once, 99, unknown).await;
        calls += 1;
    }
    assert_eq!(calls, FAILURES_OF_AN_OUTAGE);
    let another_function = kept(&limits);
    assert_eq!(
        tried(&another_function, Effect::None, 0, unreachable).await,
        (false, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_to_a_service_that_is_left_alone_says_when_to_come_back() {
    let limits = Arc::new(FakeLimits::default());
    for _ in 0..FAILURES_OF_AN_OUTAGE {
        tried(&kept(&limits), Effect::Once, 99, unknown).await;
    }
    let gate = kept(&limits);
    let answer = gate
        .call(Op::new("odoo.test", Effect::None), || async { Ok(()) })
        .await;
    let Err(CallError::Paused { why, wait, .. }) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(why, Pause::Down);
    assert!(wait > Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_that_the_service_is_there() {
    let limits = Arc::new(FakeLimits::default());
    let rejected = || CallError::rejected("odoo", "no such team");
    for _ in 0..FAILURES_OF_AN_OUTAGE * 3 {
        tried(&kept(&limits), Effect::Once, 1, rejected).await;
    }
    assert_eq!(limits.down_since("odoo/desk"), None);
}

#[tokio::test(start_paused = true)]
async fn what_a_service_asks_one_function_to_wait_all_of_them_wait() {
    let limits = Arc::new(FakeLimits::default());
    let answer = tried(&kept(&limits), Effect::None, 99, || limited(120)).await;
    assert_eq!(answer, (false, 1));
    assert_eq!(
        tried(&kept(&limits), Effect::None, 0, unreachable).await,
        (false, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_used_up_refuses_the_call_before_it_is_made() {
    let limits = Arc::new(FakeLimits::default());
    let tight = open().kept_by(
        limits,
        "desk",
        [Bucket::a_day("calls", 2), Bucket::a_minute("tokens", 600)],
    );
    let mut made = 0;
    for _ in 0..5 {
        let op = Op::new("gemini.test", Effect::None).at(&[1, 0]);
        made += u32::from(tight.call(op, || async { Ok(()) }).await.is_ok());
    }
    assert_eq!(made, 2);
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_one_attempt_tries_once() {
    let once = Policy {
        attempts: 1,
        ..Policy::default()
    };
    assert_eq!(
        tried(&open().under(once), Effect::None, 9, unreachable).await,
        (false, 1)
    );
}

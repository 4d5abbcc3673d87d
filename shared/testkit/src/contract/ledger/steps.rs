//! Doing once: claims and their ends.

use std::sync::Arc;

use domain::MailKey;
use domain::step::{Claim, Done, Ending, Lease, Step, StepName};
use ports::Ledger;
use time::{Duration, OffsetDateTime};

use super::{LEASE, mail, start};

const STEP: StepName = StepName::Ticket;

async fn granted(ledger: &dyn Ledger, key: &MailKey, now: OffsetDateTime) -> Lease {
    match ledger.claim(key, STEP, now, LEASE).await.expect("a claim") {
        Claim::Granted(lease) => lease,
        other => panic!("not granted: {other:?}"),
    }
}

fn done() -> Ending {
    Ending::Done(Done {
        external_id: "HT00007".into(),
    })
}

pub(super) async fn one_of_many_concurrent_claims_is_granted(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (ledger, key) = (ledger.clone(), key.clone());
        claims.spawn(async move { ledger.claim(&key, STEP, start(), LEASE).await });
    }
    let answers = claims.join_all().await;
    let granted = answers
        .iter()
        .filter(|a| matches!(a, Ok(Claim::Granted(_))))
        .count();
    let busy = answers
        .iter()
        .filter(|a| matches!(a, Ok(Claim::Busy(_))))
        .count();
    assert_eq!((granted, busy), (1, 39));
}

pub(super) async fn a_lapsed_lease_passes_on_with_a_look(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    assert!(!granted(&*ledger, &key, start()).await.look_first);
    let second = granted(&*ledger, &key, start() + LEASE).await;
    assert!(second.look_first);
    assert_eq!(second.attempt, 2);
}

pub(super) async fn a_late_finisher_is_fenced(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let late = granted(&*ledger, &key, start()).await;
    let holder = granted(&*ledger, &key, start() + LEASE).await;
    assert!(!ledger.end(&key, STEP, &late, &done()).await.expect("tried"));
    assert!(
        ledger
            .end(&key, STEP, &holder, &done())
            .await
            .expect("ended")
    );
}

pub(super) async fn a_done_step_keeps_its_external_id(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let lease = granted(&*ledger, &key, start()).await;
    assert!(
        ledger
            .end(&key, STEP, &lease, &done())
            .await
            .expect("ended")
    );
    let claim = ledger
        .claim(&key, STEP, start() + LEASE * 9, LEASE)
        .await
        .expect("a claim");
    assert_eq!(
        claim,
        Claim::Done(Done {
            external_id: "HT00007".into()
        })
    );
    assert!(
        !ledger
            .end(&key, STEP, &lease, &Ending::DidNotHappen)
            .await
            .expect("tried")
    );
}

pub(super) async fn an_abandoned_step_stays_abandoned(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let lease = granted(&*ledger, &key, start()).await;
    let gone = Ending::Abandoned("thread deleted".into());
    assert!(ledger.end(&key, STEP, &lease, &gone).await.expect("ended"));
    let claim = ledger
        .claim(&key, STEP, start() + LEASE * 9, LEASE)
        .await
        .expect("a claim");
    assert_eq!(claim, Claim::Abandoned("thread deleted".into()));
}

/// Random moves on the ledger and on [`Step`] side by side.
pub(super) async fn the_steps_follow_the_state_machine_move_by_move(ledger: Arc<dyn Ledger>) {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for mail_number in 0..12 {
        let key = mail(&*ledger, &format!("b{mail_number}")).await;
        let (mut model, mut now, mut leases) = (Step::default(), start(), Vec::<Lease>::new());
        for _ in 0..25 {
            now += Duration::seconds(i64::try_from(next(20)).expect("small"));
            if leases.is_empty() || next(2) == 0 {
                let claim = ledger.claim(&key, STEP, now, LEASE).await.expect("a claim");
                assert_eq!(claim, model.claim(now, LEASE));
                if let Claim::Granted(lease) = claim {
                    leases.push(lease);
                }
                continue;
            }
            let some = usize::try_from(next(leases.len() as u64)).expect("small");
            let ending = match next(12) {
                0 => done(),
                1 => Ending::Abandoned("gone".into()),
                2..=6 => Ending::DidNotHappen,
                _ => Ending::MayHaveHappened,
            };
            let lease = leases[some].clone();
            let ended = ledger
                .end(&key, STEP, &lease, &ending)
                .await
                .expect("tried");
            assert_eq!(ended, model.end(lease.attempt, ending).is_ok());
        }
    }
}

//! Who may write drafts into a thread.

use std::sync::Arc;

use domain::MailKey;
use ports::Ledger;
use time::Duration;

use super::{LEASE, mail, start, thread};

const AT_ONCE: Duration = Duration::ZERO;

/// Whether a mail gets to hold the thread now.
async fn holds(ledger: &dyn Ledger, key: &MailKey, after: Duration) -> bool {
    let thread = thread("t1");
    let held = ledger.hold_thread(key, &thread, start() + after, LEASE);
    held.await.expect("tried").is_none()
}

pub(super) async fn a_held_thread_is_nobody_elses(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    let thread = thread("t1");
    let until = ledger.hold_thread(&other, &thread, start(), LEASE);
    assert_eq!(until.await.expect("tried"), Some(start() + LEASE));
}

pub(super) async fn the_same_mail_holds_its_thread_again(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    assert!(holds(&*ledger, &key, AT_ONCE).await);
    assert!(holds(&*ledger, &key, AT_ONCE).await);
}

pub(super) async fn a_hold_ends_by_itself(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    assert!(holds(&*ledger, &other, LEASE).await);
}

pub(super) async fn a_released_thread_can_be_held(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    let released = ledger.release_thread(&one, &thread("t1")).await;
    released.expect("released");
    assert!(holds(&*ledger, &other, AT_ONCE).await);
}

pub(super) async fn nobody_releases_the_hold_of_another(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    let released = ledger.release_thread(&other, &thread("t1")).await;
    released.expect("tried");
    assert!(!holds(&*ledger, &other, AT_ONCE).await);
}

pub(super) async fn a_hold_leaves_other_threads_free(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    let thread = thread("t2");
    let held = ledger.hold_thread(&other, &thread, start(), LEASE);
    assert_eq!(held.await.expect("tried"), None);
}

pub(super) async fn of_eight_that_hold_at_once_one_gets_the_thread(ledger: Arc<dyn Ledger>) {
    let mut holding = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (ledger, key) = (ledger.clone(), mail(&*ledger, &format!("a{n}")).await);
        holding.spawn(async move { holds(&*ledger, &key, AT_ONCE).await });
    }
    let granted = holding.join_all().await;
    assert_eq!(granted.iter().filter(|&&held| held).count(), 1);
}

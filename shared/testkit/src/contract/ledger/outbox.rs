//! Messages that wait to be sent.

use std::sync::Arc;

use ports::Ledger;

use super::{LEASE, mail, start, waiting};

pub(super) async fn a_taken_message_is_nobody_elses_until_its_time_is_up(ledger: Arc<dyn Ledger>) {
    mail(&*ledger, "a1").await;
    let now = start();
    assert_eq!(waiting(&*ledger, now).await.len(), 1);
    assert!(waiting(&*ledger, now + LEASE / 2).await.is_empty());
    assert_eq!(waiting(&*ledger, now + LEASE).await.len(), 1);
}

pub(super) async fn a_sent_message_is_never_taken_again(ledger: Arc<dyn Ledger>) {
    mail(&*ledger, "a1").await;
    mail(&*ledger, "a2").await;
    let out = waiting(&*ledger, start()).await;
    ledger.sent(&[out[0].0]).await.expect("marked");
    let left = waiting(&*ledger, start() + LEASE).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0], out[1]);
}

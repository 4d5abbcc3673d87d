//! Messages that wait to be sent.

use std::sync::Arc;

use domain::{MailKey, MailState};
use ports::{Change, Ledger, Outgoing, QueueName, TraceParent};

use super::{LEASE, applied, mail, start, thread, waiting};

/// Sends all that waits and gives it.
async fn delivered(ledger: &dyn Ledger) -> Vec<Outgoing> {
    let out = waiting(ledger, start()).await;
    let rows: Vec<i64> = out.iter().map(|(row, _)| *row).collect();
    ledger.sent(&rows).await.expect("marked");
    out.into_iter().map(|(_, message)| message).collect()
}

/// Parks a mail, also one that was parked before.
async fn parks(ledger: &dyn Ledger, key: &MailKey, reason: &str) {
    let change = Change {
        outbox: vec![Outgoing {
            queue: QueueName::Errors,
            mail: key.clone(),
            group: thread("t1"),
            reason: Some(reason.to_owned()),
            times: 0,
            trace: None,
        }],
        ..Change::to(
            &["received", "parked"],
            MailState::Parked(reason.to_owned()),
        )
    };
    assert!(applied(ledger, key, &change, start()).await);
}

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

pub(super) async fn a_mail_that_is_queued_a_second_time_is_sent_a_second_time(
    ledger: Arc<dyn Ledger>,
) {
    let key = mail(&*ledger, "a1").await;
    delivered(&*ledger).await;
    parks(&*ledger, &key, "it has no author").await;
    assert_eq!(delivered(&*ledger).await.len(), 1);
    parks(&*ledger, &key, "it is too large").await;
    let again = delivered(&*ledger).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].reason.as_deref(), Some("it is too large"));
}

pub(super) async fn a_second_message_is_told_from_a_repeat_of_the_first(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    delivered(&*ledger).await;
    parks(&*ledger, &key, "it has no author").await;
    let lost = waiting(&*ledger, start()).await;
    let repeat = waiting(&*ledger, start() + LEASE).await;
    assert_eq!(lost[0].1.deduplication_id(), repeat[0].1.deduplication_id());
    parks(&*ledger, &key, "it has no author").await;
    let second = waiting(&*ledger, start()).await;
    assert_ne!(lost[0].1.deduplication_id(), second[0].1.deduplication_id());
}

pub(super) async fn what_was_queued_again_while_it_was_sent_is_sent_again(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    delivered(&*ledger).await;
    parks(&*ledger, &key, "it has no author").await;
    let first = waiting(&*ledger, start()).await;
    parks(&*ledger, &key, "it is too large").await;
    ledger.sent(&[first[0].0]).await.expect("marked");
    assert_eq!(waiting(&*ledger, start()).await.len(), 1);
}

pub(super) async fn the_messages_of_a_mail_carry_one_trace(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let first = delivered(&*ledger).await;
    parks(&*ledger, &key, "it has no author").await;
    let second = delivered(&*ledger).await;
    assert!(first[0].trace.is_some());
    assert_eq!(first[0].trace, second[0].trace);
}

pub(super) async fn two_mails_are_two_traces(ledger: Arc<dyn Ledger>) {
    mail(&*ledger, "a1").await;
    mail(&*ledger, "a2").await;
    let sent = delivered(&*ledger).await;
    let trace = |at: usize| sent[at].trace.as_ref().map(TraceParent::trace_id);
    assert_ne!(trace(0), trace(1));
}

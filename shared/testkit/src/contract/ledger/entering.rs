//! Mailboxes, and entering mails.

use std::sync::Arc;

use domain::{HistoryId, MailKey, MailState};
use ports::{Ledger, QueueName, Seen};

use super::{mail, mailbox, seen, start, thread, waiting};

/// The ids of the mails of thread `t1`.
async fn of_thread(ledger: &dyn Ledger) -> Vec<String> {
    let mailbox = mailbox(ledger).await;
    let mails = ledger.thread(mailbox, &thread("t1")).await.expect("read");
    let ids = mails.iter().map(|mail| mail.key.message().as_str());
    ids.map(str::to_owned).collect()
}

pub(super) async fn a_mailbox_keeps_its_number_whatever_the_case_of_its_address(
    ledger: Arc<dyn Ledger>,
) {
    let first = ledger
        .mailbox("Support@Bank.test")
        .await
        .expect("a mailbox");
    let second = ledger
        .mailbox("support@bank.test")
        .await
        .expect("a mailbox");
    assert_eq!(first, second);
    assert_eq!(first.cursor, None);
}

pub(super) async fn a_mail_entered_twice_is_new_once(ledger: Arc<dyn Ledger>) {
    let mailbox = mailbox(&*ledger).await;
    let mails = [
        seen("a1", MailState::Received),
        seen("a2", MailState::Received),
    ];
    assert_eq!(
        ledger.enter(mailbox, &mails[..1]).await.expect("entered"),
        1
    );
    assert_eq!(ledger.enter(mailbox, &mails).await.expect("entered"), 1);
    assert_eq!(ledger.enter(mailbox, &[]).await.expect("entered"), 0);
}

pub(super) async fn a_received_mail_is_queued_for_triage_once(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    mail(&*ledger, "a1").await;
    let out = waiting(&*ledger, start()).await;
    assert_eq!(out.len(), 1);
    assert_eq!((out[0].1.queue, &out[0].1.mail), (QueueName::Mail, &key));
}

pub(super) async fn a_skipped_mail_is_entered_but_not_queued(ledger: Arc<dyn Ledger>) {
    let mailbox = mailbox(&*ledger).await;
    let sent = seen("s1", MailState::Skipped("sent by a person".into()));
    ledger
        .enter(mailbox, std::slice::from_ref(&sent))
        .await
        .expect("entered");
    let key = MailKey::new(mailbox, sent.message);
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.state, sent.state);
    assert!(waiting(&*ledger, start()).await.is_empty());
}

pub(super) async fn the_cursor_never_moves_back(ledger: Arc<dyn Ledger>) {
    let id = mailbox(&*ledger).await;
    for to in [5, 9, 7] {
        ledger
            .advance(id, HistoryId(to), start())
            .await
            .expect("advanced");
    }
    let record = ledger
        .mailbox("support@bank.test")
        .await
        .expect("a mailbox");
    assert_eq!(record.cursor, Some(HistoryId(9)));
}

pub(super) async fn the_mails_of_a_thread_come_in_the_order_in_which_they_were_entered(
    ledger: Arc<dyn Ledger>,
) {
    for message in ["a2", "a3", "a1"] {
        mail(&*ledger, message).await;
    }
    assert_eq!(of_thread(&*ledger).await, ["a2", "a3", "a1"]);
}

pub(super) async fn mails_that_were_entered_at_once_come_by_their_ids(ledger: Arc<dyn Ledger>) {
    let mailbox = mailbox(&*ledger).await;
    let all = ["a2", "a3", "a1"].map(|message| seen(message, MailState::Received));
    ledger.enter(mailbox, &all).await.expect("entered");
    assert_eq!(of_thread(&*ledger).await, ["a1", "a2", "a3"]);
}

pub(super) async fn a_mail_of_another_thread_is_not_among_them(ledger: Arc<dyn Ledger>) {
    mail(&*ledger, "a1").await;
    let elsewhere = Seen {
        thread: thread("t2"),
        ..seen("a2", MailState::Received)
    };
    let mailbox = mailbox(&*ledger).await;
    ledger.enter(mailbox, &[elsewhere]).await.expect("entered");
    assert_eq!(of_thread(&*ledger).await, ["a1"]);
}

pub(super) async fn of_a_long_thread_the_last_hundred_mails_come(ledger: Arc<dyn Ledger>) {
    mail(&*ledger, "b1").await;
    let mailbox = mailbox(&*ledger).await;
    let ids: Vec<String> = (0..100).map(|n| format!("a{n:03}")).collect();
    let all: Vec<Seen> = ids.iter().map(|id| seen(id, MailState::Received)).collect();
    ledger.enter(mailbox, &all).await.expect("entered");
    assert_eq!(of_thread(&*ledger).await, ids);
}

//! What metrics are made of: how much came, how long it took, and what became of drafts.

use domain::Intent;
use ports::{Clock, DraftOutcome, Ledger, QueueName};
use time::Duration;

use crate::house::House;

const MAIL: &[u8] = b"From: carla@customer.test\r\nSubject: Fee\r\n\r\nHow much is it?\r\n";

#[tokio::test]
async fn a_sync_tells_what_history_showed_what_it_took_and_what_was_new() {
    let house = House::new(Intent::GeneralQuery);
    house.runs().await;
    house.gmail.deliver(MAIL);
    house.gmail.deliver_archived(MAIL);
    let synced = house.sync().await.unwrap();
    assert_eq!((synced.shown, synced.taken, synced.new), (2, 1, 1));
}

#[tokio::test]
async fn our_own_drafts_are_nothing_that_history_showed() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    let place = house.gmail.place();
    let draft = house.only_draft();
    house.gmail.edit_draft(&draft, "Another text");
    assert!(house.gmail.place() > place, "history has moved");
    let synced = house.sync().await.unwrap();
    assert_eq!((synced.shown, synced.new), (0, 0));
}

#[tokio::test]
async fn a_mail_that_was_found_late_has_waited_since_gmail_took_it_in() {
    let house = House::new(Intent::GeneralQuery);
    house.runs().await;
    let came = house.clock.now() - Duration::minutes(40);
    house.gmail.deliver_at(MAIL, came);
    house.runs().await;
    let mail = house.book.mails().remove(0);
    assert_eq!(
        mail.received_at.map(time::OffsetDateTime::unix_timestamp),
        Some(came.unix_timestamp())
    );
    assert!(mail.seen_at > came);
}

#[tokio::test]
async fn who_records_a_sent_draft_is_told_what_became_of_it() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    house.gmail.send_draft(&house.only_draft());
    house.sync().await.unwrap();
    let sent = house.queue.take(QueueName::Mail).remove(0);
    let worked = house.worked(&sent).await.unwrap();
    assert_eq!(worked.settled(), [DraftOutcome::SentAsIs]);
    let again = house.worked(&sent).await.unwrap();
    assert_eq!(again.settled(), [], "it is told once");
    assert!(house.book.mail(&sent.mail).await.unwrap().is_some());
}

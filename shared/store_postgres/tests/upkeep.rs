//! What the ledger in Postgres knows of things that went astray.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration as Wait;

use domain::{GmailMessageId, Intent, MailKey, MailState, ThreadId, TicketId, TicketRef};
use local::postgres::Postgres;
use ports::limits::FAILURES_OF_AN_OUTAGE;
use ports::{Budget, Change, Ledger, Limits, Outgoing, QueueName, Seen, Upkeep, Visit};
use secrecy::SecretString;
use store_postgres::{Store, migrate};
use time::{Duration, OffsetDateTime};

struct Place {
    store: Store,
    _server: Postgres,
}

async fn place() -> Place {
    let server = Postgres::for_tests().unwrap();
    let url = SecretString::from(server.url());
    migrate(&url).await.unwrap();
    Place {
        store: Store::new(&url).unwrap(),
        _server: server,
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// An hour after anything that these tests do.
fn later() -> OffsetDateTime {
    now() + Duration::hours(1)
}

impl Place {
    async fn mail(&self, message: &str) -> MailKey {
        let mailbox = self.store.mailbox("support@bank.test").await.unwrap().id;
        let seen = Seen {
            message: GmailMessageId::parse(message).unwrap(),
            thread: ThreadId::parse("t1").unwrap(),
            state: MailState::Received,
        };
        let key = MailKey::new(mailbox, seen.message.clone());
        self.store.enter(mailbox, &[seen]).await.unwrap();
        key
    }

    /// A mail whose message was sent to the queue.
    async fn sent_mail(&self, message: &str) -> MailKey {
        let key = self.mail(message).await;
        self.delivers().await;
        key
    }

    async fn delivers(&self) -> Vec<Outgoing> {
        let lease = Duration::seconds(30);
        let waiting = self.store.take_outbox(100, now(), lease).await.unwrap();
        let rows: Vec<i64> = waiting.iter().map(|(row, _)| *row).collect();
        self.store.sent(&rows).await.unwrap();
        waiting.into_iter().map(|(_, message)| message).collect()
    }

    async fn moves(&self, key: &MailKey, to: MailState) {
        let change = Change::to(&["received", "routed"], to);
        assert!(self.store.apply(key, &change, now()).await.unwrap());
    }

    async fn routes(&self, key: &MailKey) {
        let ticket = (TicketId(7), TicketRef::parse("HT00007").unwrap());
        let change = Change {
            route: Some((Intent::GeneralQuery, "sure".to_owned())),
            ticket: Some(ticket),
            outbox: vec![Outgoing {
                queue: QueueName::Intent(Intent::GeneralQuery),
                mail: key.clone(),
                group: ThreadId::parse("t1").unwrap(),
                reason: None,
                times: 0,
                trace: None,
            }],
            ..Change::to(&["received"], MailState::Routed)
        };
        assert!(self.store.apply(key, &change, now()).await.unwrap());
    }

    async fn visited(&self, key: &MailKey, tries: u32, wait: Option<Wait>) {
        let visit = Visit {
            queue: QueueName::Mail,
            tries,
            at: now(),
            took: Wait::from_millis(20),
            outcome: "given back".to_owned(),
            error: Some(("unreachable", "odoo cannot be reached".to_owned())),
            wait,
            calls: vec![],
        };
        self.store.visited(key, &visit).await.unwrap();
    }

    async fn still(&self, before: OffsetDateTime) -> Vec<(String, QueueName, u32)> {
        let still = self.store.standing_still(before, 10).await.unwrap();
        let told = still.into_iter();
        told.map(|s| (s.key.to_string(), s.queue, s.tries))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_nobody_touches_stands_still_in_the_queue_that_its_state_names() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    assert!(place.still(now() - Duration::HOUR).await.is_empty());
    assert_eq!(
        place.still(later()).await,
        [(key.to_string(), QueueName::Mail, 0)]
    );
    place.routes(&key).await;
    assert!(place.still(later()).await.is_empty(), "it is not sent yet");
    place.delivers().await;
    let queue = QueueName::Intent(Intent::GeneralQuery);
    assert_eq!(place.still(later()).await, [(key.to_string(), queue, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_is_told_from_a_repeat_each_time() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    let mut ids = vec![];
    for _ in 0..3 {
        place.store.send_again(&key).await.unwrap();
        ids.extend(
            place
                .delivers()
                .await
                .iter()
                .map(Outgoing::deduplication_id),
        );
    }
    assert_eq!(ids, ["mail-1-a1-1", "mail-1-a1-2", "mail-1-a1-3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_waits_for_its_next_try_does_not_stand_still() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    place.visited(&key, 3, Some(Wait::from_hours(2))).await;
    assert!(place.still(later()).await.is_empty());
    let told = place.still(later() + Duration::hours(2)).await;
    assert_eq!(told, [(key.to_string(), QueueName::Mail, 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_has_ended_does_not_stand_still() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    place
        .moves(&key, MailState::Skipped("a list".to_owned()))
        .await;
    assert!(place.still(later()).await.is_empty());
    assert_eq!(place.store.send_again(&key).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_sent_again_goes_to_its_queue_once_more_and_is_counted() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    assert_eq!(
        place.store.send_again(&key).await.unwrap(),
        Some(QueueName::Mail)
    );
    let sent = place.delivers().await;
    assert_eq!((sent.len(), &sent[0].mail), (1, &key));
    let still = place.store.standing_still(later(), 10).await.unwrap();
    assert_eq!(still[0].times, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_mail_that_is_sent_again_is_received_again() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    place
        .moves(&key, MailState::Parked("no author".to_owned()))
        .await;
    place.store.send_again(&key).await.unwrap();
    let record = place.store.mail(&key).await.unwrap().unwrap();
    assert_eq!(record.state, MailState::Received);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_over_the_budget_is_told_of_and_can_be_let_in_by_hand() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    let reason = "over the budget: its sender had 20 mails worked within a day";
    place
        .moves(&key, MailState::Skipped(reason.to_owned()))
        .await;
    let floods = place.store.floods(now() - Duration::DAY).await.unwrap();
    assert_eq!((floods[0].mails, floods[0].reason.as_str()), (1, reason));
    place.store.send_again(&key).await.unwrap();
    let none = Budget {
        of_sender: 0,
        in_thread: 0,
    };
    let admitted = place.store.admit(&key, "carla", none, now()).await.unwrap();
    assert_eq!(admitted, ports::Admission::Admitted);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_has_a_beginning_and_an_end() {
    let place = place().await;
    for known in 0..FAILURES_OF_AN_OUTAGE {
        place.store.failed("odoo/desk", known, now()).await.unwrap();
    }
    let since = now() - Duration::HOUR;
    let outages = place.store.outages(since).await.unwrap();
    assert_eq!(outages.len(), 1);
    assert_eq!(
        (outages[0].gate.as_str(), outages[0].until),
        ("odoo/desk", None)
    );
    place.store.worked("odoo/desk", now()).await.unwrap();
    let outages = place.store.outages(since).await.unwrap();
    assert!(outages[0].until.is_some());
    assert!(place.store.outages(later()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_noted_stays_noted() {
    let place = place().await;
    assert!(!place.store.is_noted("outage/1/begin").await.unwrap());
    for _ in 0..2 {
        place.store.note("outage/1/begin", now()).await.unwrap();
    }
    assert!(place.store.is_noted("outage/1/begin").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mails_visits_steps_and_messages_are_read_back() {
    let place = place().await;
    let key = place.sent_mail("a1").await;
    place.visited(&key, 1, Some(Wait::from_secs(2))).await;
    let visits = place.store.visits_of(&key).await.unwrap();
    assert_eq!(visits[0].error_class.as_deref(), Some("unreachable"));
    assert_eq!((visits[0].tries, visits[0].wait_s), (1, Some(2)));
    let messages = place.store.messages_of(&key).await.unwrap();
    assert_eq!((messages[0].queue.as_str(), messages[0].times), ("mail", 0));
    assert!(messages[0].sent_at.is_some());
    for name in [key.to_string().as_str(), "a1", "t1"] {
        assert_eq!(
            place.store.find_mails(name).await.unwrap(),
            std::slice::from_ref(&key)
        );
    }
    assert!(place.store.find_mails("nothing").await.unwrap().is_empty());
}

//! The schedule's round: what stands still goes on, what cannot is told once, and nothing is done twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use desk::sweep::{Sweep, Swept};
use domain::{Intent, MailKey};
use ports::{CallError, Clock, Flood, Outage, QueueName, Still, Upkeep};
use testkit::Fault;
use testkit::alerts::OPERATION;
use time::{Duration, OffsetDateTime};

use crate::house::{ADDRESS, House};

const MOST_TRIES: u32 = 24;

/// A ledger that knows of these things, and remembers what was noted.
#[derive(Default)]
struct Book {
    still: Mutex<Vec<Still>>,
    outages: Mutex<Vec<Outage>>,
    floods: Mutex<Vec<Flood>>,
    sent_again: Mutex<Vec<String>>,
    noted: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl Upkeep for Book {
    async fn standing_still(&self, _: OffsetDateTime, _: u32) -> Result<Vec<Still>, CallError> {
        Ok(self.still.lock().unwrap().clone())
    }

    async fn send_again(&self, key: &MailKey) -> Result<Option<QueueName>, CallError> {
        self.sent_again.lock().unwrap().push(key.to_string());
        Ok(Some(QueueName::Mail))
    }

    async fn outages(&self, _: OffsetDateTime) -> Result<Vec<Outage>, CallError> {
        Ok(self.outages.lock().unwrap().clone())
    }

    async fn floods(&self, _: OffsetDateTime) -> Result<Vec<Flood>, CallError> {
        Ok(self.floods.lock().unwrap().clone())
    }

    async fn is_noted(&self, what: &str) -> Result<bool, CallError> {
        Ok(self.noted.lock().unwrap().contains(what))
    }

    async fn note(&self, what: &str, _: OffsetDateTime) -> Result<(), CallError> {
        self.noted.lock().unwrap().insert(what.to_owned());
        Ok(())
    }
}

/// A house with the schedule's round.
struct Rounds {
    house: House,
    book: Arc<Book>,
}

impl Rounds {
    async fn new() -> Self {
        let rounds = Self {
            house: House::new(Intent::GeneralQuery),
            book: Arc::default(),
        };
        let mailbox = ports::Ledger::mailbox(&*rounds.house.book, ADDRESS);
        let id = mailbox.await.unwrap().id;
        let expires = rounds.house.clock.now() + Duration::days(7);
        let watched = ports::Ledger::watched(&*rounds.house.book, id, expires);
        watched.await.unwrap();
        rounds
    }

    async fn round(&self) -> Result<Swept, CallError> {
        let house = &self.house;
        let sweep = Sweep {
            mailbox: house.gmail.clone(),
            tickets: house.odoo.clone(),
            ledger: house.book.clone(),
            upkeep: self.book.clone(),
            queue: house.queue.clone(),
            alerts: vec![house.slack.clone(), house.email.clone()],
            clock: house.clock.clone(),
            address: ADDRESS.to_owned(),
            most_tries: MOST_TRIES,
        };
        sweep.round(house.clock.now() + Duration::minutes(1)).await
    }

    fn told(&self) -> Vec<String> {
        let told = self.house.slack.delivered().into_iter();
        told.map(|notice| notice.shown).collect()
    }

    fn stands_still(&self, tries: u32, times: u32) {
        let still = Still {
            key: MailKey::parse("1-a1").unwrap(),
            queue: QueueName::Intent(Intent::GeneralQuery),
            ticket: None,
            since: self.house.clock.now() - Duration::hours(3),
            tries,
            error: Some("odoo cannot be reached".to_owned()),
            times,
        };
        *self.book.still.lock().unwrap() = vec![still];
    }
}

#[tokio::test]
async fn a_mail_that_stands_still_is_sent_again_without_a_word() {
    let rounds = Rounds::new().await;
    rounds.stands_still(2, 0);
    let swept = rounds.round().await.unwrap();
    assert_eq!((swept.sent_again, swept.stuck, swept.told), (1, 0, 0));
    assert_eq!(*rounds.book.sent_again.lock().unwrap(), ["1-a1"]);
}

#[tokio::test]
async fn a_dead_letter_is_left_to_a_person_who_is_told_once_what_to_do() {
    let rounds = Rounds::new().await;
    rounds.stands_still(MOST_TRIES, 0);
    for _ in 0..3 {
        rounds.round().await.unwrap();
    }
    assert!(rounds.book.sent_again.lock().unwrap().is_empty());
    let told = rounds.told();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("helpdesk dlq replay --queue general_query --mail 1-a1"));
    assert!(told[0].contains("odoo cannot be reached"));
}

#[tokio::test]
async fn a_mail_that_was_sent_again_three_times_needs_a_person() {
    let rounds = Rounds::new().await;
    rounds.stands_still(2, 3);
    let swept = rounds.round().await.unwrap();
    assert_eq!((swept.sent_again, swept.stuck), (0, 1));
    assert!(rounds.told()[0].contains("helpdesk mail retry 1-a1"));
}

#[tokio::test]
async fn an_outage_is_told_at_its_beginning_and_at_its_end_once_each() {
    let rounds = Rounds::new().await;
    let since = rounds.house.clock.now() - Duration::minutes(30);
    let outage = Outage {
        id: 1,
        gate: "odoo/desk".to_owned(),
        since,
        until: None,
    };
    *rounds.book.outages.lock().unwrap() = vec![outage.clone()];
    for _ in 0..2 {
        rounds.round().await.unwrap();
    }
    assert_eq!(rounds.told().len(), 1);
    let until = Some(since + Duration::minutes(25));
    *rounds.book.outages.lock().unwrap() = vec![Outage { until, ..outage }];
    for _ in 0..2 {
        rounds.round().await.unwrap();
    }
    let told = rounds.told();
    assert_eq!(told.len(), 2);
    assert!(told[1].contains("works again") && told[1].contains("25 minutes"));
}

#[tokio::test]
async fn what_one_channel_refuses_the_other_tells() {
    let rounds = Rounds::new().await;
    rounds.stands_still(MOST_TRIES, 0);
    let slack = &rounds.house.slack;
    slack.faults.arm(OPERATION, Fault::RateLimited(1), 1);
    assert_eq!(rounds.round().await.unwrap().told, 1);
    assert_eq!(rounds.house.email.delivered().len(), 1);
}

#[tokio::test]
async fn what_no_channel_took_is_told_by_the_next_round() {
    let rounds = Rounds::new().await;
    rounds.stands_still(MOST_TRIES, 0);
    for way in [&rounds.house.slack, &rounds.house.email] {
        way.faults.arm(OPERATION, Fault::RateLimited(1), 1);
    }
    assert!(rounds.round().await.is_err());
    assert_eq!(rounds.round().await.unwrap().told, 1);
}

#[tokio::test]
async fn a_watch_that_was_not_renewed_is_told_of() {
    let rounds = Rounds::new().await;
    rounds.round().await.unwrap();
    assert!(rounds.told().is_empty());
    rounds.house.clock.pass(Duration::days(6));
    rounds.round().await.unwrap();
    assert!(rounds.told()[0].contains("about to lapse"));
}

#[tokio::test]
async fn a_flood_is_told_of_with_a_way_to_let_a_mail_in() {
    let rounds = Rounds::new().await;
    *rounds.book.floods.lock().unwrap() = vec![Flood {
        example: MailKey::parse("1-a1").unwrap(),
        mails: 80,
        reason: "over the budget: its sender had 20 mails worked within a day".to_owned(),
    }];
    for _ in 0..2 {
        rounds.round().await.unwrap();
    }
    let told = rounds.told();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("80 mails"), "{}", told[0]);
}

#[tokio::test]
async fn drafts_and_tickets_of_known_mails_are_no_strangers() {
    let rounds = Rounds::new().await;
    rounds.house.odoo.is_set_up();
    rounds
        .house
        .receives("Card fee", "What does a new card cost?");
    rounds.house.runs().await;
    rounds.round().await.unwrap();
    assert_eq!(rounds.told(), [""; 0]);
}

#[tokio::test]
async fn drafts_and_tickets_whose_mails_the_ledger_lost_are_told_of_and_left_alone() {
    let rounds = Rounds::new().await;
    rounds.house.odoo.is_set_up();
    let other = House::new(Intent::GeneralQuery);
    other.odoo.is_set_up();
    let restored = Rounds {
        house: House {
            gmail: other.gmail.clone(),
            odoo: other.odoo.clone(),
            ..rounds.house
        },
        book: rounds.book,
    };
    other.receives("Card fee", "What does a new card cost?");
    other.runs().await;
    for _ in 0..2 {
        restored.round().await.unwrap();
    }
    let told = restored.told();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("Draft ") && told[1].starts_with("Ticket "));
    assert_eq!(other.drafts().len(), 1);
}

#[tokio::test]
async fn what_lies_in_the_outbox_is_delivered() {
    let rounds = Rounds::new().await;
    rounds.house.queue.faults.arm("send", Fault::ServerError, 1);
    rounds
        .house
        .receives("Card fee", "What does a new card cost?");
    assert!(rounds.house.sync().await.is_err());
    rounds.house.clock.pass(Duration::minutes(1));
    assert_eq!(rounds.round().await.unwrap().delivered, 1);
}

//! `helpdesk mail` on a real ledger.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};
use std::time::Duration;

use domain::step::{Claim, Done, Ending, StepName};
use domain::{GmailMessageId, MailKey, MailState, ThreadId};
use local::postgres::Postgres;
use ports::{CallMade, Change, Ledger, QueueName, Seen, Visit};
use secrecy::SecretString;
use store_postgres::{Store, migrate};
use time::OffsetDateTime;

struct Place {
    server: Postgres,
    store: Store,
    key: MailKey,
}

impl Place {
    /// A ledger with one mail, which a worker visited and gave back.
    async fn new() -> Self {
        let server = Postgres::for_tests().unwrap();
        let url = SecretString::from(server.url());
        migrate(&url).await.unwrap();
        let store = Store::new(&url).unwrap();
        let mailbox = store.mailbox("support@bank.test").await.unwrap().id;
        let seen = Seen {
            message: GmailMessageId::parse("18c2f3ab").unwrap(),
            thread: ThreadId::parse("18c2f300").unwrap(),
            state: MailState::Received,
        };
        let key = MailKey::new(mailbox, seen.message.clone());
        store.enter(mailbox, &[seen]).await.unwrap();
        Self { server, store, key }
    }

    async fn is_sent(&self) {
        let now = OffsetDateTime::now_utc();
        let lease = time::Duration::seconds(30);
        let waiting = self.store.take_outbox(9, now, lease).await.unwrap();
        let rows: Vec<i64> = waiting.into_iter().map(|(row, _)| row).collect();
        self.store.sent(&rows).await.unwrap();
    }

    async fn is_visited(&self) {
        let call = CallMade {
            operation: "gemini.generateContent".to_owned(),
            attempts: 2,
            took_ms: 340,
            error: None,
            detail: Some("a-model, classify v2, 812+35 tokens".to_owned()),
        };
        let visit = Visit {
            queue: QueueName::Mail,
            tries: 1,
            at: OffsetDateTime::now_utc(),
            took: Duration::from_millis(812),
            outcome: "given back".to_owned(),
            error: Some((
                "unreachable",
                "ticket failed: odoo cannot be reached".to_owned(),
            )),
            wait: Some(Duration::from_secs(2)),
            calls: vec![call],
        };
        self.store.visited(&self.key, &visit).await.unwrap();
    }

    async fn has_ticket(&self) {
        let (now, length) = (OffsetDateTime::now_utc(), time::Duration::minutes(1));
        let claim = self.store.claim(&self.key, StepName::Ticket, now, length);
        let Claim::Granted(lease) = claim.await.unwrap() else {
            panic!("not granted");
        };
        let done = Ending::Done(Done {
            external_id: "57:HT00042".to_owned(),
        });
        let ended = self.store.end(&self.key, StepName::Ticket, &lease, &done);
        assert!(ended.await.unwrap());
    }

    fn helpdesk(&self, options: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_helpdesk"))
            .arg("mail")
            .args(options)
            .env("DATABASE_URL", self.server.url())
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mails_story_tells_its_queue_its_visits_its_calls_and_its_steps_in_order() {
    let place = Place::new().await;
    place.is_sent().await;
    place.is_visited().await;
    place.has_ticket().await;
    let story = said(&place.helpdesk(&["18c2f3ab"]));
    assert_eq!(story, said(&place.helpdesk(&["show", "1-18c2f3ab"])));
    let mut from = 0;
    for part in [
        "Mail 1-18c2f3ab  received",
        "ingest saw it in Gmail",
        "queue mail took it",
        "mail worked it, try 1, 812 ms: given back for 2 s",
        "ticket failed: odoo cannot be reached",
        "2 attempts, 340 ms  a-model, classify v2, 812+35 tokens",
        "step ticket is done 57:HT00042",
    ] {
        let at = story[from..].find(part);
        from += at.unwrap_or_else(|| panic!("{part:?} is missing, or not in its place:\n{story}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_there_for_programs_too() {
    let place = Place::new().await;
    place.is_visited().await;
    let line = said(&place.helpdesk(&["show", "--json", "1-18c2f3ab"]));
    let story: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(story["visits"][0]["error_class"], "unreachable");
    assert_eq!(story["visits"][0]["calls"][0]["attempts"], 2);
    assert_eq!(story["messages"][0]["sent_at"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_nobody_knows_is_an_error_that_says_what_to_give() {
    let place = Place::new().await;
    let output = place.helpdesk(&["show", "HT99999"]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the ticket's reference"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_stands_still_is_sent_again() {
    let place = Place::new().await;
    place.is_sent().await;
    let told = said(&place.helpdesk(&["retry", "1-18c2f3ab"]));
    assert!(told.contains("goes to queue mail"), "{told}");
    let messages = place.store.messages_of(&place.key).await.unwrap();
    assert_eq!((messages[0].sent_at, messages[0].times), (None, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_has_ended_is_left_alone() {
    let place = Place::new().await;
    let change = Change::to(&["received"], MailState::Skipped("a list".to_owned()));
    let now = OffsetDateTime::now_utc();
    assert!(place.store.apply(&place.key, &change, now).await.unwrap());
    let output = place.helpdesk(&["retry", "1-18c2f3ab"]);
    assert!(!output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("is skipped"), "{told}");
}

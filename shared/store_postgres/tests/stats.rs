//! What was done, read from a ledger in Postgres.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use domain::state::SENT_BY_PEOPLE;
use domain::{GmailMessageId, Intent, MailKey, MailState, ThreadId};
use local::postgres::Postgres;
use ports::{Change, Ledger, Outgoing, QueueName, Seen};
use secrecy::SecretString;
use store_postgres::{Store, Taken, migrate};
use time::{Duration, OffsetDateTime};
use tokio_postgres::NoTls;

struct Place {
    store: Store,
    url: String,
    _server: Postgres,
}

impl Place {
    async fn new() -> Self {
        let server = Postgres::for_tests().unwrap();
        let url = SecretString::from(server.url());
        migrate(&url).await.unwrap();
        Self {
            store: Store::new(&url).unwrap(),
            url: server.url(),
            _server: server,
        }
    }

    async fn runs(&self, statement: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(statement).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

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

    async fn goes(&self, key: &MailKey, from: &'static [&'static str], to: Intent) {
        let work = Outgoing {
            queue: QueueName::Intent(to),
            mail: key.clone(),
            group: ThreadId::parse("t1").unwrap(),
            reason: None,
            times: 0,
            trace: None,
        };
        let change = Change {
            route: Some((to, "why".to_owned())),
            outbox: vec![work],
            ..Change::to(from, MailState::Routed)
        };
        let applied = self.store.apply(key, &change, now()).await;
        assert!(applied.unwrap());
    }

    async fn ends(&self, key: &MailKey, from: &'static [&'static str], state: MailState) {
        let applied = self.store.apply(key, &Change::to(from, state), now()).await;
        assert!(applied.unwrap());
    }

    /// The ways that mails took, as text.
    async fn ways(&self) -> Vec<String> {
        let taken = self.store.taken(now() - Duration::HOUR).await.unwrap();
        let way = |one: &Taken| format!("{} > {}: {}", one.place, one.next, one.mails);
        let mut ways: Vec<String> = taken.iter().map(way).collect();
        ways.sort();
        ways
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[tokio::test(flavor = "multi_thread")]
async fn ways_are_counted_by_the_queues_that_mails_were_sent_to_and_how_they_ended() {
    let place = Place::new().await;
    let statement = Intent::BankStatement;
    for message in ["a1", "a2"] {
        let key = place.mail(message).await;
        place.goes(&key, &["received"], statement).await;
        if message == "a2" {
            let person = Intent::FallbackHuman;
            place.goes(&key, &["routed"], person).await;
            place.ends(&key, &["routed"], MailState::HandedOff).await;
        } else {
            place.ends(&key, &["routed"], MailState::Answered).await;
        }
    }
    let sent = place.mail("a5").await;
    let by_people = MailState::Skipped(SENT_BY_PEOPLE.to_owned());
    place.ends(&sent, &["received"], by_people).await;
    let bulk = place.mail("a3").await;
    let skipped = MailState::Skipped("bulk mail".to_owned());
    place.ends(&bulk, &["received"], skipped).await;
    place.mail("a4").await;
    assert_eq!(
        place.ways().await,
        [
            "bank_statement > answered: 1",
            "bank_statement > fallback_human: 1",
            "fallback_human > handed_off: 1",
            "mail > bank_statement: 2",
            "mail > skipped: 1",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_tell_what_came_within_the_time_and_nothing_older() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    place.goes(&key, &["received"], Intent::GeneralQuery).await;
    place.ends(&key, &["routed"], MailState::Answered).await;
    place.mail("a2").await;
    place
        .runs(
            "update helpdesk.mails set received_at = now() - interval '90 seconds'
               where message = 'a1';
             update helpdesk.mails set seen_at = now() - interval '2 days' where message = 'a2';
             insert into helpdesk.drafts
                 (mailbox, message, thread, draft, answers, text, digest, made_by, outcome, made_at, settled_at)
             select mailbox, message, thread, 'r1', array[message], 'text', 'digest', 'answer v1',
                    'sent_as_is', now(), now() from helpdesk.mails where message = 'a1';
             insert into helpdesk.llm_calls
                 (id, trace_id, mailbox, message, kind, name, cost_usd, began_at, took_ms, attempts, outcome)
             select gen_random_uuid(), repeat('a', 32), mailbox, message, kind, kind, 0.25, now(), 5, 1, 'ok'
               from helpdesk.mails, unnest(array['llm', 'embedding', 'chain']) as kind where message = 'a1'",
        )
        .await;
    let figures = place.store.figures(now() - Duration::DAY).await.unwrap();
    let general = Some(Intent::GeneralQuery);
    assert_eq!(figures.mails, [(general, "answered".to_owned(), 1)]);
    let (median, most) = figures.to_draft.unwrap();
    assert_eq!((median.whole_seconds(), most.whole_seconds()), (90, 90));
    assert!((figures.cost - 0.5).abs() < 1e-9, "{}", figures.cost);
    assert_eq!((figures.asked_for, figures.sent_as_is), (1, 1));
    let older = place
        .store
        .figures(now() - Duration::days(3))
        .await
        .unwrap();
    assert_eq!(older.mails.len(), 2);
    let empty = place.store.figures(now() + Duration::HOUR).await.unwrap();
    assert_eq!((empty.mails.len(), empty.to_draft), (0, None));
    assert_eq!(place.store.open_drafts().await.unwrap(), (0, None));
}

//! How things stand, read from a ledger in Postgres.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use domain::{GmailMessageId, Intent, MailKey, MailState, ThreadId};
use local::postgres::Postgres;
use ports::limits::FAILURES_OF_AN_OUTAGE;
use ports::{Change, Ledger, Limits, QueueName, Seen};
use secrecy::SecretString;
use store_postgres::{Store, Waiting, migrate};
use time::{Duration, OffsetDateTime, Time};
use tokio_postgres::NoTls;

struct Place {
    store: Store,
    url: String,
    _server: Postgres,
}

async fn place() -> Place {
    let server = Postgres::for_tests().unwrap();
    let url = SecretString::from(server.url());
    migrate(&url).await.unwrap();
    Place {
        store: Store::new(&url).unwrap(),
        url: server.url(),
        _server: server,
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
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

    async fn moves(&self, key: &MailKey, change: Change, at: OffsetDateTime) {
        assert!(self.store.apply(key, &change, at).await.unwrap());
    }

    async fn runs(&self, statement: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(statement).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

    /// A call of a model that began then.
    async fn calls(&self, kind: &str, model: &str, began: OffsetDateTime, cost: &str) {
        let began = began.unix_timestamp();
        self.runs(&format!(
            "insert into helpdesk.llm_calls
                 (id, trace_id, kind, name, model_asked, tokens_in, tokens_out, cost_usd, began_at,
                  took_ms, attempts, outcome)
             values (gen_random_uuid(), repeat('a', 32), '{kind}', 'classify', '{model}', 100, 20,
                     {cost}, to_timestamp({began}), 5, 1, 'ok')"
        ))
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_in_the_queue_that_its_state_names_until_it_ends() {
    let place = place().await;
    let (first, second) = (place.mail("a1").await, place.mail("a2").await);
    let later = now() + Duration::minutes(10);
    let routed = Change {
        route: Some((Intent::UrgentHuman, "theft".to_owned())),
        ..Change::to(&["received"], MailState::Routed)
    };
    place.moves(&first, routed, now()).await;
    let gauges = place.store.gauges(later).await.unwrap();
    let queues: Vec<_> = gauges.queues.iter().map(|w| (w.queue, w.mails)).collect();
    let urgent = QueueName::Intent(Intent::UrgentHuman);
    assert_eq!(queues, [(QueueName::Mail, 1), (urgent, 1)]);
    let whole_minutes =
        |waiting: &Waiting| (waiting.oldest + Duration::seconds(30)).whole_minutes();
    assert_eq!(whole_minutes(&gauges.queues[0]), 10);
    for (key, from) in [(&first, "routed"), (&second, "received")] {
        let from: &'static [&'static str] = if from == "routed" {
            &["routed"]
        } else {
            &["received"]
        };
        place
            .moves(key, Change::to(from, MailState::HandedOff), now())
            .await;
    }
    assert!(place.store.gauges(later).await.unwrap().queues.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_by_service_without_its_tenant_while_it_lasts() {
    let place = place().await;
    for known in 0..FAILURES_OF_AN_OUTAGE {
        let gate = "gmail/support@bank.test";
        place.store.failed(gate, known, now()).await.unwrap();
    }
    let gauges = place.store.gauges(now()).await.unwrap();
    assert_eq!(gauges.outages, [("gmail".to_owned(), 1)]);
    place
        .store
        .worked("gmail/support@bank.test", now())
        .await
        .unwrap();
    assert!(place.store.gauges(now()).await.unwrap().outages.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_models_cost_is_summed_up_from_midnight() {
    let place = place().await;
    let midnight = now().replace_time(Time::MIDNIGHT);
    place.calls("llm", "small", midnight, "0.25").await;
    place
        .calls("llm", "small", midnight + Duration::hours(1), "0.5")
        .await;
    place
        .calls("llm", "small", midnight - Duration::hours(1), "64")
        .await;
    place.calls("llm", "unpriced", midnight, "null").await;
    place.calls("chain", "small", midnight, "0.75").await;
    let gauges = place
        .store
        .gauges(midnight + Duration::hours(2))
        .await
        .unwrap();
    let told: Vec<_> = gauges
        .models
        .iter()
        .map(|day| (day.model.as_str(), day.tokens, day.cost))
        .collect();
    assert_eq!(told, [("small", 240, 0.75), ("unpriced", 120, 0.0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queries_in_the_runbook_are_ones_that_the_ledger_answers() {
    let place = place().await;
    let runbook = include_str!("../../../docs/RUNBOOK.md");
    let queries: Vec<&str> = runbook
        .split("psql ")
        .skip(1)
        .filter_map(|command| command.split_once("-c \"")?.1.split('"').next())
        .collect();
    assert!(queries.len() > 1, "{queries:?}");
    place.mail("a1").await;
    for query in queries {
        place.runs(query).await;
    }
}

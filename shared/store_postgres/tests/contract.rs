//! The ledger in a real Postgres upholds the ledger's contract.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use local::postgres::Postgres;
use ports::{Ledger, Limits, TraceBook};
use secrecy::SecretString;
use store_postgres::{Store, migrate};
use tokio_postgres::NoTls;

/// A migrated database that copies are made of, so that each case has one of its own.
const TEMPLATE: &str = "ledger_template";

async fn admin(server: &Postgres) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn database(server: &Postgres, name: &str) -> SecretString {
    let url = server.url();
    let (server, _) = url.rsplit_once('/').unwrap();
    SecretString::from(format!("{server}/{name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_in_postgres_upholds_the_contract() {
    let server = Postgres::for_tests().unwrap();
    let admin = admin(&server).await;
    admin
        .batch_execute(&format!("create database {TEMPLATE}"))
        .await
        .unwrap();
    let url = database(&server, TEMPLATE);
    let there = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations"));
    assert_eq!(
        migrate(&url).await.unwrap().len(),
        there.unwrap().count(),
        "the first run applies every migration"
    );
    assert!(
        migrate(&url).await.unwrap().is_empty(),
        "a second run changes nothing"
    );

    let number = AtomicU32::new(0);
    let upheld = testkit::contract::ledger::upholds(|| async {
        let name = format!("case_{}", number.fetch_add(1, Ordering::Relaxed));
        admin
            .batch_execute(&format!("create database {name} template {TEMPLATE}"))
            .await
            .unwrap();
        Arc::new(Store::new(&database(&server, &name)).unwrap()) as Arc<dyn Ledger>
    })
    .await;
    println!("the ledger in Postgres: {upheld:#?}");

    let upheld = testkit::contract::limits::upholds(|| async {
        let name = format!("case_{}", number.fetch_add(1, Ordering::Relaxed));
        admin
            .batch_execute(&format!("create database {name} template {TEMPLATE}"))
            .await
            .unwrap();
        Arc::new(Store::new(&database(&server, &name)).unwrap()) as Arc<dyn Limits>
    })
    .await;
    println!("the gates in Postgres: {upheld:#?}");

    let upheld = testkit::contract::traces::upholds(|| async {
        let name = format!("case_{}", number.fetch_add(1, Ordering::Relaxed));
        admin
            .batch_execute(&format!("create database {name} template {TEMPLATE}"))
            .await
            .unwrap();
        Arc::new(Store::new(&database(&server, &name)).unwrap()) as Arc<dyn TraceBook>
    })
    .await;
    println!("the runs in Postgres: {upheld:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_tables_says_what_to_run() {
    let server = Postgres::for_tests().unwrap();
    let store = Store::new(&SecretString::from(server.url())).unwrap();
    let error = store.mailbox("support@bank.test").await.unwrap_err();
    assert!(error.to_string().contains("helpdesk migrate"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_database_is_survived() {
    let mut server = Postgres::for_tests().unwrap();
    let url = SecretString::from(server.url());
    migrate(&url).await.unwrap();
    let store = Store::new(&url).unwrap();
    store.mailbox("support@bank.test").await.unwrap();
    server.restart().unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(store.mailbox("support@bank.test").await);
    }
    assert!(answers.iter().any(Result::is_ok), "{answers:?}");
}

#[test]
fn a_bad_url_is_refused_without_repeating_it() {
    let Err(error) = Store::new(&SecretString::from(
        "postgres://user:s3cret@host:notaport/db",
    )) else {
        panic!("accepted");
    };
    assert!(!format!("{error:?} {error}").contains("s3cret"));
}

//! The customer database in a real Postgres upholds the bank's contract, and CSV files fill it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use domain::statement::{Period, Statement};
use domain::step::{Claim, StepName};
use domain::{GmailMessageId, MailKey, MailState, ThreadId};
use local::postgres::Postgres;
use ports::{Bank, Changed, CustomerId, Holder, Ledger, PasswordChange, Seen};
use secrecy::SecretString;
use store_postgres::{LEAST_COST, PostgresBank, Store, migrate, read_csv};
use testkit::contract::bank::{World, rows, upholds};
use time::macros::date;
use time::{Duration, OffsetDateTime};
use tokio_postgres::NoTls;

/// bcrypt's least cost, so that the cases do not wait for hashes.
const CHEAP: u32 = 4;

fn url_of(server: &Postgres, name: &str) -> SecretString {
    let url = server.url();
    let (server, _) = url.rsplit_once('/').unwrap();
    SecretString::from(format!("{server}/{name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_in_postgres_upholds_the_contract() {
    let server = Postgres::for_tests().unwrap();
    let (admin, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    admin
        .batch_execute("create database bank_template")
        .await
        .unwrap();
    migrate(&url_of(&server, "bank_template")).await.unwrap();
    let number = AtomicU32::new(0);
    let upheld = upholds(|| async {
        let name = format!("bank_{}", number.fetch_add(1, Ordering::Relaxed));
        admin
            .batch_execute(&format!("create database {name} template bank_template"))
            .await
            .unwrap();
        let store = Arc::new(Store::new(&url_of(&server, &name)).unwrap());
        store.import(&rows()).await.unwrap();
        World {
            bank: Arc::new(PostgresBank::new(store.clone(), CHEAP)),
            ledger: store,
        }
    })
    .await;
    println!("the bank in Postgres: {upheld:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_customers_can_be_imported_twice_and_their_accounts_add_up() {
    let server = Postgres::for_tests().unwrap();
    let url = SecretString::from(server.url());
    migrate(&url).await.unwrap();
    let store = Arc::new(Store::new(&url).unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/bank");
    let rows = read_csv(&folder).unwrap();
    for _ in 0..2 {
        store.import(&rows).await.unwrap();
    }
    let bank = PostgresBank::new(store, CHEAP);
    let period = Period::of_months(24, date!(2026 - 11 - 23)).unwrap();
    let mut made = 0;
    for customer in &rows.customers {
        let all = bank.movements(&customer.id, period).await.unwrap();
        for movements in all {
            let (name, document) = (customer.name.clone(), "1".to_owned());
            made += Statement::new(name, period, movements, document)
                .unwrap()
                .rows()
                .len();
        }
    }
    assert_eq!(made, rows.transactions.len());
    let shared = bank.holder("haus.brandt@kunde.test").await.unwrap();
    assert_eq!(shared, Holder::Several);
}

#[test]
fn a_bad_file_is_refused_with_line_and_column_and_without_the_value() {
    for (file, text, told) in [
        (
            "customers.csv",
            "number,address,name,language,password_hash\n1,hunter2,Anna,de,$2b$12$x\n",
            "customers.csv line 2: address must be an e-mail address",
        ),
        (
            "customers.csv",
            "number,address,name,language,password_hash\n1,a@b.test,Anna,de,hunter2\n",
            "customers.csv line 2: password_hash must be a bcrypt hash, $2b$12$…",
        ),
        (
            "accounts.csv",
            "iban,customer,currency,name,opened_on,opening\nDE00120300000000202051,1,EUR,x,2020-01-01,0\n",
            "accounts.csv line 2: iban has wrong check digits",
        ),
        (
            "transactions.csv",
            "iban,reference,booked_on,text,amount,balance\nDE02120300000000202051,1,1.2.2020,x,1,1\n",
            "transactions.csv line 2: booked_on must be a day as YYYY-MM-DD",
        ),
        (
            "transactions.csv",
            "iban,reference,booked_on,text,amount,balance\nDE02120300000000202051,1,2020-02-01,x,\"1,50\",1\n",
            "transactions.csv line 2: amount must be an amount such as -1234.50",
        ),
        (
            "transactions.csv",
            "iban,reference,booked_on,text,amount\nDE02120300000000202051,1,2020-02-01,x,1\n",
            "transactions.csv line 2: balance is missing from the header",
        ),
        (
            "accounts.csv",
            "iban,customer\nDE02120300000000202051,1,2\n",
            "accounts.csv line 2: it has more or fewer fields than the header; put quotes around commas",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(file), text).unwrap();
        let error = read_csv(folder.path()).map(drop).unwrap_err().to_string();
        assert_eq!(error, told);
        assert!(!error.contains("hunter2"));
    }
}

/// Changes a password from this address with a wrong current one, and says how long it took.
async fn timed(bank: &PostgresBank, store: &Store, address: &str, message: &str) -> f64 {
    let mailbox = store.mailbox("support@bank.test").await.unwrap().id;
    let seen = Seen {
        message: GmailMessageId::parse(message).unwrap(),
        thread: ThreadId::parse("t1").unwrap(),
        state: MailState::Received,
    };
    let mail = MailKey::new(mailbox, seen.message.clone());
    store.enter(mailbox, &[seen]).await.unwrap();
    let now = OffsetDateTime::now_utc();
    let claim = store
        .claim(&mail, StepName::Password, now, Duration::seconds(30))
        .await;
    let Claim::Granted(lease) = claim.unwrap() else {
        panic!("not granted");
    };
    let change = PasswordChange {
        mail,
        lease,
        address: address.to_owned(),
        current: vec!["Wrong-Guess1".into()],
        new: "Rainy-Night8xx".into(),
        now,
    };
    let began = Instant::now();
    let changed = bank.change_password(change).await.unwrap();
    assert_ne!(changed, Some(Changed::Yes));
    began.elapsed().as_secs_f64()
}

/// Printed, not judged: machines are noisy. That the same operations are done is judged by the
/// contract on the fake, which counts them.
#[tokio::test(flavor = "multi_thread")]
async fn the_times_for_known_and_unknown_addresses_are_printed() {
    let server = Postgres::for_tests().unwrap();
    let url = SecretString::from(server.url());
    migrate(&url).await.unwrap();
    let store = Arc::new(Store::new(&url).unwrap());
    let mut rows = rows();
    for customer in &mut rows.customers {
        // As costly as real ones: bcrypt of "Sunny-Day7" at cost 12.
        customer.password_hash = HASH.to_owned();
    }
    store.import(&rows).await.unwrap();
    let bank = PostgresBank::new(store.clone(), LEAST_COST);
    let addresses = ["otto@customer.test", "nobody@customer.test"];
    let mut times = [vec![], vec![]];
    // In turn, so that what else the machine does falls on both.
    for number in 0..4 {
        for (address, times) in addresses.iter().zip(&mut times) {
            let message = format!("{}{number}", &address[..4]);
            times.push(timed(&bank, &store, address, &message).await);
        }
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    for (address, median) in addresses.iter().zip(medians) {
        println!("{address:>24}: {median:.3} s (median of 4)");
    }
    println!("   ratio: {:.2}", medians[0] / medians[1]);
    assert_eq!(
        bank.holder("otto@customer.test").await.unwrap(),
        Holder::One(ports::Customer {
            id: CustomerId("c4".into()),
            name: "Anna Muster".into(),
            language: Some("de".into()),
        })
    );
}

const HASH: &str = "$2b$12$bAp9cfM84Om7QjokaJvCnOZ1r6pcg15TqPWiHq73aJed2iXqS2EDK";

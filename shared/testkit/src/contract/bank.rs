//! What every customer database must do.

use std::sync::Arc;

use domain::money::Decimal;
use domain::statement::{Account, Period, Row};
use domain::step::{Claim, Lease, StepName};
use domain::{GmailMessageId, MailKey, MailState, ThreadId};
use ports::bank::{AccountRow, BankRows, CustomerRow, TransactionRow};
use ports::{Bank, Changed, CustomerId, Holder, Ledger, PasswordChange, Seen};
use time::macros::date;
use time::{Date, Duration, OffsetDateTime};

use crate::bank::hash;

const ANNA: &str = "anna@customer.test";
const OLD: &str = "Sunny-Day7";
const NEW: &str = "Rainy-Night8";
const IBAN: &str = "DE02120300000000202051";

/// A database with [`rows`], beside an empty ledger.
pub struct World {
    /// What is tested.
    pub bank: Arc<dyn Bank>,
    /// The ledger that holds the steps.
    pub ledger: Arc<dyn Ledger>,
}

/// Runs every case on a world of its own and returns the names of the cases.
///
/// # Panics
/// Where the database breaks the contract.
pub async fn upholds<F, Fut>(world: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = World>,
{
    cases! { world:
        an_address_without_a_customer_is_nobodys,
        an_address_is_found_whatever_its_case,
        an_address_of_two_customers_is_nobodys_in_particular,
        rows_of_the_period_come_with_the_balances_around_them,
        an_account_without_rows_keeps_its_balance,
        an_account_that_was_opened_later_is_left_out,
        another_customers_accounts_are_not_shown,
        the_right_password_is_changed_together_with_the_step,
        any_reading_of_the_current_password_will_do,
        a_wrong_password_changes_nothing,
        the_fifth_wrong_password_within_a_day_locks,
        wrong_passwords_of_the_day_before_do_not_count,
        a_right_password_clears_the_wrong_ones,
        an_address_that_is_not_one_customers_changes_nothing,
        a_step_that_was_taken_over_changes_nothing,
        a_step_that_is_done_is_not_done_again,
        of_four_changes_at_once_the_first_one_holds,
    }
}

fn start() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
}

fn customer(id: &str, address: &str) -> CustomerRow {
    CustomerRow {
        id: CustomerId(id.into()),
        address: address.into(),
        name: "Anna Muster".into(),
        language: Some("de".into()),
        password_hash: hash(OLD),
    }
}

fn account(customer: &str, iban: &str, opened_on: Date) -> AccountRow {
    AccountRow {
        customer: CustomerId(customer.into()),
        account: Account {
            iban: iban.into(),
            currency: "EUR".into(),
            name: "Girokonto".into(),
        },
        opened_on,
        opening: Decimal::new(10_000, 2),
    }
}

fn transaction(reference: &str, date: Date, amount: i64, balance: i64) -> TransactionRow {
    TransactionRow {
        iban: IBAN.into(),
        reference: reference.into(),
        row: Row {
            date,
            text: format!("row {reference}"),
            amount: Decimal::new(amount, 2),
            balance: Decimal::new(balance, 2),
        },
    }
}

/// What a database under test holds: Anna with three accounts, two who share an address, and Otto.
pub fn rows() -> BankRows {
    BankRows {
        customers: vec![
            customer("c1", ANNA),
            customer("c2", "shared@customer.test"),
            customer("c3", "shared@customer.test"),
            customer("c4", "otto@customer.test"),
        ],
        accounts: vec![
            account("c1", IBAN, date!(2020 - 01 - 01)),
            account("c1", "DE89370400440532013000", date!(2020 - 01 - 01)),
            account("c1", "ES9121000418450200051332", date!(2026 - 12 - 01)),
            account("c4", "GB33BUKB20201555555555", date!(2020 - 01 - 01)),
        ],
        transactions: vec![
            transaction("1", date!(2026 - 07 - 31), -1_000, 9_000),
            transaction("2", date!(2026 - 08 - 01), 505, 9_505),
            transaction("3", date!(2026 - 11 - 23), -5, 9_500),
            transaction("4", date!(2026 - 11 - 23), 5, 9_505),
            transaction("5", date!(2026 - 11 - 24), -9_505, 0),
        ],
    }
}

fn period() -> Period {
    Period::of_months(3, date!(2026 - 11 - 23)).expect("three months")
}

async fn claimed(world: &World, message: &str, now: OffsetDateTime) -> (MailKey, Claim) {
    let mailbox = world.ledger.mailbox("support@bank.test").await;
    let mailbox = mailbox.expect("a mailbox").id;
    let seen = Seen {
        message: GmailMessageId::parse(message).expect("an id"),
        thread: ThreadId::parse("t1").expect("an id"),
        state: MailState::Received,
    };
    let key = MailKey::new(mailbox, seen.message.clone());
    world.ledger.enter(mailbox, &[seen]).await.expect("entered");
    let length = Duration::seconds(30);
    let claim = world.ledger.claim(&key, StepName::Password, now, length);
    let claim = claim.await.expect("a claim");
    (key, claim)
}

fn change(mail: MailKey, lease: Lease, current: &[&str], now: OffsetDateTime) -> PasswordChange {
    PasswordChange {
        mail,
        lease,
        address: ANNA.into(),
        current: current.iter().map(|way| (*way).into()).collect(),
        new: NEW.into(),
        now,
    }
}

/// A mail asks for the new password and names this as the current one.
async fn asks(world: &World, message: &str, current: &str, now: OffsetDateTime) -> Changed {
    let (mail, claim) = claimed(world, message, now).await;
    let Claim::Granted(lease) = claim else {
        panic!("not granted: {claim:?}");
    };
    let change = change(mail, lease, &[current], now);
    let changed = world.bank.change_password(change).await;
    changed.expect("an answer").expect("the lease holds")
}

async fn an_address_without_a_customer_is_nobodys(world: World) {
    let holder = world.bank.holder("nobody@customer.test").await;
    assert_eq!(holder.expect("an answer"), Holder::Nobody);
}

async fn an_address_is_found_whatever_its_case(world: World) {
    let holder = world.bank.holder("Anna@Customer.TEST").await;
    let Holder::One(anna) = holder.expect("an answer") else {
        panic!("nobody");
    };
    assert_eq!(anna.id.0, "c1");
    assert_eq!(
        (anna.name.as_str(), anna.language.as_deref()),
        ("Anna Muster", Some("de"))
    );
}

async fn an_address_of_two_customers_is_nobodys_in_particular(world: World) {
    let holder = world.bank.holder("shared@customer.test").await;
    assert_eq!(holder.expect("an answer"), Holder::Several);
}

async fn rows_of_the_period_come_with_the_balances_around_them(world: World) {
    let anna = CustomerId("c1".into());
    let all = world
        .bank
        .movements(&anna, period())
        .await
        .expect("movements");
    let current = &all[0];
    assert_eq!(current.account.iban, IBAN);
    assert_eq!(
        (current.opening, current.closing),
        (Decimal::new(9_000, 2), Decimal::new(9_505, 2))
    );
    let texts: Vec<&str> = current.rows.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(texts, ["row 2", "row 3", "row 4"]);
    assert_eq!(current.rows[1].amount, Decimal::new(-5, 2));
}

async fn an_account_without_rows_keeps_its_balance(world: World) {
    let anna = CustomerId("c1".into());
    let all = world
        .bank
        .movements(&anna, period())
        .await
        .expect("movements");
    assert_eq!((all[1].opening, all[1].closing), (100.into(), 100.into()));
    assert!(all[1].rows.is_empty());
}

async fn an_account_that_was_opened_later_is_left_out(world: World) {
    let anna = CustomerId("c1".into());
    let all = world
        .bank
        .movements(&anna, period())
        .await
        .expect("movements");
    assert_eq!(all.len(), 2);
}

async fn another_customers_accounts_are_not_shown(world: World) {
    let otto = CustomerId("c4".into());
    let all = world
        .bank
        .movements(&otto, period())
        .await
        .expect("movements");
    assert_eq!(all.len(), 1);
    assert!(all[0].account.iban.starts_with("GB"));
}

async fn the_right_password_is_changed_together_with_the_step(world: World) {
    assert_eq!(asks(&world, "a1", OLD, start()).await, Changed::Yes);
    let (_, claim) = claimed(&world, "a1", start()).await;
    assert!(matches!(claim, Claim::Done(done) if done.external_id == "changed"));
    assert_eq!(asks(&world, "a2", OLD, start()).await, Changed::Wrong);
    assert_eq!(asks(&world, "a3", NEW, start()).await, Changed::Yes);
}

async fn any_reading_of_the_current_password_will_do(world: World) {
    let (mail, claim) = claimed(&world, "a1", start()).await;
    let Claim::Granted(lease) = claim else {
        panic!("not granted");
    };
    let change = change(mail, lease, &["Sunny-Day", OLD], start());
    let changed = world.bank.change_password(change).await;
    assert_eq!(changed.expect("an answer"), Some(Changed::Yes));
}

async fn a_wrong_password_changes_nothing(world: World) {
    assert_eq!(asks(&world, "a1", "guess", start()).await, Changed::Wrong);
    assert_eq!(asks(&world, "a2", OLD, start()).await, Changed::Yes);
}

async fn guesses(world: &World, times: usize, now: OffsetDateTime) -> Vec<Changed> {
    let mut all = Vec::new();
    for number in 0..times {
        let message = format!("g{number}{}", now.unix_timestamp());
        all.push(asks(world, &message, "guess", now).await);
    }
    all
}

async fn the_fifth_wrong_password_within_a_day_locks(world: World) {
    let all = guesses(&world, 6, start()).await;
    assert_eq!(all[..4], [Changed::Wrong; 4]);
    assert_eq!(all[4..], [Changed::Locked; 2]);
    let later = start() + Duration::hours(23);
    assert_eq!(asks(&world, "a1", OLD, later).await, Changed::Locked);
}

async fn wrong_passwords_of_the_day_before_do_not_count(world: World) {
    guesses(&world, 5, start()).await;
    let later = start() + Duration::hours(24);
    assert_eq!(asks(&world, "a1", OLD, later).await, Changed::Yes);
}

async fn a_right_password_clears_the_wrong_ones(world: World) {
    guesses(&world, 4, start()).await;
    assert_eq!(asks(&world, "a1", OLD, start()).await, Changed::Yes);
    assert_eq!(asks(&world, "a2", "guess", start()).await, Changed::Wrong);
}

async fn an_address_that_is_not_one_customers_changes_nothing(world: World) {
    for (message, address) in [
        ("a1", "nobody@customer.test"),
        ("a2", "shared@customer.test"),
    ] {
        let (mail, claim) = claimed(&world, message, start()).await;
        let Claim::Granted(lease) = claim else {
            panic!("not granted");
        };
        let change = PasswordChange {
            address: address.into(),
            ..change(mail, lease, &[OLD], start())
        };
        let changed = world.bank.change_password(change).await;
        assert_eq!(changed.expect("an answer"), Some(Changed::NoCustomer));
    }
}

async fn a_step_that_was_taken_over_changes_nothing(world: World) {
    let (mail, first) = claimed(&world, "a1", start()).await;
    let later = start() + Duration::minutes(5);
    let (_, second) = claimed(&world, "a1", later).await;
    let (Claim::Granted(first), Claim::Granted(_)) = (first, second) else {
        panic!("not granted");
    };
    let late = change(mail, first, &[OLD], later);
    let changed = world.bank.change_password(late).await;
    assert_eq!(changed.expect("an answer"), None);
    assert_eq!(asks(&world, "a2", OLD, later).await, Changed::Yes);
}

async fn a_step_that_is_done_is_not_done_again(world: World) {
    let (mail, claim) = claimed(&world, "a1", start()).await;
    let Claim::Granted(lease) = claim else {
        panic!("not granted");
    };
    for expected in [Some(Changed::Yes), None] {
        let change = change(mail.clone(), lease.clone(), &[OLD], start());
        let changed = world.bank.change_password(change).await;
        assert_eq!(changed.expect("an answer"), expected);
    }
}

async fn of_four_changes_at_once_the_first_one_holds(world: World) {
    let mut changes = tokio::task::JoinSet::new();
    for number in 0..4 {
        let (mail, claim) = claimed(&world, &format!("a{number}"), start()).await;
        let Claim::Granted(lease) = claim else {
            panic!("not granted");
        };
        let (bank, change) = (world.bank.clone(), change(mail, lease, &[OLD], start()));
        changes.spawn(async move { bank.change_password(change).await });
    }
    let answers = changes.join_all().await;
    let count = |wanted: Changed| {
        let is = |a: &&Result<Option<Changed>, _>| matches!(a, Ok(Some(c)) if *c == wanted);
        answers.iter().filter(is).count()
    };
    assert_eq!((count(Changed::Yes), count(Changed::Wrong)), (1, 3));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::FakeBank;
    use crate::ledger::FakeLedger;

    #[tokio::test]
    async fn the_fake_upholds_the_contract() {
        let names = upholds(|| async {
            let ledger = Arc::new(FakeLedger::default());
            World {
                bank: Arc::new(FakeBank::new(ledger.clone(), rows())),
                ledger,
            }
        })
        .await;
        println!("{}", names.join("\n"));
    }
}

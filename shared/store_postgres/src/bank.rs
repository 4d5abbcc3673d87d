//! The customer database, in the schema `bank` beside the ledger.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use domain::money::Decimal;
use domain::statement::{Account, Movements, Period, Row};
use domain::step::StepName;
use ports::bank::{FAILURES_COUNT_FOR, MOST_FAILURES};
use ports::{Bank, CallError, Changed, Customer, CustomerId, Holder, PasswordChange};
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::IsolationLevel;

use crate::ledger::Values;
use crate::{SERVICE, Store, failed};

/// The least bcrypt cost that a new password is hashed with.
pub const LEAST_COST: u32 = 12;
/// The greatest: beyond it one hash takes longer than a statement may.
pub const MOST_COST: u32 = 15;

const HOLDERS: &str = "
    select number, name, language from bank.customers where address = $1 order by number limit 2";

const LOCKED_HOLDERS: &str = "
    select number, password_hash from bank.customers
     where address = $1 order by number limit 2 for update";

const ACCOUNTS: &str = "
    select a.iban, a.currency, a.name,
           coalesce((select t.balance from bank.transactions t
                      where t.iban = a.iban and t.booked_on < $2
                      order by t.booked_on desc, t.id desc limit 1), a.opening)::text as opening,
           coalesce((select t.balance from bank.transactions t
                      where t.iban = a.iban and t.booked_on <= $3
                      order by t.booked_on desc, t.id desc limit 1), a.opening)::text as closing
      from bank.accounts a
     where a.customer = $1 and a.opened_on <= $3
     order by a.iban";

const ROWS: &str = "
    select booked_on, text, amount::text as amount, balance::text as balance
      from bank.transactions where iban = $1 and booked_on between $2 and $3
     order by booked_on, id";

const HOLD_STEP: &str = "
    select 1 from helpdesk.steps
     where mailbox = $1 and message = $2 and step = $3 and state = 'in_progress' and attempt = $4
       for update";

const END_STEP: &str = "
    update helpdesk.steps
       set state = 'done', external_id = $4, lease_until = null, changed_at = now()
     where mailbox = $1 and message = $2 and step = $3";

const FAILURES: &str =
    "select count(*) from bank.failures where customer = $1 and at > $2 and at <= $3";

const FAIL: &str = "
    insert into bank.failures (customer, mail, at) values ($1, $2, $3) on conflict do nothing";

const FORGIVE: &str = "delete from bank.failures where customer = $1";

const SET_PASSWORD: &str = "update bank.customers set password_hash = $2 where number = $1";

/// The customer database.
pub struct PostgresBank {
    store: Arc<Store>,
    cost: u32,
}

impl PostgresBank {
    /// The customer database beside this ledger. New passwords are hashed with this bcrypt cost,
    /// [`LEAST_COST`] to [`MOST_COST`]; each step more takes twice as long.
    pub fn new(store: Arc<Store>, cost: u32) -> Self {
        Self { store, cost }
    }
}

#[async_trait]
impl Bank for PostgresBank {
    async fn holder(&self, address: &str) -> Result<Holder, CallError> {
        let address = address.to_lowercase();
        let rows = self.store.query(HOLDERS, &[&address]).await?;
        Ok(match rows.as_slice() {
            [] => Holder::Nobody,
            [one] => Holder::One(Customer {
                id: CustomerId(one.try_get("number").map_err(failed)?),
                name: one.try_get("name").map_err(failed)?,
                language: one.try_get("language").map_err(failed)?,
            }),
            _ => Holder::Several,
        })
    }

    async fn movements(
        &self,
        customer: &CustomerId,
        period: Period,
    ) -> Result<Vec<Movements>, CallError> {
        let mut client = self.store.connection().await?;
        // Balances and rows are read of one moment, or they might not add up.
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(failed)?;
        let accounts = transaction
            .query(ACCOUNTS, &[&customer.0, &period.from, &period.to])
            .await
            .map_err(failed)?;
        let mut all = Vec::with_capacity(accounts.len());
        for account in &accounts {
            let iban: String = account.try_get("iban").map_err(failed)?;
            let rows = transaction
                .query(ROWS, &[&iban, &period.from, &period.to])
                .await
                .map_err(failed)?;
            all.push(Movements {
                account: Account {
                    iban,
                    currency: account.try_get("currency").map_err(failed)?,
                    name: account.try_get("name").map_err(failed)?,
                },
                opening: amount(account, "opening")?,
                closing: amount(account, "closing")?,
                rows: rows.iter().map(row).collect::<Result<_, _>>()?,
            });
        }
        Ok(all)
    }

    async fn change_password(&self, change: PasswordChange) -> Result<Option<Changed>, CallError> {
        let mut client = self.store.connection().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        if !holds_step(&transaction, &change).await? {
            return Ok(None);
        }
        let holders = transaction
            .query(LOCKED_HOLDERS, &[&change.address.to_lowercase()])
            .await
            .map_err(failed)?;
        let (number, hash): (Option<String>, String) = match holders.as_slice() {
            [one] => (
                Some(one.try_get("number").map_err(failed)?),
                one.try_get("password_hash").map_err(failed)?,
            ),
            _ => (None, nobodys_hash(self.cost)),
        };
        let (current, new) = (change.current.clone(), change.new.clone());
        let (is_right, new_hash) = hashed(hash, current, new, self.cost).await?;
        let changed = match number {
            Some(number) => decide(&transaction, &number, is_right, &new_hash, &change).await?,
            None => Changed::NoCustomer,
        };
        end_step(&transaction, &change, changed).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(Some(changed))
    }
}

async fn holds_step(
    transaction: &Transaction<'_>,
    change: &PasswordChange,
) -> Result<bool, CallError> {
    let attempt = i32::try_from(change.lease.attempt).unwrap_or(i32::MAX);
    let held = transaction
        .query_opt(
            HOLD_STEP,
            &[
                &change.mail.mailbox().0,
                &change.mail.message().as_str(),
                &StepName::Password.as_str(),
                &attempt,
            ],
        )
        .await;
    Ok(held.map_err(failed)?.is_some())
}

/// What becomes of the one customer's password.
async fn decide(
    transaction: &Transaction<'_>,
    number: &str,
    is_right: bool,
    new_hash: &str,
    change: &PasswordChange,
) -> Result<Changed, CallError> {
    let since = change.now - FAILURES_COUNT_FOR;
    let failures = transaction
        .query_one(FAILURES, &[&number, &since, &change.now])
        .await
        .map_err(failed)?;
    let failures: i64 = failures.try_get(0).map_err(failed)?;
    if failures >= i64::from(MOST_FAILURES) {
        return Ok(Changed::Locked);
    }
    if is_right {
        let set: Values<'_> = &[&number, &new_hash];
        for (statement, values) in [(SET_PASSWORD, set), (FORGIVE, &set[..1])] {
            transaction
                .execute(statement, values)
                .await
                .map_err(failed)?;
        }
        return Ok(Changed::Yes);
    }
    let mail = change.mail.to_string();
    transaction
        .execute(FAIL, &[&number, &mail, &change.now])
        .await
        .map_err(failed)?;
    if failures + 1 >= i64::from(MOST_FAILURES) {
        return Ok(Changed::Locked);
    }
    Ok(Changed::Wrong)
}

async fn end_step(
    transaction: &Transaction<'_>,
    change: &PasswordChange,
    changed: Changed,
) -> Result<(), CallError> {
    transaction
        .execute(
            END_STEP,
            &[
                &change.mail.mailbox().0,
                &change.mail.message().as_str(),
                &StepName::Password.as_str(),
                &changed.as_str(),
            ],
        )
        .await
        .map_err(failed)?;
    Ok(())
}

/// Whether one of these passwords has the hash, and the hash of the new one. Both are computed
/// whatever comes of it, so that the time tells nothing; off the threads that serve others.
async fn hashed(
    hash: String,
    current: Vec<SecretString>,
    new: SecretString,
    cost: u32,
) -> Result<(bool, String), CallError> {
    let computed = tokio::task::spawn_blocking(move || {
        let mut is_right = false;
        for password in &current {
            is_right |= bcrypt::verify(password.expose_secret(), &hash)?;
        }
        let new = bcrypt::non_truncating_hash(new.expose_secret(), cost)?;
        Ok::<_, bcrypt::BcryptError>((is_right, new))
    });
    let computed = computed
        .await
        .map_err(|error| CallError::unreachable(SERVICE, error))?;
    computed.map_err(|error| {
        CallError::rejected(
            SERVICE,
            format!("a password cannot be hashed or compared: {error}"),
        )
    })
}

/// A hash that no password has, as costly to compare with as a customer's.
fn nobodys_hash(cost: u32) -> String {
    format!("$2b${cost:02}$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK")
}

fn row(row: &tokio_postgres::Row) -> Result<Row, CallError> {
    Ok(Row {
        date: row.try_get("booked_on").map_err(failed)?,
        text: row.try_get("text").map_err(failed)?,
        amount: amount(row, "amount")?,
        balance: amount(row, "balance")?,
    })
}

fn amount(row: &tokio_postgres::Row, column: &str) -> Result<Decimal, CallError> {
    let text: &str = row.try_get(column).map_err(failed)?;
    text.parse()
        .map_err(|_| CallError::rejected(SERVICE, format!("column {column} holds no amount")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_can_be_compared_with_and_is_nobodys() {
        for password in ["", "hunter2"] {
            assert!(!bcrypt::verify(password, &nobodys_hash(4)).unwrap());
        }
    }
}

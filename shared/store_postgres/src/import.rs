//! Filling the customer database.

use ports::CallError;
use ports::bank::{AccountRow, BankRows, CustomerRow, TransactionRow};
use tokio_postgres::Transaction;

use crate::ledger::Values;
use crate::{Store, failed};

const CUSTOMER: &str = "
    insert into bank.customers (number, address, name, language, password_hash)
    values ($1, lower($2), $3, $4, $5)
    on conflict (number) do update set address = lower($2), name = $3, language = $4";

const ACCOUNT: &str = "
    insert into bank.accounts (iban, customer, currency, name, opened_on, opening)
    values ($1, $2, $3, $4, $5, $6::text::numeric)
    on conflict (iban) do update
       set customer = $2, currency = $3, name = $4, opened_on = $5, opening = $6::text::numeric";

const TRANSACTION: &str = "
    insert into bank.transactions (iban, reference, booked_on, text, amount, balance)
    values ($1, $2, $3, $4, $5::text::numeric, $6::text::numeric)
    on conflict (iban, reference) do update
       set booked_on = $3, text = $4, amount = $5::text::numeric, balance = $6::text::numeric";

impl Store {
    /// Enters customers, accounts and transactions, all or none. What is there already is brought up
    /// to date, but for passwords: those of customers who are there stay as they are.
    pub async fn import(&self, rows: &BankRows) -> Result<(), CallError> {
        let mut client = self.connection().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        for customer in &rows.customers {
            enter_customer(&transaction, customer)
                .await
                .map_err(failed)?;
        }
        for account in &rows.accounts {
            enter_account(&transaction, account).await.map_err(failed)?;
        }
        let prepared = transaction.prepare(TRANSACTION).await.map_err(failed)?;
        for row in &rows.transactions {
            let TransactionRow {
                iban,
                reference,
                row,
            } = row;
            let (amount, balance) = (row.amount.to_string(), row.balance.to_string());
            transaction
                .execute(
                    &prepared,
                    &[iban, reference, &row.date, &row.text, &amount, &balance],
                )
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}

async fn enter_customer(
    transaction: &Transaction<'_>,
    customer: &CustomerRow,
) -> Result<u64, tokio_postgres::Error> {
    let CustomerRow {
        id,
        address,
        name,
        language,
        password_hash,
    } = customer;
    let values: Values<'_> = &[&id.0, address, name, language, password_hash];
    transaction.execute(CUSTOMER, values).await
}

async fn enter_account(
    transaction: &Transaction<'_>,
    row: &AccountRow,
) -> Result<u64, tokio_postgres::Error> {
    let opening = row.opening.to_string();
    let account = &row.account;
    let values: Values<'_> = &[
        &account.iban,
        &row.customer.0,
        &account.currency,
        &account.name,
        &row.opened_on,
        &opening,
    ];
    transaction.execute(ACCOUNT, values).await
}

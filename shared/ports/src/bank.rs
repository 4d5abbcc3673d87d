//! The operator's customer database: who a customer is, what moved on their accounts, their password.

use async_trait::async_trait;
use domain::MailKey;
use domain::money::Decimal;
use domain::statement::{Account, Movements, Period, Row};
use domain::step::Lease;
use secrecy::SecretString;
use time::{Date, Duration, OffsetDateTime};

use crate::CallError;

/// Wrong passwords after which no further one is tried.
pub const MOST_FAILURES: u32 = 5;
/// For how long a wrong password counts.
pub const FAILURES_COUNT_FOR: Duration = Duration::hours(24);

/// The bank's number of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerId(pub String);

/// A customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// The bank's number of them.
    pub id: CustomerId,
    /// Their name, as it is printed.
    pub name: String,
    /// The language that they are written to in, as ISO 639-1, where it is known.
    pub language: Option<String>,
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Customer(redacted)")
    }
}

/// Who has an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// No customer.
    Nobody,
    /// Exactly one.
    One(Customer),
    /// Several, so that a mail from it is nobody's in particular.
    Several,
}

/// A change of password that a mail asks for.
pub struct PasswordChange {
    /// The mail.
    pub mail: MailKey,
    /// The lease on the mail's password step, which is done together with the change.
    pub lease: Lease,
    /// The proven sender's address, in lower case.
    pub address: String,
    /// What the current password may read as: at least one way. Any of them will do.
    pub current: Vec<SecretString>,
    /// The new one.
    pub new: SecretString,
    /// When.
    pub now: OffsetDateTime,
}

/// How a change of password ended. It is recorded as the step's external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The new password holds.
    Yes,
    /// The current password was wrong.
    Wrong,
    /// It was wrong too often within [`FAILURES_COUNT_FOR`], now or before: nothing was tried.
    Locked,
    /// Not exactly one customer has the address.
    NoCustomer,
}

impl Changed {
    const ALL: [Self; 4] = [Self::Yes, Self::Wrong, Self::Locked, Self::NoCustomer];

    /// The name in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "changed",
            Self::Wrong => "wrong",
            Self::Locked => "locked",
            Self::NoCustomer => "no_customer",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|changed| changed.as_str() == name)
    }
}

/// The customer database.
#[async_trait]
pub trait Bank: Send + Sync {
    /// Who has this address. Addresses are compared in lower case.
    async fn holder(&self, address: &str) -> Result<Holder, CallError>;

    /// What moved on each of a customer's accounts in a period, by IBAN. An account that was opened
    /// after the period is left out; one without rows is there with its balance.
    async fn movements(
        &self,
        customer: &CustomerId,
        period: Period,
    ) -> Result<Vec<Movements>, CallError>;

    /// Checks the current password, sets the new one and ends the mail's password step, all in one
    /// transaction. Returns `None` and changes nothing where a later attempt has taken the step over.
    ///
    /// Takes the same time whoever has the address, for the same bcrypt operations are done. The
    /// fifth wrong password within [`FAILURES_COUNT_FOR`] since the last right one locks.
    async fn change_password(&self, change: PasswordChange) -> Result<Option<Changed>, CallError>;
}

/// What a customer database is filled with.
#[derive(Clone, Default)]
pub struct BankRows {
    /// The customers.
    pub customers: Vec<CustomerRow>,
    /// Their accounts.
    pub accounts: Vec<AccountRow>,
    /// What moved on these accounts, in the order in which it was booked.
    pub transactions: Vec<TransactionRow>,
}

/// A customer to be entered.
#[derive(Clone)]
pub struct CustomerRow {
    /// The bank's number of them.
    pub id: CustomerId,
    /// Their address.
    pub address: String,
    /// Their name.
    pub name: String,
    /// Their language, as ISO 639-1.
    pub language: Option<String>,
    /// Their password's bcrypt hash.
    pub password_hash: String,
}

/// An account to be entered.
#[derive(Clone)]
pub struct AccountRow {
    /// Whose it is.
    pub customer: CustomerId,
    /// The account.
    pub account: Account,
    /// The day on which it was opened.
    pub opened_on: Date,
    /// The balance on that day, before any transaction.
    pub opening: Decimal,
}

/// A transaction to be entered.
#[derive(Clone)]
pub struct TransactionRow {
    /// The account's IBAN.
    pub iban: String,
    /// The bank's number of it. One of an account is entered once.
    pub reference: String,
    /// What moved.
    pub row: Row,
}

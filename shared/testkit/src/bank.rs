//! A customer database in memory, beside a ledger in memory.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::statement::{Movements, Period, Row};
use domain::step::{Done, Ending, StepName};
use ports::bank::{BankRows, CustomerRow, FAILURES_COUNT_FOR, MOST_FAILURES};
use ports::{Bank, CallError, Changed, Customer, CustomerId, Holder, Ledger, PasswordChange};
use secrecy::ExposeSecret;
use time::OffsetDateTime;

use crate::faults::{Fault, Faults, lock};
use crate::ledger::FakeLedger;

const SERVICE: &str = "the fake bank";

/// The least cost that bcrypt takes: a fake need not be slow.
const COST: u32 = 4;

#[derive(Default)]
struct State {
    rows: BankRows,
    failures: Vec<(CustomerId, OffsetDateTime)>,
    hashed: usize,
}

/// A customer database in memory.
pub struct FakeBank {
    /// What goes wrong with the next calls of `change_password`.
    pub faults: Faults,
    ledger: Arc<FakeLedger>,
    state: Mutex<State>,
}

/// The bcrypt hash of a password, cheap to make and to compare with.
///
/// # Panics
/// If the password is longer than bcrypt takes.
pub fn hash(password: &str) -> String {
    bcrypt::non_truncating_hash(password, COST).expect("a password of at most 72 bytes")
}

impl FakeBank {
    /// A database with these rows, beside this ledger.
    pub fn new(ledger: Arc<FakeLedger>, rows: BankRows) -> Self {
        Self {
            faults: Faults::default(),
            ledger,
            state: Mutex::new(State {
                rows,
                ..State::default()
            }),
        }
    }

    /// Changes what is there.
    pub fn change(&self, change: impl FnOnce(&mut BankRows)) {
        change(&mut lock(&self.state).rows);
    }

    /// Whether this is the customer's password now.
    pub fn has_password(&self, customer: &str, password: &str) -> bool {
        let state = lock(&self.state);
        let mut customers = state.rows.customers.iter();
        customers.any(|c| {
            c.id.0 == customer && bcrypt::verify(password, &c.password_hash).unwrap_or_default()
        })
    }

    /// How many passwords were compared or hashed: what a change takes its time for.
    pub fn hashed(&self) -> usize {
        lock(&self.state).hashed
    }
}

impl State {
    fn holders(&self, address: &str) -> Vec<usize> {
        let has = |c: &CustomerRow| c.address.eq_ignore_ascii_case(address);
        let all = self.rows.customers.iter().enumerate();
        all.filter(|(_, c)| has(c)).map(|(at, _)| at).collect()
    }

    fn decide(&mut self, change: &PasswordChange) -> Changed {
        let holders = self.holders(&change.address);
        let hash = match holders.as_slice() {
            [one] => self.rows.customers[*one].password_hash.clone(),
            _ => hash("nobody's"),
        };
        let mut is_right = false;
        for current in &change.current {
            is_right |= bcrypt::verify(current.expose_secret(), &hash).unwrap_or_default();
            self.hashed += 1;
        }
        let new_hash = self::hash(change.new.expose_secret());
        self.hashed += 1;
        let [one] = holders.as_slice() else {
            return Changed::NoCustomer;
        };
        let customer = self.rows.customers[*one].id.clone();
        let since = change.now - FAILURES_COUNT_FOR;
        let most = usize::try_from(MOST_FAILURES).unwrap_or(usize::MAX);
        let counts = |(of, at): &&(CustomerId, OffsetDateTime)| *of == customer && *at > since;
        let failures = self.failures.iter().filter(counts).count();
        if failures >= most {
            return Changed::Locked;
        }
        if is_right {
            self.rows.customers[*one].password_hash = new_hash;
            self.failures.retain(|(of, _)| *of != customer);
            return Changed::Yes;
        }
        self.failures.push((customer, change.now));
        if failures + 1 >= most {
            Changed::Locked
        } else {
            Changed::Wrong
        }
    }
}

impl FakeBank {
    /// Changes a password together with its step.
    async fn changed(&self, change: &PasswordChange) -> Result<Option<Changed>, CallError> {
        let step = self.ledger.step(&change.mail, StepName::Password);
        let holds = matches!(step, domain::step::Step::InProgress(held)
            if held.attempt == change.lease.attempt);
        if !holds {
            return Ok(None);
        }
        let changed = lock(&self.state).decide(change);
        let done = Ending::Done(Done {
            external_id: changed.as_str().to_owned(),
        });
        let ended = self
            .ledger
            .end(&change.mail, StepName::Password, &change.lease, &done)
            .await?;
        Ok(ended.then_some(changed))
    }
}

#[async_trait]
impl Bank for FakeBank {
    async fn holder(&self, address: &str) -> Result<Holder, CallError> {
        let state = lock(&self.state);
        Ok(match state.holders(address).as_slice() {
            [] => Holder::Nobody,
            [one] => {
                let customer = &state.rows.customers[*one];
                Holder::One(Customer {
                    id: customer.id.clone(),
                    name: customer.name.clone(),
                    language: customer.language.clone(),
                })
            }
            _ => Holder::Several,
        })
    }

    async fn movements(
        &self,
        customer: &CustomerId,
        period: Period,
    ) -> Result<Vec<Movements>, CallError> {
        let state = lock(&self.state);
        let mut all = Vec::new();
        for account in &state.rows.accounts {
            if account.customer != *customer || account.opened_on > period.to {
                continue;
            }
            let of_account = state.rows.transactions.iter();
            let mut rows: Vec<&Row> = of_account
                .filter(|t| t.iban == account.account.iban && t.row.date <= period.to)
                .map(|t| &t.row)
                .collect();
            rows.sort_by_key(|row| row.date);
            let before = rows.iter().rfind(|row| row.date < period.from);
            all.push(Movements {
                account: account.account.clone(),
                opening: before.map_or(account.opening, |row| row.balance),
                closing: rows.last().map_or(account.opening, |row| row.balance),
                rows: rows
                    .into_iter()
                    .filter(|row| row.date >= period.from)
                    .cloned()
                    .collect(),
            });
        }
        all.sort_by(|a, b| a.account.iban.cmp(&b.account.iban));
        Ok(all)
    }

    async fn change_password(&self, change: PasswordChange) -> Result<Option<Changed>, CallError> {
        let seen = |fault: Fault| fault.on_read(SERVICE);
        let work = self.changed(&change);
        self.faults.around("change_password", seen, work).await
    }
}

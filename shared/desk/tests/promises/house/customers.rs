//! The customers of the house.

use domain::money::Decimal;
use domain::statement::{Account, Row};
use ports::CustomerId;
use ports::bank::{AccountRow, BankRows, CustomerRow, TransactionRow};
use testkit::bank::hash;
use time::macros::date;

/// Carla, a customer with two accounts.
pub const CARLA: &str = "carla@customer.test";
/// Her password, and the one that she wants.
pub const OLD: &str = "Sunny-Day7xx";
pub const NEW: &str = "Rainy-Night8xx";

/// Carla, and two who share an address.
pub fn customers() -> BankRows {
    let customer = |id: &str, address: &str| CustomerRow {
        id: CustomerId(id.into()),
        address: address.into(),
        name: "Carla Kunde".into(),
        language: None,
        password_hash: hash(OLD),
    };
    let account = |iban: &str| AccountRow {
        customer: CustomerId("c1".into()),
        account: Account {
            iban: iban.into(),
            currency: "EUR".into(),
            name: "Current account".into(),
        },
        opened_on: date!(2020 - 01 - 01),
        opening: Decimal::new(10_000, 2),
    };
    BankRows {
        customers: vec![
            customer("c1", CARLA),
            customer("c2", "shared@customer.test"),
            customer("c3", "shared@customer.test"),
        ],
        accounts: vec![
            account("DE02120300000000202051"),
            account("DE89370400440532013000"),
        ],
        transactions: vec![TransactionRow {
            iban: "DE02120300000000202051".into(),
            reference: "1".into(),
            row: Row {
                date: date!(2024 - 10 - 01),
                text: "Rent".into(),
                amount: Decimal::new(-4_000, 2),
                balance: Decimal::new(6_000, 2),
            },
        }],
    }
}

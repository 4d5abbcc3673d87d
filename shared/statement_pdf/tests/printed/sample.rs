//! Statements to print.

use domain::statement::{Account, Movements, Period, Row, Statement};
use rust_decimal::Decimal;
use statement_pdf::{Letterhead, NotPrintable, print};
use time::Date;
use time::macros::date;

pub const ISSUED: Date = date!(2026 - 11 - 23);
pub const IBAN: &str = "DE02120300000000202051";

/// What is printed, with a field to change here and there.
pub struct Sample {
    pub customer: String,
    pub currency: String,
    pub account: String,
    pub document: String,
    pub opening: Decimal,
    /// What each row says, and its amount.
    pub rows: Vec<(String, Decimal)>,
    pub letterhead: Letterhead,
    pub language: &'static str,
}

/// A statement without rows.
pub fn empty() -> Sample {
    Sample {
        customer: "Anna Muster".into(),
        currency: "EUR".into(),
        account: "Current account".into(),
        document: "2026-000123".into(),
        opening: Decimal::new(123_456_789, 2),
        rows: Vec::new(),
        letterhead: Letterhead {
            name: "Beispielbank AG".into(),
            lines: vec!["Musterstraße 1".into(), "10115 Berlin".into()],
        },
        language: "en",
    }
}

/// A statement with these rows, in cents.
pub fn with(rows: &[(&str, i64)]) -> Sample {
    let rows = rows.iter();
    Sample {
        rows: rows
            .map(|(text, cents)| ((*text).to_owned(), Decimal::new(*cents, 2)))
            .collect(),
        ..empty()
    }
}

/// A statement with so many rows, each with an amount of its own.
pub fn many(rows: i64) -> Sample {
    let sign = |number| if number % 3 == 0 { 1 } else { -1 };
    let row = |number| {
        let amount = Decimal::new(sign(number) * (number * 1_737 + 5), 2);
        (format!("Transfer number {number}"), amount)
    };
    Sample {
        rows: (1..=rows).map(row).collect(),
        ..empty()
    }
}

impl Sample {
    pub fn statement(&self) -> Statement {
        let period = Period::of_months(3, ISSUED).unwrap();
        let mut balance = self.opening;
        let rows = self.rows.iter().map(|(text, amount)| {
            balance += *amount;
            Row {
                date: period.from,
                text: text.clone(),
                amount: *amount,
                balance,
            }
        });
        let rows: Vec<Row> = rows.collect();
        let movements = Movements {
            account: Account {
                iban: IBAN.into(),
                currency: self.currency.clone(),
                name: self.account.clone(),
            },
            opening: self.opening,
            closing: rows.last().map_or(self.opening, |row| row.balance),
            rows,
        };
        Statement::new(
            self.customer.clone(),
            period,
            movements,
            self.document.clone(),
        )
        .unwrap()
    }

    pub fn printed(&self) -> Result<Vec<u8>, NotPrintable> {
        print(&self.statement(), &self.letterhead, self.language, ISSUED)
    }
}

//! An account statement: a period of months, the rows of one account in it, and whether they add up.

use std::fmt;

use rust_decimal::Decimal;
use time::{Date, Month};

/// Months of a statement where the mail names none.
pub const DEFAULT_MONTHS: u32 = 3;
/// The most months that one statement goes back.
pub const MOST_MONTHS: u32 = 24;

/// The days that a statement covers, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
}

/// A number of months that no statement is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a statement covers 1 to {MOST_MONTHS} months, not {0}")]
pub struct BadMonths(pub u32);

impl Period {
    /// So many whole months before the running one, and the running one up to `today`: whoever asks
    /// for the last three months or since March gets at least that.
    pub fn of_months(months: u32, today: Date) -> Result<Self, BadMonths> {
        if !(1..=MOST_MONTHS).contains(&months) {
            return Err(BadMonths(months));
        }
        let from = first_of_month(today, months).ok_or(BadMonths(months))?;
        Ok(Self { from, to: today })
    }
}

/// The first day of the month that lies so many months before that of `day`.
fn first_of_month(day: Date, before: u32) -> Option<Date> {
    let months = day.year() * 12 + i32::from(u8::from(day.month())) - 1;
    let months = months.checked_sub_unsigned(before)?;
    let month = u8::try_from(months.rem_euclid(12) + 1).ok()?;
    Date::from_calendar_date(months.div_euclid(12), Month::try_from(month).ok()?, 1).ok()
}

/// The account that a statement is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The IBAN (ISO 13616), without blanks.
    pub iban: String,
    /// The currency (ISO 4217).
    pub currency: String,
    /// What the customer calls it, such as `Current account`.
    pub name: String,
}

/// One booked transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The day it was booked.
    pub date: Date,
    /// What it was for, in the bank's words.
    pub text: String,
    /// Negative for a debit.
    pub amount: Decimal,
    /// The account's balance after it, as the bank keeps it.
    pub balance: Decimal,
}

/// What the bank knows of one account in a period.
#[derive(Clone, PartialEq, Eq)]
pub struct Movements {
    /// The account.
    pub account: Account,
    /// The balance before the first row.
    pub opening: Decimal,
    /// The balance after the last row.
    pub closing: Decimal,
    /// The rows, oldest first.
    pub rows: Vec<Row>,
}

impl fmt::Debug for Movements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Movements({} rows)", self.rows.len())
    }
}

/// Rows and balances that contradict each other. Holds no amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DoesNotAddUp {
    /// The balance after a row is not the one before it plus the row's amount.
    #[error("row {row} does not lead from the balance before it to the balance after it")]
    Row {
        /// Which row, from 1.
        row: usize,
    },
    /// The last row does not lead to the closing balance.
    #[error("the rows do not lead to the closing balance")]
    Closing,
    /// A row lies outside of the period, or before the row above it.
    #[error("row {row} is out of order or outside of the period")]
    Order {
        /// Which row, from 1.
        row: usize,
    },
}

/// A statement of one account whose rows add up. There is no other way to make one.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    customer: String,
    period: Period,
    movements: Movements,
    document: String,
}

impl Statement {
    /// A statement for this customer, unless the rows contradict the balances. `document` is the
    /// number printed on it.
    pub fn new(
        customer: String,
        period: Period,
        movements: Movements,
        document: String,
    ) -> Result<Self, DoesNotAddUp> {
        let mut balance = movements.opening;
        let mut last = period.from;
        for (row, number) in movements.rows.iter().zip(1..) {
            if row.date < last || row.date > period.to {
                return Err(DoesNotAddUp::Order { row: number });
            }
            last = row.date;
            balance += row.amount;
            if balance != row.balance {
                return Err(DoesNotAddUp::Row { row: number });
            }
        }
        if balance != movements.closing {
            return Err(DoesNotAddUp::Closing);
        }
        Ok(Self {
            customer,
            period,
            movements,
            document,
        })
    }

    /// The customer's name.
    pub fn customer(&self) -> &str {
        &self.customer
    }

    /// The days it covers.
    pub fn period(&self) -> Period {
        self.period
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.movements.account
    }

    /// The balance before the first row.
    pub fn opening(&self) -> Decimal {
        self.movements.opening
    }

    /// The balance after the last row.
    pub fn closing(&self) -> Decimal {
        self.movements.closing
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> &[Row] {
        &self.movements.rows
    }

    /// The number printed on it.
    pub fn document(&self) -> &str {
        &self.document
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Statement({:?})", self.movements)
    }
}

/// An IBAN in groups of four, as it is printed (ISO 13616, print format).
pub fn grouped(iban: &str) -> String {
    let letters: Vec<char> = iban.chars().filter(|c| !c.is_whitespace()).collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|four| four.iter().collect())
        .collect();
    groups.join(" ")
}

/// Whether an IBAN without blanks has fitting check digits: rearranged it is 1 modulo 97 (ISO 13616).
pub fn is_iban(iban: &str) -> bool {
    if iban.len() < 15 || !iban.is_ascii() {
        return false;
    }
    let (head, tail) = iban.split_at(4);
    let rest = tail.chars().chain(head.chars()).try_fold(0, |rest, c| {
        let value = c.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((rest * shift + value) % 97)
    });
    rest == Some(1)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn row(date: Date, amount: i64, balance: i64) -> Row {
        Row {
            date,
            text: "rent".into(),
            amount: amount.into(),
            balance: balance.into(),
        }
    }

    fn statement(rows: Vec<Row>, closing: i64) -> Result<Statement, DoesNotAddUp> {
        let period = Period::of_months(3, date!(2026 - 11 - 23)).unwrap();
        let account = Account {
            iban: "DE02120300000000202051".into(),
            currency: "EUR".into(),
            name: "Current account".into(),
        };
        let movements = Movements {
            account,
            opening: 100.into(),
            closing: closing.into(),
            rows,
        };
        Statement::new("Anna Muster".into(), period, movements, "1".into())
    }

    #[test]
    fn months_are_whole_ones_and_the_running_one() {
        let from = |months, today| Period::of_months(months, today).unwrap().from;
        assert_eq!(from(3, date!(2026 - 11 - 23)), date!(2026 - 08 - 01));
        assert_eq!(from(1, date!(2026 - 01 - 31)), date!(2025 - 12 - 01));
        assert_eq!(from(24, date!(2026 - 11 - 23)), date!(2024 - 11 - 01));
    }

    #[test]
    fn no_statement_covers_no_month_or_more_than_two_years() {
        for months in [0, 25, u32::MAX] {
            let period = Period::of_months(months, date!(2026 - 11 - 23));
            assert_eq!(period, Err(BadMonths(months)));
        }
    }

    #[test]
    fn rows_that_add_up_make_a_statement() {
        let day = date!(2026 - 10 - 01);
        let made = statement(vec![row(day, -30, 70), row(day, 5, 75)], 75).unwrap();
        assert_eq!(made.closing(), 75.into());
    }

    #[test]
    fn a_balance_that_a_row_does_not_lead_to_makes_none() {
        let day = date!(2026 - 10 - 01);
        let made = statement(vec![row(day, -30, 70), row(day, 5, 76)], 76);
        assert_eq!(made, Err(DoesNotAddUp::Row { row: 2 }));
        assert_eq!(statement(vec![], 99), Err(DoesNotAddUp::Closing));
    }

    #[test]
    fn a_row_outside_of_the_period_makes_none() {
        let late = date!(2026 - 11 - 24);
        let made = statement(vec![row(late, 5, 105)], 105);
        assert_eq!(made, Err(DoesNotAddUp::Order { row: 1 }));
    }

    #[test]
    fn an_iban_is_printed_in_fours() {
        assert_eq!(
            grouped("DE02120300000000202051"),
            "DE02 1203 0000 0000 2020 51"
        );
    }
}

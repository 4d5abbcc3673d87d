//! Prints a sample statement of so many rows, so many times, and says how long one print took:
//! `cargo run --release -p statement_pdf --example statement -- 600 20 statement.pdf`.
#![expect(clippy::print_stdout, reason = "its output is what it is run for")]

use std::error::Error;
use std::time::{Duration, Instant};

use domain::statement::{Account, Movements, Period, Row, Statement};
use rust_decimal::Decimal;
use statement_pdf::{Letterhead, print};
use time::macros::date;

/// What rows say, in turns.
const TEXTS: [&str; 5] = [
    "Card payment at Café Müller, Berlin",
    "Standing order: rent for the flat at Lindenstraße 12, second floor, in advance for the coming month",
    "Salary",
    "Transfer to Łukasz Żółć, invoice 2026/0815",
    "Direct debit: electricity and gas, customer number 4711-0815, meter reading of this quarter",
];

/// What rows book, in turns, in cents.
const CENTS: [i64; 5] = [-1_250, -95_000, 312_545, -23_999, -8_830];

fn sample(rows: usize) -> Result<Statement, Box<dyn Error>> {
    let period = Period::of_months(3, date!(2026 - 11 - 23))?;
    let opening = Decimal::new(250_000, 2);
    let mut balance = opening;
    let mut booked = Vec::with_capacity(rows);
    for (text, cents) in TEXTS.into_iter().zip(CENTS).cycle().take(rows) {
        let amount = Decimal::new(cents, 2);
        balance += amount;
        let days = i64::try_from(booked.len() * 100 / rows)?;
        booked.push(Row {
            date: period.from + time::Duration::days(days),
            text: text.to_owned(),
            amount,
            balance,
        });
    }
    let movements = Movements {
        account: Account {
            iban: "DE02120300000000202051".to_owned(),
            currency: "EUR".to_owned(),
            name: "Current account".to_owned(),
        },
        opening,
        closing: balance,
        rows: booked,
    };
    let customer = "Anna Muster".to_owned();
    let document = "2026-000123".to_owned();
    Ok(Statement::new(customer, period, movements, document)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows = arguments.next().unwrap_or("600".to_owned()).parse()?;
    let times: usize = arguments.next().unwrap_or("10".to_owned()).parse()?;
    let path = arguments.next().unwrap_or("statement.pdf".to_owned());
    let statement = sample(rows)?;
    let letterhead = Letterhead {
        name: "Beispielbank AG".to_owned(),
        lines: vec!["Musterstraße 1".to_owned(), "10115 Berlin".to_owned()],
    };
    let mut octets = Vec::new();
    let mut took: Vec<Duration> = Vec::with_capacity(times);
    for _ in 0..times.max(1) {
        let start = Instant::now();
        octets = print(&statement, &letterhead, "en", date!(2026 - 11 - 23))?;
        took.push(start.elapsed());
    }
    took.sort();
    let seconds = took[took.len() / 2].as_secs_f64();
    std::fs::write(path, &octets)?;
    let pages = lopdf::Document::load_mem(&octets)?.get_pages().len();
    let bytes = octets.len();
    println!(r#"{{"pages": {pages}, "bytes": {bytes}, "seconds": {seconds:.6}}}"#);
    Ok(())
}

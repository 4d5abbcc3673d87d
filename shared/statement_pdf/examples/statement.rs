//! Prints a sample statement with so many rows, so many times, and says how long one takes. The last
//! one is written to a file.
#![expect(clippy::print_stdout, reason = "it reports what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

use std::time::Instant;

use domain::money::Decimal;
use domain::statement::{Account, Movements, Period, Row, Statement};
use statement_pdf::{Letterhead, print};
use time::macros::date;
use time::{Date, Duration};

const ISSUED: Date = date!(2026 - 11 - 23);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise| {
        arguments
            .next()
            .map_or(otherwise, |text| text.parse().unwrap())
    };
    let (rows, times) = (number(60_usize), number(5_usize));
    let file = arguments
        .next()
        .unwrap_or_else(|| "statement.pdf".to_owned());
    let language = arguments.next().unwrap_or_else(|| "de".to_owned());
    let name = arguments
        .next()
        .unwrap_or_else(|| "Zoë Łukaszewska".to_owned());
    let text = arguments.next();
    let statement = sample(rows, name, text.as_deref());
    let head = Letterhead {
        name: "Bank Test".to_owned(),
        lines: vec!["Musterstraße 1".to_owned(), "10000 Musterstadt".to_owned()],
    };
    let mut seconds = Vec::new();
    let mut octets = vec![];
    for _ in 0..times.max(1) {
        let began = Instant::now();
        octets = print(&statement, &head, &language, ISSUED).unwrap();
        seconds.push(began.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let pages = lopdf::Document::load_mem(&octets)
        .unwrap()
        .get_pages()
        .len();
    std::fs::write(file, &octets).unwrap();
    let (bytes, median) = (octets.len(), seconds[seconds.len() / 2]);
    println!("{{\"pages\": {pages}, \"bytes\": {bytes}, \"seconds\": {median}}}");
}

/// A statement whose rows add up, the same each time.
fn sample(count: usize, customer: String, text: Option<&str>) -> Statement {
    let period = Period::of_months(3, ISSUED).unwrap();
    let days = (period.to - period.from).whole_days();
    let mut balance = Decimal::new(250_000, 2);
    let opening = balance;
    let mut rows = Vec::with_capacity(count);
    for number in 0..i64::try_from(count).unwrap() {
        let debit = number % 7 != 3;
        let cents = 1_000 + number * 7_919 % 180_000;
        let amount = Decimal::new(if debit { -cents / 6 } else { cents }, 2);
        balance += amount;
        let day = number * days / i64::try_from(count).unwrap().max(1);
        rows.push(Row {
            date: period.from + Duration::days(day),
            text: text.map_or_else(|| described(number, debit), str::to_owned),
            amount,
            balance,
        });
    }
    let movements = Movements {
        account: Account {
            iban: "DE02120300000000202051".to_owned(),
            currency: "EUR".to_owned(),
            name: "Girokonto".to_owned(),
        },
        opening,
        closing: balance,
        rows,
    };
    Statement::new(customer, period, movements, "2026-0F1E2D3C4B5A".to_owned()).unwrap()
}

fn described(number: i64, debit: bool) -> String {
    let kind = if debit { "Kartenzahlung" } else { "Gutschrift" };
    match number % 3 {
        0 => format!("{kind} Buchhandlung am Markt, Beleg {number:05}"),
        1 => {
            format!("{kind} Stadtwerke Musterstadt, Abschlag Strom und Wasser, Vertrag {number:07}")
        }
        _ => format!("{kind} Bäckerei Πανεπιστήμιο {number}"),
    }
}

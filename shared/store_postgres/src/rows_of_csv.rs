//! The customer database as three CSV files, as operators export them.

use std::path::Path;

use domain::money::Decimal;
use domain::statement::{Account, Row, is_iban};
use ports::CustomerId;
use ports::bank::{AccountRow, BankRows, CustomerRow, TransactionRow};
use time::Date;
use time::macros::format_description;

/// A file that cannot be taken in. Names the place and the fix, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{place}: {problem}")]
pub struct BadCsv {
    file: &'static str,
    place: String,
    problem: String,
}

/// Reads `customers.csv`, `accounts.csv` and `transactions.csv` of a folder (RFC 4180, UTF-8, with a
/// header). Files that are not there hold nothing.
pub fn read_csv(folder: &Path) -> Result<BankRows, BadCsv> {
    let mut rows = BankRows::default();
    for line in lines(folder, "customers.csv")? {
        rows.customers.push(customer(&line)?);
    }
    for line in lines(folder, "accounts.csv")? {
        rows.accounts.push(account(&line)?);
    }
    for line in lines(folder, "transactions.csv")? {
        rows.transactions.push(transaction(&line)?);
    }
    Ok(rows)
}

/// One line with the header's names.
struct Line {
    file: &'static str,
    header: csv::StringRecord,
    record: csv::StringRecord,
}

fn lines(folder: &Path, file: &'static str) -> Result<Vec<Line>, BadCsv> {
    let path = folder.join(file);
    if !path.exists() {
        return Ok(vec![]);
    }
    let bad = |error: &csv::Error| BadCsv {
        file,
        place: error
            .position()
            .map(|at| format!(" line {}", at.line()))
            .unwrap_or_default(),
        problem: match error.kind() {
            csv::ErrorKind::UnequalLengths { .. } => {
                "it has more or fewer fields than the header; put quotes around commas".to_owned()
            }
            csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
            _ => "it cannot be read".to_owned(),
        },
    };
    let mut reader = csv::Reader::from_path(path).map_err(|error| bad(&error))?;
    let header = reader.headers().map_err(|error| bad(&error))?.clone();
    let mut lines = Vec::new();
    for record in reader.records() {
        lines.push(Line {
            file,
            header: header.clone(),
            record: record.map_err(|error| bad(&error))?,
        });
    }
    Ok(lines)
}

impl Line {
    fn bad(&self, column: &str, problem: &str) -> BadCsv {
        let line = self.record.position().map_or(0, csv::Position::line);
        BadCsv {
            file: self.file,
            place: format!(" line {line}"),
            problem: format!("{column} {problem}"),
        }
    }

    fn text(&self, column: &str) -> Result<String, BadCsv> {
        let at = self.header.iter().position(|name| name.trim() == column);
        let Some(at) = at else {
            return Err(self.bad(column, "is missing from the header"));
        };
        let value = self.record.get(at).unwrap_or_default().trim();
        if value.is_empty() {
            return Err(self.bad(column, "is empty"));
        }
        Ok(value.to_owned())
    }

    fn iban(&self) -> Result<String, BadCsv> {
        let iban: String = self.text("iban")?.split_whitespace().collect();
        if is_iban(&iban) {
            Ok(iban)
        } else {
            Err(self.bad("iban", "has wrong check digits"))
        }
    }

    fn day(&self, column: &str) -> Result<Date, BadCsv> {
        let form = format_description!("[year]-[month]-[day]");
        Date::parse(&self.text(column)?, form)
            .map_err(|_| self.bad(column, "must be a day as YYYY-MM-DD"))
    }

    fn amount(&self, column: &str) -> Result<Decimal, BadCsv> {
        let text = self.text(column)?;
        Decimal::from_str_exact(&text)
            .map_err(|_| self.bad(column, "must be an amount such as -1234.50"))
    }
}

fn customer(line: &Line) -> Result<CustomerRow, BadCsv> {
    let address = line.text("address")?;
    if !address.contains('@') {
        return Err(line.bad("address", "must be an e-mail address"));
    }
    let password_hash = line.text("password_hash")?;
    if !password_hash.starts_with("$2") || password_hash.len() != 60 {
        return Err(line.bad("password_hash", "must be a bcrypt hash, $2b$12$…"));
    }
    Ok(CustomerRow {
        id: CustomerId(line.text("number")?),
        address,
        name: line.text("name")?,
        language: line.text("language").ok(),
        password_hash,
    })
}

fn account(line: &Line) -> Result<AccountRow, BadCsv> {
    Ok(AccountRow {
        customer: CustomerId(line.text("customer")?),
        account: Account {
            iban: line.iban()?,
            currency: line.text("currency")?,
            name: line.text("name")?,
        },
        opened_on: line.day("opened_on")?,
        opening: line.amount("opening")?,
    })
}

fn transaction(line: &Line) -> Result<TransactionRow, BadCsv> {
    Ok(TransactionRow {
        iban: line.iban()?,
        reference: line.text("reference")?,
        row: Row {
            date: line.day("booked_on")?,
            text: line.text("text")?,
            amount: line.amount("amount")?,
            balance: line.amount("balance")?,
        },
    })
}

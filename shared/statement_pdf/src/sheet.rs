//! Everything that a statement prints, as checked text: once there is a sheet, every character of it
//! has a glyph.

use std::collections::BTreeSet;

use domain::money;
use domain::statement::{Row, Statement, grouped};
use rust_decimal::Decimal;
use time::Date;
use unicode_normalization::UnicodeNormalization;

use crate::fonts::{Face, Fonts};
use crate::words::Words;
use crate::{Field, Letterhead, NotPrintable};

/// The texts of a document. All are in Unicode's normal form C.
pub(crate) struct Sheet {
    pub words: &'static Words,
    pub letterhead: String,
    pub address: Vec<String>,
    pub customer: String,
    pub account: String,
    pub iban: String,
    pub currency: String,
    pub period: String,
    pub document: String,
    pub issued: String,
    pub opening: String,
    pub debits: String,
    pub credits: String,
    pub closing: String,
    pub entries: Vec<Entry>,
}

/// A row of the table.
pub(crate) struct Entry {
    pub date: String,
    /// Line feeds in it end lines.
    pub text: String,
    pub amount: Amount,
    pub balance: String,
}

/// An amount in the column it belongs to, which says its sign.
pub(crate) enum Amount {
    Debit(String),
    Credit(String),
}

impl Sheet {
    /// The texts of this statement, unless a character has no glyph.
    pub fn of(
        statement: &Statement,
        letterhead: &Letterhead,
        words: &'static Words,
        issued: Date,
        fonts: &Fonts,
    ) -> Result<Self, NotPrintable> {
        let checked = |field, text: &str, face| one_line(field, text, face, fonts);
        let account = statement.account();
        let money = Money {
            currency: &account.currency,
            language: words.language,
        };
        let period = statement.period();
        let address = letterhead.lines.iter().zip(1..);
        let address = address
            .map(|(text, line)| checked(Field::LetterheadLine { line }, text, Face::Regular));
        let rows = statement.rows().iter().zip(1..);
        let entries = rows.map(|(row, number)| entry(row, number, &money, words, fonts));
        Ok(Self {
            words,
            letterhead: checked(Field::LetterheadName, &letterhead.name, Face::Bold)?,
            address: address.collect::<Result<_, _>>()?,
            customer: checked(Field::Customer, statement.customer(), Face::Bold)?,
            account: checked(Field::AccountName, &account.name, Face::Regular)?,
            iban: checked(Field::Iban, &grouped(&account.iban), Face::Regular)?,
            currency: checked(Field::Currency, &account.currency, Face::Regular)?,
            period: format!("{} – {}", words.day(period.from), words.day(period.to)),
            document: checked(Field::Document, statement.document(), Face::Regular)?,
            issued: words.day(issued),
            opening: money.written(statement.opening()),
            debits: money.written(total(statement, Decimal::is_sign_negative)),
            credits: money.written(total(statement, Decimal::is_sign_positive)),
            closing: money.written(statement.closing()),
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}

/// How amounts of this document are written.
struct Money<'a> {
    currency: &'a str,
    language: &'a str,
}

impl Money<'_> {
    fn written(&self, amount: Decimal) -> String {
        money::written(amount, self.currency, self.language)
    }
}

/// The sum of the amounts of one sign, without the sign.
fn total(statement: &Statement, sign: impl Fn(&Decimal) -> bool) -> Decimal {
    let amounts = statement.rows().iter().map(|row| row.amount);
    amounts.filter(sign).sum::<Decimal>().abs()
}

fn entry(
    row: &Row,
    number: usize,
    money: &Money<'_>,
    words: &Words,
    fonts: &Fonts,
) -> Result<Entry, NotPrintable> {
    let amount = money.written(row.amount.abs());
    let text = tidied(&row.text);
    check(Field::RowText { row: number }, &text, Face::Regular, fonts)?;
    Ok(Entry {
        date: words.day(row.date),
        text,
        amount: if row.amount.is_sign_negative() {
            Amount::Debit(amount)
        } else {
            Amount::Credit(amount)
        },
        balance: money.written(row.balance),
    })
}

/// A text that is set without line ends of its own.
fn one_line(field: Field, text: &str, face: Face, fonts: &Fonts) -> Result<String, NotPrintable> {
    let text = tidied(text).replace('\n', " ");
    check(field, &text, face, fonts)?;
    Ok(text)
}

/// Normal form C, with line feeds for all that ends a line and blanks for tabs.
fn tidied(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let plain = text.trim().nfc().map(|c| match c {
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\t' => ' ',
        c => c,
    });
    plain.collect()
}

fn check(field: Field, text: &str, face: Face, fonts: &Fonts) -> Result<(), NotPrintable> {
    let characters: BTreeSet<char> = fonts.missing(&text.replace('\n', ""), face);
    if characters.is_empty() {
        Ok(())
    } else {
        Err(NotPrintable::NoGlyph { field, characters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_and_its_mark_become_one() {
        assert_eq!(tidied("Zoe\u{308}\u{212b}"), "Zo\u{eb}\u{c5}");
    }

    #[test]
    fn all_line_ends_are_alike() {
        assert_eq!(tidied(" a\r\nb\rc\u{2028}d\te "), "a\nb\nc\nd e");
    }
}

//! Printing account statements: a [`domain::statement::Statement`] in, the octets of a PDF out.
//!
//! Nothing is cut off and nothing is replaced: a text that has a character without a glyph, or a
//! letterhead that leaves no room for the rows, is refused before anything is printed. The same
//! input gives the same octets.

mod canvas;
mod document;
mod fonts;
mod head;
mod pages;
mod sheet;
mod table;
mod words;
mod wrap;

use std::collections::BTreeSet;
use std::fmt;

use domain::statement::Statement;
use time::Date;

use crate::sheet::Sheet;
use crate::words::Words;

/// Who prints: the operator's letterhead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letterhead {
    /// The name, on every page.
    pub name: String,
    /// The lines of the address. May be empty.
    pub lines: Vec<String>,
}

/// A text that goes onto the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The letterhead's name.
    LetterheadName,
    /// A line of the letterhead's address.
    LetterheadLine {
        /// Which line, from 1.
        line: usize,
    },
    /// The customer's name.
    Customer,
    /// What the customer calls the account.
    AccountName,
    /// The account's IBAN.
    Iban,
    /// The account's currency.
    Currency,
    /// The number of the document.
    Document,
    /// The text of a row.
    RowText {
        /// Which row, from 1.
        row: usize,
    },
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LetterheadName => f.write_str("the letterhead's name"),
            Self::LetterheadLine { line } => write!(f, "line {line} of the letterhead"),
            Self::Customer => f.write_str("the customer's name"),
            Self::AccountName => f.write_str("the account's name"),
            Self::Iban => f.write_str("the IBAN"),
            Self::Currency => f.write_str("the currency"),
            Self::Document => f.write_str("the document's number"),
            Self::RowText { row } => write!(f, "the text of row {row}"),
        }
    }
}

/// A statement that cannot be printed. Holds no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPrintable {
    /// A text has characters that the fonts have no glyph for.
    #[error("{field} has characters that no font has: {}", code_points(characters))]
    NoGlyph {
        /// Which text.
        field: Field,
        /// The characters, each once and in the order of their code points.
        characters: BTreeSet<char>,
    },
    /// What stands above and below the rows fills the page.
    #[error("the letterhead, the names and the document's number leave no room for rows")]
    NoRoom,
    /// The fonts or the file could not be put together: a fault of this room.
    #[error("the document could not be put together: {what}")]
    Fault {
        /// What failed.
        what: &'static str,
    },
}

fn code_points(characters: &BTreeSet<char>) -> String {
    let named: Vec<String> = characters
        .iter()
        .map(|c| format!("U+{:04X}", u32::from(*c)))
        .collect();
    named.join(", ")
}

/// Prints. `language` is ISO 639-1 (en, de, fr, es, it; anything else is printed in English),
/// `issued` the day printed on it. The same input gives the same octets.
pub fn print(
    statement: &Statement,
    letterhead: &Letterhead,
    language: &str,
    issued: Date,
) -> Result<Vec<u8>, NotPrintable> {
    let fonts = fonts::fonts()?;
    let words = Words::of(language);
    let sheet = Sheet::of(statement, letterhead, words, issued, fonts)?;
    let pages = pages::set(&sheet, fonts)?;
    document::written(&sheet, &pages, fonts, issued)
}

//! Account statements as PDFs.
//!
//! The same statement always gives the same octets. Fonts are embedded as subsets of what a document
//! uses; what no font has is refused before anything is printed. The PDF is not tagged: printpdf
//! writes no structure tree.

mod canvas;
mod document;
mod fonts;
mod layout;
mod words;

use domain::statement::Statement;
use time::Date;

/// Who prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letterhead {
    /// The name on top.
    pub name: String,
    /// The lines below it, such as the address. May be empty.
    pub lines: Vec<String>,
}

/// A statement that cannot be printed. Holds no content but the characters that no font has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPrintable {
    /// A text holds characters that the fonts lack.
    #[error("{field} holds characters that no font here has: {characters}")]
    Characters {
        /// Where they stand.
        field: String,
        /// The characters as U+XXXX.
        characters: String,
    },
    /// The PDF library refused.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
}

/// Prints a statement. `language` is ISO 639-1; what is not served is printed in English. `issued` is
/// the day that stands on it.
pub fn print(
    statement: &Statement,
    letterhead: &Letterhead,
    language: &str,
    issued: Date,
) -> Result<Vec<u8>, NotPrintable> {
    let words = words::Words::of(language);
    let pages = layout::pages(statement, letterhead, words, issued)?;
    document::write(pages, statement, letterhead, words, issued)
}

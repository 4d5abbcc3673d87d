//! Documents of the operator as sections that can be found: octets in, titles, headings and readable
//! text out.
//!
//! Nothing here asks the outside world, and no octets make it panic or take more time and memory
//! than its limits allow. What a reader of the document would not see (comments, hidden elements,
//! deleted passages) is not part of its text: an answer could be steered by it.

mod decode;
mod docx;
mod front_matter;
mod html;
mod markdown;
mod pdf;
mod pieces;
mod plain;
mod sections;
mod unreadable;

use time::Date;

pub use pieces::{LONGEST_PIECE, Piece, pieces};
pub use unreadable::{Kind, Unreadable};

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What people call it. Never empty.
    pub title: String,
    /// Where customers find it: an `http` or `https` address.
    pub link: Option<String>,
    /// The language that the document itself declares, as ISO 639-1.
    pub language: Option<String>,
    /// The product that it is about, in the operator's words.
    pub product: Option<String>,
    /// The first day on which it holds.
    pub valid_from: Option<Date>,
    /// The last day on which it holds.
    pub valid_until: Option<Date>,
    /// Its text, in order. None is without text.
    pub sections: Vec<Section>,
}

/// The text below one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The headings above it, outermost first. The document's title is not repeated here.
    pub headings: Vec<String>,
    /// The place in the document as the fragment of its link, without `#`.
    pub anchor: Option<String>,
    /// Readable text: blocks with an empty line between them, list items and table rows one a line.
    pub text: String,
}

/// What a document may cost to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest file, and the longest that a packed part of one may unpack to, in octets.
    pub octets: usize,
    /// The longest text of all sections and headings together, in characters.
    pub characters: usize,
    /// The most pages of a PDF.
    pub pages: usize,
    /// The most sections.
    pub sections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 32 * 1024 * 1024,
            characters: 4_000_000,
            pages: 5_000,
            sections: 50_000,
        }
    }
}

/// Reads a document. Its kind is told by the ending of `key`, a file's name such as
/// `knowledge/cards.md`; one without a title is called by that name.
pub fn read(key: &str, octets: &[u8], limits: Limits) -> Result<Document, Unreadable> {
    let kind = Kind::of(key)?;
    if octets.len() > limits.octets {
        return Err(Unreadable::TooLarge {
            kind,
            limit: limits.octets,
            unit: "octets",
        });
    }
    let name = readable_name(key);
    let document = match kind {
        Kind::Markdown => markdown::read(&decode::text(octets)?, &name, limits),
        Kind::Html => html::read(&decode::html(octets)?, &name, limits),
        Kind::Text => plain::read(&decode::text(octets)?, &name, limits),
        Kind::Pdf => pdf::read(octets, &name, limits),
        Kind::Docx => docx::read(octets, &name, limits),
    }?;
    if document.sections.is_empty() {
        return Err(Unreadable::Empty);
    }
    Ok(document)
}

/// `knowledge/card_fees-2026.md` as `Card fees 2026`.
fn readable_name(key: &str) -> String {
    let file = key.rsplit(['/', '\\']).next().unwrap_or(key);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let spaced = sections::line(&stem.replace(['_', '-'], " "));
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Document".to_owned(),
    }
}

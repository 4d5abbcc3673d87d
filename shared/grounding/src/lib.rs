//! Whether a sentence that a language model wrote may stand in a bank's reply: whether what it says is
//! in the passages it cites, in any of the five languages served. Text in, verdict out.
//!
//! An answer that is wrong costs more than none, so what cannot be found is refused. Values are compared
//! across languages and ways of writing; words only within one language.

mod dates;
mod facts;
mod links;
mod names;
mod numbers;
mod overlap;
mod polarity;
mod promises;
mod tables;
mod tokens;

pub use links::{BadHost, LinkHosts};

/// Characters of a sentence at most. A longer one is none.
const LONGEST: usize = 600;
/// Characters of a question back to the customer.
const LONGEST_QUESTION: usize = 200;
/// The share of a sentence's words that must stand in its sources.
const ENOUGH_WORDS: f32 = 0.5;

/// What a sentence may be drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// The title above the text. It counts as part of it.
    pub title: &'a str,
    /// The text.
    pub text: &'a str,
    /// Its language as ISO 639-1, where it is known.
    pub language: Option<&'a str>,
}

/// How well a sentence is supported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Support {
    /// The share of its words that stand in its sources, 0 to 1. None where no source is in its language.
    pub share: Option<f32>,
}

/// Why a sentence may not stand. Told to agents.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unsupported {
    /// There is nothing that it could be drawn from.
    #[error("it has no source")]
    NoSource,
    /// A number is not in the sources.
    #[error("it says {0}, which no cited passage says")]
    Number(String),
    /// An amount of money, or a percentage, is not in the sources.
    #[error("it says {0}, which no cited passage says")]
    Amount(String),
    /// A date, a time of day or a stretch of time is not in the sources.
    #[error("it says {0}, which no cited passage says")]
    Date(String),
    /// A name is not in the sources.
    #[error("it names {0}, which no cited passage does")]
    Name(String),
    /// A link is not in the sources, or leads to where it may not.
    #[error("it links to {0}, which is not in the passages or not allowed")]
    Link(String),
    /// An e-mail address or telephone number is not in the sources.
    #[error("it gives the address {0}, which no cited passage does")]
    Address(String),
    /// It says "not" where the passages do not, or the other way round.
    #[error("it says the opposite of the passages, or they do not say it so")]
    Negation,
    /// It promises or confirms something to this customer.
    #[error("it promises or confirms something ({0})")]
    Promise(String),
    /// It asks the customer for a secret.
    #[error("it asks for a secret ({0})")]
    AsksForSecret(String),
    /// It speaks to a machine, not to the customer: a document that gives orders was quoted.
    #[error("it speaks to a machine ({0})")]
    ToAMachine(String),
    /// Too few of its words stand in the passages.
    #[error("only {:.0} % of its words stand in the passages", .0 * 100.0)]
    FewWords(f32),
    /// It holds what a reader cannot read: placeholders, markup, signs that are not seen.
    #[error("it is not a plain sentence")]
    Unreadable,
}

/// Whether a sentence in a language (ISO 639-1) may stand with these sources.
pub fn sentence(
    text: &str,
    language: &str,
    sources: &[Source<'_>],
    hosts: &LinkHosts,
) -> Result<Support, Unsupported> {
    if sources.is_empty() {
        return Err(Unsupported::NoSource);
    }
    if !is_plain(text, LONGEST) {
        return Err(Unsupported::Unreadable);
    }
    promises::speaks_to_people(text)?;
    promises::asks_for_no_secret(text)?;
    promises::promises_nothing(text, language, sources)?;
    links::stand(text, sources, Some(hosts))?;
    facts::stand(text, language, sources)?;
    names::stand(text, language, sources)?;
    polarity::stands(text, language, sources)?;
    let share = overlap::share(text, language, sources);
    match share {
        Some(share) if share < ENOUGH_WORDS => Err(Unsupported::FewWords(share)),
        share => Ok(Support { share }),
    }
}

/// Whether a question may be put to the customer: short, about nothing that the sources do not say, and
/// for no secret.
pub fn question_back(
    text: &str,
    language: &str,
    sources: &[Source<'_>],
) -> Result<(), Unsupported> {
    let ends = text.trim_end().ends_with(['?', '？']);
    if !ends || !is_plain(text, LONGEST_QUESTION) {
        return Err(Unsupported::Unreadable);
    }
    promises::mentions_no_secret(text)?;
    promises::promises_nothing(text, language, &[])?;
    links::stand(text, sources, None)?;
    facts::stand(text, language, sources)
}

/// Whether a title may be shown as the name of a source: short, plain, and leading nowhere.
pub fn is_plain_title(title: &str) -> bool {
    is_plain(title, LONGEST_QUESTION)
        && links::stand(title, &[], None).is_ok()
        && promises::speaks_to_people(title).is_ok()
}

/// Whether a reader reads all of it: no placeholder, no markup, no sign that is not seen.
fn is_plain(text: &str, longest: usize) -> bool {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let markup = ["[[", "]]", "<", "](", "```", "{{", "&#"];
    !text.trim().is_empty()
        && text.chars().count() <= longest
        && text.chars().any(char::is_alphabetic)
        && !text.chars().any(unseen)
        && !markup.iter().any(|sign| text.contains(sign))
}

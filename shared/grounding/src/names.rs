//! Names: what only they can be in a language must stand in the sources.

use std::collections::BTreeSet;

use crate::tables;
use crate::tokens::{Token, tokens};
use crate::{Source, Unsupported};

/// Written in capitals, and names of nothing in particular.
const COMMON: [&str; 22] = [
    "i", "pin", "iban", "bic", "pdf", "sms", "app", "eur", "chf", "usd", "gbp", "tan", "atm",
    "sepa", "faq", "qr", "id", "ok", "e", "mail", "dni", "rib",
];
/// Words before a name.
const TITLES: [&str; 14] = [
    "herr", "herrn", "frau", "dr", "firma", "mr", "mrs", "ms", "madame", "monsieur", "senor",
    "senora", "signor", "signora",
];

/// Whether every name of a sentence stands in the sources.
pub(crate) fn stand(text: &str, language: &str, sources: &[Source<'_>]) -> Result<(), Unsupported> {
    let known: BTreeSet<String> = sources
        .iter()
        .flat_map(|source| [source.title, source.text])
        .flat_map(|text| {
            let tokens = tokens(text).into_iter();
            tokens.flat_map(|token| [words::stem(&token.text, Some(language)), token.folded])
        })
        .collect();
    let stands = |token: &Token| {
        known.contains(&token.folded)
            || known.contains(&words::stem(&token.text, Some(language)))
            || COMMON.contains(&token.folded.as_str())
            || tables::month(&token.folded).is_some()
            || tables::weekday(&token.folded).is_some()
            || tables::currency(&token.folded).is_some()
    };
    let tokens = tokens(text);
    let mut begins = true;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        let named = is_name(token, before, tokens.get(at + 1), begins, language);
        let next_unknown = |next: &Token| !stands(next);
        let alone =
            language == "de" && is_capitalised(token) && !is_special(token) && !titled(before);
        let pair = tokens.get(at + 1).is_some_and(next_unknown);
        if named && !stands(token) && (!alone || pair) {
            return Err(Unsupported::Name(token.text.clone()));
        }
        begins = token.ends_sentence;
    }
    Ok(())
}

fn is_name(
    token: &Token,
    before: Option<&Token>,
    next: Option<&Token>,
    begins: bool,
    language: &str,
) -> bool {
    if token.number || !token.text.chars().any(char::is_alphabetic) {
        return false;
    }
    if is_special(token) || titled(before) {
        return is_capitalised(token) || is_special(token);
    }
    if begins || !is_capitalised(token) {
        return false;
    }
    // In German every noun has a capital; two in a row are a name more often than not.
    language != "de" || next.is_some_and(is_capitalised) && !token.ends_clause
}

fn titled(before: Option<&Token>) -> bool {
    before.is_some_and(|before| TITLES.contains(&before.folded.as_str()))
}

fn is_capitalised(token: &Token) -> bool {
    token.text.chars().next().is_some_and(char::is_uppercase)
}

/// Capitals inside a word: an acronym, or a brand.
fn is_special(token: &Token) -> bool {
    token.text.chars().skip(1).any(char::is_uppercase)
}

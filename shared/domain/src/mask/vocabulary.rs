//! Words that a mail about passwords may keep.

use std::collections::HashMap;
use std::sync::LazyLock;

/// How well a word is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Grammar, and what is said of passwords that do not work: kept also where a value is likely.
    Grammar,
    /// Words of the trade.
    Trade,
}

static WORDS: LazyLock<HashMap<&'static str, Known>> = LazyLock::new(|| {
    let mut known = Known::Grammar;
    let mut all = HashMap::new();
    for line in include_str!("vocabulary.txt").lines() {
        match line.trim() {
            "[grammar]" => known = Known::Grammar,
            "[trade]" => known = Known::Trade,
            comment if comment.starts_with('#') => {}
            words => {
                for word in words.split_whitespace() {
                    all.entry(word).or_insert(known);
                }
            }
        }
    }
    all
});

/// Looks a word up, whatever its case. Parts joined by hyphens, underscores or apostrophes are looked
/// up one by one. `None` where a part is unknown, and for capitals inside a word.
pub(super) fn known(word: &str) -> Option<Known> {
    let mut least = Known::Grammar;
    let mut any = false;
    for part in word.split(['-', '_', '\'', '’', '/', '.']) {
        if part.is_empty() {
            continue;
        }
        any = true;
        let is_lower = !part.chars().skip(1).any(char::is_uppercase);
        let is_upper = !part.chars().any(char::is_lowercase);
        if !is_lower && !is_upper {
            return None;
        }
        match WORDS.get(part.to_lowercase().as_str()) {
            Some(Known::Grammar) => {}
            Some(Known::Trade) => least = Known::Trade,
            None => return None,
        }
    }
    any.then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case() {
        assert_eq!(known("Passwort"), Some(Known::Trade));
        assert_eq!(known("PASSWORT"), Some(Known::Trade));
        assert_eq!(known("nicht"), Some(Known::Grammar));
    }

    #[test]
    fn capitals_inside_a_word_make_it_unknown() {
        assert_eq!(known("passWort"), None);
    }

    #[test]
    fn joined_words_are_known_if_each_is() {
        assert_eq!(known("l'ancien"), Some(Known::Grammar));
        assert_eq!(known("Online-Banking"), Some(Known::Trade));
        assert_eq!(known("Online-Regenbogen"), None);
    }

    #[test]
    fn no_line_of_the_list_holds_anything_but_words_in_lower_case() {
        for word in WORDS.keys() {
            assert!(word.chars().all(char::is_alphabetic), "{word}");
            assert_eq!(*word, word.to_lowercase());
        }
    }
}

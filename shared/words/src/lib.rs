//! Words of the five languages that are served: which language a text is in, and what of its words
//! two texts can be compared by. No statistics, no state, no outside world.

mod language;
mod stop;

use pagefind_stem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub use language::{Told, language_of, told};
pub use stop::is_stop_word;

/// The languages served, as ISO 639-1.
pub const LANGUAGES: [&str; 5] = ["en", "de", "fr", "es", "it"];

/// A text in lower case and without accents, so that what people type alike reads alike: `Größe`
/// becomes `grosse`.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        match letter {
            'ß' => folded.push_str("ss"),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            other => folded.push(other),
        }
    }
    folded
}

/// The words of a text as they are written, in order: runs of letters and digits. An apostrophe
/// parts words, so that French `l'agence` is the word `agence` too.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| !word.is_empty())
}

/// What a word is compared by: the stem that Snowball makes of it in the language, folded. A word of
/// a language that is not served is only folded.
pub fn stem(word: &str, language: Option<&str>) -> String {
    let lower = word.to_lowercase();
    match language.and_then(algorithm) {
        Some(algorithm) => folded(&Stemmer::create(algorithm).stem(&lower)),
        None => folded(&lower),
    }
}

/// The stems of the words that carry the sense of a text, in order and as often as they stand there:
/// without the small words of grammar in its language.
pub fn terms(text: &str, language: Option<&str>) -> Vec<String> {
    words(text)
        .filter(|word| !is_stop_word(word, language))
        .map(|word| stem(word, language))
        .collect()
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language {
        "en" => Algorithm::English,
        "de" => Algorithm::German,
        "fr" => Algorithm::French,
        "es" => Algorithm::Spanish,
        "it" => Algorithm::Italian,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_capitals_make_no_other_word() {
        assert_eq!(
            folded("Größe, ÉTÉ, Œuvre, Cafe\u{301}"),
            "grosse, ete, oeuvre, cafe"
        );
    }

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for (language, one, other) in [
            ("en", "cards", "card"),
            ("de", "Überweisungen", "Überweisung"),
            ("fr", "virements", "virement"),
            ("es", "transferencias", "transferencia"),
            ("it", "bonifici", "bonifico"),
        ] {
            assert_eq!(stem(one, Some(language)), stem(other, Some(language)));
        }
    }

    #[test]
    fn what_is_typed_without_accents_is_found() {
        assert_eq!(stem("Konten", Some("de")), stem("konten", Some("de")));
        assert_eq!(stem("numéro", None), stem("NUMERO", None));
    }

    #[test]
    fn small_words_carry_no_sense() {
        assert_eq!(
            terms("What does the card cost?", Some("en")),
            ["card", "cost"]
        );
        assert_eq!(terms("Was kostet die Karte?", Some("de")), ["kost", "kart"]);
    }

    #[test]
    fn a_text_of_an_unknown_language_keeps_all_its_words() {
        assert_eq!(terms("Hur mycket kostar det?", None).len(), 4);
    }
}

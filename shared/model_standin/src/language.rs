//! The language of a text, out of five.

use whatlang::{Detector, Lang};

use crate::words::StopWords;

/// Words that are looked at.
const ENOUGH_WORDS: usize = 200;

/// The language as ISO 639-1, English where it cannot be told. Small words tell it first, for
/// detection by letters is misled by short texts.
pub fn language(text: &str, words: &[String]) -> &'static str {
    let mut votes = [0_u32; StopWords::LANGUAGES];
    for word in words.iter().take(ENOUGH_WORDS) {
        let languages = StopWords::get().languages(word);
        // A word of one language alone says more than one of several.
        let worth = if languages.is_power_of_two() { 3 } else { 1 };
        for (at, vote) in votes.iter_mut().enumerate() {
            *vote += worth * u32::from(languages >> at & 1);
        }
    }
    let most = votes.iter().copied().max().unwrap_or_default();
    let mut leaders = votes.iter().enumerate().filter(|(_, vote)| **vote == most);
    match (leaders.next(), leaders.next()) {
        (Some((leader, _)), None) => StopWords::code(leader),
        _ => by_letters(text),
    }
}

fn by_letters(text: &str) -> &'static str {
    let served = vec![Lang::Eng, Lang::Deu, Lang::Fra, Lang::Spa, Lang::Ita];
    let enough = text
        .char_indices()
        .nth(1_000)
        .map_or(text, |(at, _)| &text[..at]);
    match Detector::with_allowlist(served).detect_lang(enough) {
        Some(Lang::Deu) => "de",
        Some(Lang::Fra) => "fr",
        Some(Lang::Spa) => "es",
        Some(Lang::Ita) => "it",
        _ => "en",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    #[test]
    fn five_languages_are_told_apart() {
        for (code, text) in [
            ("en", "Where is my card?"),
            ("de", "Wo ist meine Karte?"),
            ("fr", "Où est ma carte ?"),
            ("es", "¿Dónde está mi tarjeta?"),
            ("it", "Dov'è la mia carta?"),
        ] {
            assert_eq!(language(text, &words(text, 99)), code, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_english() {
        assert_eq!(language("", &[]), "en");
        assert_eq!(language("12345", &words("12345", 9)), "en");
    }
}

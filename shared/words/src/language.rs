//! The language of a text, among those we serve.

use whatlang::{Detector, Lang};

/// The small words that a text of this language can hardly do without, and that the others lack.
const SMALL_WORDS: [(&str, &[&str]); 5] = [
    (
        "en",
        &[
            "the", "what", "how", "does", "is", "my", "and", "you", "to", "please", "with", "when",
        ],
    ),
    (
        "de",
        &[
            "der", "die", "das", "ist", "ich", "und", "wie", "mein", "meine", "nicht", "bitte",
            "für",
        ],
    ),
    (
        "fr",
        &[
            "le", "les", "est", "je", "et", "mon", "ma", "vous", "pour", "des", "une", "quel",
        ],
    ),
    (
        "es",
        &[
            "el", "los", "es", "mi", "y", "para", "una", "cómo", "qué", "gracias", "del", "por",
        ],
    ),
    (
        "it",
        &[
            "il", "è", "gli", "mio", "mia", "per", "una", "come", "che", "grazie", "della", "di",
        ],
    ),
];

/// A text with fewer letters has no language that could be told.
const FEWEST_LETTERS: usize = 12;

/// The language as ISO 639-1, where it can be told.
///
/// Statistics over letters mislead on the few words of a short mail, so the small words decide
/// first, and the statistics only where those leave it open.
pub fn language_of(text: &str) -> Option<String> {
    if text.chars().filter(|c| c.is_alphabetic()).count() < FEWEST_LETTERS {
        return None;
    }
    by_small_words(text)
        .or_else(|| by_letters(text))
        .map(str::to_owned)
}

fn by_small_words(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphabetic())
        .filter(|w| !w.is_empty())
        .take(400)
        .collect();
    let mut counts = SMALL_WORDS.map(|(language, small)| {
        (
            words.iter().filter(|word| small.contains(word)).count(),
            language,
        )
    });
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let [(most, language), (second, _), ..] = counts;
    (most > second).then_some(language)
}

fn by_letters(text: &str) -> Option<&'static str> {
    let served = vec![Lang::Eng, Lang::Deu, Lang::Fra, Lang::Spa, Lang::Ita];
    match Detector::with_allowlist(served).detect_lang(text)? {
        Lang::Deu => Some("de"),
        Lang::Fra => Some("fr"),
        Lang::Spa => Some("es"),
        Lang::Ita => Some("it"),
        _ => Some("en"),
    }
}

#[cfg(test)]
mod tests {
    use super::language_of;

    #[test]
    fn short_questions_are_told_apart() {
        for (language, text) in [
            ("en", "What does a new card cost?"),
            ("de", "Was kostet eine neue Karte, bitte?"),
            ("fr", "Combien coûte une nouvelle carte pour mon fils ?"),
            ("es", "¿Cuánto cuesta una tarjeta nueva para mi hijo?"),
            ("it", "Quanto costa una nuova carta per mio figlio?"),
        ] {
            assert_eq!(language_of(text).as_deref(), Some(language), "{text}");
        }
    }

    #[test]
    fn a_text_of_a_few_letters_has_no_language() {
        assert_eq!(language_of("Hi!"), None);
        assert_eq!(language_of("12345 67890 12345 67890"), None);
    }
}

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

const SERVED: [Lang; 5] = [Lang::Eng, Lang::Deu, Lang::Fra, Lang::Spa, Lang::Ita];

/// How much of a text is looked at to tell that its language is not served, in characters.
const TELLING_HEAD: usize = 2_000;

/// A text in a language served has more of its small words, in per cent.
const LEAST_SMALL_WORDS: usize = 10;

/// Below this share, in per cent, small words do not decide between the languages served.
const FEW_SMALL_WORDS: usize = 6;

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

/// What can be told about the language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It is this one of the languages served, as ISO 639-1.
    Served(&'static str),
    /// It is reliably none of them.
    Other,
    /// It has too few letters to tell.
    Open,
}

/// As [`language_of`], which always takes a text for one of the languages served, for texts that may
/// be in any other. Reliable from about 80 letters on.
pub fn told(text: &str) -> Told {
    if text.chars().filter(|c| c.is_alphabetic()).count() < FEWEST_LETTERS {
        return Told::Open;
    }
    if is_other(text) {
        return Told::Other;
    }
    // A list of prices has hardly any small words, and one that strayed in misleads.
    let by_words = if small_word_share(text) < FEW_SMALL_WORDS {
        None
    } else {
        by_small_words(text)
    };
    by_words
        .or_else(|| by_letters(text))
        .map_or(Told::Open, Told::Served)
}

/// Neighbours are mistaken for each other by their letters, so a text with many small words of a
/// language served is in that one.
fn is_other(text: &str) -> bool {
    let head: String = text.chars().take(TELLING_HEAD).collect();
    let Some(guess) = Detector::new().detect(&head) else {
        return false;
    };
    let is_served = SERVED.contains(&guess.lang());
    !is_served && guess.is_reliable() && small_word_share(&head) < LEAST_SMALL_WORDS
}

/// The share of the small words of that language of which there are most, in per cent of all words.
fn small_word_share(text: &str) -> usize {
    let (words, most) = count_small_words(text);
    most[0].0 * 100 / words.max(1)
}

fn by_small_words(text: &str) -> Option<&'static str> {
    let (_, [(most, language), (second, _), ..]) = count_small_words(text);
    (most > second).then_some(language)
}

/// How many words there are, and how many are small words of each language, most first.
fn count_small_words(text: &str) -> (usize, [(usize, &'static str); 5]) {
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
    (words.len(), counts)
}

fn by_letters(text: &str) -> Option<&'static str> {
    match Detector::with_allowlist(SERVED.to_vec()).detect_lang(text)? {
        Lang::Deu => Some("de"),
        Lang::Fra => Some("fr"),
        Lang::Spa => Some("es"),
        Lang::Ita => Some("it"),
        _ => Some("en"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Told, language_of, told};

    #[test]
    fn a_language_that_is_not_served_is_told() {
        for text in [
            "Opłata za prowadzenie rachunku wynosi pięć złotych miesięcznie i jest pobierana ostatniego dnia każdego miesiąca z rachunku klienta.",
            "Комиссия за обслуживание счёта составляет пять евро в месяц и списывается в последний рабочий день каждого месяца.",
            "De kosten voor het aanhouden van een rekening bedragen vijf euro per maand en worden aan het einde van elke maand afgeschreven.",
            "A comissão de manutenção da conta é de cinco euros por mês e é cobrada no último dia útil de cada mês, não havendo outras despesas.",
            "Hesap işletim ücreti ayda beş avrodur ve her ayın son iş gününde müşterinin hesabından otomatik olarak tahsil edilir.",
        ] {
            assert_eq!(told(text), Told::Other, "{text}");
        }
    }

    #[test]
    fn a_language_that_is_served_is_never_taken_for_another() {
        for (language, text) in [
            (
                "en",
                "Debit card replacement: 5 EUR. Express delivery abroad: 25 EUR. Cash withdrawal, foreign currency: 1.75 per cent. Emergency card: free of charge.",
            ),
            (
                "de",
                "Girokonto Premium: 9,90 EUR monatlich. Ersatzkarte: 8 EUR. Bargeldauszahlung in Fremdwährung: 1,75 Prozent. Notfallkarte: kostenlos.",
            ),
            (
                "fr",
                "Compte courant : 4 EUR par mois. Carte de remplacement : 8 EUR. Retrait en devises : 1,75 pour cent. Carte de secours : gratuite.",
            ),
            (
                "es",
                "Cuenta corriente: 4 EUR al mes. Tarjeta de sustitución: 8 EUR. Retirada en divisas: 1,75 por ciento. Tarjeta de emergencia: gratuita.",
            ),
            (
                "it",
                "Conto corrente: 4 EUR al mese. Carta sostitutiva: 8 EUR. Prelievo in valuta estera: 1,75 per cento. Carta di emergenza: gratuita.",
            ),
        ] {
            assert_eq!(told(text), Told::Served(language), "{text}");
        }
    }

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

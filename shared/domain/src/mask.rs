//! Passwords are masked before any text leaves Gmail's side of the house.
//!
//! In a passage that talks about passwords, whatever could be one is masked rather than risked: a
//! masked word too many costs the reader a question, a password too many costs the customer.

use std::collections::HashMap;

/// Words that make a passage one about passwords, in the languages we serve.
const PASSWORD_WORDS: [&str; 20] = [
    "password",
    "passwort",
    "passwörter",
    "kennwort",
    "kennwörter",
    "mot de passe",
    "mots de passe",
    "contraseña",
    "contrasena",
    "clave",
    "parola d'ordine",
    "passcode",
    "passphrase",
    "passwd",
    "pwd",
    "pass:",
    "pw:",
    "pin",
    "login",
    "credenziali",
];

/// How many lines after a password word still belong to its passage: forms put values below.
const LINES_AFTER: usize = 3;

/// A text in which placeholders stand for passwords. Cannot be turned back.
pub fn mask_passwords(text: &str) -> String {
    let mut masker = Masker::default();
    let mut left_in_passage = 0;
    let neutral = text.replace("[[", "[ [");
    let masked: Vec<String> = neutral
        .lines()
        .map(|line| {
            if talks_about_passwords(line) {
                left_in_passage = LINES_AFTER + 1;
            }
            let inside = left_in_passage > 0;
            if !line.trim().is_empty() {
                left_in_passage = left_in_passage.saturating_sub(1);
            }
            if inside {
                masker.line(line)
            } else {
                line.to_owned()
            }
        })
        .collect();
    masked.join("\n")
}

/// Whether a text talks about passwords, in the languages we serve.
pub fn talks_about_passwords(text: &str) -> bool {
    let lower = text.to_lowercase();
    PASSWORD_WORDS.iter().any(|word| match *word {
        // Short words count only when they stand alone.
        "pin" | "login" | "clave" | "pwd" => lower
            .split(|c: char| !c.is_alphanumeric())
            .any(|w| w == *word),
        _ => lower.contains(word),
    })
}

#[derive(Default)]
struct Masker {
    known: HashMap<String, usize>,
}

impl Masker {
    /// Masks word by word and keeps the white space between them.
    fn line(&mut self, line: &str) -> String {
        let mut out = String::with_capacity(line.len());
        let mut after_sign = false;
        for piece in line.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            let space = &piece[word.len()..];
            if word.is_empty() {
                out.push_str(space);
                continue;
            }
            out.push_str(&self.word(word, after_sign));
            out.push_str(space);
            after_sign = introduces(word);
        }
        out
    }

    fn word(&mut self, word: &str, after_sign: bool) -> String {
        // `password:secret` and `pw=secret` are one word.
        if let Some((name, value)) = word.split_once([':', '='])
            && !value.is_empty()
            && !value.starts_with("//")
        {
            return format!("{name}:{}", self.placeholder(value));
        }
        if introduces(word) && !looks_secret(word) {
            return word.to_owned();
        }
        if after_sign || looks_secret(word) {
            return self.placeholder(word);
        }
        word.to_owned()
    }

    fn placeholder(&mut self, secret: &str) -> String {
        let bare = secret.trim_matches(['"', '\'', '„', '“', '”', '«', '»', '.', ',', ';']);
        let next = self.known.len() + 1;
        let number = *self.known.entry(bare.to_owned()).or_insert(next);
        format!("[[PASSWORD_{number}]]")
    }
}

/// Whether a value is likely to follow this word.
fn introduces(word: &str) -> bool {
    let lower = word.to_lowercase();
    lower.ends_with(':')
        || matches!(
            lower.as_str(),
            "=" | "is"
                | "ist"
                | "lautet"
                | "est"
                | "es"
                | "è"
                | "->"
                | "→"
                | "to"
                | "in"
                | "auf"
                | "zu"
                | "à"
                | "en"
                | "a"
        )
}

/// A digit, a sign or a capital inside a word is unusual for prose and usual for a password; so are
/// quotation marks around a single word.
fn looks_secret(word: &str) -> bool {
    let quoted = word.chars().next().is_some_and(|c| "\"'„“«`".contains(c))
        && word
            .trim_end_matches(['.', ',', ';', '!', '?'])
            .chars()
            .last()
            .is_some_and(|c| "\"'”“»`".contains(c));
    let bare = word.trim_matches(|c: char| "\"'„“”«»`.,;:!?()".contains(c));
    let has_digit = bare.chars().any(|c| c.is_ascii_digit());
    let has_sign = bare.chars().any(|c| "!@#$%^&*_+=?~|<>{}[]\\/".contains(c));
    let capital_inside = bare.chars().skip(1).any(char::is_uppercase);
    let trailing_signs = word.ends_with("!!") || word.ends_with("?!") || word.ends_with('#');
    quoted || has_digit || has_sign || capital_inside || trailing_signs
}

#[cfg(test)]
mod tests {
    use super::mask_passwords;

    #[test]
    fn a_password_in_prose_is_masked() {
        let masked = mask_passwords("My password is Sunny-Day7 and I want Rainy-Night8 instead.");
        assert!(
            !masked.contains("Sunny") && !masked.contains("Rainy"),
            "{masked}"
        );
        assert!(masked.contains("[[PASSWORD_1]]") && masked.contains("[[PASSWORD_2]]"));
    }

    #[test]
    fn passwords_in_a_form_are_masked() {
        let masked = mask_passwords("Current password:\nabc12345\nNew password: hunter2x\n");
        assert!(
            !masked.contains("abc12345") && !masked.contains("hunter2x"),
            "{masked}"
        );
    }

    #[test]
    fn a_plain_word_after_a_colon_is_masked() {
        let masked = mask_passwords("Altes Passwort: sonnenschein\nNeues Passwort:regenbogen");
        assert!(
            !masked.contains("sonnenschein") && !masked.contains("regenbogen"),
            "{masked}"
        );
    }

    #[test]
    fn the_same_password_gets_the_same_placeholder() {
        let masked = mask_passwords("password: abc123\nAgain, password: abc123");
        assert_eq!(masked.matches("[[PASSWORD_1]]").count(), 2);
    }

    #[test]
    fn a_forged_placeholder_is_neutralised() {
        assert_eq!(mask_passwords("Pay [[IBAN_1]]"), "Pay [ [IBAN_1]]");
    }

    #[test]
    fn text_that_talks_of_other_things_stays_as_it_is() {
        let text = "What does a transfer of 1,000 EUR to Norway cost?\nThanks, Ana";
        assert_eq!(mask_passwords(text), text);
    }
}

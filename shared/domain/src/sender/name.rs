//! Display names that try to pass for somebody else.

use super::Unproven;
use crate::mail::domain_of;

/// Refuses a display name that shows another address than the author's, that hides something, or
/// whose letters only look like what they seem.
pub(super) fn check(name: &str, address: &str) -> Result<(), Unproven> {
    if name.chars().any(is_invisible) {
        return Err(Unproven::InvisibleCharacters);
    }
    if name
        .split(is_between_words)
        .any(|w| shows_another(w, address))
    {
        return Err(Unproven::NameHoldsAddress);
    }
    if name.split(is_between_letters).any(mixes_alphabets) {
        return Err(Unproven::NameMixesAlphabets);
    }
    Ok(())
}

/// Characters that are not seen: bidirectional controls (UAX 9, section 2), zero-width and other
/// format characters, fillers, tags. Text that holds them reads otherwise than it is.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_between_words(c: char) -> bool {
    c.is_whitespace() || "<>()[]\",;:".contains(c)
}

/// Whether a word has an `@` and is neither the author's address nor its `@domain`.
fn shows_another(word: &str, address: &str) -> bool {
    let word = word.replace(['\u{ff20}', '\u{fe6b}'], "@");
    let shown = word.trim_matches(['\'', '.']).to_lowercase();
    let address = address.to_lowercase();
    shown.contains('@') && shown != address && shown != format!("@{}", domain_of(&address))
}

fn is_between_letters(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation()
}

#[derive(PartialEq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
}

/// Latin, Greek and Cyrillic have letters that cannot be told apart, and no word is written in two of
/// them (UTS 39, section 5).
fn mixes_alphabets(word: &str) -> bool {
    let mut seen = word.chars().filter_map(alphabet);
    seen.next()
        .is_some_and(|first| seen.any(|next| next != first))
}

fn alphabet(c: char) -> Option<Alphabet> {
    match c {
        'A'..='Z'
        | 'a'..='z'
        | '\u{c0}'..='\u{d6}'
        | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2af}'
        | '\u{1d00}'..='\u{1d25}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2c60}'..='\u{2c7f}'
        | '\u{a722}'..='\u{a787}'
        | '\u{a78b}'..='\u{a7ff}'
        | '\u{ab30}'..='\u{ab5a}'
        | '\u{ff21}'..='\u{ff3a}'
        | '\u{ff41}'..='\u{ff5a}' => Some(Alphabet::Latin),
        '\u{370}'..='\u{373}'
        | '\u{376}'..='\u{37d}'
        | '\u{37f}'
        | '\u{386}'
        | '\u{388}'..='\u{3ff}'
        | '\u{1d26}'..='\u{1d2a}'
        | '\u{1f00}'..='\u{1fff}' => Some(Alphabet::Greek),
        '\u{400}'..='\u{52f}'
        | '\u{1c80}'..='\u{1c8f}'
        | '\u{1d2b}'
        | '\u{2de0}'..='\u{2dff}'
        | '\u{a640}'..='\u{a69f}' => Some(Alphabet::Cyrillic),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(name: &str) -> Result<(), Unproven> {
        check(name, "carla@customer.test")
    }

    #[test]
    fn names_of_people_in_any_one_script_are_fine() {
        for name in [
            "Carla Kunde",
            "Søren Åkesson-Łuński",
            "Анна Каренина",
            "Ελένη Παπαδοπούλου",
            "Анна (Anna)",
            "Müller-Иванова",
            "田中さくら",
            "Carla 2.0 µ-Lab",
        ] {
            assert_eq!(verdict(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_own_address_as_a_name_is_fine() {
        for name in [
            "carla@customer.test",
            "'Carla@Customer.Test'",
            "Carla <carla@customer.test>",
            "Carla @customer.test",
        ] {
            assert_eq!(verdict(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn another_address_in_the_name_is_a_trick() {
        for name in [
            "support@bank.test",
            "Support, support@bank.test",
            "paul@customer.test",
            "Carla @bank.test",
            "Carla @ Bank",
            "support\u{ff20}bank.test",
            "carla@customer.test@bank.test",
        ] {
            assert_eq!(verdict(name), Err(Unproven::NameHoldsAddress), "{name}");
        }
    }

    #[test]
    fn a_word_of_two_alphabets_is_a_trick() {
        for name in [
            "B\u{430}nk Test",
            "C\u{3b1}rla",
            "Анна Kаренина",
            "\u{391}нна",
        ] {
            assert_eq!(verdict(name), Err(Unproven::NameMixesAlphabets), "{name}");
        }
    }

    #[test]
    fn what_is_not_seen_is_a_trick() {
        for name in [
            "Carla\u{202e}tset",
            "Car\u{200d}la",
            "Car\u{200b}la",
            "Car\u{ad}la",
        ] {
            assert_eq!(
                verdict(name),
                Err(Unproven::InvisibleCharacters),
                "{name:?}"
            );
        }
    }
}

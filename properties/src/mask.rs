//! Masking any text: nothing that is known for what it is stays, nothing is invented, and no placeholder
//! in it is anybody's but ours.

use std::collections::BTreeMap;

use domain::mask::{Masks, talks_about_passwords};
use domain::statement::is_iban;

/// The names in placeholders.
const KINDS: [&str; 9] = [
    "PASSWORD", "WORD", "EMAIL", "PHONE", "CARD", "IBAN", "ID", "IP", "URL",
];

/// Countries of our customers with the length of their IBANs.
const IBANS: [(&str, usize); 9] = [
    ("AT", 20),
    ("CH", 21),
    ("DE", 22),
    ("ES", 24),
    ("FR", 27),
    ("GB", 22),
    ("IT", 27),
    ("NL", 18),
    ("NO", 15),
];

/// Masks the octets as text, in a mail about passwords and in one about something else.
///
/// # Panics
/// If the text is not masked as it must be.
pub fn holds(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for about_passwords in [false, true] {
        let mut masks = Masks::new(about_passwords);
        let masked = masks.mask(&text);
        let mut numbering = Numbering::default();
        is_masked(&text, &masked, &masks, &mut numbering);
        numbering.are_of(&[&text], &masks);

        let mut again = Masks::new(about_passwords);
        assert_eq!(again.mask(&text), masked, "masking differs from itself");
        let next = masks.mask(&text);
        assert_eq!(next, masked, "what is known gets other placeholders");
        if masks == Masks::new(about_passwords) {
            assert!(
                !masked.contains("[[") && !masked.contains("]]"),
                "a forged placeholder stays"
            );
            if !text.contains("[[") && !text.contains("]]") {
                assert_eq!(masked, text, "text without values does not stay as it is");
            }
        }
    }
    // Only that it comes to an end, for any text can be about passwords.
    talks_about_passwords(&text);
}

/// The placeholders of texts that were masked one after the other.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    highest: BTreeMap<&'static str, usize>,
}

impl Numbering {
    /// Placeholders are numbered in the order in which they come: any other is forged.
    fn read(&mut self, masked: &str) {
        for (name, number) in placeholders(masked) {
            let highest = self.highest.entry(name).or_default();
            assert!(
                (1..=*highest + 1).contains(&number),
                "[[{name}_{number}]] comes after {highest}"
            );
            *highest = number.max(*highest);
        }
    }

    /// What could be a password stands in one of the texts, and nothing else is taken for one.
    pub(crate) fn are_of(&self, texts: &[&str], masks: &Masks) {
        for (name, highest) in &self.highest {
            for number in 1..=*highest {
                let candidate = masks.candidate(&format!("[[{name}_{number}]]"));
                if !matches!(*name, "PASSWORD" | "WORD") {
                    assert!(candidate.is_none(), "{name} is taken for a password");
                    continue;
                }
                let candidate = candidate.map(|candidate| (candidate.value, candidate.with_signs));
                let Some((value, with_signs)) = candidate else {
                    panic!("nothing stands behind [[{name}_{number}]]");
                };
                let mut stands = texts.iter().filter(|text| text.contains(value));
                assert!(stands.next().is_some(), "a candidate stands in no text");
                // The stop at its end may or may not belong to it.
                let stopless = value.trim_end_matches(['.', ',', ';']);
                assert!(
                    with_signs.is_none_or(|with_signs| with_signs.contains(stopless)),
                    "the two readings of a value have nothing in common"
                );
            }
        }
    }
}

/// What holds of one text and its masked form.
pub(crate) fn is_masked(text: &str, masked: &str, masks: &Masks, numbering: &mut Numbering) {
    numbering.read(masked);
    assert!(
        masks.hold_a_password() || !placeholders(masked).any(|(name, _)| name == "PASSWORD"),
        "a password is masked, and the masks do not tell"
    );
    let mut left = text.chars().filter(|c| !c.is_whitespace());
    let invented = without_placeholders(masked)
        .chars()
        .filter(|c| !c.is_whitespace())
        .any(|c| !left.any(|other| other == c));
    assert!(!invented, "masking writes what does not stand in the text");
    for word in masked.split(|c: char| !c.is_alphanumeric()) {
        assert!(!is_known_iban(word), "an IBAN stays");
        assert!(!is_card(word), "a card's number stays");
    }
}

/// Whether a word is an IBAN as everybody writes it into forms, without blanks.
fn is_known_iban(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    let fits = |(country, length): &(&str, usize)| {
        upper.len() == *length && upper.starts_with(country) && is_digits(&upper[2..4])
    };
    upper.is_ascii() && upper.len() > 4 && IBANS.iter().any(fits) && is_iban(&upper)
}

/// Whether a word is a card's number without blanks (ISO/IEC 7812-1): the check digit holds.
fn is_card(word: &str) -> bool {
    if !is_digits(word)
        || !(13..=19).contains(&word.len())
        || !word.starts_with(['2', '3', '4', '5', '6'])
    {
        return false;
    }
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = word
        .bytes()
        .rev()
        .map(|byte| u32::from(byte - b'0'))
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(digit) } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The placeholders in a masked text, in order.
fn placeholders(masked: &str) -> impl Iterator<Item = (&'static str, usize)> {
    // A bracket of the text may stand before one of ours.
    masked
        .match_indices('[')
        .filter_map(|(at, _)| placeholder(&masked[at..]))
        .map(|(name, number, _)| (name, number))
}

/// The placeholder that a text begins with, and how long it is.
fn placeholder(text: &str) -> Option<(&'static str, usize, usize)> {
    let inner = text.strip_prefix("[[")?;
    let (inner, _) = inner.split_once("]]")?;
    let (name, number) = inner.rsplit_once('_')?;
    let name = KINDS.into_iter().find(|kind| *kind == name)?;
    is_digits(number).then_some(())?;
    Some((name, number.parse().ok()?, inner.len() + 4))
}

fn without_placeholders(masked: &str) -> String {
    let mut out = String::new();
    let mut rest = masked;
    while let Some(c) = rest.chars().next() {
        if let Some((_, _, length)) = placeholder(rest) {
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

//! What single words and quotations tell: labels, words that lead to a value, and how words look.

use super::passwords::is_password_word;
use super::vocabulary::known;

/// Characters of a quoted value.
const LONGEST_QUOTE: usize = 80;

/// What say which password is meant.
const ROLES: [&str; 66] = [
    "old",
    "current",
    "previous",
    "former",
    "present",
    "existing",
    "new",
    "future",
    "now",
    "first",
    "second",
    "repeat",
    "again",
    "altes",
    "alte",
    "alten",
    "alter",
    "alt",
    "aktuell",
    "aktuelles",
    "aktuelle",
    "bisher",
    "bisheriges",
    "bisherige",
    "jetziges",
    "jetzige",
    "derzeit",
    "derzeitiges",
    "neu",
    "neues",
    "neue",
    "neuen",
    "neuer",
    "künftig",
    "künftiges",
    "ancien",
    "ancienne",
    "actuel",
    "actuelle",
    "précédent",
    "nouveau",
    "nouvelle",
    "nouvel",
    "antigua",
    "antiguo",
    "anterior",
    "actual",
    "nueva",
    "nuevo",
    "vecchia",
    "vecchio",
    "attuale",
    "precedente",
    "nuova",
    "nuovo",
    "alternative",
    "gültig",
    "gültiges",
    "valid",
    "wiederholung",
    "confirm",
    "confirmation",
    "bestätigung",
    "confirmar",
    "conferma",
    "répéter",
];

/// Words between a label and its value which say that the value follows, whatever it is.
pub(super) const COPULAS: [&str; 28] = [
    "is", "was", "be", "as", "equals", "ist", "lautet", "lauten", "war", "sein", "als", "heißt",
    "est", "était", "être", "sera", "comme", "es", "era", "ser", "sea", "será", "como", "è", "e'",
    "essere", "sia", "come",
];

/// Words after which a value is likely, unless it is an ordinary word.
pub(super) const LEADS: [&str; 30] = [
    "to", "into", "from", "by", "with", "use", "instead", "in", "auf", "von", "zu", "zum", "durch",
    "mit", "statt", "à", "en", "par", "avec", "de", "a", "por", "con", "desde", "da", "per", "for",
    "für", "pour", "para",
];

/// Whether a word names a password, or says which one is meant.
pub(super) fn is_label(word: &str) -> bool {
    let lower = word.to_lowercase();
    lower.split(['_', '-', '/', '.', '\'', '’']).any(|part| {
        ROLES.contains(&part)
            || is_password_word(part)
            || matches!(
                part,
                "pass" | "passe" | "parola" | "code" | "código" | "codice"
            )
    })
}

/// Whether a quotation mark opens a known name, as in JSON.
pub(super) fn peels_json(rest: &str) -> bool {
    rest.split_once('"')
        .is_some_and(|(name, _)| known(name).is_some())
}

/// A value in quotation marks that a text begins with: from, to, and the place behind the closing mark.
pub(super) fn quote(text: &str) -> Option<(usize, usize, usize)> {
    let open = text.chars().next()?;
    let close: &[char] = match open {
        '"' => &['"', '”', '“'],
        '\'' => &['\'', '’'],
        '„' => &['“', '”', '"'],
        '“' => &['”', '“', '"'],
        '”' => &['”'],
        '‚' | '‘' => &['‘', '’', '\''],
        '«' => &['»'],
        '»' => &['«'],
        '‹' => &['›'],
        '›' => &['‹'],
        '`' => &['`'],
        '*' => &['*'],
        _ => return None,
    };
    let doubled = text.starts_with("**") || text.starts_with("''");
    let from = if doubled { 2 } else { open.len_utf8() };
    let ends_word = |at: usize| {
        let next = text[at..].chars().next();
        next.is_none_or(|c| !c.is_alphanumeric() && !close.contains(&c))
    };
    let (at, mark) = text
        .char_indices()
        // The mark, or two, the value and the mark behind it.
        .take(LONGEST_QUOTE + 3)
        .filter(|(at, c)| *at > from && close.contains(c))
        .find(|(at, c)| {
            ends_word(at + c.len_utf8())
                || (doubled && text[*at..].starts_with([*c; 2].iter().collect::<String>().as_str()))
        })?;
    let inside = &text[from..at];
    let is_value = !inside.trim().is_empty() && inside.chars().count() <= LONGEST_QUOTE;
    let closed = at + mark.len_utf8();
    let again = doubled && text[closed..].starts_with(mark);
    let behind = closed + if again { mark.len_utf8() } else { 0 };
    let blanks = inside.len() - inside.trim_start().len();
    is_value.then_some((
        from + blanks,
        from + blanks + inside.trim().len(),
        behind.min(text.len()),
    ))
}

/// A word without the punctuation around it.
pub(super) struct Bare<'a> {
    pub text: &'a str,
    /// Where it begins in the word.
    pub from: usize,
    /// Whether the punctuation certainly does not belong to it: a full stop, a comma, or a pair.
    pub exact: bool,
}

/// The word without quotation marks, brackets and the signs that end sentences.
pub(super) fn bare(word: &str) -> Bare<'_> {
    const OPENING: &str = "\"'„“”«»‹›‚‘’([{<*_`¡¿~";
    const CLOSING: &str = "\"'“”«»‹›‘’)]}>*_`.,;:!?…~";
    let without = word.trim_start_matches(|c| OPENING.contains(c));
    let from = word.len() - without.len();
    let text = without.trim_end_matches(|c| CLOSING.contains(c));
    let (before, behind) = (&word[..from], &without[text.len()..]);
    let sure = |c: char| ".,;…".contains(c);
    let paired = before.chars().count() == behind.chars().filter(|c| !sure(*c)).count();
    Bare {
        text,
        from,
        exact: paired && !behind.contains(['!', '?', ':']),
    }
}

/// A ticket's reference as our replies put it into subjects: `[HT00012]`.
pub(super) fn is_reference(word: &str) -> bool {
    const LONGEST: usize = 12;
    let inner = word
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| {
        let digits = inner.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let is_number = digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit());
        is_number && digits.len() < inner.len() && inner.len() <= LONGEST
    })
}

/// A digit or a sign inside, or a capital behind the first letter, is unusual for a word.
pub(super) fn looks_secret(word: &str) -> bool {
    let has_digit = word.chars().any(|c| c.is_ascii_digit());
    let has_sign = word
        .chars()
        .any(|c| !c.is_alphanumeric() && !"'’.-–".contains(c));
    let shouts = !word.chars().any(char::is_lowercase);
    let capital_inside = !shouts && word.chars().skip(1).any(char::is_uppercase);
    has_digit || has_sign || capital_inside
}

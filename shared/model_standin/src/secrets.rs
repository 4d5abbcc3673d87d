//! Which placeholder stands for the current password and which for the new one.

use crate::words::words;

/// How many words before a placeholder are looked at.
const CUES: usize = 6;
/// How many behind it, where those before say nothing.
const CUES_BEHIND: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Current,
    New,
}

/// What a word before a placeholder says of it.
fn role(word: &str) -> Option<Role> {
    const NEW: [&str; 14] = [
        "new", "neue", "neues", "neuen", "neu", "nouveau", "nouvelle", "nueva", "nuevo", "nuova",
        "nuovo", "kunftig", "future", "want",
    ];
    const CURRENT: [&str; 30] = [
        "old",
        "current",
        "present",
        "existing",
        "altes",
        "alte",
        "alten",
        "alt",
        "aktuell",
        "aktuelles",
        "jetzige",
        "jetziges",
        "bisher",
        "bislang",
        "derzeit",
        "derzeitiges",
        "ancien",
        "actuel",
        "actual",
        "antigua",
        "anterior",
        "attuale",
        "vecchia",
        "instead",
        "statt",
        "lieu",
        "lugar",
        "posto",
        "until",
        "finora",
    ];
    if NEW.contains(&word) {
        Some(Role::New)
    } else if CURRENT.contains(&word) {
        Some(Role::Current)
    } else {
        None
    }
}

/// What a small word just before a placeholder suggests, where no other word says more.
fn hint(word: &str) -> Option<Role> {
    match word {
        "to" | "into" | "auf" | "zu" | "en" | "a" | "durch" | "par" | "por" | "con" | "be" => {
            Some(Role::New)
        }
        "is" | "was" | "from" | "ist" | "lautet" | "von" | "est" | "es" | "e" | "de" | "da" => {
            Some(Role::Current)
        }
        _ => None,
    }
}

/// The placeholders of the current and of the new password, where the text shows which is which.
pub fn passwords(text: &str) -> (Option<String>, Option<String>) {
    let all = placeholders(text);
    let mut found: Vec<&Placeholder> = Vec::new();
    for placeholder in &all {
        match found
            .iter_mut()
            .find(|known| known.name == placeholder.name)
        {
            Some(known) if known.role.is_none() => *known = placeholder,
            Some(_) => {}
            None => found.push(placeholder),
        }
    }
    let likely = found.iter().filter(|p| p.is_password).count();
    // A word that could be one is one where nothing else is and the text says so.
    found.retain(|p| p.is_password || (likely < 2 && p.role.is_some()));
    let name = |p: &Placeholder| Some(p.name.clone());
    if let Some((current, new)) = row(text, &found) {
        return (name(current), name(new));
    }
    let pick = |role: Role| found.iter().find(|p| p.role == Some(role));
    let other = |than: &Placeholder| {
        let mut others = found
            .iter()
            .filter(|p| p.is_password && p.name != than.name);
        others.next().and_then(|p| name(p))
    };
    match (pick(Role::Current), pick(Role::New)) {
        (Some(current), Some(new)) => (name(current), name(new)),
        (Some(current), None) => (name(current), other(current)),
        // People write the old one first where both look new.
        (None, Some(new)) if found.iter().filter(|p| p.role.is_some()).count() > 1 => {
            let second = found.iter().find(|p| p.name != new.name);
            (name(new), second.and_then(|p| name(p)))
        }
        (None, Some(new)) => (other(new), name(new)),
        (None, None) => match found.as_slice() {
            [first, second, ..] => (name(first), name(second)),
            _ => (None, None),
        },
    }
}

/// Two values side by side below a header that names them, or behind it: the header's order counts.
fn row<'a>(text: &str, found: &[&'a Placeholder]) -> Option<(&'a Placeholder, &'a Placeholder)> {
    let likely: Vec<&'a Placeholder> = found.iter().filter(|p| p.is_password).copied().collect();
    let [first, second] = likely.as_slice() else {
        return None;
    };
    let start = text.find(&first.name)?;
    let end = text.find(&second.name)?;
    let between = text.get(start + first.name.len()..end)?;
    if between.chars().any(char::is_alphanumeric) {
        return None;
    }
    let before = words(&text[..start], usize::MAX);
    let near = &before[before.len().saturating_sub(CUES)..];
    let roles: Vec<Role> = near.iter().filter_map(|word| role(word)).collect();
    match roles.as_slice() {
        [Role::Current, Role::New] => Some((first, second)),
        [Role::New, Role::Current] => Some((second, first)),
        _ => None,
    }
}

struct Placeholder {
    name: String,
    is_password: bool,
    role: Option<Role>,
}

/// Where a placeholder that may stand for a password begins and ends.
fn next(text: &str, from: usize) -> Option<(usize, usize, bool)> {
    let find = |kind: &str| text[from..].find(kind).map(|at| from + at);
    let (password, word) = (find("[[PASSWORD_"), find("[[WORD_"));
    let start = [password, word].into_iter().flatten().min()?;
    let end = text[start..].find("]]").map(|at| start + at + 2)?;
    Some((start, end, password == Some(start)))
}

fn placeholders(text: &str) -> Vec<Placeholder> {
    const MOST: usize = 32;
    let mut all = Vec::new();
    let mut from = 0;
    while let Some((start, end, is_password)) = next(text, from) {
        let number = text[start..end - 2].rsplit('_').next().unwrap_or_default();
        if all.len() < MOST && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
            let before = words(&text[from..start], usize::MAX);
            let near = &before[before.len().saturating_sub(CUES)..];
            let strong = near.iter().rev().find_map(|word| role(word));
            let weak = || near.last().and_then(|word| hint(word));
            all.push(Placeholder {
                name: text[start..end].to_owned(),
                is_password,
                role: strong.or_else(|| role_behind(&text[end..])).or_else(weak),
            });
        }
        from = end;
    }
    all
}

/// What is said right behind a placeholder, in the same sentence: "… is the old one".
fn role_behind(text: &str) -> Option<Role> {
    let sentence = text.split(['.', ',', ';', '[', '\n']).next()?;
    // "Use this instead of that" says of what follows.
    let of_what_follows = [
        "instead", "statt", "lieu", "lugar", "posto", "until", "finora", "want",
    ];
    words(sentence, CUES_BEHIND)
        .iter()
        .filter(|word| !of_what_follows.contains(&word.as_str()))
        .find_map(|word| role(word))
}

#[cfg(test)]
mod tests {
    use super::passwords;

    #[test]
    fn placeholders_get_their_roles_from_the_words_before_them() {
        const ONE: &str = "[[PASSWORD_1]]";
        const TWO: &str = "[[PASSWORD_2]]";
        for (current, new, text) in [
            (
                Some(ONE),
                Some(TWO),
                "from [[PASSWORD_1]] to [[PASSWORD_2]]",
            ),
            (
                Some(ONE),
                Some(TWO),
                "Altes Passwort: [[PASSWORD_1]]\nNeues Passwort: [[PASSWORD_2]]",
            ),
            (
                Some(TWO),
                Some(ONE),
                "new password [[PASSWORD_1]], old one [[PASSWORD_2]]",
            ),
            (
                Some(TWO),
                Some(ONE),
                "use [[PASSWORD_1]] instead of [[PASSWORD_2]]",
            ),
            (
                Some(TWO),
                Some(ONE),
                "nuova [[PASSWORD_1]] (attuale [[PASSWORD_2]])",
            ),
            (Some(ONE), Some(TWO), "[[PASSWORD_1]] [[PASSWORD_2]]"),
            (
                Some(ONE),
                Some(TWO),
                "Dear [[WORD_1]], [[PASSWORD_1]] is the old one, [[PASSWORD_2]] the new one",
            ),
            (
                Some(ONE),
                Some(TWO),
                "| Old | New |\n|---|---|\n| [[PASSWORD_1]] | [[PASSWORD_2]] |",
            ),
            (
                Some(ONE),
                Some("[[WORD_2]]"),
                "[[WORD_1]] here. Old: [[PASSWORD_1]], new: [[WORD_2]]. Yours, [[WORD_3]]",
            ),
            (
                Some(ONE),
                None,
                "my password is [[PASSWORD_1]], please give me another",
            ),
            (None, Some(ONE), "reset my password to [[PASSWORD_1]]"),
            (None, None, "[[PASSWORD_1]]"),
            (
                None,
                None,
                "no placeholder, but [[PASSWORD_ and [[PASSWORD_x]] and [[IBAN_1]]",
            ),
        ] {
            let (found_current, found_new) = passwords(text);
            assert_eq!(found_current.as_deref(), current, "{text}");
            assert_eq!(found_new.as_deref(), new, "{text}");
        }
    }
}

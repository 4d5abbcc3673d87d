//! Whether a text talks about passwords, and which words are secrets wherever they stand.

use super::{Kind, Span};

/// Words that make a text one about passwords, in the languages we serve. Those of several words are
/// looked for in the folded text, the others among its words.
const PASSWORD_WORDS: [&str; 48] = [
    // English, and what is English everywhere.
    "password",
    "passwords",
    "passwd",
    "passcode",
    "passcodes",
    "passphrase",
    "pwd",
    "pw",
    "pswd",
    "pin",
    "pins",
    "login",
    "logon",
    "credentials",
    // German.
    "passwort",
    "passworte",
    "passwörter",
    "passwörtern",
    "kennwort",
    "kennwörter",
    "kennworte",
    "zugangsdaten",
    "zugangscode",
    "logindaten",
    "anmeldedaten",
    "losungswort",
    "losung",
    "geheimzahl",
    "geheimcode",
    "geheimwort",
    "geheimnummer",
    "passphrase",
    // French.
    "mdp",
    "identifiant",
    "identifiants",
    // Spanish.
    "contraseña",
    "contraseñas",
    "contrasena",
    "contrasenas",
    "contraseñia",
    "clave",
    "claves",
    "credenciales",
    // Italian.
    "credenziali",
    "parolachiave",
    // Written together, as in file names.
    "motdepasse",
    "secretword",
    "accesscode",
];

const PASSWORD_PHRASES: [&str; 25] = [
    "mot de pas",
    "mots de pas",
    "mot de pase",
    "mot passe",
    "code secret",
    "code confidentiel",
    "code d acces",
    "code d accès",
    "parola d ordine",
    "parole d ordine",
    "parola chiave",
    "parola segreta",
    "codice segreto",
    "codice di accesso",
    "codice d accesso",
    "código secreto",
    "codigo secreto",
    "código de acceso",
    "codigo de acceso",
    "palabra secreta",
    "secret word",
    "secret code",
    "access code",
    "pass word",
    "pass phrase",
];

/// Words that people mistype, with how far off they may be.
const MISTYPED: [(&str, usize); 5] = [
    ("password", 2),
    ("passwort", 2),
    ("kennwort", 1),
    ("contraseña", 2),
    ("passphrase", 1),
];

/// Whether a text talks about passwords, in the languages we serve, with their usual typing errors.
pub fn talks_about_passwords(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.iter().any(|word| is_password_word(word)) {
        return true;
    }
    let folded = format!(" {} ", words.join(" "));
    PASSWORD_PHRASES
        .iter()
        .any(|phrase| folded.contains(&format!(" {phrase}")))
        || names_a_value(text)
}

/// Whether a word in lower case means a password.
pub(super) fn is_password_word(word: &str) -> bool {
    // `newpassword`, `Onlinebankingpasswort`, `user_password`.
    const INSIDE: [&str; 5] = ["password", "passwort", "kennwort", "contraseñ", "passwd"];
    let bare: String = word.chars().filter(|c| !c.is_ascii_digit()).collect();
    if PASSWORD_WORDS.contains(&bare.as_str()) {
        return true;
    }
    if INSIDE.iter().any(|inside| bare.contains(inside)) {
        return true;
    }
    is_mistyped(&bare)
}

fn is_mistyped(word: &str) -> bool {
    let length = word.chars().count();
    if !(6..=12).contains(&length) || matches!(word, "passport" | "passports") {
        return false;
    }
    MISTYPED.iter().any(|(right, most)| {
        let distance = strsim::osa_distance(word, right);
        // Honest words lie two letters away, such as "passiert". They lack the w.
        distance == 1 || (distance <= *most && (word.contains('w') || right.starts_with('c')))
    })
}

/// `pass: …` and `pw=…`.
fn names_a_value(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["pass:", "pass =", "pass=", "pass ->", "passe:", "passe :"]
        .iter()
        .any(|name| lower.contains(name))
}

/// Adds words that are secrets whatever the text is about: long ones that mix small and capital
/// letters, digits and signs.
pub(super) fn outstanding(text: &str, mut spans: Vec<Span>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(char::is_whitespace) {
        let start = at;
        at += word.len();
        // The white space that ended the word.
        at += text[at..].chars().next().map_or(0, char::len_utf8);
        let end = start + word.len();
        let is_free = spans.iter().all(|s| s.end <= start || end <= s.start);
        if is_free && mixes_everything(word) {
            found.push(Span {
                start,
                end,
                kind: Kind::Password,
                exact: false,
            });
        }
    }
    spans.extend(found);
    spans.sort_by_key(|span| span.start);
    spans
}

fn mixes_everything(word: &str) -> bool {
    const SHORTEST: usize = 8;
    let bare = word.trim_matches(|c: char| ".,;:!?()[]{}<>\"'„“”«»".contains(c));
    let has = |what: fn(char) -> bool| bare.chars().any(what);
    bare.chars().count() >= SHORTEST
        && !bare.contains("://")
        && has(char::is_lowercase)
        && has(char::is_uppercase)
        && has(|c| c.is_ascii_digit())
        && has(|c| "!#$%^*=?~\\§°{}[]@&+".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_talked_about_in_five_languages_with_their_typing_errors() {
        for text in [
            "my pasword",
            "Passwrot",
            "neues Kennwort",
            "PASSWÖRTER",
            "mon mot de passe",
            "mon mot  de pase",
            "mdp",
            "la contrseña",
            "mi clave",
            "la parola d'ordine",
            "codice segreto",
            "code d'accès",
            "user_password=x",
            "pass: x",
            "PIN",
            "passwort1",
        ] {
            assert!(talks_about_passwords(text), "{text}");
        }
    }

    #[test]
    fn honest_words_are_no_passwords() {
        for text in [
            "my passport",
            "das ist passiert",
            "mon passeport",
            "spin class",
            "I passed the exam",
            "the enclave",
            "ein passender Termin",
        ] {
            assert!(!talks_about_passwords(text), "{text}");
        }
    }

    #[test]
    fn a_word_that_mixes_everything_is_a_secret_in_any_mail() {
        let spans = outstanding("it is Xk9#pw7Qz, Covid-19 and 1,000 EUR", vec![]);
        assert_eq!(spans.len(), 1);
    }
}

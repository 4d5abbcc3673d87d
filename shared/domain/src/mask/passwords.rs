//! Whether a text talks about passwords, and which words are secrets wherever they stand.

use super::{Kind, Span, is_free};

/// Words that make a text one about passwords, in the languages we serve. Those of several words are
/// looked for in the folded text, the others among its words.
const PASSWORD_WORDS: [&str; 87] = [
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
    // What people say in place of it.
    "secret",
    "secrets",
    "codeword",
    "codewort",
    "schlüsselwort",
    "stichwort",
    "merkwort",
    "sésame",
    "sesamo",
    "sésamo",
    "geheim",
    "zugang",
    "einloggen",
    "einlogge",
    "anmelde",
    "anmelden",
    "anmeldung",
    "connecter",
    "llave",
    "accedere",
    // What one does with it.
    "typing",
    "typed",
    "tippe",
    "eintippe",
    "eintippen",
    "eingetippt",
    "reinschreibe",
    "eingebe",
    "eingegeben",
    "tape",
    "taper",
    "tapé",
    "tapais",
    "tecleo",
    "teclear",
    "tecleaba",
    "digito",
    "digitare",
    "digitato",
    "digitavo",
    // Written together, as in file names.
    "motdepasse",
    "secretword",
    "accesscode",
];

const PASSWORD_PHRASES: [&str; 54] = [
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
    "memorable word",
    "locked out",
    "log in",
    "log me in",
    "logging in",
    "sign in",
    "old key",
    "new key",
    "ancienne clé",
    "nouvelle clé",
    "alter schlüssel",
    "neuer schlüssel",
    "chiave vecchia",
    "nuova chiave",
    "phrase secr",
    "frase secreta",
    "frase segreta",
    "mot secret",
    "code habituel",
    "iniciar sesi",
    // Of two values that stand above.
    "is the old",
    "ist das alte",
    "ist die alte",
    "est l ancien",
    "es la antigua",
    "es el antiguo",
    "è la vecchia",
    "è il vecchio",
    "es la vieja",
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
        || sets_old_against_new(text)
}

/// A line that begins with "old" and one that begins with "new", each with a value behind a sign.
fn sets_old_against_new(text: &str) -> bool {
    const OLD: [&str; 16] = [
        "old", "current", "alt", "altes", "alte", "bisher", "ancien", "ancienne", "actuel",
        "antigua", "antiguo", "anterior", "vecchia", "vecchio", "attuale", "previous",
    ];
    const NEW: [&str; 11] = [
        "new", "neu", "neues", "neue", "nouveau", "nouvelle", "nueva", "nuevo", "nuova", "nuovo",
        "future",
    ];
    let begins = |words: &[&str]| {
        text.lines().any(|line| {
            let lower = line.to_lowercase();
            let mut parts = lower
                .split(|c: char| !c.is_alphabetic())
                .filter(|w| w.len() > 2);
            let is_one = parts.next().is_some_and(|first| words.contains(&first));
            is_one && lower.contains([':', '=', '>', '→', '–', '|', '\t'])
        })
    };
    begins(&OLD) && begins(&NEW)
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

/// Adds words that could be secrets whatever the text is about: long ones that mix small and capital
/// letters, digits and signs are passwords, those of letters and digits words that could be one.
pub(super) fn outstanding(text: &str, mut spans: Vec<Span>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(char::is_whitespace) {
        let start = at;
        at += word.len();
        // The white space that ended the word.
        at += text[at..].chars().next().map_or(0, char::len_utf8);
        let end = start
            + word
                .trim_end_matches(['.', ',', ';', ':', '!', '?', ')'])
                .len();
        let is_free = is_free(&spans, start, end);
        let kind = if mixes_everything(word) {
            Kind::Password
        } else {
            Kind::Word
        };
        if is_free && (kind == Kind::Password || mixes_letters_and_digits(word)) {
            found.push(Span {
                start,
                end,
                kind,
                exact: false,
            });
        }
    }
    spans.extend(found);
    spans.sort_by_key(|span| span.start);
    spans
}

/// Small letters and digits in one word, which no ordinary word has: it could be a password that
/// nothing announces. Names of files and addresses of pages are left.
fn mixes_letters_and_digits(word: &str) -> bool {
    const SHORTEST: usize = 6;
    const ENDINGS: [&str; 12] = [
        "pdf", "doc", "docx", "xls", "xlsx", "csv", "txt", "jpg", "jpeg", "png", "gif", "eml",
    ];
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let ending = bare.rsplit('.').next().unwrap_or_default().to_lowercase();
    // "Covid-19": a word and a short number.
    let is_named = bare
        .rsplit_once('-')
        .is_some_and(|(name, number)| name.chars().all(char::is_alphabetic) && number.len() < 3);
    bare.chars().count() >= SHORTEST
        && bare.chars().any(|c| c.is_ascii_digit())
        && bare.chars().filter(|c| c.is_lowercase()).count() >= 3
        && !is_named
        && !bare.contains("://")
        && !bare.starts_with("www.")
        && !ENDINGS.contains(&ending.as_str())
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
    fn what_stands_for_a_password_is_one() {
        for text in [
            "the memorable word you asked for",
            "old -> wobbly\nnew -> limpet",
            "the first is the old, the second the new one",
            "ma phrase secrète",
            "I am locked out",
        ] {
            assert!(talks_about_passwords(text), "{text}");
        }
    }

    #[test]
    fn a_word_of_letters_and_digits_could_be_one_in_any_mail() {
        let mut masks = crate::mask::Masks::new(false);
        let masked =
            masks.mask("Was it Toadflax2019x? See scan2026.pdf and Covid-19, ref HT00012.");
        assert_eq!(
            masked,
            "Was it [[WORD_1]]? See scan2026.pdf and Covid-19, ref HT00012."
        );
        assert!(!masks.hold_a_password());
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

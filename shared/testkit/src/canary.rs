//! Mails with marked secrets: whatever of them is found outside of Gmail has leaked.
//!
//! Every password holds a marker that stands nowhere else. The wording is in `canaries/`, by language;
//! forms, tables and HTML come in each of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const PROSE: [(&str, &str); 5] = [
    ("en", include_str!("../canaries/en.txt")),
    ("de", include_str!("../canaries/de.txt")),
    ("fr", include_str!("../canaries/fr.txt")),
    ("es", include_str!("../canaries/es.txt")),
    ("it", include_str!("../canaries/it.txt")),
];

/// The labels of forms: subject, old, new.
const LABELS: [(&str, [&str; 3]); 5] = [
    ("en", ["Password change", "Old password", "New password"]),
    (
        "de",
        ["Passwort ändern", "Altes Passwort", "Neues Passwort"],
    ),
    (
        "fr",
        [
            "Mot de passe",
            "Ancien mot de passe",
            "Nouveau mot de passe",
        ],
    ),
    (
        "es",
        ["Contraseña", "Contraseña actual", "Contraseña nueva"],
    ),
    ("it", ["Password", "Password attuale", "Nuova password"]),
];

/// Passwords that each template is filled with.
const TIMES: usize = 2;
/// Every so many mails one has a file whose name holds a password.
const WITH_FILE: usize = 16;

/// A mail with marked secrets.
pub struct Canary {
    /// Which one it is: language, layout, number.
    pub name: String,
    /// The mail as it arrives.
    pub raw: Vec<u8>,
    /// Markers of the passwords in it.
    pub passwords: Vec<String>,
    /// Numbers of cards and accounts in it, without blanks.
    pub numbers: Vec<String>,
}

/// All mails, the same each time.
pub fn mails() -> Vec<Canary> {
    let mut maker = Maker::default();
    for _ in 0..TIMES {
        for (language, templates) in PROSE {
            for template in templates.split("\n---\n") {
                let (subject, text) = template.split_once('\n').unwrap_or((template, ""));
                let subject = subject.trim_start_matches("Subject: ");
                maker.make(&format!("{language} prose"), subject, text, false);
            }
        }
        for (language, [subject, old, new]) in LABELS {
            for form in include_str!("../canaries/forms.txt").split("\n---\n") {
                let html = form.strip_prefix("HTML\n");
                let text = html
                    .unwrap_or(form)
                    .replace("{Old}", old)
                    .replace("{New}", new);
                maker.make(&format!("{language} form"), subject, &text, html.is_some());
            }
        }
    }
    for number in 0..40 {
        maker.make_numbers(number);
    }
    maker.made
}

#[derive(Default)]
struct Maker {
    made: Vec<Canary>,
    secrets: usize,
}

impl Maker {
    fn make(&mut self, kind: &str, subject: &str, text: &str, html: bool) {
        let number = self.made.len();
        let mut markers = Vec::new();
        let (mut subject, mut text) = (subject.to_owned(), text.to_owned());
        for place in ["{old}", "{new}", "{guess}"] {
            if !subject.contains(place) && !text.contains(place) {
                continue;
            }
            let (password, marker) = self.password();
            markers.push(marker);
            let shown = if html {
                escaped(&password)
            } else {
                password.clone()
            };
            subject = subject.replace(place, &password);
            text = text.replace(place, &shown);
        }
        text = text.replace("{name}", "Tilda Example");
        let file = (number % WITH_FILE == 5).then(|| {
            let (password, marker) = self.password();
            markers.push(marker);
            format!(
                "password {}.txt",
                password.replace(['/', '"', ';', '<', '>'], "-")
            )
        });
        let raw = mail(number, &subject, &text, html, file.as_deref());
        self.made.push(Canary {
            name: format!("{kind} {number}"),
            raw: raw.into_bytes(),
            passwords: markers,
            numbers: vec![],
        });
    }

    /// A mail with a card and an account number, in some grouping.
    fn make_numbers(&mut self, seed: usize) {
        let number = self.made.len();
        let separator = [" ", "-", "", ".", "\u{a0}"][seed % 5];
        let (card, iban) = (card(seed), iban(seed));
        let texts = [
            "My card {card} was charged twice, please refund to {iban}.",
            "Bitte erstatten Sie den Betrag der Karte {card} auf mein Konto {iban}.",
            "Remboursez la carte {card} sur le compte {iban}, merci.",
            "Mi tarjeta {card} y mi cuenta {iban} no aparecen en la app.",
            "La carta {card} e il conto {iban} non si vedono nell'app.",
        ];
        let grouped = |digits: &str| {
            let chars: Vec<char> = digits.chars().collect();
            let groups: Vec<String> = chars.chunks(4).map(|four| four.iter().collect()).collect();
            groups.join(separator)
        };
        let text = texts[seed % texts.len()]
            .replace("{card}", &grouped(&card))
            .replace("{iban}", &grouped(&iban));
        let subject = format!("Question {seed}: {}", grouped(&iban));
        self.made.push(Canary {
            name: format!("numbers {number}"),
            raw: mail(number, &subject, &text, false, None).into_bytes(),
            passwords: vec![],
            numbers: vec![card, iban],
        });
    }

    /// A password of one of many kinds, with its marker.
    fn password(&mut self) -> (String, String) {
        let n = self.secrets;
        self.secrets += 1;
        let mark = format!("kq{}", letters(n));
        let digits = format!("{}", 704_000_000 + n * 7);
        let password = match n % 17 {
            0 => format!("Xk9#{mark}!vQ"),
            1 => format!("kanarienvogel{mark}"),
            2 => format!("Zaunkönig{mark}ß7"),
            3 => format!("{mark}<&'>;{n}"),
            4 => format!("{mark}@{n}pw"),
            5 => format!("Amsel{mark}{n}!"),
            6 => format!("#{mark}{n}"),
            7 => format!("καναρίνι{mark}{n}"),
            8 => format!("канарейка{mark}"),
            9 => return (digits.clone(), digits),
            10 => format!("{mark}{}{n}", "aB3-".repeat(8)),
            11 => format!("k:{mark}={n}"),
            12 => format!("12.04.{mark}-{n}"),
            13 => format!("http://{mark}.{n}/pw"),
            14 => format!("Rainbow{mark}"),
            15 => format!("{mark}?{n}"),
            _ => format!("{mark}{n}"),
        };
        (password, mark)
    }
}

/// Five letters that tell a number.
fn letters(mut n: usize) -> String {
    let mut text = String::new();
    for _ in 0..5 {
        text.push(char::from(b'a' + u8::try_from(n % 26).unwrap_or_default()));
        n /= 26;
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A card number with a fitting check digit (ISO/IEC 7812-1).
fn card(seed: usize) -> String {
    let body = format!("411111{:09}", 1_234 * seed + 7);
    let sum: usize = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = usize::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A German IBAN with fitting check digits (ISO 13616).
fn iban(seed: usize) -> String {
    let body = format!("12030000{:010}", 9_876_543 + seed * 31);
    let rest = format!("{body}131400")
        .bytes()
        .fold(0, |rest, byte| (rest * 10 + usize::from(byte - b'0')) % 97);
    format!("DE{:02}{body}", 98 - rest)
}

fn mail(number: usize, subject: &str, text: &str, html: bool, file: Option<&str>) -> String {
    let word = |text: &str| format!("=?utf-8?b?{}?=", STANDARD.encode(text));
    let kind = if html { "text/html" } else { "text/plain" };
    let body = format!(
        "Content-Type: {kind}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        STANDARD.encode(text)
    );
    let content = match file {
        None => body,
        Some(file) => format!(
            "Content-Type: multipart/mixed; boundary=\"edge\"\r\n\r\n--edge\r\n{body}--edge\r\n\
             Content-Type: application/octet-stream; name=\"{0}\"\r\n\
             Content-Disposition: attachment; filename=\"{0}\"\r\n\r\nx\r\n--edge--\r\n",
            word(file)
        ),
    };
    format!(
        "Authentication-Results: mx.google.com; dmarc=pass header.from=canary.test\r\n\
         From: Tilda Example <tilda{number}@canary.test>\r\nTo: support@bank.test\r\n\
         Subject: {}\r\nMessage-ID: <canary{number}@canary.test>\r\nMIME-Version: 1.0\r\n{content}",
        word(subject)
    )
}

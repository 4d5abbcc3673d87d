//! Personal data and passwords are masked before any text leaves Gmail's side of the house.
//!
//! A placeholder names the kind of what it stands for and numbers it within the mail, so that the
//! same value reads the same everywhere: `[[IBAN_1]]`. What looks like a placeholder in a mail is
//! broken up first, so none can be forged. Masking is the same for the same mail each time: a handler
//! that reads the mail again finds the same values behind the same placeholders.

mod ids;
mod passwords;
mod patterns;
mod tokens;
mod vocabulary;
mod words;

use std::collections::BTreeMap;
use std::fmt;

use crate::{Attachment, Mail};

pub use passwords::talks_about_passwords;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// What is very likely a password.
    Password,
    /// A word in a mail about passwords that could be one, such as a name.
    Word,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A payment card's number (ISO/IEC 7812, with a valid check digit).
    Card,
    /// An IBAN (ISO 13616, with valid check digits).
    Iban,
    /// A national id with valid check digits.
    Id,
    /// An IP address.
    Ip,
    /// A URL that carries a token or credentials.
    Url,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Password,
        Self::Word,
        Self::Email,
        Self::Phone,
        Self::Card,
        Self::Iban,
        Self::Id,
        Self::Ip,
        Self::Url,
    ];

    /// The name in placeholders.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "PASSWORD",
            Self::Word => "WORD",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Card => "CARD",
            Self::Iban => "IBAN",
            Self::Id => "ID",
            Self::Ip => "IP",
            Self::Url => "URL",
        }
    }
}

/// A part of a text, in bytes, that a placeholder is put for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// Whether it is sure where the value ends. In "change it to Sunny!" it is not.
    pub exact: bool,
}

/// The first of these spans, which are in order and do not overlap, that ends behind a place.
pub(crate) fn first_behind(spans: &[Span], place: usize) -> usize {
    spans.partition_point(|span| span.end <= place)
}

/// Whether none of these spans, which are in order and do not overlap, shares anything with this part.
pub(crate) fn is_free(spans: &[Span], start: usize, end: usize) -> bool {
    let next = spans.get(first_behind(spans, start));
    next.is_none_or(|span| end <= span.start)
}

/// The placeholders of texts that belong together, with what they stand for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Masks {
    about_passwords: bool,
    /// The values of each kind, in the order in which they came.
    values: BTreeMap<Kind, Vec<Value>>,
    /// The number of each value.
    numbers: BTreeMap<(Kind, String), usize>,
}

#[derive(Clone, PartialEq, Eq)]
struct Value {
    text: String,
    /// The value with the signs around it that could belong to it. Empty where none could.
    with_signs: String,
}

/// The value of a placeholder that could be a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The value without the signs around it.
    pub value: &'a str,
    /// The value with the signs around it, where it is not sure that they do not belong to it.
    pub with_signs: Option<&'a str>,
}

impl fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Candidate(redacted)")
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Masks({} values)", self.numbers.len())
    }
}

impl Masks {
    /// Masks for texts that talk about passwords, or do not.
    pub fn new(about_passwords: bool) -> Self {
        Self {
            about_passwords,
            ..Self::default()
        }
    }

    /// The text with placeholders. Texts that are masked one after the other share them.
    pub fn mask(&mut self, text: &str) -> String {
        let mut spans = patterns::find(text);
        if self.about_passwords {
            spans = tokens::find(text, &spans);
        } else {
            spans = passwords::outstanding(text, spans);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for span in spans {
            out.push_str(&neutral(&text[at..span.start]));
            out.push_str(&self.placeholder(text, span));
            at = span.end;
        }
        out.push_str(&neutral(&text[at..]));
        out
    }

    fn placeholder(&mut self, whole: &str, span: Span) -> String {
        let kind = span.kind;
        let text = canonical(kind, &whole[span.start..span.end]);
        let values = self.values.entry(kind).or_default();
        let number = *self.numbers.entry((kind, text)).or_insert_with_key(|key| {
            let with_signs = if span.exact {
                String::new()
            } else {
                with_signs(whole, span).to_owned()
            };
            values.push(Value {
                text: key.1.clone(),
                with_signs,
            });
            values.len()
        });
        format!("[[{}_{number}]]", kind.as_str())
    }

    fn value(&self, placeholder: &str) -> Option<(Kind, &Value)> {
        let inner = placeholder.strip_prefix("[[")?.strip_suffix("]]")?;
        let (name, number) = inner.rsplit_once('_')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == name)?;
        let number: usize = number.parse().ok()?;
        let value = self.values.get(&kind)?.get(number.checked_sub(1)?)?;
        Some((kind, value))
    }

    /// What a placeholder stands for, if it could be a password.
    pub fn candidate(&self, placeholder: &str) -> Option<Candidate<'_>> {
        let (kind, value) = self.value(placeholder)?;
        matches!(kind, Kind::Password | Kind::Word).then_some(Candidate {
            value: &value.text,
            with_signs: Some(value.with_signs.as_str()).filter(|text| !text.is_empty()),
        })
    }

    /// Whether something was masked that is very likely a password.
    pub fn hold_a_password(&self) -> bool {
        self.values.contains_key(&Kind::Password)
    }
}

/// All that leaves Gmail's side of a mail, masked together.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskedMail {
    /// The subject.
    pub subject: String,
    /// What the author wrote now.
    pub text: String,
    /// The names of the attachments.
    pub attachments: Vec<String>,
    /// What stands behind the placeholders.
    pub masks: Masks,
}

impl fmt::Debug for MaskedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MaskedMail({} bytes of text)", self.text.len())
    }
}

impl MaskedMail {
    /// Masks a mail. `expects_passwords` says that its conversation is about them, whatever the mail
    /// itself says.
    pub fn of(mail: &Mail, expects_passwords: bool) -> Self {
        let mut masks = Masks::new(expects_passwords || about_passwords(mail));
        Self {
            subject: masks.mask(&mail.subject),
            text: masks.mask(&mail.new_text),
            attachments: mail
                .attachments
                .iter()
                .map(|file| masks.mask(&file.name))
                .collect(),
            masks,
        }
    }

    /// Subject and text, as they are remembered and searched with.
    pub fn subject_and_text(&self) -> String {
        format!("{}\n\n{}", self.subject, self.text)
    }
}

/// Whether a mail talks about passwords anywhere: also its quotations and files' names, for "here
/// they are" can be all that stands above them.
pub fn about_passwords(mail: &Mail) -> bool {
    let names = mail.attachments.iter().map(|file: &Attachment| &file.name);
    [&mail.subject, &mail.new_text, &mail.quoted_text]
        .into_iter()
        .chain(names)
        .any(|text| talks_about_passwords(text))
}

/// A text of its own with placeholders, such as a letter.
pub fn masked(text: &str) -> String {
    Masks::new(talks_about_passwords(text)).mask(text)
}

/// Numbers are one whatever stands between their groups.
fn canonical(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Iban | Kind::Card | Kind::Id => value
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_uppercase(),
        Kind::Email => value.to_lowercase(),
        _ => value.to_owned(),
    }
}

/// The white space free word around a span, without a full stop or comma at its end.
fn with_signs(text: &str, span: Span) -> &str {
    // More than anybody's password, and little enough to keep for each of many values in one long word.
    const REACH: usize = 100;
    let is_word = |(_, c): &(usize, char)| !c.is_whitespace();
    let before = text[..span.start].char_indices().rev().take(REACH);
    let start = before.take_while(is_word).last();
    let behind = text[span.end..].char_indices().take(REACH);
    let end = behind.take_while(is_word).last();
    let start = start.map_or(span.start, |(at, _)| at);
    let end = end.map_or(span.end, |(at, c)| span.end + at + c.len_utf8());
    text[start..end].trim_end_matches(['.', ',', ';'])
}

/// Text in which no placeholder stands: double brackets are set apart.
fn neutral(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        if matches!((before, c), (Some('['), '[') | (Some(']'), ']')) {
            out.push(' ');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        Masks::default().mask(text)
    }

    #[test]
    fn a_forged_placeholder_is_neutralised() {
        assert_eq!(plain("Pay [[IBAN_1]]"), "Pay [ [IBAN_1] ]");
        assert_eq!(plain("[[[[IBAN_1]]]]"), "[ [ [ [IBAN_1] ] ] ]");
    }

    #[test]
    fn the_same_value_reads_the_same_in_every_text_of_a_mail() {
        let mut masks = Masks::default();
        let subject = masks.mask("DE02 1203 0000 0000 2020 51");
        let text = masks.mask("From DE02120300000000202051 to ES9121000418450200051332.");
        assert_eq!(subject, "[[IBAN_1]]");
        assert_eq!(text, "From [[IBAN_1]] to [[IBAN_2]].");
    }

    #[test]
    fn text_that_talks_of_other_things_stays_as_it_is() {
        let text = "What does a transfer of 1,000 EUR to Norway cost?\nThanks, Ana";
        assert_eq!(masked(text), text);
    }
}

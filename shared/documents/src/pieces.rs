//! Sections as pieces of a length that can be found: each under one title and in one language, cut
//! where a reader would pause.

mod cut;

use words::Told;

use crate::{Document, Section};

/// The longest text of a piece, in characters.
pub const LONGEST_PIECE: usize = 1_200;

/// A section without more text than this stands with its neighbour of the same headings.
const SHORT_SECTION: usize = 80;

/// A paragraph with fewer letters does not tell its language reliably.
const LETTERS_THAT_TELL: usize = 80;

/// How much of a document its own language is told by, in octets.
const TELLING_HEAD: usize = 20_000;

/// A part of a document that is found, shown and cited as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The document's title and the headings above, joined by ` › `.
    pub title: String,
    /// The document's link, with the place in it where one is known.
    pub link: Option<String>,
    /// At most [`LONGEST_PIECE`] characters.
    pub text: String,
    /// Of its text, as ISO 639-1, where that can be told and is a language served; else the
    /// document's. A text that is reliably in a language not served never carries one that is.
    pub language: Option<String>,
}

/// The pieces of a document, in order. Together they hold every word of its sections.
pub fn pieces(document: &Document) -> Vec<Piece> {
    let fallback = fallback(document);
    let mut found = Vec::new();
    for group in grouped(&document.sections) {
        let title = title(document, group.first);
        let link = link(document, group.first.anchor.as_deref());
        for run in runs(&group.text) {
            for text in cut::cut(run.text, LONGEST_PIECE) {
                found.push(Piece {
                    title: title.clone(),
                    link: link.clone(),
                    language: language(text, run.told, fallback.as_deref()),
                    text: text.to_owned(),
                });
            }
        }
    }
    found
}

/// A section, or a few short ones that stand under the same headings.
struct Group<'a> {
    first: &'a Section,
    text: String,
}

/// Only sections with all headings alike are joined: any other title would not be true of both.
fn grouped(sections: &[Section]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for section in sections {
        let text = section.text.trim();
        if text.is_empty() {
            continue;
        }
        match groups.last_mut() {
            Some(last)
                if last.first.headings == section.headings
                    && last.text.chars().count() < SHORT_SECTION =>
            {
                last.text.push_str("\n\n");
                last.text.push_str(text);
            }
            _ => groups.push(Group {
                first: section,
                text: text.to_owned(),
            }),
        }
    }
    groups
}

/// Consecutive paragraphs of one language.
struct Run<'a> {
    text: &'a str,
    told: Told,
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let (mut start, mut at, mut current) = (0, 0, Told::Open);
    for paragraph in text.split("\n\n") {
        let told = told(paragraph);
        if told != Told::Open && current != Told::Open && told != current {
            runs.push(Run {
                text: &text[start..at],
                told: current,
            });
            start = at;
        }
        if told != Told::Open {
            current = told;
        }
        at = (at + paragraph.len() + 2).min(text.len());
    }
    runs.push(Run {
        text: &text[start..],
        told: current,
    });
    runs
}

fn told(text: &str) -> Told {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    if letters.take(LETTERS_THAT_TELL).count() < LETTERS_THAT_TELL {
        return Told::Open;
    }
    words::told(text)
}

fn language(text: &str, run: Told, fallback: Option<&str>) -> Option<String> {
    let told = match run {
        Told::Open => told(text),
        known => known,
    };
    match told {
        Told::Served(language) => Some(language.to_owned()),
        Told::Other => fallback
            .filter(|language| !words::LANGUAGES.contains(language))
            .map(str::to_owned),
        Told::Open => fallback.map(str::to_owned),
    }
}

/// The language of what is too short to tell: what the document declares, else that of its head.
fn fallback(document: &Document) -> Option<String> {
    if document.language.is_some() {
        return document.language.clone();
    }
    let mut head = String::new();
    for section in &document.sections {
        if head.len() > TELLING_HEAD {
            break;
        }
        head.extend(section.text.chars().take(TELLING_HEAD));
        head.push('\n');
    }
    match words::told(&head) {
        Told::Served(language) => Some(language.to_owned()),
        Told::Other | Told::Open => None,
    }
}

fn title(document: &Document, section: &Section) -> String {
    let mut title = document.title.clone();
    for heading in &section.headings {
        title.push_str(" › ");
        title.push_str(heading);
    }
    title
}

fn link(document: &Document, anchor: Option<&str>) -> Option<String> {
    let link = document.link.as_deref()?;
    Some(match anchor {
        // A link that leads to a place already leads there.
        Some(anchor) if !link.contains('#') => format!("{link}#{}", fragment(anchor)),
        _ => link.to_owned(),
    })
}

/// An anchor as mail programs recognise it in a link: RFC 3986, 3.5, all else percent-encoded.
fn fragment(anchor: &str) -> String {
    let mut fragment = String::with_capacity(anchor.len());
    for octet in anchor.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~!$&*+,;=:@/?%".contains(&octet) {
            fragment.push(char::from(octet));
        } else {
            fragment.push_str(&format!("%{octet:02X}"));
        }
    }
    fragment
}

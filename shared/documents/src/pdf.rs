//! PDFs: the text of their pages, with the outline or the pages' numbers as headings.
//!
//! What people do not see is left out: text without ink beside text with it, smaller than a point, or
//! beside the page. A scan counts with the text that recognition laid over it.

mod content;
mod fonts;
mod lines;
mod outline;
mod tounicode;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{LoadOptions, Object, ObjectId, decode_text_string};

use crate::front_matter;
use crate::sections::{self, Sections};
use crate::unreadable::{Kind, Read, Unreadable};
use crate::{Document, Limits};
use lines::Line;
use outline::Entry;

/// The most that all packed objects of a file may unpack to, in octets, and the least and most that
/// one may. Drawing is bounded apart from them.
const UNPACKED: usize = 512 * 1024 * 1024;
const LEAST_UNPACKED: usize = 64 * 1024;
const MOST_UNPACKED: usize = 32 * 1024 * 1024;

/// Reads a PDF. The library that takes the file apart is large and the file may be hostile, so a panic
/// in it is an answer like any other.
pub(crate) fn read(octets: &[u8], name: &str, limits: Limits) -> Read {
    let reading = AssertUnwindSafe(|| read_unguarded(octets, name, limits));
    catch_unwind(reading).unwrap_or_else(|_| {
        Err(Unreadable::broken(
            Kind::Pdf,
            "its parts do not fit together",
        ))
    })
}

fn read_unguarded(octets: &[u8], name: &str, limits: Limits) -> Read {
    let file = load(octets)?;
    let pages: Vec<ObjectId> = file.page_iter().take(limits.pages + 1).collect();
    if pages.is_empty() {
        return Err(Unreadable::broken(Kind::Pdf, "it has no pages"));
    }
    if pages.len() > limits.pages {
        return Err(too_large(limits.pages, "pages"));
    }
    let mut texts = texts(&file, &pages, limits)?;
    if texts.iter().all(Vec::is_empty) {
        return Err(Unreadable::NoText);
    }
    lines::without_running_lines(&mut texts);
    let outline = outline::outline(&file, &pages);
    let title = title(&file).unwrap_or_else(|| name.to_owned());
    let found = put_together(&texts, &outline, limits);
    Ok(Document {
        sections: found.finish(&title, Kind::Pdf)?,
        title,
        link: None,
        language: language(&file),
        product: None,
        valid_from: None,
        valid_until: None,
    })
}

fn load(octets: &[u8]) -> Result<lopdf::Document, Unreadable> {
    let packed = octets.windows(6).filter(|word| word == b"stream").count() / 2;
    let each = (UNPACKED / packed.max(1)).clamp(LEAST_UNPACKED, MOST_UNPACKED);
    let options = LoadOptions::with_max_decompressed_size(each);
    match lopdf::Document::load_mem_with_options(octets, options) {
        // One that opens without a password was unlocked while it was read.
        Ok(file) if file.is_encrypted() => Err(Unreadable::Encrypted),
        Ok(file) => Ok(file),
        Err(
            lopdf::Error::InvalidPassword
            | lopdf::Error::Decryption(_)
            | lopdf::Error::UnsupportedSecurityHandler(_),
        ) => Err(Unreadable::Encrypted),
        Err(error) => Err(Unreadable::broken(Kind::Pdf, error)),
    }
}

fn too_large(limit: usize, unit: &'static str) -> Unreadable {
    Unreadable::TooLarge {
        kind: Kind::Pdf,
        limit,
        unit,
    }
}

fn texts(
    file: &lopdf::Document,
    pages: &[ObjectId],
    limits: Limits,
) -> Result<Vec<Vec<Line>>, Unreadable> {
    let mut reader = content::Reader::new(file);
    let mut characters = 0;
    let mut texts = Vec::with_capacity(pages.len());
    for page in pages {
        let runs = reader
            .page(*page)
            .ok_or_else(|| too_large(8 * 1024 * 1024, "octets of drawing on one page"))?;
        let lines = lines::lines(&runs);
        characters += lines.iter().map(|line| line.text.len()).sum::<usize>();
        // Octets: a text of more than four for each character allowed is too long for certain.
        if characters / 4 > limits.characters {
            return Err(too_large(limits.characters, "characters of text"));
        }
        texts.push(lines);
    }
    Ok(texts)
}

/// Every page begins a section, so that its number can be linked to.
fn put_together(pages: &[Vec<Line>], outline: &[Entry], limits: Limits) -> Sections {
    let mut parts = Vec::new();
    let mut open: Vec<(u8, String)> = Vec::new();
    let mut entries = outline.iter().peekable();
    for (index, lines) in pages.iter().enumerate() {
        let number = index + 1;
        let mut rest = lines.as_slice();
        let mut headings = open.clone();
        while let Some(entry) = entries.next_if(|entry| entry.page <= number) {
            let place = (entry.page == number)
                .then(|| place(rest, &entry.title))
                .flatten();
            if let Some((start, end)) = place {
                parts.push((number, headings.clone(), lines::paragraphs(&rest[..start])));
                rest = &rest[end..];
            }
            open.retain(|(level, _)| *level < entry.level);
            open.push((entry.level, entry.title.clone()));
            headings.clone_from(&open);
        }
        parts.push((number, headings, lines::paragraphs(rest)));
    }
    join_over_pages(&mut parts);
    let mut found = Sections::new(limits);
    for (number, headings, text) in parts {
        if outline.is_empty() {
            found.heading(1, &format!("page {number}"), Some(format!("page={number}")));
        } else {
            found.heading(1, "", None);
            for (level, heading) in &headings {
                found.heading(*level, heading, Some(format!("page={number}")));
            }
            if headings.is_empty() {
                found.heading(1, "", Some(format!("page={number}")));
            }
        }
        for paragraph in text.split("\n\n") {
            found.block(paragraph);
        }
    }
    found
}

/// The lines that are a heading's own: one, or two where it is broken.
fn place(lines: &[Line], title: &str) -> Option<(usize, usize)> {
    let bare = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let title = bare(title);
    lines.iter().enumerate().find_map(|(at, line)| {
        let first = bare(&line.text);
        let starts_with_it = !first.is_empty() && !title.is_empty();
        // A number before the heading is often not in the outline.
        let same = |text: &str| {
            text.trim_start_matches(|c: char| c.is_ascii_digit()) == title || text == title
        };
        if starts_with_it && same(&first) {
            return Some((at, at + 1));
        }
        let both = first + &bare(lines.get(at + 1).map_or("", |next| next.text.as_str()));
        (starts_with_it && same(&both)).then_some((at, at + 2))
    })
}

type Part = (usize, Vec<(u8, String)>, String);

/// A paragraph that goes on at the head of the next page is moved to where it began.
fn join_over_pages(parts: &mut [Part]) {
    for at in 1..parts.len() {
        let (before, after) = parts.split_at_mut(at);
        let (Some((one, _, text)), Some((two, _, next))) = (before.last_mut(), after.first_mut())
        else {
            return;
        };
        let ends_open = text.ends_with(|c: char| c.is_alphanumeric() || c == ',' || c == '-');
        let goes_on = next.starts_with(char::is_lowercase);
        if one == two || !ends_open || !goes_on {
            continue;
        }
        let end = next.find("\n\n").unwrap_or(next.len());
        lines::join(text, &next[..end]);
        *next = next[end..].trim_start().to_owned();
    }
}

fn title(file: &lopdf::Document) -> Option<String> {
    let info = file.trailer.get_deref(b"Info", file).ok()?.as_dict().ok()?;
    let title = decode_text_string(info.get_deref(b"Title", file).ok()?).ok()?;
    // What programs write where nobody gave a title.
    let is_given = !matches!(
        title.trim().to_lowercase().as_str(),
        "untitled" | "(anonymous)"
    );
    sections::title(&title).filter(|_| is_given)
}

fn language(file: &lopdf::Document) -> Option<String> {
    let declared = file
        .catalog()
        .ok()?
        .get_deref(b"Lang", file)
        .and_then(Object::as_str)
        .ok()?;
    front_matter::language(std::str::from_utf8(declared).ok()?)
}

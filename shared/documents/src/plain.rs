//! Plain text: its first line as title where it is set apart, underlined lines as headings.

use crate::sections::{self, Sections};
use crate::unreadable::{Kind, Read};
use crate::{Document, Limits};

/// A first line that is longer is a paragraph, in characters.
const LONGEST_TITLE: usize = 200;

pub(crate) fn read(text: &str, name: &str, limits: Limits) -> Read {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let (title, body) = titled(&lines).map_or((None, &lines[..]), |(title, body)| {
        (sections::title(title), body)
    });
    let title = title.unwrap_or_else(|| name.to_owned());
    Ok(Document {
        sections: sections_of(body, limits).finish(&title, Kind::Text)?,
        title,
        link: None,
        language: None,
        product: None,
        valid_from: None,
        valid_until: None,
    })
}

/// The title that is set apart at the head, and what comes after it.
fn titled<'a>(lines: &'a [&'a str]) -> Option<(&'a str, &'a [&'a str])> {
    let at = lines.iter().position(|line| !line.trim().is_empty())?;
    let title = lines[at];
    let next = lines.get(at + 1).copied().unwrap_or_default();
    let is_underlined = underlines(title, next).is_some();
    let body = lines.get(at + 1 + usize::from(is_underlined)..)?;
    // A file of one line says something; it is not a title without a text.
    let has_text = body
        .iter()
        .any(|line| line.chars().any(char::is_alphanumeric));
    let is_apart = next.trim().is_empty() || is_underlined;
    (is_apart && has_text && title.chars().count() <= LONGEST_TITLE).then_some((title, body))
}

fn sections_of(lines: &[&str], limits: Limits) -> Sections {
    let mut found = Sections::new(limits);
    let mut paragraph = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        if let Some(level) = underlines(line, next) {
            found.block(&std::mem::take(&mut paragraph));
            found.heading(level, line, None);
            at += 1;
        } else if line.trim().is_empty() {
            found.block(&std::mem::take(&mut paragraph));
        } else {
            paragraph.push_str(line);
            paragraph.push('\n');
        }
        at += 1;
    }
    found.block(&paragraph);
    found
}

/// The level of a heading that the next line underlines: about as long, all `=` or all `-`.
fn underlines(line: &str, next: &str) -> Option<u8> {
    let (line, next) = (line.trim(), next.trim());
    let level = match next.chars().next()? {
        '=' => 1,
        '-' => 2,
        _ => return None,
    };
    let sign = next.chars().next()?;
    let length = next.chars().count();
    let is_rule = length >= 3 && next.chars().all(|c| c == sign);
    let wide = line.chars().count();
    let has_words = line.chars().any(char::is_alphanumeric);
    (is_rule && has_words && length + 3 >= wide && length <= 2 * wide + 3).then_some(level)
}

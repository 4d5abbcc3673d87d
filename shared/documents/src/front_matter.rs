//! What a document says about itself: `key: value` lines between two lines of `---`.

use time::Date;
use time::macros::format_description;

use crate::sections;
use crate::unreadable::Unreadable;

/// What stands at the head of a document.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) valid_from: Option<Date>,
    pub(crate) valid_until: Option<Date>,
}

/// Parts a document into what it says about itself and its text. A line of `---` that no `key: value`
/// follows is a rule across the page, not front matter.
pub(crate) fn split(text: &str) -> Result<(FrontMatter, &str), Unreadable> {
    let Some((head, body)) = parted(text) else {
        return Ok((FrontMatter::default(), text));
    };
    let mut front = FrontMatter::default();
    let mut seen = Vec::new();
    for line in head.lines() {
        let is_nested = line.starts_with([' ', '\t', '-', '#']);
        if is_nested || line.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            let field = line.chars().take(60).collect();
            return Err(wrong(field, "is no `key: value`"));
        };
        let key = key.trim();
        if seen.contains(&key) {
            return Err(wrong(key.to_owned(), "stands there twice; keep one"));
        }
        seen.push(key);
        front.set(key, &plain_value(value))?;
    }
    front.check_period()?;
    Ok((front, body))
}

impl FrontMatter {
    /// Sets a field. One that is not known, or says nothing, is passed over.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), Unreadable> {
        let value = sections::line(value);
        if value.is_empty() {
            return Ok(());
        }
        match key {
            "title" => self.title = sections::title(&single(key, value)?),
            "product" => self.product = Some(single(key, value)?),
            "link" => self.link = Some(link(key, value)?),
            "language" => match language(&value) {
                Some(language) => self.language = Some(language),
                None => {
                    return Err(wrong(
                        key.to_owned(),
                        "is no language of two letters; write `de` or `en`",
                    ));
                }
            },
            "valid_from" => self.valid_from = Some(date(key, &value)?),
            "valid_until" => self.valid_until = Some(date(key, &value)?),
            _ => {}
        }
        Ok(())
    }

    /// A document that ends before it begins never holds, which nobody means.
    pub(crate) fn check_period(&self) -> Result<(), Unreadable> {
        match (self.valid_from, self.valid_until) {
            (Some(from), Some(until)) if until < from => Err(wrong(
                "valid_until".to_owned(),
                "is before `valid_from`; correct one of them",
            )),
            _ => Ok(()),
        }
    }
}

/// The primary language of a tag such as `de-CH` (BCP 47), where it has two letters.
pub(crate) fn language(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next()?.trim();
    let is_code = primary.len() == 2 && primary.bytes().all(|b| b.is_ascii_alphabetic());
    is_code.then(|| primary.to_ascii_lowercase())
}

fn parted(text: &str) -> Option<(&str, &str)> {
    let rest = after_rule(text)?;
    let first = rest.lines().find(|line| !line.trim().is_empty())?;
    let (key, _) = first.split_once(':')?;
    let is_key = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !is_key {
        return None;
    }
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((&rest[..start], &rest[start + line.len()..]));
        }
        start += line.len();
    }
    None
}

fn after_rule(text: &str) -> Option<&str> {
    let (first, rest) = text.split_once('\n')?;
    (first.trim_end() == "---").then_some(rest)
}

/// A value without the quotes around it, or without the remark after it.
fn plain_value(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|v| v.rsplit_once(quote)) {
            return inner.to_owned();
        }
    }
    let remark = value.find(" #").unwrap_or(value.len());
    value[..remark].trim_end().to_owned()
}

fn single(key: &str, value: String) -> Result<String, Unreadable> {
    if matches!(value.as_str(), "|" | ">" | "|-" | ">-") {
        return Err(wrong(
            key.to_owned(),
            "goes over several lines; write its value on the same line",
        ));
    }
    Ok(value)
}

fn link(key: &str, value: String) -> Result<String, Unreadable> {
    let lower = value.to_ascii_lowercase();
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let is_address = host.is_some_and(|host| {
        !host.is_empty() && !host.starts_with(['/', '#', '?', ':']) && !host.contains(' ')
    });
    if is_address {
        Ok(value)
    } else {
        Err(wrong(
            key.to_owned(),
            "is no web address; write one that begins with https:// or http://",
        ))
    }
}

fn date(key: &str, value: &str) -> Result<Date, Unreadable> {
    Date::parse(value, format_description!("[year]-[month]-[day]")).map_err(|_| {
        wrong(
            key.to_owned(),
            "is no date; write it as year, month and day, such as 2026-03-31",
        )
    })
}

fn wrong(field: String, reason: &str) -> Unreadable {
    Unreadable::FrontMatter {
        field,
        reason: reason.to_owned(),
    }
}

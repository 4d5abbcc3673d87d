//! Dates and times of day in words and digits of five languages.

use crate::tables;
use crate::tokens::Token;

/// A day, or as much of it as is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub day: Option<u8>,
    pub month: u8,
    pub year: Option<u16>,
}

impl Date {
    /// Whether a day may be said where this one is: with no part that is not here.
    pub(crate) fn supports(self, said: Self) -> bool {
        self.month == said.month
            && (said.day.is_none() || self.day == said.day)
            && (said.year.is_none() || self.year == said.year)
    }
}

/// "3 May 2026", "3 de mayo", "1er janvier", "May 3, 2026", "October 2026".
pub(crate) fn date_in_words(tokens: &[Token], at: usize) -> Option<(Date, usize)> {
    let small = |at: usize| -> Option<u8> {
        let token = tokens.get(at).filter(|token| token.number)?;
        let day: u8 = token.text.trim_end_matches('.').parse().ok()?;
        (1..=31).contains(&day).then_some(day)
    };
    let year = |at: usize| -> Option<u16> {
        let token = tokens.get(at).filter(|token| token.number)?;
        let year: u16 = token.text.parse().ok()?;
        (1900..2100).contains(&year).then_some(year)
    };
    let month = |at: usize| tables::month(&tokens.get(at)?.folded);
    let is = |at: usize, words: &[&str]| {
        tokens
            .get(at)
            .is_some_and(|token| words.contains(&token.folded.as_str()))
    };
    let with_year = |day, month, end: usize| {
        let end = if is(end, &["de", "del"]) && year(end + 1).is_some() {
            end + 1
        } else {
            end
        };
        match year(end) {
            Some(_) => (
                Date {
                    day,
                    month,
                    year: year(end),
                },
                end + 1,
            ),
            None => (
                Date {
                    day,
                    month,
                    year: None,
                },
                end,
            ),
        }
    };
    if let Some(day) = small(at) {
        let mut next = at + 1;
        while next < at + 3 && is(next, &["st", "nd", "rd", "th", "er", "de", "of", "º"]) {
            next += 1;
        }
        return month(next).map(|month| with_year(Some(day), month, next + 1));
    }
    let month = month(at)?;
    if let Some(day) = small(at + 1).filter(|_| !is(at + 2, &["eur", "€", "%"])) {
        let next = at + 2 + usize::from(is(at + 2, &["st", "nd", "rd", "th"]));
        return Some(with_year(Some(day), month, next));
    }
    year(at + 1).map(|_| with_year(None, month, at + 1))
}

/// Whether digits are a date.
pub(crate) fn is_date(text: &str) -> bool {
    date_in_digits(text).is_some()
}

/// `2026-05-03`, `03.05.2026`, `3/5/2026`: the day first unless it cannot be.
pub(crate) fn date_in_digits(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    let [a, b, c] = parts[..] else { return None };
    let number = |text: &str| text.parse::<u16>().ok();
    let (a, b, c) = (number(a)?, number(b)?, number(c)?);
    let (day, month, year) = match (a, b, c) {
        (1900..2100, _, _) => (c, b, a),
        (_, 13..=31, 1900..2100) => (b, a, c),
        (_, _, 1900..2100) => (a, b, c),
        _ => return None,
    };
    let (day, month) = (u8::try_from(day).ok()?, u8::try_from(month).ok()?);
    let valid = (1..=31).contains(&day) && (1..=12).contains(&month);
    valid.then_some(Date {
        day: Some(day),
        month,
        year: Some(year),
    })
}

pub(crate) fn time_with_h(folded: &str) -> Option<(u8, u8)> {
    let (hour, minute) = folded.split_once('h')?;
    clock(hour, minute)
}

fn clock(hour: &str, minute: &str) -> Option<(u8, u8)> {
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 25_u8 && minute < 60_u8).then_some((hour, minute))
}

/// Hour, minute, and how many further tokens belong to it.
pub(crate) fn time_of_day(
    folded: &str,
    next: &str,
    after: Option<&Token>,
) -> Option<(u8, u8, usize)> {
    if let Some((hour, minute)) = time_with_h(folded) {
        return Some((hour, minute, 0));
    }
    let (hour, minute) = folded.split_once([':', '.']).unwrap_or((folded, "00"));
    let colon = folded.contains(':');
    let half = match (next, after.map(|t| t.folded.as_str())) {
        ("am", _) => Some((false, 1)),
        ("pm", _) => Some((true, 1)),
        ("a", Some("m")) => Some((false, 2)),
        ("p", Some("m")) => Some((true, 2)),
        _ => None,
    };
    let named = matches!(next, "uhr" | "h" | "heures" | "oclock");
    if !(colon || half.is_some() || named && minute.len() == 2) {
        return None;
    }
    let (hour, minute) = clock(hour, minute)?;
    Some(match half {
        Some((afternoon, more)) => {
            let hour = hour % 12 + if afternoon { 12 } else { 0 };
            (hour, minute, more)
        }
        None => (hour, minute, usize::from(named)),
    })
}

/// The hour in "from 9 to 17 h", which is named with its end only.
pub(crate) fn begins_a_range_of_hours(tokens: &[Token], at: usize) -> Option<u8> {
    let to = tokens.get(at + 1)?.folded.as_str();
    let end = tokens.get(at + 2).filter(|end| end.number)?;
    let next = tokens.get(at + 3).map_or("", |next| next.folded.as_str());
    let is_range = matches!(
        to,
        "to" | "until" | "bis" | "a" | "al" | "alle" | "and" | "und" | "et" | "y"
    );
    let ends_at_a_time = is_range && time_of_day(&end.folded, next, tokens.get(at + 4)).is_some();
    let hour: u8 = tokens[at].text.parse().ok()?;
    (ends_at_a_time && hour < 25).then_some(hour)
}

//! Telephone numbers, told from dates and amounts.

use super::super::Kind;
use super::{Found, Scan, is_separator};

/// Digits, and where they end, with what people write between the groups of a telephone number.
struct Digits {
    to: usize,
    count: usize,
    groups: usize,
}

/// More digits than any telephone number has; what goes on beyond them is none.
const TOO_MANY: usize = 20;

fn digits(scan: &Scan, at: usize) -> Digits {
    let mut found = Digits {
        to: at,
        count: 0,
        groups: 0,
    };
    let mut place = at;
    let mut between = 0;
    while let Some(c) = scan.at(place).filter(|_| found.count < TOO_MANY) {
        if c.is_ascii_digit() {
            if between > 0 || found.count == 0 {
                found.groups += 1;
            }
            between = 0;
            found.count += 1;
            found.to = place + 1;
        } else if (is_separator(c) || "()+".contains(c)) && between < 3 {
            between += 1;
        } else {
            break;
        }
        place += 1;
    }
    if scan.is(found.to, char::is_alphabetic) {
        found.count = 0;
    }
    found
}

/// Numbers with the sign of a country code, which come before anything else that digits could be.
pub(super) fn international(scan: &Scan, at: usize) -> Found {
    let opens =
        scan.is(at, |c| c == '+') || (scan.is(at, |c| c == '(') && scan.is(at + 1, |c| c == '+'));
    if !opens {
        return None;
    }
    let found = digits(scan, at);
    (8..=16)
        .contains(&found.count)
        .then_some((found.to, Some(Kind::Phone)))
}

pub(super) fn phone(scan: &Scan, at: usize) -> Found {
    let opens = scan.is(at, |c| c.is_ascii_digit() || c == '(');
    if !scan.begins(at) || !opens || (at > 0 && scan.is(at - 1, |c| ".,-/".contains(c))) {
        return None;
    }
    if let Some(to) = date(scan, at) {
        return Some((to, None));
    }
    let found = digits(scan, at);
    let first = scan.text(at, scan.chars.len().min(at + 2)).replace('(', "");
    let grouped = |counts: std::ops::RangeInclusive<usize>| {
        found.groups >= 3 && counts.contains(&found.count)
    };
    let is_phone = match first.chars().next() {
        Some('0') => (8..=15).contains(&found.count),
        Some('3' | '6'..='9') => grouped(9..=10),
        _ => grouped(10..=10),
    };
    let called = (6..=15).contains(&found.count) && is_called_phone(scan, at);
    (is_phone || called).then_some((found.to, Some(Kind::Phone)))
}

/// Whether words shortly before say that a telephone number follows.
fn is_called_phone(scan: &Scan, at: usize) -> bool {
    const BEFORE: usize = 24;
    const NAMES: [&str; 13] = [
        "tel", "phone", "mobil", "handy", "fax", "tél", "móvil", "cell", "call", "anruf", "ruf",
        "whatsapp", "telefon",
    ];
    let before = scan.text(at.saturating_sub(BEFORE), at).to_lowercase();
    let line = before.rsplit('\n').next().unwrap_or_default();
    NAMES.iter().any(|name| line.contains(name))
}

/// A date in digits, which is no telephone number.
fn date(scan: &Scan, at: usize) -> Option<usize> {
    let number = |from: usize| {
        let mut to = from;
        while scan.is(to, |c| c.is_ascii_digit()) {
            to += 1;
        }
        to
    };
    let (first, sign) = (number(at), scan.at(number(at))?);
    if !matches!(sign, '.' | '/' | '-') {
        return None;
    }
    let second = number(first + 1);
    if scan.at(second)? != sign {
        return None;
    }
    let third = number(second + 1);
    let lengths = (first - at, second - first - 1, third - second - 1);
    let is_date = matches!(lengths, (1 | 2, 1 | 2, 2 | 4) | (4, 1 | 2, 1 | 2))
        && !scan.is(third, |c| c == sign)
        && !scan.is(third, char::is_alphanumeric);
    is_date.then_some(third)
}

//! Personal data that its form gives away: addresses, numbers with check digits, URLs with tokens.

mod phones;

use std::net::{Ipv4Addr, Ipv6Addr};

use super::ids::is_national_id;
use super::{Kind, Span};
use crate::statement::is_iban;
use phones::{international, phone};

/// A text as characters with their places, so that one can look back and ahead.
struct Scan {
    chars: Vec<(usize, char)>,
    length: usize,
}

impl Scan {
    fn new(text: &str) -> Self {
        Self {
            chars: text.char_indices().collect(),
            length: text.len(),
        }
    }

    fn at(&self, at: usize) -> Option<char> {
        self.chars.get(at).map(|(_, c)| *c)
    }

    fn is(&self, at: usize, what: impl Fn(char) -> bool) -> bool {
        self.at(at).is_some_and(what)
    }

    /// Whether no letter or digit stands before this place.
    fn begins(&self, at: usize) -> bool {
        at == 0 || !self.is(at - 1, char::is_alphanumeric)
    }

    fn span(&self, from: usize, to: usize, kind: Kind) -> Span {
        let byte = |at: usize| self.chars.get(at).map_or(self.length, |(byte, _)| *byte);
        Span {
            start: byte(from),
            end: byte(to),
            kind,
            exact: true,
        }
    }

    fn text(&self, from: usize, to: usize) -> String {
        self.chars[from..to].iter().map(|(_, c)| *c).collect()
    }

    /// All pieces of letters and digits that begin here, with single separators between them, up to
    /// `most` of them: the place behind each piece and what it holds without separators, in capitals.
    fn pieces(&self, from: usize, most: usize) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut held = String::new();
        let mut at = from;
        while held.len() < most {
            let Some(c) = self.at(at).filter(char::is_ascii_alphanumeric) else {
                break;
            };
            held.push(c.to_ascii_uppercase());
            at += 1;
            if self.is(at, |c| c.is_ascii_alphanumeric()) {
                continue;
            }
            if !self.is(at, char::is_alphanumeric) {
                found.push((at, held.clone()));
            }
            if self.is(at, is_separator) && self.is(at + 1, |c| c.is_ascii_alphanumeric()) {
                at += 1;
            }
        }
        found
    }
}

/// What people put between the groups of a number.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '-' | '.' | '\u{2011}' | '/'
    )
}

/// The personal data of a text, in order, without overlaps.
pub(super) fn find(text: &str) -> Vec<Span> {
    let scan = Scan::new(text);
    let mut spans: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < scan.chars.len() {
        let found = [
            url,
            email,
            iban,
            ip,
            international,
            long_id,
            card,
            id,
            phone,
        ]
        .into_iter()
        .find_map(|look| look(&scan, at));
        match found {
            Some((to, kind)) => {
                if let Some(kind) = kind {
                    spans.push(scan.span(at, to, kind));
                }
                at = to.max(at + 1);
            }
            None => at += 1,
        }
    }
    spans
}

/// Where something ends that begins here, and what it is. `None` as its kind: it is read over.
type Found = Option<(usize, Option<Kind>)>;

fn url(scan: &Scan, at: usize) -> Found {
    if !scan.begins(at) || !scan.is(at, char::is_alphabetic) {
        return None;
    }
    let head = scan.text(at, scan.chars.len().min(at + 8)).to_lowercase();
    let is_url = ["https://", "http://", "ftp://", "www."]
        .iter()
        .any(|scheme| head.starts_with(scheme));
    if !is_url {
        return None;
    }
    let mut to = at;
    while scan.is(to, |c| !c.is_whitespace() && !"<>\"“”«»|".contains(c)) {
        to += 1;
    }
    while to > at && scan.is(to - 1, |c| ".,;:!?)]}'*_".contains(c)) {
        to -= 1;
    }
    let carries = carries_token(&scan.text(at, to)) || holds_a_person(scan, at, to);
    Some((to, carries.then_some(Kind::Url)))
}

/// Whether somebody's address, IBAN or card stands in a URL, as in links to unsubscribe or to pay.
fn holds_a_person(scan: &Scan, from: usize, to: usize) -> bool {
    (from..to).any(|at| {
        let found = [email, iban, card]
            .into_iter()
            .find_map(|look| look(scan, at));
        found.is_some_and(|(end, _)| end <= to)
    })
}

/// Whether a URL holds credentials or something that reads like a token.
fn carries_token(url: &str) -> bool {
    const NAMES: [&str; 16] = [
        "token",
        "key",
        "sig",
        "code",
        "auth",
        "session",
        "sid",
        "secret",
        "pass",
        "pwd",
        "ticket",
        "otp",
        "hash",
        "jwt",
        "credential",
        "login",
    ];
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if host.contains('@') {
        return true;
    }
    let lower = path.to_lowercase();
    let named = lower.split(['?', '&', '#', ';']).skip(1).any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        !value.is_empty() && NAMES.iter().any(|known| name.contains(known))
    });
    named
        || path
            .split(['/', '?', '&', '#', '=', ';'])
            .any(reads_like_a_token)
}

/// Long, and with digits among letters, which no title in a path has.
fn reads_like_a_token(piece: &str) -> bool {
    const LONGEST_PIECE: usize = 16;
    let words = piece.split(['-', '_', '.']).map(str::len).max();
    words.is_some_and(|longest| longest >= LONGEST_PIECE)
        && piece.chars().any(|c| c.is_ascii_digit())
        && piece.chars().any(char::is_alphabetic)
}

fn email(scan: &Scan, at: usize) -> Found {
    // Four times what RFC 5321 allows. Without an end every sign of a long text would be read to the
    // text's end from each sign before it.
    const LONGEST_LOCAL: usize = 256;
    let is_local = |c: char| c.is_alphanumeric() || "._%+-'&=#!/~".contains(c);
    let may_begin = |c: char| c.is_alphanumeric() || c == '_';
    if !scan.is(at, may_begin)
        || (at > 0 && scan.is(at - 1, is_local) && !scan.is(at - 1, |c| "'=/!#&".contains(c)))
    {
        return None;
    }
    let mut sign = at;
    while sign - at <= LONGEST_LOCAL && scan.is(sign, is_local) {
        sign += 1;
    }
    if sign == at || !scan.is(sign, |c| c == '@') {
        return None;
    }
    let mut to = sign + 1;
    while scan.is(to, |c| c.is_alphanumeric() || c == '.' || c == '-') {
        to += 1;
    }
    while scan.is(to - 1, |c| c == '.' || c == '-') {
        to -= 1;
    }
    let domain = scan.text(sign + 1, to.max(sign + 1));
    let (name, top) = domain.rsplit_once('.')?;
    let is_domain =
        !name.is_empty() && top.chars().count() >= 2 && !top.chars().any(|c| c.is_ascii_digit());
    is_domain.then_some((to, Some(Kind::Email)))
}

/// Lengths of IBANs by country (SWIFT IBAN registry).
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 \
    CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 \
    HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 \
    MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 \
    SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

fn iban(scan: &Scan, at: usize) -> Found {
    let letter = |at: usize| scan.is(at, |c| c.is_ascii_alphabetic());
    let digit = |at: usize| scan.is(at, |c| c.is_ascii_digit());
    if !scan.begins(at) || !letter(at) || !letter(at + 1) {
        return None;
    }
    let check = if digit(at + 2) { at + 2 } else { at + 3 };
    if !digit(check) || !digit(check + 1) {
        return None;
    }
    let country = scan.text(at, at + 2).to_uppercase();
    let length: usize = IBAN_LENGTHS
        .split_whitespace()
        .find_map(|entry| entry.strip_prefix(country.as_str()))?
        .parse()
        .ok()?;
    let pieces = scan.pieces(at, length);
    let (to, iban) = pieces.iter().rfind(|(_, held)| held.len() == length)?;
    is_iban(iban).then_some((*to, Some(Kind::Iban)))
}

fn ip(scan: &Scan, at: usize) -> Found {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == ':' || c == '.';
    if !scan.begins(at) || (at > 0 && scan.is(at - 1, is_part)) {
        return None;
    }
    let mut to = at;
    while scan.is(to, is_part) {
        to += 1;
    }
    let is_colon = |at: usize| scan.is(at, |c| c == ':');
    let shortens = |to: usize| to > at + 1 && is_colon(to - 1) && is_colon(to - 2);
    while to > at && scan.is(to - 1, |c| c == '.' || c == ':') && !shortens(to) {
        to -= 1;
    }
    if scan.is(to, char::is_alphanumeric) {
        return None;
    }
    let text = scan.text(at, to);
    let is_ip =
        text.parse::<Ipv4Addr>().is_ok() || (text.len() > 3 && text.parse::<Ipv6Addr>().is_ok());
    is_ip.then_some((to, Some(Kind::Ip)))
}

fn card(scan: &Scan, at: usize) -> Found {
    if !scan.begins(at) || !scan.is(at, |c| ('2'..='6').contains(&c)) {
        return None;
    }
    let pieces = scan.pieces(at, 19);
    let (to, _) = pieces
        .iter()
        .rfind(|(_, held)| (13..=19).contains(&held.len()) && luhn(held))?;
    Some((*to, Some(Kind::Card)))
}

/// The check of card numbers (ISO/IEC 7812-1, annex B).
fn luhn(number: &str) -> bool {
    let sum = number
        .chars()
        .rev()
        .enumerate()
        .try_fold(0, |sum, (at, c)| {
            let digit = c.to_digit(10)? * if at % 2 == 0 { 1 } else { 2 };
            Some(sum + digit / 10 + digit % 10)
        });
    sum.is_some_and(|sum| sum % 10 == 0)
}

fn id(scan: &Scan, at: usize) -> Found {
    if !scan.begins(at) || !scan.is(at, |c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let pieces = scan.pieces(at, 16);
    let (to, _) = pieces.iter().rfind(|(_, held)| is_national_id(held))?;
    Some((*to, Some(Kind::Id)))
}

/// Ids that are as long as cards, and whose check digits are the better ones.
fn long_id(scan: &Scan, at: usize) -> Found {
    const AS_A_CARD: usize = 13;
    let (to, kind) = id(scan, at)?;
    let letters = scan
        .text(at, to)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .count();
    (letters >= AS_A_CARD).then_some((to, kind))
}

#[cfg(test)]
mod tests {
    use crate::mask::Masks;

    #[track_caller]
    fn masks(text: &str, expected: &str) {
        assert_eq!(Masks::default().mask(text), expected);
    }

    #[test]
    fn addresses_are_masked() {
        masks(
            "Write to ana.luz+bank@mail.customer.test, or to <ÖZ@büro.test>.",
            "Write to [[EMAIL_1]], or to <[[EMAIL_2]]>.",
        );
        masks("a@b is none", "a@b is none");
    }

    #[test]
    fn ibans_are_masked_in_every_grouping() {
        for iban in [
            "DE02 1203 0000 0000 2020 51",
            "DE02120300000000202051",
            "de02-1203-0000-0000-2020-51",
            "GB33BUKB20201555555555",
            "FR14 2004 1010 0505 0001 3M02 606",
        ] {
            masks(&format!("IBAN: {iban}, please"), "IBAN: [[IBAN_1]], please");
        }
    }

    #[test]
    fn an_iban_with_a_wrong_digit_is_none() {
        masks("DE03120300000000202051", "DE03120300000000202051");
    }

    #[test]
    fn cards_are_masked_in_every_grouping() {
        for card in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "5500-0000-0000-0004",
            "3782 822463 10005",
        ] {
            masks(&format!("card {card} 12/27"), "card [[CARD_1]] 12/27");
        }
        masks("card 4111 1111 1111 1112", "card 4111 1111 1111 1112");
    }

    #[test]
    fn telephone_numbers_are_masked() {
        for phone in [
            "+49 (0)30 901820",
            "+44 20 7946 0018",
            "0171 / 2345678",
            "06 12 34 56 78",
            "612 345 678",
            "(555) 010-9988",
            "0041 44 668 18 00",
        ] {
            masks(&format!("Call {phone}!"), "Call [[PHONE_1]]!");
        }
        masks("Tel. 901820", "Tel. [[PHONE_1]]");
    }

    #[test]
    fn dates_and_amounts_stay() {
        for text in [
            "on 01.02.2026 at 10:30",
            "2026-11-23",
            "1.000.000,00 EUR",
            "12,345.67",
            "HT00012",
            "the last 12 months",
            "1/2/26",
        ] {
            masks(text, text);
        }
    }

    #[test]
    fn national_ids_are_masked_where_their_check_digits_hold() {
        masks("DNI 12345678-Z", "DNI [[ID_1]]");
        masks("NIR 2 55 08 14 168 025 38", "NIR [[ID_1]]");
        masks("AHV 756.9217.0769.85", "AHV [[ID_1]]");
        masks("CF: RSSMRA85T10A562S.", "CF: [[ID_1]].");
        masks("DNI 12345678-A", "DNI 12345678-A");
    }

    #[test]
    fn ip_addresses_are_masked() {
        masks(
            "from 192.0.2.17 and 2001:db8::7.",
            "from [[IP_1]] and [[IP_2]].",
        );
        masks("at 12:30:45", "at 12:30:45");
    }

    #[test]
    fn urls_are_masked_where_they_carry_a_token() {
        masks(
            "see https://bank.test/reset?token=abc, thanks",
            "see [[URL_1]], thanks",
        );
        masks("https://user:pw@bank.test/", "[[URL_1]]");
        for url in [
            "https://bank.test/stop?who=ana@customer.test",
            "https://bank.test/to/NO9386011117947",
            "www.shop.test/4111111111111111",
        ] {
            masks(url, "[[URL_1]]");
        }
        masks("https://bank.test/r/8f3a9c0d1e2b4f5a6c7d", "[[URL_1]]");
        masks(
            "https://bank.test/help/how-to-open-an-account-2026?page=2",
            "https://bank.test/help/how-to-open-an-account-2026?page=2",
        );
    }
}

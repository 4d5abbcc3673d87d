//! The author of a mail, read by a strict grammar (RFC 5322, section 3.4) beside the lenient one that
//! reads mails in general: where the two disagree, nobody is proven.

use super::cursor::{Cursor, Unreadable, is_atext, is_domain, is_unreadable, is_white_space};
use super::name::{self, is_invisible};
use super::{Unproven, fields};
use crate::Mail;

/// One mailbox, read strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// The display name with its words as written, encoded words not decoded.
    pub(super) name: String,
    /// Local part and domain, as written.
    pub(super) address: String,
}

impl From<Unreadable> for Unproven {
    fn from(_: Unreadable) -> Self {
        Self::AuthorUnreadable
    }
}

/// The author's address as written, if there is one author and nothing about it is a trick.
pub(super) fn author(mail: &Mail) -> Result<&str, Unproven> {
    let mut fields = fields(mail, "from");
    let field = fields.next().ok_or(Unproven::NoAuthor)?;
    if fields.next().is_some() {
        return Err(Unproven::SeveralAuthors);
    }
    let mailbox = mailbox(field)?;
    let author = mail.author().ok_or(Unproven::SeveralAuthors)?;
    if author.address != mailbox.address {
        return Err(Unproven::AuthorAmbiguous);
    }
    name::check(&mailbox.name, &author.address)?;
    let decoded = author.name.as_deref().unwrap_or_default();
    if decoded.contains("=?") || decoded.chars().any(is_unreadable) {
        return Err(Unproven::NameUnreadable);
    }
    name::check(decoded, &author.address)?;
    Ok(&author.address)
}

/// Reads a field that holds one mailbox: `name <local@domain>` or `local@domain`.
pub(super) fn mailbox(field: &str) -> Result<Mailbox, Unproven> {
    if field
        .chars()
        .any(|c| is_unreadable(c) && !is_white_space(c))
    {
        return Err(Unproven::ControlCharacters);
    }
    if field.chars().any(is_invisible) {
        return Err(Unproven::InvisibleCharacters);
    }
    let mut cursor = Cursor::new(field);
    let mut words: Vec<String> = Vec::new();
    loop {
        cursor.white_space();
        if cursor.take('<') {
            let address = bracketed(&mut cursor)?;
            let name = words.join(" ");
            return at_end(&mut cursor).map(|()| Mailbox { name, address });
        }
        if let Some(quoted) = cursor.quoted_string()? {
            words.push(quoted_word(quoted, &cursor)?);
            continue;
        }
        let word = cursor.run(is_dot_atext);
        if words.is_empty() && cursor.take('@') {
            let address = format!("{}@{}", local_part(word)?, domain(&mut cursor)?);
            let name = String::new();
            return at_end(&mut cursor).map(|()| Mailbox { name, address });
        }
        if word.is_empty() {
            return Err(unexpected(&cursor));
        }
        words.push(atom(word)?.to_owned());
    }
}

/// A quoted string is a word of the name, and holds no encoded words (RFC 2047, section 5).
fn quoted_word(quoted: String, cursor: &Cursor<'_>) -> Result<String, Unproven> {
    if cursor.peek() == Some('@') {
        return Err(Unproven::QuotedLocalPart);
    }
    if quoted.contains("=?") {
        return Err(Unproven::AuthorUnreadable);
    }
    Ok(quoted)
}

/// An atom is a word of the name. Dots are obsolete syntax there (RFC 5322, section 4.1), but initials
/// are written with them everywhere, and there is one way to read them.
fn atom(word: &str) -> Result<&str, Unproven> {
    match word.find("=?") {
        None => Ok(word),
        Some(0) => encoded_word(word),
        Some(_) => Err(Unproven::AuthorUnreadable),
    }
}

/// An atom that looks like an encoded word must be one (RFC 2047, section 2), and in a charset that all
/// programs read alike: in another it could show an address to some of them.
fn encoded_word(word: &str) -> Result<&str, Unproven> {
    let inner = word.strip_prefix("=?").and_then(|w| w.strip_suffix("?="));
    let parts: Vec<&str> = inner.unwrap_or_default().split('?').collect();
    match parts.as_slice() {
        [charset, "b" | "B" | "q" | "Q", text] if word.is_ascii() && !text.is_empty() => {
            let is_known = is_known_charset(charset);
            is_known.then_some(word).ok_or(Unproven::NameUnreadable)
        }
        _ => Err(Unproven::AuthorUnreadable),
    }
}

/// The charsets of the web (WHATWG Encoding, section 4.2) that hold ASCII as it is, by their names in
/// mail; a language may follow (RFC 2231, section 5).
fn is_known_charset(charset: &str) -> bool {
    const OTHERS: [&str; 14] = [
        "utf-8",
        "us-ascii",
        "koi8-r",
        "koi8-u",
        "gb2312",
        "gbk",
        "gb18030",
        "big5",
        "euc-jp",
        "shift_jis",
        "iso-2022-jp",
        "euc-kr",
        "ks_c_5601-1987",
        "windows-874",
    ];
    let charset = charset.split('*').next().unwrap_or_default();
    let charset = charset.to_ascii_lowercase();
    let has_number = |prefix: &str, digits: usize| {
        charset.strip_prefix(prefix).is_some_and(|number| {
            (1..=digits).contains(&number.len()) && number.chars().all(|c| c.is_ascii_digit())
        })
    };
    OTHERS.contains(&charset.as_str()) || has_number("iso-8859-", 2) || has_number("windows-125", 1)
}

/// What stands behind `<`, with its `>`.
fn bracketed(cursor: &mut Cursor<'_>) -> Result<String, Unproven> {
    match cursor.peek() {
        Some('@') => return Err(Unproven::Route),
        Some('"') => return Err(Unproven::QuotedLocalPart),
        Some('(') => return Err(Unproven::Comment),
        _ => {}
    }
    let local = local_part(cursor.run(is_dot_atext))?;
    cursor.expect('@').map_err(|_| unexpected(cursor))?;
    let domain = domain(cursor)?;
    cursor.expect('>').map_err(|_| unexpected(cursor))?;
    Ok(format!("{local}@{domain}"))
}

fn is_dot_atext(c: char) -> bool {
    is_atext(c) || c == '.' || !c.is_ascii()
}

/// `dot-atom-text` (RFC 5322, section 3.2.3), in ASCII.
fn local_part(text: &str) -> Result<&str, Unproven> {
    if !text.is_ascii() {
        return Err(Unproven::AddressNotAscii);
    }
    let is_dot_atom = text.split('.').all(|atom| !atom.is_empty());
    is_dot_atom
        .then_some(text)
        .ok_or(Unproven::AuthorUnreadable)
}

fn domain<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Unproven> {
    if cursor.peek() == Some('[') {
        return Err(Unproven::DomainIsNumber);
    }
    let text = cursor.run(is_dot_atext);
    if !text.is_ascii() {
        return Err(Unproven::AddressNotAscii);
    }
    if !is_domain(text) {
        return Err(Unproven::AuthorUnreadable);
    }
    let is_encoded = |label: &str| label.to_ascii_lowercase().starts_with("xn--");
    if text.split('.').any(is_encoded) {
        return Err(Unproven::DomainEncoded);
    }
    // A last label of digits is an IP address without its brackets (RFC 3696, section 2).
    let last = text.rsplit('.').next().unwrap_or_default();
    if last.chars().all(|c| c.is_ascii_digit()) {
        return Err(Unproven::DomainIsNumber);
    }
    Ok(text)
}

/// Nothing may follow the address.
fn at_end(cursor: &mut Cursor<'_>) -> Result<(), Unproven> {
    cursor.white_space();
    match unexpected(cursor) {
        _ if cursor.peek().is_none() => Ok(()),
        Unproven::AuthorUnreadable => Err(Unproven::TextBehindAddress),
        reason => Err(reason),
    }
}

/// What the next character is, where it does not belong.
fn unexpected(cursor: &Cursor<'_>) -> Unproven {
    match cursor.peek() {
        Some('(' | ')') => Unproven::Comment,
        Some(':' | ';') => Unproven::Group,
        Some(',') => Unproven::SeveralAuthors,
        _ => Unproven::AuthorUnreadable,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(field: &str) -> Result<String, Unproven> {
        mailbox(field).map(|mailbox| mailbox.address)
    }

    #[test]
    fn mailboxes_as_people_have_them_are_read() {
        for (field, name) in [
            ("carla@customer.test", ""),
            ("<carla@customer.test>", ""),
            (" Carla Kunde\r\n\t<carla@customer.test> ", "Carla Kunde"),
            (
                "\"Kunde, Carla \\\"C\\\"\" <carla@customer.test>",
                "Kunde, Carla \"C\"",
            ),
            (
                "=?utf-8?q?Zo=C3=AB?= K <carla@customer.test>",
                "=?utf-8?q?Zo=C3=AB?= K",
            ),
            ("Zo\u{eb} <carla@customer.test>", "Zo\u{eb}"),
        ] {
            let read = Mailbox {
                name: name.into(),
                address: "carla@customer.test".into(),
            };
            assert_eq!(mailbox(field), Ok(read), "{field}");
        }
    }

    #[test]
    fn each_trick_has_its_own_reason() {
        for (field, reason) in [
            ("a@x.test, b@y.test", Unproven::SeveralAuthors),
            ("A <a@x.test>, B <b@y.test>", Unproven::SeveralAuthors),
            ("Bank: a@x.test;", Unproven::Group),
            ("undisclosed:;", Unproven::Group),
            ("(Carla) a@x.test", Unproven::Comment),
            ("a@x.test (Carla)", Unproven::Comment),
            ("A <a@x.test(b)>", Unproven::Comment),
            ("<@relay.test:a@x.test>", Unproven::Route),
            ("<a@x.test> b@y.test", Unproven::TextBehindAddress),
            ("a@x .test", Unproven::TextBehindAddress),
            ("<a@x.test> <b@y.test>", Unproven::TextBehindAddress),
            ("\"a b\"@x.test", Unproven::QuotedLocalPart),
            ("A <\"a\"@x.test>", Unproven::QuotedLocalPart),
            ("a@[192.0.2.1]", Unproven::DomainIsNumber),
            ("a@192.0.2.1", Unproven::DomainIsNumber),
            ("a@xn--bnk-qla.test", Unproven::DomainEncoded),
            ("a@b\u{430}nk.test", Unproven::AddressNotAscii),
            ("\u{430}@bank.test", Unproven::AddressNotAscii),
            ("A\0 <a@x.test>", Unproven::ControlCharacters),
            ("A\u{fffd} <a@x.test>", Unproven::ControlCharacters),
            ("A\u{202e} <a@x.test>", Unproven::InvisibleCharacters),
        ] {
            assert_eq!(address(field), Err(reason), "{field:?}");
        }
    }

    #[test]
    fn an_encoded_name_is_in_a_charset_that_all_read_alike() {
        for (charset, is_known) in [
            ("UTF-8", true),
            ("utf-8*de", true),
            ("ISO-8859-15", true),
            ("windows-1252", true),
            ("utf-7", false),
            ("cp037", false),
            ("iso-8859-", false),
            ("", false),
        ] {
            assert_eq!(is_known_charset(charset), is_known, "{charset}");
        }
    }

    #[test]
    fn what_departs_from_the_grammar_is_no_author() {
        for field in [
            "",
            "Carla",
            "<>",
            "<carla>",
            "carla@",
            "@x.test",
            "a b@x.test",
            "a @x.test",
            "a..b@x.test",
            ".a@x.test",
            "a@x.test.",
            "a@x..test",
            "a@-x.test",
            "< a@x.test>",
            "<a@x.test >",
            "<a@x.test",
            "\"A <a@x.test>",
            "\"=?utf-8?q?A?=\" <a@x.test>",
            "=?utf-8?q?A <a@x.test>",
            "=?utf-8?x?A?= <a@x.test>",
            "A=?utf-8?q?B?= <a@x.test>",
        ] {
            let read = address(field);
            assert_eq!(read, Err(Unproven::AuthorUnreadable), "{field:?}");
        }
    }

    proptest! {
        #[test]
        fn an_address_that_is_read_is_plain(field in "[a-z@.<>\", \\\\:;()]{0,40}") {
            if let Ok(mailbox) = mailbox(&field) {
                prop_assert!(field.contains(&mailbox.address));
                prop_assert_eq!(mailbox.address.matches('@').count(), 1);
            }
        }
    }
}

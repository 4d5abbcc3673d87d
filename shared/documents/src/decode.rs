//! Octets as text: UTF-8, UTF-16 where a byte order mark says so, and for HTML what the page declares.

use crate::Unreadable;

/// What Windows-1252 has at 0x80 to 0x9F, where Latin-1 has control characters. Places that are not
/// assigned are read as those, as browsers do (WHATWG Encoding Standard, index windows-1252).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How far into a page its encoding must be declared (HTML standard, 4.2.5.4).
const DECLARATION_WITHIN: usize = 1_024;

pub(crate) fn text(octets: &[u8]) -> Result<String, Unreadable> {
    match octets {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(octets),
    }
}

/// As [`text`]; a page that is not UTF-8 may declare to be Western European.
pub(crate) fn html(octets: &[u8]) -> Result<String, Unreadable> {
    match text(octets) {
        Err(Unreadable::NotUtf8) if declares_western(octets) => Ok(windows_1252(octets)),
        other => other,
    }
}

fn utf8(octets: &[u8]) -> Result<String, Unreadable> {
    let text = std::str::from_utf8(octets).map_err(|_| Unreadable::NotUtf8)?;
    Ok(text.to_owned())
}

fn utf16(octets: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Unreadable> {
    let (pairs, []) = octets.as_chunks::<2>() else {
        return Err(Unreadable::NotUtf8);
    };
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<_, _>>()
        .map_err(|_| Unreadable::NotUtf8)
}

fn declares_western(octets: &[u8]) -> bool {
    let head = &octets[..octets.len().min(DECLARATION_WITHIN)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let Some((_, declared)) = head.split_once("charset") else {
        return false;
    };
    let declared = declared.trim_start_matches([' ', '=', '"', '\'']);
    ["iso-8859-1", "latin1", "windows-1252", "cp1252"]
        .iter()
        .any(|known| {
            declared
                .strip_prefix(known)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })
}

/// Windows-1252, which on the web is what pages mean by Latin-1 too.
fn windows_1252(octets: &[u8]) -> String {
    octets
        .iter()
        .map(|&octet| match octet {
            0x80..=0x9F => WINDOWS_1252[usize::from(octet - 0x80)],
            other => char::from(other),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(text(b"\xEF\xBB\xBFFees").as_deref(), Ok("Fees"));
        assert_eq!(text(b"\xFF\xFEF\0e\0").as_deref(), Ok("Fe"));
        assert_eq!(text(b"\xFE\xFF\0F\0e").as_deref(), Ok("Fe"));
    }

    #[test]
    fn half_a_character_is_no_text() {
        assert_eq!(text(b"\xFF\xFEF"), Err(Unreadable::NotUtf8));
        assert_eq!(text(b"\xFF\xFE\x00\xD8"), Err(Unreadable::NotUtf8));
        assert_eq!(text(b"Geb\xFChr"), Err(Unreadable::NotUtf8));
    }

    #[test]
    fn a_page_says_itself_that_it_is_western() {
        let page = b"<meta charset=iso-8859-1><p>5 \x80 Geb\xFChr";
        assert!(html(page).is_ok_and(|text| text.ends_with("5 € Gebühr")));
        assert_eq!(html(b"<p>Geb\xFChr"), Err(Unreadable::NotUtf8));
        assert_eq!(
            html(b"<meta charset=iso-8859-15><p>\xFC"),
            Err(Unreadable::NotUtf8)
        );
    }
}

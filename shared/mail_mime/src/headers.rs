//! The header fields of a mail as they stand there (RFC 5322, section 2.2), split by lines alone.
//!
//! The parser that reads the rest of a mail repairs what it can: it takes blanks out of field names and
//! looks for fields in places where no mail server does. Proofs must not rest on repairs, so this is a
//! reading of its own.

/// All fields in order: name in lower case, value unfolded. Octets that are no UTF-8 and control
/// characters become U+FFFD, so that nobody takes them for blanks.
pub(crate) fn fields(raw: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        match fields.last_mut() {
            Some(field) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                field.extend_from_slice(line);
            }
            _ => fields.push(line.to_vec()),
        }
    }
    fields.iter().filter_map(|field| named(field)).collect()
}

/// Name and value. What has no colon in its first line is no field.
fn named(field: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(field);
    let (name, value) = text.split_once(':')?;
    // Blanks before the colon are obsolete syntax (RFC 5322, section 4.5) and still read everywhere.
    let name = name.trim_end_matches([' ', '\t']).to_lowercase();
    (!name.contains('\n')).then(|| (name, one_line(value)))
}

/// The value without folding; runs of blanks are one.
fn one_line(value: &str) -> String {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let words: Vec<&str> = value.split(is_blank).filter(|w| !w.is_empty()).collect();
    words.join(" ").replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &[u8]) -> Vec<(String, String)> {
        fields(raw)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_are_unfolded_up_to_the_empty_line() {
        let raw = b"Subject: a\r\n\t  b\r\n \r\n c\r\nFROM :x@y.test\n\nTo: z@y.test\n";
        let expected = [pair("subject", "a b c"), pair("from", "x@y.test")];
        assert_eq!(read(raw), expected);
    }

    #[test]
    fn a_name_with_a_blank_inside_is_another_name() {
        assert_eq!(read(b"Fr om: x"), [pair("fr om", "x")]);
    }

    #[test]
    fn a_line_that_is_no_field_takes_its_folded_lines_along() {
        assert_eq!(read(b"nothing\n From: x\nTo: y\n"), [pair("to", "y")]);
    }

    #[test]
    fn a_quote_left_open_ends_with_its_field() {
        let raw = b"Content-Type: text/plain; x=\"\nFrom: x\n";
        assert_eq!(read(raw)[1], pair("from", "x"));
    }

    #[test]
    fn what_is_no_text_stays_visible() {
        assert_eq!(
            read(b"A: a\0b\xffc\x7f"),
            [pair("a", "a\u{fffd}b\u{fffd}c\u{fffd}")]
        );
    }
}

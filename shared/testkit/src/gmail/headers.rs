//! The header fields of a message as Gmail lists them.

use super::threading::header_block;

/// The fields in order: name as written, value unfolded. Never fails; what is no field is left out.
pub fn headers(raw: &[u8]) -> Vec<(String, String)> {
    let block = String::from_utf8_lossy(&header_block(raw)).into_owned();
    let mut fields: Vec<(String, String)> = vec![];
    for line in block.lines().filter(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_value_is_one_line() {
        let fields = headers(b"Subject: one\r\n two\r\nno field\r\nX-A: b\r\n\r\nBody: no\r\n");
        let expected = [("Subject", "one two"), ("X-A", "b")];
        assert_eq!(fields, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}

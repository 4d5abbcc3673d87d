//! Breaking a text into lines that fit.

use unicode_normalization::char::is_combining_mark;

/// The text in lines no wider than `room`, as `width` measures them. Lines end at blanks; a word that
/// is wider than a whole line is broken where the line is full. A single character is never broken
/// up, so a line may be as wide as its widest character.
pub(crate) fn lines(text: &str, room: f32, width: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if width(&longer) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            let mut pieces = broken(word, room, &width);
            line = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// A word in pieces that fit.
fn broken(word: &str, room: f32, width: &impl Fn(&str) -> f32) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut wide = 0.0;
    for c in word.chars() {
        let more = width(c.encode_utf8(&mut [0; 4]));
        // A mark belongs to the letter before it.
        if wide + more > room && !piece.is_empty() && !is_combining_mark(c) {
            pieces.push(std::mem::take(&mut piece));
            wide = 0.0;
        }
        piece.push(c);
        wide += more;
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character is one wide.
    fn counted(text: &str) -> f32 {
        text.chars().map(|_| 1.0).sum()
    }

    #[track_caller]
    fn breaks(text: &str, room: f32, expected: &[&str]) {
        assert_eq!(lines(text, room, counted), expected);
    }

    #[test]
    fn a_line_ends_at_a_blank() {
        breaks("rent for may", 8.0, &["rent for", "may"]);
    }

    #[test]
    fn a_word_wider_than_a_line_is_broken() {
        breaks(
            "to ABCDEFGHIJ now",
            4.0,
            &["to", "ABCD", "EFGH", "IJ", "now"],
        );
    }

    #[test]
    fn a_line_of_the_text_stays_one() {
        breaks("one\ntwo\n\nthree", 9.0, &["one", "two", "three"]);
    }

    #[test]
    fn a_mark_stays_with_its_letter() {
        breaks("abq\u{301}d", 3.0, &["abq\u{301}", "d"]);
    }

    #[test]
    fn a_text_of_blanks_has_no_line() {
        breaks("  ", 3.0, &[]);
    }
}

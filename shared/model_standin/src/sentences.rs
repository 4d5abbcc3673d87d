//! Cutting a text into sentences, each a piece of the text as it stands.

/// The sentences of a text, in order, without white space around them, without the marks of lists,
/// and without headings and tables.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    for paragraph in paragraphs(text) {
        let mut start = 0;
        for (at, c) in paragraph.char_indices() {
            let end = at + c.len_utf8();
            if matches!(c, '.' | '!' | '?' | '…') && ends_sentence(paragraph, at, end) {
                keep(&paragraph[start..end], &mut all);
                start = end;
            }
        }
        keep(&paragraph[start..], &mut all);
    }
    all
}

fn keep<'a>(piece: &'a str, all: &mut Vec<&'a str>) {
    let piece = piece.trim();
    if piece.chars().any(char::is_alphanumeric) {
        all.push(piece);
    }
}

/// Runs of lines without an empty line, an item of a list, a heading or a row of a table between.
fn paragraphs(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let left_out = bare.is_empty() || bare.starts_with('#') || bare.starts_with('|');
        let item = bare.strip_prefix("- ").or_else(|| bare.strip_prefix("* "));
        if left_out || item.is_some() {
            all.extend(run.take().map(|(from, to)| &text[from..to]));
        }
        if !left_out {
            let end = at + line.trim_end().len();
            let begin = end - item.unwrap_or(bare).len();
            run = Some((run.map_or(begin, |(from, _)| from), end));
        }
        at += line.len();
    }
    all.extend(run.map(|(from, to)| &text[from..to]));
    all
}

/// Whether the mark at this place ends a sentence: not within a number or an abbreviation, nor after
/// a number such as a day of a month.
fn ends_sentence(text: &str, at: usize, end: usize) -> bool {
    let Some(next) = text[end..].chars().next() else {
        return true;
    };
    if !next.is_whitespace() {
        return false;
    }
    if !text[at..].starts_with('.') {
        return true;
    }
    let begins = text[end..].trim_start().chars().next();
    if begins.is_some_and(char::is_lowercase) {
        return false;
    }
    let word = text[..at]
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let abbreviated = word.chars().count() == 1
        || matches!(
            word,
            "Mr" | "Mrs"
                | "Ms"
                | "Dr"
                | "Nr"
                | "no"
                | "e.g"
                | "i.e"
                | "z.B"
                | "ca"
                | "Abs"
                | "p.ex"
        );
    let ordinal = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    !(abbreviated || ordinal)
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn sentences_end_at_their_marks() {
        assert_eq!(
            sentences("One. Two! Three? Four"),
            ["One.", "Two!", "Three?", "Four"]
        );
    }

    #[test]
    fn numbers_abbreviations_and_dates_do_not_end_a_sentence() {
        let text = "It costs 2.50 EUR, e.g. in Norway. Am 1. Januar ist zu. Ask Dr. Voss.";
        assert_eq!(
            sentences(text),
            [
                "It costs 2.50 EUR, e.g. in Norway.",
                "Am 1. Januar ist zu.",
                "Ask Dr. Voss."
            ]
        );
    }

    #[test]
    fn items_of_a_list_are_sentences_without_their_marks() {
        assert_eq!(
            sentences("Fees:\n- A card is free.\n- A letter is 1 EUR."),
            ["Fees:", "A card is free.", "A letter is 1 EUR."]
        );
    }

    #[test]
    fn headings_and_tables_are_no_sentences() {
        assert_eq!(
            sentences("# Title\n\nText.\n\n| a | b |\n|---|---|\n"),
            ["Text."]
        );
    }

    #[test]
    fn any_text_is_cut_without_panic() {
        for text in ["", ".", "…", "…\u{301}é.ß ", "\r\n\r\n- \n* x\n", "- - a"] {
            for sentence in sentences(text) {
                assert!(text.contains(sentence));
            }
        }
    }
}

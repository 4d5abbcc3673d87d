//! A text as words and numbers, in order.

/// A word or a number with what stands right around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// As it is written.
    pub text: String,
    /// Folded.
    pub folded: String,
    /// Where it begins, in octets.
    pub at: usize,
    /// Whether it begins with a digit.
    pub number: bool,
    /// Whether a clause ends after it.
    pub ends_clause: bool,
    /// Whether a sentence ends after it.
    pub ends_sentence: bool,
}

/// The tokens of a text. A number keeps the separators between its digits, a colon or an `h` of a time
/// of day too; signs of currency and percent are tokens of their own.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut tokens: Vec<Token> = vec![];
    let mut at = 0;
    while at < chars.len() {
        let (place, c) = chars[at];
        let end = if c.is_ascii_digit() {
            end_of_number(&chars, at)
        } else if c.is_alphanumeric() {
            end_of_word(&chars, at)
        } else if matches!(c, '€' | '$' | '£' | '%') {
            at + 1
        } else {
            mark_end(&mut tokens, &chars, at);
            at += 1;
            continue;
        };
        let written: String = chars[at..end].iter().map(|(_, c)| *c).collect();
        tokens.push(Token {
            folded: words::folded(&written),
            text: written,
            at: place,
            number: c.is_ascii_digit(),
            ends_clause: false,
            ends_sentence: false,
        });
        at = end;
    }
    tokens
}

fn mark_end(tokens: &mut [Token], chars: &[(usize, char)], at: usize) {
    let Some(last) = tokens.last_mut() else {
        return;
    };
    match chars[at].1 {
        ',' | ';' | ':' | '–' | '—' | '(' | ')' => last.ends_clause = true,
        '.' | '!' | '?' | '\n' => {
            let spaced = chars.get(at + 1).is_none_or(|(_, c)| c.is_whitespace());
            // "z. B." and "3. Mai" end nothing.
            let ordinal = last.number && last.text.len() <= 2 && chars[at].1 == '.';
            let short = last.text.chars().count() < 2 || ordinal;
            let ends = (spaced && !short) || chars[at].1 == '\n';
            last.ends_clause |= ends;
            last.ends_sentence |= ends;
        }
        _ => {}
    }
}

fn end_of_word(chars: &[(usize, char)], from: usize) -> usize {
    let mut end = from;
    while chars.get(end).is_some_and(|(_, c)| c.is_alphanumeric()) {
        end += 1;
    }
    end
}

fn end_of_number(chars: &[(usize, char)], from: usize) -> usize {
    let digit = |at: usize| chars.get(at).is_some_and(|(_, c)| c.is_ascii_digit());
    let mut end = from;
    while digit(end) {
        end += 1;
    }
    loop {
        let Some((_, c)) = chars.get(end) else {
            return end;
        };
        let separates = match c {
            '.' | ',' | '\'' | '’' | ':' | '/' | '-' => digit(end + 1),
            'h' => digit(end + 1) && digit(end + 2) && !digit(end + 3),
            // Thousands: three digits after a space, not more.
            ' ' | '\u{a0}' | '\u{202f}' => {
                (1..=3).all(|n| digit(end + n)) && !digit(end + 4) && end - from <= 7
            }
            _ => false,
        };
        if !separates {
            break;
        }
        end += 1;
        while digit(end) {
            end += 1;
        }
    }
    // A mark such as 3D or DE89 is a word.
    while chars
        .get(end)
        .is_some_and(|(_, c)| c.is_ascii_alphanumeric())
        && is_a_mark(chars, from, end)
    {
        end += 1;
    }
    end
}

/// Whether letters right behind a number belong to it, and are no unit or ordinal.
fn is_a_mark(chars: &[(usize, char)], from: usize, end: usize) -> bool {
    let rest: String = chars[end..]
        .iter()
        .map(|(_, c)| *c)
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let units = [
        "h", "am", "pm", "st", "nd", "rd", "th", "er", "re", "e", "eur", "chf", "usd", "gbp", "x",
        "km", "m", "min",
    ];
    let grown = chars[from..end]
        .iter()
        .any(|(_, c)| c.is_ascii_alphabetic());
    grown || !units.contains(&rest.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn numbers_keep_their_separators() {
        assert_eq!(texts("1,500.00 EUR"), ["1,500.00", "EUR"]);
        assert_eq!(texts("1 500,00 €"), ["1 500,00", "€"]);
        assert_eq!(texts("from 9:00 to 18h30"), ["from", "9:00", "to", "18h30"]);
        assert_eq!(
            texts("2026-05-03, 03.05.2026."),
            ["2026-05-03", "03.05.2026"]
        );
        assert_eq!(texts("5 100"), ["5 100"]);
        assert_eq!(texts("3D Secure"), ["3D", "Secure"]);
        assert_eq!(texts("3rd"), ["3", "rd"]);
    }

    #[test]
    fn sentences_and_clauses_end_where_they_end() {
        let ends: Vec<bool> = tokens("On 3. Mai, z. B. heute. Dann")
            .iter()
            .map(|t| t.ends_sentence)
            .collect();
        assert_eq!(ends, [false, false, false, false, false, true, false]);
    }
}

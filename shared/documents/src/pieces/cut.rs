//! Cutting a text to lengths: between paragraphs, else lines, else sentences, else words, and inside
//! a word only where one alone is too long.

/// How much longer than its even share a part may become to end at a better place, in characters.
const SLACK: usize = 250;

/// How good a place is to cut at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Word,
    Sentence,
    Line,
    Paragraph,
}

/// The parts of a text, none longer than `longest` characters, together every word of it in order.
/// They come out about equally long: a short rest says little by itself.
pub(super) fn cut(text: &str, longest: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    let mut left = rest.chars().count();
    while left > longest {
        let count = left.div_ceil(longest);
        let share = left.div_ceil(count);
        let end = end_of_part(rest, share, longest.min(share + SLACK));
        let (part, after) = rest.split_at(end);
        left -= part.chars().count();
        parts.push(part.trim_end());
        let trimmed = after.trim_start();
        left -= after[..after.len() - trimmed.len()].chars().count();
        rest = trimmed;
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Where the first part ends, in octets: at the best place after half its share, of equal ones at
/// the last that does not make it longer than its share, else at the first that does.
fn end_of_part(text: &str, share: usize, longest: usize) -> usize {
    let mut best: Option<(Place, usize)> = None;
    let mut any_word = None;
    let mut hard = text.len();
    for (count, (at, letter)) in text.char_indices().enumerate() {
        if count > longest {
            break;
        }
        hard = at;
        if !letter.is_whitespace() || count == 0 {
            continue;
        }
        any_word = Some(at);
        if count < share / 2 {
            continue;
        }
        let place = place(text, at, letter);
        let is_better =
            best.is_none_or(|(so_far, _)| place > so_far || (place == so_far && count <= share));
        if is_better {
            best = Some((place, at));
        }
    }
    best.map(|(_, at)| at).or(any_word).unwrap_or(hard)
}

fn place(text: &str, at: usize, letter: char) -> Place {
    if letter == '\n' {
        let is_double = text[at + 1..].starts_with('\n') || text[..at].ends_with('\n');
        return if is_double {
            Place::Paragraph
        } else {
            Place::Line
        };
    }
    let next = text[at..].trim_start().chars().next();
    if ends_sentence(&text[..at]) && next.is_none_or(|c| !c.is_lowercase()) {
        Place::Sentence
    } else {
        Place::Word
    }
}

/// Not after a digit or a single letter: `3. Mai` and `z. B.` go on.
fn ends_sentence(before: &str) -> bool {
    let bare = before.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '“']);
    if bare.ends_with(['!', '?', '…']) {
        return true;
    }
    let Some(word) = bare.strip_suffix('.') else {
        return false;
    };
    let last = word
        .rsplit(|c: char| c.is_whitespace() || c == '.')
        .next()
        .unwrap_or_default();
    last.chars().count() > 1 && last.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_paragraphs_first() {
        assert_eq!(
            cut("One here. Two here.\n\nThree is here now.", 30),
            ["One here. Two here.", "Three is here now."]
        );
    }

    #[test]
    fn a_paragraph_is_cut_between_sentences() {
        assert_eq!(
            cut("The fee is 5 EUR. It is due on 3. Mai. Then it ends.", 40),
            ["The fee is 5 EUR.", "It is due on 3. Mai. Then it ends."]
        );
    }

    #[test]
    fn a_word_is_cut_only_where_it_alone_is_too_long() {
        assert_eq!(cut("ab cdefghijkl m", 5), ["ab", "cdefg", "hijkl", "m"]);
    }
}

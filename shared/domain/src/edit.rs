//! How much of a draft a person changed before sending it.

/// The share of words that differ between two texts, 0 (the same) to 1 (nothing in common): the
/// Levenshtein distance over words, by the length of the longer text. White space does not count.
pub fn distance(drafted: &str, sent: &str) -> f32 {
    let (drafted, sent) = (words(drafted), words(sent));
    let longer = drafted.len().max(sent.len());
    if longer == 0 {
        return 0.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "texts have far fewer than 2^23 words"
    )]
    let share = strsim::generic_levenshtein(&Words(&drafted), &Words(&sent)) as f32 / longer as f32;
    share
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// What the distance is counted over.
struct Words<'a>(&'a [&'a str]);

impl<'a, 'b> IntoIterator for &'b Words<'a> {
    type Item = &'a str;
    type IntoIter = std::iter::Copied<std::slice::Iter<'b, &'a str>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::distance;

    fn is(drafted: &str, sent: &str, share: f32) {
        let found = distance(drafted, sent);
        assert!((found - share).abs() < 1e-6, "{found}");
    }

    #[test]
    fn the_same_words_are_no_distance_however_they_are_wrapped() {
        is("A card costs\n5 EUR.", "A card  costs 5 EUR. ", 0.0);
    }

    #[test]
    fn one_word_of_four_is_a_quarter() {
        is("A card costs 5", "A card costs 7", 0.25);
    }

    #[test]
    fn words_added_count_by_the_longer_text() {
        is("Hello", "Hello dear Ms Carla", 0.75);
    }

    #[test]
    fn another_text_altogether_is_all_of_it() {
        is("one two", "three four five", 1.0);
        is("", "three", 1.0);
    }

    #[test]
    fn two_empty_texts_are_the_same() {
        is("", " \n", 0.0);
    }
}

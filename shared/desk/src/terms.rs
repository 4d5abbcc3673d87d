//! Texts as weighted words, for search by words: BM25 (Robertson and Zaragoza, 2009), of which the
//! knowledge base adds how rare a word is.

use std::collections::BTreeMap;

use ports::Terms;
use sha2::{Digest, Sha256};

/// How soon a word that stands there again counts no more.
const K1: f32 = 1.2;
/// How much the length of a text matters.
const B: f32 = 0.75;
/// The usual length of a piece, in words that carry sense.
const USUAL_LENGTH: f32 = 90.0;

/// What a piece of a document is found by.
pub fn of_document(text: &str, language: Option<&str>) -> Terms {
    let terms = words::terms(text, language);
    let length = number(terms.len());
    let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
    for term in &terms {
        *counts.entry(number_of(term)).or_default() += 1.0;
    }
    let damping = K1 * (1.0 - B + B * length / USUAL_LENGTH);
    let weight = |count: f32| count * (K1 + 1.0) / (count + damping);
    counts
        .into_iter()
        .map(|(term, n)| (term, weight(n)))
        .collect()
}

/// What a question looks for: each of its words once.
pub fn of_question(text: &str, language: Option<&str>) -> Terms {
    let terms = words::terms(text, language);
    let numbers: BTreeMap<u32, f32> = terms.iter().map(|term| (number_of(term), 1.0)).collect();
    numbers.into_iter().collect()
}

/// The number by which the knowledge base knows a word. Two words in some four thousand million share
/// one.
fn number_of(term: &str) -> u32 {
    let hash = Sha256::digest(term);
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

#[expect(clippy::cast_precision_loss, reason = "a piece has some hundred words")]
fn number(of: usize) -> f32 {
    of as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(terms: &Terms, word: &str) -> f32 {
        let number = number_of(&words::stem(word, Some("en")));
        let found = terms.iter().find(|(term, _)| *term == number);
        found.map_or(0.0, |(_, weight)| *weight)
    }

    #[test]
    fn a_question_looks_for_each_of_its_words_once() {
        let asked = of_question("Cards? A card, the card!", Some("en"));
        assert_eq!(asked.len(), 1);
        assert!((weight(&asked, "card") - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_word_counts_more_the_more_often_it_stands_there_but_never_without_end() {
        let of = |times: usize| {
            let text = format!("{} loan", "card ".repeat(times));
            weight(&of_document(&text, Some("en")), "card")
        };
        assert!(of(2) > of(1));
        assert!(of(50) < K1 + 1.0);
    }

    #[test]
    fn a_word_counts_less_in_a_longer_text() {
        let long = format!("card {}", "branch hours ".repeat(200));
        let short = weight(&of_document("card loan", Some("en")), "card");
        assert!(short > weight(&of_document(&long, Some("en")), "card"));
    }

    #[test]
    fn small_words_are_not_searched() {
        assert!(of_question("What is it?", Some("en")).is_empty());
    }
}

//! A text as a vector: a hashed bag of words, notions, word pairs and letters.

use std::collections::BTreeMap;

use ports::EmbedPurpose;

use crate::glossary::Glossary;
use crate::words::{StopWords, hash, stem, words};

/// Words of one text that are looked at.
const MOST_WORDS: usize = 5_000;
/// How much each kind of feature counts.
const NOTION: f32 = 1.0;
const STEM: f32 = 0.8;
const PAIR: f32 = 0.3;
const LETTERS: f32 = 0.08;
const GRAMMAR: f32 = 0.05;

/// Makes vectors of one dimension.
#[derive(Clone, Copy)]
pub struct Embedder {
    dimension: usize,
}

impl Embedder {
    /// For vectors of this dimension, at least 1.
    pub fn new(dimension: usize) -> Self {
        Self {
            dimension: dimension.max(1),
        }
    }

    /// A vector of length one. A text without words has a fixed one. Both purposes are embedded
    /// alike: words are matched with words.
    pub fn embed(self, purpose: EmbedPurpose, text: &str) -> Vec<f32> {
        let (EmbedPurpose::Query | EmbedPurpose::Document) = purpose;
        let mut vector = vec![0.0; self.dimension];
        // In order of hash, so that sums round alike everywhere.
        for (hash, (times, weight)) in features(text) {
            // The sign makes features that share a place cancel out rather than add up.
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            let at = usize::try_from(hash % self.dimension as u64).unwrap_or_default();
            vector[at] += sign * weight * (1.0 + times.ln());
        }
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length < 1e-6 {
            vector.fill(0.0);
            vector[0] = 1.0;
        } else {
            for x in &mut vector {
                *x /= length;
            }
        }
        vector
    }
}

/// Hash of each feature, with how often it occurs and what it counts.
fn features(text: &str) -> BTreeMap<u64, (f32, f32)> {
    let mut found: BTreeMap<u64, (f32, f32)> = BTreeMap::new();
    let mut add = |kind: &str, feature: [&str; 2], weight: f32| {
        let entry = found.entry(hash(&[kind, feature[0], feature[1]]));
        entry.or_insert((0.0, weight)).0 += 1.0;
    };
    let mut before: Option<String> = None;
    for word in words(text, MOST_WORDS) {
        if StopWords::get().contains(&word) {
            add("grammar", [&word, ""], GRAMMAR);
            continue;
        }
        if let Some(notion) = Glossary::get().notion(&word) {
            add("notion", [notion, ""], NOTION);
        }
        let stem = stem(&word).to_owned();
        add("stem", [&stem, ""], STEM);
        if let Some(before) = &before {
            add("pair", [before, &stem], PAIR);
        }
        let letters: Vec<char> = word.chars().collect();
        for four in letters.windows(4) {
            add("letters", [&String::from_iter(four), ""], LETTERS);
        }
        before = Some(stem);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(text: &str) -> Vec<f32> {
        Embedder::new(768).embed(EmbedPurpose::Query, text)
    }

    fn nearness(a: &str, b: &str) -> f32 {
        vector(a).iter().zip(vector(b)).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn a_vector_has_length_one_in_every_dimension() {
        for dimension in [0, 1, 3, 768, 3072] {
            let vector =
                Embedder::new(dimension).embed(EmbedPurpose::Document, "A new card, please");
            let length: f32 = vector.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-4, "{dimension}: {length}");
            assert_eq!(vector.len(), dimension.max(1));
        }
    }

    #[test]
    fn texts_without_words_share_one_vector() {
        assert_eq!(vector(""), vector(" \n?!"));
        assert!((vector("")[0] - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn the_same_text_gets_the_same_vector() {
        assert_eq!(vector("How much is a card?"), vector("How much is a card?"));
    }

    #[test]
    fn a_question_is_nearest_to_the_text_about_it() {
        let question = "How much does a replacement card cost?";
        let right = nearness(
            question,
            "A replacement card costs 12 EUR and arrives in five days.",
        );
        let wrong = nearness(question, "Branches open at nine and close at five.");
        assert!(right > wrong + 0.2, "{right} {wrong}");
    }

    #[test]
    fn a_question_finds_its_answer_in_another_language_through_the_glossary() {
        let question = "Wie viel kostet eine neue Karte?";
        let right = nearness(question, "A new card costs 12 EUR.");
        let wrong = nearness(question, "Branches open at nine and close at five.");
        assert!(right > wrong + 0.2, "{right} {wrong}");
    }
}

//! What the classifier sees of a mail: words, pairs of words, beginnings of words, notions of the
//! glossary and pairs of them. Where nothing is recognised nothing is seen of the order of text.

use std::collections::BTreeSet;

use crate::glossary::Glossary;
use crate::words::{StopWords, hash, words};

/// Places in the table of weights. Features share one where their hashes collide, which is rare.
pub const PLACES: usize = 1 << 17;

/// Words of one mail that are looked at.
const MOST_WORDS: usize = 1_500;

/// The features of one mail.
pub struct Features {
    /// Place and strength, in order of place, of length one in all.
    pub weighted: Vec<(usize, f32)>,
    /// The places of its words that are not mere grammar, and of the notions they stand for.
    pub content: Vec<(usize, Option<usize>)>,
    /// Its folded words, subject first.
    pub words: Vec<String>,
    /// Whether a word presses for haste.
    pub hurry: bool,
}

/// The place of a feature of this kind.
fn place(kind: &str, parts: [&str; 2]) -> usize {
    let hash = hash(&[kind, parts[0], parts[1]]);
    usize::try_from(hash % PLACES as u64).unwrap_or_default()
}

/// Reads the features of a mail.
pub fn features(subject: &str, text: &str) -> Features {
    let mut all = words(subject, MOST_WORDS);
    let subject_words = all.len();
    all.extend(words(text, MOST_WORDS));
    let mut found: Vec<(usize, Strength)> = Vec::with_capacity(all.len() * 4);
    let mut content = Vec::new();
    let mut notions: BTreeSet<&str> = BTreeSet::new();
    let mut before = "^";
    for (at, word) in all.iter().enumerate() {
        // All numbers of one length are alike.
        let word = if word.bytes().all(|b| b.is_ascii_digit()) {
            &"0000"[..word.len().min(4)]
        } else {
            word
        };
        if at == subject_words {
            before = "^";
        }
        let own = place("word", [word, ""]);
        found.push((own, Strength::Word));
        found.push((place("pair", [before, word]), Strength::Half));
        if let Some((end, _)) = word.char_indices().nth(5) {
            found.push((place("start", [&word[..end], ""]), Strength::Half));
        }
        let notion = Glossary::get().notion(word);
        let notion_place = notion.map(|notion| place("notion", [notion, ""]));
        found.extend(notion_place.map(|place| (place, Strength::Notion)));
        notions.extend(notion);
        if !StopWords::get().contains(word) {
            content.push((own, notion_place));
        }
        before = word;
    }
    for (at, first) in notions.iter().enumerate() {
        for second in notions.iter().skip(at + 1) {
            found.push((place("notions", [first, second]), Strength::Half));
        }
    }
    for sign in ["?", "!"] {
        if text.contains(sign) || subject.contains(sign) {
            found.push((place("sign", [sign, ""]), Strength::Word));
        }
    }
    found.sort_unstable();
    found.dedup();
    Features {
        weighted: to_length_one(&found),
        content,
        hurry: notions.contains("hurry"),
        words: all,
    }
}

/// How much a kind of feature counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Half,
    Word,
    Notion,
}

impl Strength {
    fn value(self) -> f32 {
        match self {
            Self::Half => 0.5,
            Self::Word => 1.0,
            Self::Notion => 1.5,
        }
    }
}

fn to_length_one(found: &[(usize, Strength)]) -> Vec<(usize, f32)> {
    let squares: f32 = found.iter().map(|(_, s)| s.value() * s.value()).sum();
    let length = squares.sqrt().max(f32::MIN_POSITIVE);
    found
        .iter()
        .map(|(place, s)| (*place, s.value() / length))
        .collect()
}

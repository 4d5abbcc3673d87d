//! Words that mean the same in different languages: a glossary of the trade, written by hand.
//!
//! It lets what was learnt in one language serve the others, and lets a question find an answer in
//! another language. It holds about a hundred notions; all else stays a stranger.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The glossary, once per process.
pub struct Glossary {
    whole: HashMap<&'static str, &'static str>,
    /// Beginnings of words, by their first two letters, longest first.
    beginnings: HashMap<&'static [u8], Vec<(&'static str, &'static str)>>,
}

impl Glossary {
    /// The glossary in `glossary.txt`.
    pub fn get() -> &'static Self {
        static GLOSSARY: OnceLock<Glossary> = OnceLock::new();
        GLOSSARY.get_or_init(|| Self::read(include_str!("../glossary.txt")))
    }

    fn read(text: &'static str) -> Self {
        let mut whole = HashMap::new();
        let mut beginnings: HashMap<&[u8], Vec<(&str, &str)>> = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((notion, words)) = line.split_once(':') else {
                continue;
            };
            for word in words.split_whitespace() {
                match word.strip_suffix('*') {
                    Some(start) => {
                        let first = &start.as_bytes()[..start.len().min(2)];
                        beginnings.entry(first).or_default().push((start, notion));
                    }
                    None => {
                        whole.insert(word, notion);
                    }
                }
            }
        }
        for list in beginnings.values_mut() {
            list.sort_by_key(|(start, _)| std::cmp::Reverse(start.len()));
        }
        Self { whole, beginnings }
    }

    /// The notion that a folded word stands for.
    pub fn notion(&self, word: &str) -> Option<&'static str> {
        if let Some(notion) = self.whole.get(word) {
            return Some(notion);
        }
        let list = self.beginnings.get(word.as_bytes().get(..2)?)?;
        list.iter()
            .find(|(start, _)| word.starts_with(start))
            .map(|(_, notion)| *notion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notion_has_words_in_five_languages() {
        let glossary = Glossary::get();
        for word in [
            "statements",
            "kontoauszuge",
            "releve",
            "extractos",
            "estratto",
        ] {
            assert_eq!(glossary.notion(word), Some("statement"), "{word}");
        }
    }

    #[test]
    fn the_longest_beginning_wins() {
        assert_eq!(Glossary::get().notion("kontobewegungen"), Some("activity"));
    }

    #[test]
    fn no_word_stands_for_two_notions() {
        let mut seen = HashMap::new();
        let lines = include_str!("../glossary.txt")
            .lines()
            .filter(|l| !l.starts_with('#'));
        for (notion, words) in lines.filter_map(|line| line.split_once(':')) {
            for word in words.split_whitespace() {
                let before = seen.insert(word, notion).unwrap_or(notion);
                assert_eq!(before, notion, "{word}");
            }
        }
    }
}

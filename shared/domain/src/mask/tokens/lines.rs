//! Values on lines of their own: which line announces one, and which line is one.

use super::super::vocabulary::{Known, known};
use super::super::words::{bare, is_label, looks_secret};
use super::{Expects, LONGEST_VALUE, Lead, Reader, Word};

impl Reader<'_> {
    /// Whether the line is the value that the line before announced.
    pub(super) fn is_value_line(&self, words: &[Word]) -> bool {
        if words.is_empty() || words.len() > LONGEST_VALUE || self.expects == Expects::Nothing {
            return false;
        }
        let is_grammar = |w: &Word| known(bare(self.of(*w)).text) == Some(Known::Grammar);
        let is_known = |w: &Word| known(bare(self.of(*w)).text).is_some();
        let ends_a_label = words.iter().any(|w| self.of(*w).ends_with([':', '=']));
        let labels = words.iter().any(|w| is_label(bare(self.of(*w)).text));
        let known_words = words.iter().filter(|w| is_known(w)).count();
        match self.expects {
            Expects::Value if self.of(words[0]).ends_with(',') => words.len() == 1,
            Expects::Value => {
                let is_label_line = labels && words.len() > 2;
                !(ends_a_label || is_label_line || words.iter().all(is_grammar))
            }
            _ => known_words == 0 && words.len() <= 4 && !self.is_greeting_or_name(words),
        }
    }

    /// One or two capitalised words that end with a comma, or nothing but such words: a name.
    pub(super) fn is_greeting_or_name(&self, words: &[Word]) -> bool {
        let name = |w: &Word| {
            let text = bare(self.of(*w)).text;
            text.chars().next().is_some_and(char::is_uppercase) && !looks_secret(text)
        };
        self.of(words[words.len() - 1]).ends_with(',') || words.iter().all(name)
    }

    pub(super) fn value_line(&mut self, words: &[Word]) {
        let mut cells: Vec<Word> = vec![];
        let mut opens = true;
        for word in words {
            if self.of(*word) == "|" {
                opens = true;
                continue;
            }
            match cells.last_mut().filter(|_| !opens && !word.column) {
                Some(cell) => cell.end = word.end,
                None => cells.push(*word),
            }
            opens = false;
        }
        for cell in cells {
            self.push_exactly(cell);
        }
        self.expects = Expects::Perhaps;
    }

    /// What follows the line that was just read.
    pub(super) fn announce(&mut self, words: &[Word]) {
        let found = self.spans.len() > self.seen;
        let last = self.of(words[words.len() - 1]);
        let labels = words.iter().any(|w| is_label(bare(self.of(*w)).text));
        self.expects = if last.ends_with([':', '=', '→', '↓']) || last.ends_with("->") {
            Expects::Value
        } else if !found
            && labels
            && words.len() <= LONGEST_VALUE
            && !last.ends_with(['.', '!', '?'])
        {
            Expects::Perhaps
        } else if found && self.lead == Lead::Sign {
            Expects::Value
        } else {
            Expects::Nothing
        };
        if self.lead >= Lead::Copula && self.label > 0 {
            // "My password is", and the value on the next line.
            self.expects = Expects::Value;
        }
    }
}

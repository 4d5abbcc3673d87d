//! Which words of a mail about passwords could be one.
//!
//! Everything could, but for the words of a list. What stands where a value is expected (behind the
//! colon of a form, in quotation marks, after "is") or looks like no word is taken for a password;
//! other unknown words, such as names, for words that could be one.

mod lines;

use super::passwords::is_password_word;
use super::vocabulary::{Known, known};
use super::words::{COPULAS, LEADS, bare, is_label, is_reference, looks_secret, peels_json, quote};
use super::{Kind, Span, first_behind, is_free};

/// Words of a value line below a label.
const LONGEST_VALUE: usize = 8;
/// How many words behind a label a value may still begin.
const REACH: usize = 6;
/// The parts of a text that are masked, in order. `structured` is what its form gives away.
pub(super) fn find(text: &str, structured: &[Span]) -> Vec<Span> {
    let mut reader = Reader {
        text,
        structured,
        spans: vec![],
        label: 0,
        seen: 0,
        expects: Expects::Nothing,
        lead: Lead::None,
    };
    let mut at = 0;
    for line in text.split('\n') {
        reader.line(at, at + line.len());
        at += line.len() + 1;
    }
    let is_left = |s: &&Span| is_free(&reader.spans, s.start, s.end);
    let left: Vec<Span> = structured.iter().filter(is_left).copied().collect();
    reader.spans.extend(left);
    reader.spans.sort_by_key(|span| span.start);
    reader.spans
}

/// What the line before announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expects {
    Nothing,
    /// A heading that may stand above a value.
    Perhaps,
    /// A label with a colon.
    Value,
}

/// What the words before announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lead {
    None,
    /// A value is likely; an ordinary word is none.
    Likely,
    /// Whatever follows but grammar is a value.
    Copula,
    /// Whatever follows is a value.
    Sign,
}

struct Reader<'a> {
    text: &'a str,
    structured: &'a [Span],
    spans: Vec<Span>,
    /// Words left until a label no longer counts.
    label: usize,
    /// Spans when the line began.
    seen: usize,
    expects: Expects,
    lead: Lead,
}

/// A word with its place in the text.
#[derive(Debug, Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
    /// Whether a tab or many blanks stand before it, as between the columns of a table.
    column: bool,
}

impl Reader<'_> {
    fn line(&mut self, start: usize, end: usize) {
        let words = self.words(start, end);
        let is_rule = |word: &Word| self.of(*word).chars().all(|c| "-=|_+*.:".contains(c));
        if words.iter().all(is_rule) {
            return;
        }
        (self.label, self.lead, self.seen) = (0, Lead::None, self.spans.len());
        let first = words
            .iter()
            .position(|word| !self.is_list_mark(*word))
            .unwrap_or(0);
        let value = &words[first..];
        if self.is_value_line(value) {
            self.value_line(value);
            return;
        }
        if self.expects == Expects::Value {
            // The value stands there, and the sentence goes on.
            (self.label, self.lead) = (REACH, Lead::Copula);
        }
        self.expects = Expects::Nothing;
        let mut place = start;
        loop {
            let at = words.partition_point(|word| word.end <= place);
            if at == words.len() {
                break;
            }
            place = self.word(&words, at, place, end);
        }
        self.announce(&words);
    }

    fn words(&self, start: usize, end: usize) -> Vec<Word> {
        let mut words = Vec::new();
        let mut gap = start;
        let mut begun: Option<usize> = None;
        let chars = self.text[start..end]
            .char_indices()
            .map(|(at, c)| (start + at, c));
        for (at, c) in chars.chain([(end, ' ')]) {
            if !c.is_whitespace() {
                begun.get_or_insert(at);
            } else if let Some(from) = begun.take() {
                let blanks = &self.text[gap..from];
                let column = !words.is_empty() && (blanks.contains('\t') || blanks.len() > 2);
                words.push(Word {
                    start: from,
                    end: at,
                    column,
                });
                gap = at;
            }
        }
        words
    }

    fn of(&self, word: Word) -> &str {
        &self.text[word.start..word.end]
    }

    /// A bullet or a number before an item.
    fn is_list_mark(&self, word: Word) -> bool {
        let text = self.of(word);
        let digits = text.trim_end_matches(['.', ')']);
        let numbered = digits.len() < text.len() && digits.len() < 3;
        !text.chars().any(char::is_alphanumeric) && text.chars().count() < 3
            || (numbered && digits.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Reads the word at this place, from `place` on, and returns the place to go on from.
    fn word(&mut self, words: &[Word], at: usize, place: usize, line_end: usize) -> usize {
        let mut word = words[at];
        if word.start >= place && word.column && self.label > 0 {
            self.lead = Lead::Sign;
        }
        word.start = word.start.max(place);
        if self.lead < Lead::Copula && is_reference(self.of(word)) {
            return word.end;
        }
        // A label and its value can be one word: `password:secret`, `{"old":"secret"`.
        if self.lead < Lead::Sign
            && let Some(label) = self.peel(word)
        {
            let known = &self.text[word.start..label];
            self.read_known(known);
            return self.signs_behind(label, word.end);
        }
        if let Some((from, to, behind)) = self.quoted(word.start, line_end) {
            let inside = &self.text[from..to];
            let is_known = |w: &str| known(bare(w).text).is_some();
            if self.lead >= Lead::Copula || !inside.split_whitespace().all(is_known) {
                self.push(from, to, true, Kind::Password);
                self.lead = Lead::None;
                return behind;
            }
        }
        if let Some(behind) = self.structured(word) {
            return behind;
        }
        let text = self.of(word).to_owned();
        if !text.chars().any(char::is_alphanumeric) {
            self.signs(word, &text);
            return word.end;
        }
        if self.lead == Lead::Sign && self.phrase(words, at, word) {
            return line_end;
        }
        let plain = bare(&text);
        if self.keeps(plain.text) {
            self.read_known(plain.text);
            if text.ends_with([':', '=']) || text.ends_with("->") {
                self.sign(':', false);
            }
            if text.ends_with(['.', '!', '?']) {
                (self.label, self.lead) = (0, Lead::None);
            }
            return word.end;
        }
        self.value(words, at, word)
    }

    /// Masks the rest of a form's line where it begins like a sentence: a phrase can be a password. It
    /// is not sure then where the value begins.
    fn phrase(&mut self, words: &[Word], at: usize, word: Word) -> bool {
        let rest = &words[at..];
        // First, for a long line is asked about at each of its words.
        if !(2..=LONGEST_VALUE).contains(&rest.len()) {
            return false;
        }
        let one_value = rest.iter().all(|w| {
            let text = self.of(*w);
            !text.ends_with([',', ';', ':', '='])
                && text != "|"
                && !(w.column && w.start > word.start)
        });
        let begins = known(bare(self.of(word)).text).is_some();
        let labels = rest
            .iter()
            .any(|w| is_password_word(&bare(self.of(*w)).text.to_lowercase()));
        if !(one_value && begins) || labels {
            return false;
        }
        let end = rest[rest.len() - 1].end;
        self.push(word.start, end, false, Kind::Password);
        self.lead = Lead::None;
        true
    }

    /// Reads over the signs that part a label from what follows in the same word.
    fn signs_behind(&mut self, mut at: usize, end: usize) -> usize {
        let sign = self.text[at..end].chars().next().unwrap_or(' ');
        at += sign.len_utf8();
        self.sign(sign, at < end);
        if sign == '"' && self.text[at..end].starts_with([':', '=']) {
            self.sign(':', true);
            at += 1;
        }
        at
    }

    /// Whether a word stays as it is.
    fn keeps(&self, word: &str) -> bool {
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        if digits {
            return word.len() < 3 && self.lead < Lead::Sign;
        }
        match (known(word), self.lead) {
            (None, _) | (_, Lead::Sign) => false,
            (Some(Known::Trade), Lead::Copula) => is_label(word),
            (Some(_), _) => true,
        }
    }

    /// Where a known word at the beginning of a longer one ends, before the sign that parts them.
    fn peel(&self, word: Word) -> Option<usize> {
        const SIGNS: [char; 17] = [
            ':', '=', ',', ';', '|', '"', '{', '}', '[', ']', '(', '/', '→', '&', '?', '>',
            '\u{a0}',
        ];
        let text = self.of(word);
        let (at, sign) = text.char_indices().find(|(_, c)| SIGNS.contains(c))?;
        let before = &text[..at];
        let rest = &text[at + sign.len_utf8()..];
        let opens = before.is_empty()
            && matches!(sign, '{' | '[' | '|' | ',' | ':' | '(' | '>' | '→')
            || (before.is_empty() && sign == '"' && peels_json(rest));
        let is_known =
            !before.is_empty() && known(before.trim_matches(['-', '*', '_', '\''])).is_some();
        let has_rest = rest.chars().any(char::is_alphanumeric) || sign == '|';
        ((opens || is_known) && has_rest).then_some(word.start + at)
    }

    fn read_known(&mut self, word: &str) {
        let lower = bare(word).text.to_lowercase();
        if lower.is_empty() {
            return;
        }
        if is_label(&lower) {
            self.label = REACH;
            self.lead = Lead::Likely;
        } else if COPULAS.contains(&lower.as_str())
            && (self.label > 0 || self.spans.len() > self.seen)
        {
            self.lead = Lead::Copula;
        } else if LEADS.contains(&lower.as_str())
            && (self.label > 0 || self.spans.len() > self.seen)
        {
            self.lead = Lead::Likely;
        } else {
            self.label = self.label.saturating_sub(1);
            if self.lead == Lead::Copula {
                self.lead = Lead::Likely;
            }
            if self.label == 0 {
                self.lead = Lead::None;
            }
        }
    }

    /// A sign between a label and what may be its value.
    fn sign(&mut self, sign: char, within_word: bool) {
        if self.label == 0 && self.spans.len() == self.seen {
            return;
        }
        match sign {
            ':' | '=' | '→' | '>' => self.lead = Lead::Sign,
            '|' | '"' => self.lead = self.lead.max(Lead::Likely),
            ',' | ';' | '/' if within_word => self.lead = self.lead.max(Lead::Likely),
            _ => {}
        }
    }

    /// A word of signs alone: an arrow, leaders, a rule, or a password of signs.
    fn signs(&mut self, word: Word, text: &str) {
        let first = text.chars().next().unwrap_or(' ');
        let is_rule =
            text.chars().all(|c| c == first) || text.contains("->") || text.contains("=>");
        let labelled = self.label > 0 || self.spans.len() > self.seen;
        if text.chars().all(|c| "-–—>→=:|.…_•·»".contains(c)) {
            if labelled && (text.chars().count() > 1 || ":=→".contains(first)) {
                self.lead = Lead::Sign;
            } else if labelled {
                self.lead = self.lead.max(Lead::Likely);
            }
        } else if !is_rule && text.chars().count() >= 4 && text.is_ascii()
            || self.lead == Lead::Sign
        {
            self.push(word.start, word.end, true, Kind::Password);
            self.lead = Lead::None;
        }
    }

    /// A value in quotation marks that begins here: from, to, and the place behind the closing mark.
    fn quoted(&self, start: usize, end: usize) -> Option<(usize, usize, usize)> {
        let (from, to, behind) = quote(&self.text[start..end])?;
        Some((start + from, start + to, start + behind))
    }

    /// Masks what its form gives away as what it is, or as a value where one is expected. Returns the
    /// place behind it.
    fn structured(&mut self, word: Word) -> Option<usize> {
        let first = first_behind(self.structured, word.start);
        let span = *self.structured.get(first)?;
        if span.start >= word.end {
            return None;
        }
        if self.lead >= Lead::Copula || self.label == REACH {
            let end = span.end.max(trimmed_end(self.text, word));
            self.push(word.start.min(span.start), end, true, Kind::Password);
        } else if span.start > word.start || !self.ends_at(span.end, word.end) {
            // Something hangs on it: better the whole word.
            return None;
        } else {
            self.push(span.start, span.end, true, span.kind);
        }
        self.lead = Lead::None;
        Some(span.end.max(word.end))
    }

    fn ends_at(&self, span_end: usize, word_end: usize) -> bool {
        span_end >= word_end
            || !self.text[span_end..word_end]
                .chars()
                .any(char::is_alphanumeric)
    }

    /// Masks the unknown word at this place and the unknown words that go on with it.
    fn value(&mut self, words: &[Word], at: usize, word: Word) -> usize {
        let plain = bare(self.of(word));
        let secret = looks_secret(plain.text);
        // A number alone is more likely an amount, a year or a day, unless a value is expected.
        let is_number = !plain.text.chars().any(char::is_alphabetic);
        let kind = if (secret && !is_number) || self.lead > Lead::None {
            Kind::Password
        } else {
            Kind::Word
        };
        let by_sign = self.lead == Lead::Sign;
        let mut last = at;
        let mut reach = word;
        while let Some(next) = words.get(last + 1) {
            let text = bare(self.of(*next)).text;
            let hangs_on = !self
                .of(reach)
                .ends_with(['.', ',', ';', ':', '!', '?', ')']);
            let alike =
                known(text).is_none() && !next.column && text.chars().any(char::is_alphabetic);
            let plain_words = !looks_secret(text) && (!secret || by_sign);
            if !(hangs_on && alike && plain_words) || self.quoted(next.start, next.end).is_some() {
                break;
            }
            (last, reach) = (last + 1, *next);
        }
        let whole = Word {
            start: word.start,
            end: reach.end,
            column: false,
        };
        if by_sign && last + 1 == words.len() {
            self.push_exactly(whole);
        } else {
            // A word of letters alone may be anything that the list does not know.
            self.take(whole, kind, secret);
        }
        let ends_sentence = self.of(reach).ends_with(['.', '!', '?']);
        self.lead = Lead::None;
        if ends_sentence {
            self.label = 0;
        }
        reach.end
    }

    /// Masks a word but for the punctuation around it. `sure` says that it can be nothing else.
    fn take(&mut self, word: Word, kind: Kind, sure: bool) {
        let inner = bare(self.of(word));
        let start = word.start + inner.from;
        let (end, exact) = (start + inner.text.len(), inner.exact && sure);
        if inner.text.is_empty() {
            self.push(word.start, word.end, false, kind);
        } else {
            self.push(start, end, exact, kind);
        }
    }

    /// Masks a value at the end of a form's line: what stands there belongs to it, but for a full stop.
    fn push_exactly(&mut self, word: Word) {
        let text = self.of(word);
        let without = text.trim_end_matches([',', ';']);
        if let Some((from, to, _)) = self.quoted(word.start, word.end) {
            self.push(from, to, true, Kind::Password);
            return;
        }
        let unstopped = without.strip_suffix('.').filter(|rest| !rest.is_empty());
        let inner = unstopped.unwrap_or(without);
        let json = inner.trim_end_matches(['"', '}', ']']);
        let (inner, exact) = if json.len() < inner.len() {
            (json, true)
        } else {
            (inner, unstopped.is_none())
        };
        self.push(word.start, word.start + inner.len(), exact, Kind::Password);
    }

    fn push(&mut self, start: usize, end: usize, exact: bool, kind: Kind) {
        // What was masked already stays so; of what goes beyond it nothing is left.
        let start = start.max(self.spans.last().map_or(0, |last| last.end));
        if end <= start {
            return;
        }
        self.spans.push(Span {
            start,
            end,
            kind,
            exact,
        });
    }
}

/// The end of a word without the punctuation behind it.
fn trimmed_end(text: &str, word: Word) -> usize {
    let inner = bare(&text[word.start..word.end]);
    word.start + inner.from + inner.text.len()
}

//! Headings and blocks of text, as readers come upon them, put together to sections.

use crate::unreadable::{Kind, Unreadable};
use crate::{Limits, Section};

/// A heading that is longer is a paragraph that was dressed up as one.
const LONGEST_HEADING: usize = 300;

/// Sections in the making.
pub(crate) struct Sections {
    limits: Limits,
    room: usize,
    full: Option<(usize, &'static str)>,
    open: Vec<(u8, String)>,
    anchor: Option<String>,
    text: String,
    done: Vec<Section>,
}

impl Sections {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            room: limits.characters,
            full: None,
            open: Vec::new(),
            anchor: None,
            text: String::new(),
            done: Vec::new(),
        }
    }

    /// Whether the limits are reached: what comes then is not kept, and [`Self::finish`] says so.
    pub(crate) fn is_full(&self) -> bool {
        self.full.is_some()
    }

    /// Begins a section. Level 1 is the outermost; the heading closes those of its level and deeper.
    pub(crate) fn heading(&mut self, level: u8, text: &str, anchor: Option<String>) {
        let text = line(text);
        if text.chars().count() > LONGEST_HEADING {
            return self.block(&text);
        }
        self.close();
        self.open.retain(|(above, _)| *above < level);
        if !text.is_empty() {
            self.open.push((level, text));
        }
        self.anchor = anchor.map(|a| line(&a)).filter(|a| !a.is_empty());
    }

    /// Adds a paragraph, a list or a table. Lines are kept, other space is not.
    pub(crate) fn block(&mut self, text: &str) {
        let block = lines(text);
        if block.is_empty() || self.is_full() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.spend(block.chars().count());
        self.text.push_str(&block);
    }

    fn spend(&mut self, characters: usize) {
        match self.room.checked_sub(characters) {
            Some(left) => self.room = left,
            None => self.full = Some((self.limits.characters, "characters of text")),
        }
    }

    fn close(&mut self) {
        let text = std::mem::take(&mut self.text);
        let anchor = self.anchor.take();
        if text.is_empty() || self.is_full() {
            return;
        }
        if self.done.len() >= self.limits.sections {
            self.full = Some((self.limits.sections, "sections"));
            return;
        }
        let headings: Vec<String> = self.open.iter().map(|(_, text)| text.clone()).collect();
        self.spend(headings.iter().map(|heading| heading.chars().count()).sum());
        self.done.push(Section {
            headings,
            anchor,
            text,
        });
    }

    /// The sections, with the document's title taken off the head of their headings.
    pub(crate) fn finish(mut self, title: &str, kind: Kind) -> Result<Vec<Section>, Unreadable> {
        self.close();
        if let Some((limit, unit)) = self.full {
            return Err(Unreadable::TooLarge { kind, limit, unit });
        }
        for section in &mut self.done {
            if section.headings.first().is_some_and(|first| first == title) {
                section.headings.remove(0);
            }
        }
        Ok(self.done)
    }
}

/// A text as one line.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(4_096));
    for word in text.split(char::is_whitespace) {
        let before = line.len();
        if before > 0 {
            line.push(' ');
        }
        let from = line.len();
        line.extend(word.chars().filter(|c| is_visible(*c)));
        if line.len() == from {
            line.truncate(before);
        }
    }
    line
}

/// A text with its lines kept, each as [`line`] makes it, and without empty ones.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(line).filter(|l| !l.is_empty()).collect();
    lines.join("\n")
}

/// A title, cut where it is longer than a heading may be.
pub(crate) fn title(text: &str) -> Option<String> {
    let title = line(text);
    let cut: String = title.chars().take(LONGEST_HEADING).collect();
    (!cut.is_empty()).then_some(cut)
}

/// Characters that show nothing are no text: they hide words from people, or whole sentences in them
/// (soft hyphens, zero width and direction marks, and the tag characters U+E0000 to U+E007F).
fn is_visible(c: char) -> bool {
    !(c.is_control()
        || matches!(
            u32::from(c),
            0xAD | 0x180E
                | 0x200B..=0x200F
                | 0x202A..=0x202E
                | 0x2060..=0x206F
                | 0xFEFF
                | 0xFFF9..=0xFFFB
                | 0xE0000..=0xE0FFF
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_show_nothing_are_no_text() {
        assert_eq!(
            line("pay\u{200b}ment\u{e0041}\u{e0042} \u{ad} now"),
            "payment now"
        );
    }

    #[test]
    fn a_heading_closes_those_of_its_level() {
        let mut sections = Sections::new(Limits::default());
        for (level, text) in [(1, "A"), (2, "B"), (3, "C"), (2, "D")] {
            sections.heading(level, text, None);
            sections.block("text");
        }
        let sections = sections.finish("A", Kind::Text).unwrap_or_default();
        let headings: Vec<String> = sections.iter().map(|s| s.headings.join("/")).collect();
        assert_eq!(headings, ["", "B", "B/C", "D"]);
    }
}

//! What styles make of a paragraph or a run. In every language Word keeps their English names.

use std::collections::HashMap;

use super::xml::{Element, Node, Reader};
use crate::unreadable::Unreadable;

/// How many styles a style may be based on, one on the other.
const LONGEST_CHAIN: usize = 12;

#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

#[derive(Debug, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
    is_list: bool,
    is_hidden: bool,
}

/// What a paragraph's style says about it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// The heading's level, from 1.
    pub(super) level: Option<u8>,
    pub(super) is_list: bool,
    pub(super) is_hidden: bool,
    /// A line of a table of contents, which repeats what follows.
    pub(super) is_contents: bool,
}

impl Styles {
    pub(super) fn parse(part: &str) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(part);
        let mut styles = HashMap::new();
        let mut open: Option<(String, Style)> = None;
        while let Some(node) = reader.next()? {
            match node {
                Node::Open(element) if element.name() == "style" => {
                    let id = element.attribute("styleId").unwrap_or_default();
                    open = Some((id, Style::default()));
                }
                Node::Open(element) => {
                    if let Some((_, style)) = &mut open {
                        style.set(&element);
                    }
                }
                Node::Close(name) if name == "style" => styles.extend(open.take()),
                _ => {}
            }
        }
        Ok(Self(styles))
    }

    pub(super) fn look(&self, id: &str) -> Look {
        let mut look = Look::default();
        let mut next = Some(id);
        for _ in 0..LONGEST_CHAIN {
            let Some(id) = next else { break };
            let Some(style) = self.0.get(id) else {
                // Without its definition a style's id is all that tells.
                look.level = look.level.or_else(|| level_by_name(id));
                break;
            };
            let own = level_by_name(&style.name).or(style.outline);
            look.level = look.level.or(own);
            look.is_list |= style.is_list;
            look.is_hidden |= style.is_hidden;
            look.is_contents |= style.name.starts_with("toc ");
            next = style.based_on.as_deref();
        }
        look
    }
}

impl Style {
    fn set(&mut self, element: &Element<'_>) {
        let value = || element.attribute("val");
        match element.name() {
            "name" => self.name = value().unwrap_or_default().to_lowercase(),
            "basedOn" => self.based_on = value(),
            "outlineLvl" => self.outline = value().as_deref().and_then(outline_level),
            "numId" => self.is_list = value().is_none_or(|id| id != "0"),
            "vanish" => self.is_hidden = element.is_on(),
            _ => {}
        }
    }
}

/// `heading 2` or `Heading2` is of level 2; the document's title is above them all.
fn level_by_name(name: &str) -> Option<u8> {
    let name = name.to_lowercase();
    if name == "title" {
        return Some(1);
    }
    let level = name.strip_prefix("heading")?.trim().parse().ok()?;
    (1..=9).contains(&level).then_some(level)
}

/// Outline levels count from 0; 9 is that of plain text (ISO 29500-1, 17.3.1.20).
pub(super) fn outline_level(value: &str) -> Option<u8> {
    let level: u8 = value.parse().ok()?;
    (level < 9).then_some(level + 1)
}

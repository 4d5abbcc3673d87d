//! From a page's tree to blocks of readable text.

use super::seen::is_left_out;
use super::table;
use super::tree::{Data, Tree};
use crate::sections::{self, Sections};

/// How deep a part is followed. Nothing that browsers show lies deeper.
const DEEPEST: usize = 600;

/// Elements that begin and end a block of text.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "details",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "form",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "main",
    "ol",
    "p",
    "section",
    "summary",
    "ul",
    "menu",
    "dialog",
];

/// Where the page comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dress {
    /// A page of its own. What an image shows is decoration.
    Page,
    /// Markdown: the text that stands for an image was written to be read.
    Markdown,
}

/// The walk through the parts of a page, with the text so far.
pub(super) struct Walk<'a> {
    tree: &'a Tree,
    out: Sections,
    dress: Dress,
    in_main: bool,
    /// The text of the block that is open, with its lines.
    open: String,
    /// List items and terms that belong to one list.
    list: String,
    lists_open: usize,
    /// The depth inside `pre`, where line ends are kept.
    kept_lines: usize,
    first_heading: Option<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(tree: &'a Tree, out: Sections, dress: Dress) -> Self {
        Self {
            tree,
            out,
            dress,
            in_main: false,
            open: String::new(),
            list: String::new(),
            lists_open: 0,
            kept_lines: 0,
            first_heading: None,
        }
    }

    /// Walks one part. `in_main` says that it is the page's main part, without the frame around it.
    pub(super) fn part(&mut self, at: usize, in_main: bool) {
        self.in_main = in_main;
        self.node(at, 0);
        self.end_block();
    }

    /// The sections, and the first heading of level 1.
    pub(super) fn finish(self) -> (Sections, Option<String>) {
        (self.out, self.first_heading)
    }

    fn node(&mut self, at: usize, depth: usize) {
        if depth > DEEPEST || self.out.is_full() {
            return;
        }
        match &self.tree.node(at).data {
            Data::Text(text) => self.text(text),
            Data::Other => self.children(at, depth),
            Data::Element { .. } if is_left_out(self.tree, at, self.in_main) => {}
            Data::Element { .. } => self.element(at, depth),
        }
    }

    fn children(&mut self, at: usize, depth: usize) {
        for child in &self.tree.node(at).children {
            self.node(*child, depth + 1);
        }
    }

    fn text(&mut self, text: &str) {
        if self.kept_lines > 0 {
            self.open.push_str(text);
        } else {
            self.open.extend(
                text.chars()
                    .map(|c| if c.is_whitespace() { ' ' } else { c }),
            );
        }
    }

    fn element(&mut self, at: usize, depth: usize) {
        let tree = self.tree;
        match tree.name(at) {
            "br" => self.open.push('\n'),
            "img" if self.dress == Dress::Markdown => {
                self.open
                    .push_str(tree.attribute(at, "alt").unwrap_or_default());
            }
            "a" => self.link(at, depth),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(at, depth),
            "ul" | "ol" | "menu" => self.list(at, depth),
            "li" => self.item(at, depth),
            "pre" => {
                self.end_block();
                self.kept_lines += 1;
                self.children(at, depth);
                self.kept_lines -= 1;
                self.end_block();
            }
            "table" if table::is_of_data(tree, at) => self.table(at, depth),
            "td" | "th" | "tr" | "caption" | "table" => self.block(at, depth),
            name if BLOCKS.contains(&name) => self.block(at, depth),
            _ => self.children(at, depth),
        }
    }

    fn block(&mut self, at: usize, depth: usize) {
        self.end_block();
        self.children(at, depth);
        self.end_block();
    }

    /// Inside a list, a block's end is a line's end.
    fn end_block(&mut self) {
        let text = std::mem::take(&mut self.open);
        if self.lists_open == 0 {
            return self.out.block(&text);
        }
        let text = sections::lines(&text);
        if !text.is_empty() {
            if self.list.ends_with("- ") || self.list.is_empty() {
                self.list.push_str(&text);
            } else {
                self.list.push('\n');
                self.list.push_str(&text);
            }
        }
    }

    fn list(&mut self, at: usize, depth: usize) {
        self.end_block();
        self.lists_open += 1;
        self.children(at, depth);
        self.end_block();
        self.lists_open -= 1;
        if self.lists_open == 0 {
            self.flush_list();
        }
    }

    fn flush_list(&mut self) {
        let list = std::mem::take(&mut self.list);
        let items: Vec<&str> = list.lines().filter(|l| l.trim() != "-").collect();
        self.out.block(&items.join("\n"));
    }

    fn item(&mut self, at: usize, depth: usize) {
        if self.lists_open == 0 {
            return self.block(at, depth);
        }
        self.end_block();
        if self.list.ends_with("- ") {
            // The item before said nothing of its own: this one takes its place.
        } else {
            if !self.list.is_empty() {
                self.list.push('\n');
            }
            self.list.push_str("- ");
        }
        self.children(at, depth);
        self.end_block();
    }

    /// The words of an element by themselves, on one line.
    fn words(&mut self, at: usize, depth: usize) -> String {
        let open = std::mem::take(&mut self.open);
        let list = std::mem::take(&mut self.list);
        let lists_open = std::mem::replace(&mut self.lists_open, 1);
        self.children(at, depth);
        self.end_block();
        self.lists_open = lists_open;
        self.open = open;
        sections::line(&std::mem::replace(&mut self.list, list))
    }

    fn heading(&mut self, at: usize, depth: usize) {
        self.end_block();
        if self.lists_open > 0 {
            self.flush_list();
        }
        let text = self.words(at, depth);
        let level = self.tree.name(at).as_bytes().get(1).map_or(1, |d| d - b'0');
        if level == 1 && self.first_heading.is_none() && !text.is_empty() {
            self.first_heading = Some(text.clone());
        }
        let anchor = self.anchor(at).map(str::to_owned);
        self.out.heading(level, &text, anchor);
    }

    /// The place a heading can be linked to: its own, one inside it, or that of its section.
    fn anchor(&self, at: usize) -> Option<&'a str> {
        let tree = self.tree;
        let inside = || {
            tree.node(at).children.iter().find_map(|child| {
                tree.attribute(*child, "id")
                    .or_else(|| tree.attribute(*child, "name"))
            })
        };
        let of_section = || {
            let parent = tree.parent(at)?;
            let is_section = matches!(tree.name(parent), "section" | "article");
            let is_first = tree
                .node(parent)
                .children
                .iter()
                .find(|c| !tree.name(**c).is_empty());
            if is_section && is_first == Some(&at) {
                tree.attribute(parent, "id")
            } else {
                None
            }
        };
        tree.attribute(at, "id").or_else(inside).or_else(of_section)
    }

    /// A link's words, with its address after them where a customer could follow it.
    fn link(&mut self, at: usize, depth: usize) {
        let from = self.open.len();
        self.children(at, depth);
        let target = self.tree.attribute(at, "href").unwrap_or_default().trim();
        let lower = target.to_ascii_lowercase();
        let shown = if lower.starts_with("https://") || lower.starts_with("http://") {
            target
        } else if lower.starts_with("mailto:") || lower.starts_with("tel:") {
            target.split_once(':').map_or("", |(_, address)| {
                address.split('?').next().unwrap_or_default()
            })
        } else {
            return;
        };
        let words = self.open.get(from..).unwrap_or_default().trim();
        if words.is_empty() || words == shown || words == target {
            return;
        }
        // What shows nothing is no text, so a link is not either.
        self.open.push_str(&format!(" ({shown})"));
    }

    fn table(&mut self, at: usize, depth: usize) {
        self.end_block();
        let tree = self.tree;
        for caption in table::captions(tree, at) {
            if !is_left_out(tree, caption, self.in_main) {
                let words = self.words(caption, depth);
                self.block_of(&words);
            }
        }
        let in_main = self.in_main;
        let rows = table::rows(tree, at, &|node| is_left_out(tree, node, in_main));
        let mut lines = table::Lines::default();
        for row in rows {
            let cells: Vec<(bool, usize, String)> = row
                .into_iter()
                .map(|cell| {
                    (
                        tree.name(cell) == "th",
                        table::span(tree, cell),
                        self.words(cell, depth + 3),
                    )
                })
                .collect();
            lines.row(&cells);
            if lines.len() > 64 * 1024 {
                self.block_of(&lines.take());
            }
            if self.out.is_full() {
                return;
            }
        }
        self.block_of(&lines.take());
    }

    fn block_of(&mut self, text: &str) {
        self.open.push_str(text);
        self.end_block();
    }
}

//! HTML pages: the main part as a reader sees it, and what the head says about it.

mod seen;
mod table;
mod tree;
mod walk;

use crate::front_matter::{self, FrontMatter};
use crate::sections::{self, Sections};
use crate::unreadable::{Kind, Read, Unreadable};
use crate::{Document, Limits, Section};
use tree::{Data, Refused, Tree};
use walk::{Dress, Walk};

pub(crate) use table::Lines;

pub(crate) fn read(page: &str, name: &str, limits: Limits) -> Read {
    let tree = parsed(page, Kind::Html)?;
    let head = Head::of(&tree)?;
    let mut walk = Walk::new(&tree, Sections::new(limits), Dress::Page);
    let parts = main_parts(&tree);
    for part in &parts {
        walk.part(*part, true);
    }
    if parts.is_empty() {
        walk.part(0, false);
    }
    let (found, first_heading) = walk.finish();
    let title = head
        .title
        .or_else(|| first_heading.and_then(|heading| sections::title(&heading)))
        .unwrap_or_else(|| name.to_owned());
    Ok(Document {
        sections: found.finish(&title, Kind::Html)?,
        title,
        link: head.link,
        language: head.language,
        product: head.product,
        valid_from: head.valid_from,
        valid_until: head.valid_until,
    })
}

/// The text of Markdown that was turned into HTML, with the title that is its first heading.
pub(crate) fn read_markdown(
    page: &str,
    title: Option<String>,
    name: &str,
    limits: Limits,
) -> Result<(String, Vec<Section>), Unreadable> {
    let tree = parsed(page, Kind::Markdown)?;
    let mut walk = Walk::new(&tree, Sections::new(limits), Dress::Markdown);
    walk.part(0, true);
    let (found, first_heading) = walk.finish();
    let title = title
        .or_else(|| first_heading.and_then(|heading| sections::title(&heading)))
        .unwrap_or_else(|| name.to_owned());
    let sections = found.finish(&title, Kind::Markdown)?;
    Ok((title, sections))
}

fn parsed(page: &str, kind: Kind) -> Result<Tree, Unreadable> {
    Tree::parse(page).map_err(|refused| match refused {
        Refused::Elements => Unreadable::TooLarge {
            kind,
            limit: 1_000_000,
            unit: "elements",
        },
        Refused::Depth => Unreadable::broken(kind, "elements nested more than 512 deep"),
        Refused::Attributes => Unreadable::broken(kind, "a tag with thousands of attributes"),
    })
}

/// What the page says about itself.
struct Head;

impl Head {
    fn of(tree: &Tree) -> Result<FrontMatter, Unreadable> {
        let mut head = FrontMatter::default();
        for at in tree.all() {
            match tree.name(at) {
                "html" => {
                    let declared = tree.attribute(at, "lang").and_then(front_matter::language);
                    head.language = head.language.or(declared);
                }
                "title"
                    if head.title.is_none()
                        && tree.parent(at).is_some_and(|p| tree.name(p) == "head") =>
                {
                    head.title = sections::title(&raw_text(tree, at));
                }
                "link" if head.link.is_none() => head.link = canonical(tree, at),
                "meta" => meta(tree, at, &mut head)?,
                _ => {}
            }
        }
        head.check_period()?;
        Ok(head)
    }
}

fn raw_text(tree: &Tree, at: usize) -> String {
    let mut text = String::new();
    for child in &tree.node(at).children {
        if let Data::Text(part) = &tree.node(*child).data {
            text.push_str(part);
        }
    }
    text
}

/// Only an absolute address: where a relative one leads depends on a place that is not known here.
fn canonical(tree: &Tree, at: usize) -> Option<String> {
    let is_canonical = tree
        .attribute(at, "rel")?
        .split_ascii_whitespace()
        .any(|rel| rel.eq_ignore_ascii_case("canonical"));
    let mut head = FrontMatter::default();
    let set = head.set("link", tree.attribute(at, "href")?);
    (is_canonical && set.is_ok()).then_some(head.link)?
}

fn meta(tree: &Tree, at: usize, head: &mut FrontMatter) -> Result<(), Unreadable> {
    let name = tree.attribute(at, "name").unwrap_or_default().trim();
    let content = tree.attribute(at, "content").unwrap_or_default();
    match name {
        "product" | "valid_from" | "valid_until" => head.set(name, content),
        _ => Ok(()),
    }
}

/// `main` where there is one, else the articles, none inside another and none that is hidden.
fn main_parts(tree: &Tree) -> Vec<usize> {
    for wanted in ["main", "article"] {
        let parts: Vec<usize> = tree
            .all()
            .filter(|at| is_part(tree, *at, wanted) && is_outermost_and_seen(tree, *at, wanted))
            .collect();
        if !parts.is_empty() {
            return parts;
        }
    }
    Vec::new()
}

fn is_part(tree: &Tree, at: usize, wanted: &str) -> bool {
    let is_role = wanted == "main" && tree.attribute(at, "role") == Some("main");
    tree.name(at) == wanted || is_role
}

fn is_outermost_and_seen(tree: &Tree, at: usize, wanted: &str) -> bool {
    if seen::is_left_out(tree, at, true) {
        return false;
    }
    let mut above = tree.parent(at);
    let mut reaches_document = false;
    while let Some(node) = above {
        if is_part(tree, node, wanted) || seen::is_left_out(tree, node, false) {
            return false;
        }
        reaches_document = node == 0;
        above = tree.parent(node);
    }
    reaches_document
}

//! The outline of a PDF (bookmarks, ISO 32000-1, 12.3.3) as headings with their pages.

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Document, Object, ObjectId, decode_text_string};

const MOST_ENTRIES: usize = 5_000;
const MOST_NAMES: usize = 20_000;
const DEEPEST: u8 = 6;

/// A heading, and the page on which it stands, counted from 1.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) level: u8,
    pub(super) title: String,
    pub(super) page: usize,
}

/// The entries that lead to a page, in their order.
pub(super) fn outline(file: &Document, pages: &[ObjectId]) -> Vec<Entry> {
    let Ok(catalog) = file.catalog() else {
        return Vec::new();
    };
    let numbers = pages.iter().enumerate().map(|(at, id)| (*id, at + 1));
    let mut walk = Walk {
        file,
        pages: numbers.collect(),
        names: names(file, catalog),
        seen: HashSet::new(),
        entries: Vec::new(),
    };
    let root = catalog
        .get_deref(b"Outlines", file)
        .and_then(Object::as_dict);
    if let Some(first) = root.ok().and_then(|root| root.get(b"First").ok()) {
        walk.level(first, 1);
    }
    walk.entries.sort_by_key(|entry| entry.page);
    walk.entries
}

struct Walk<'a> {
    file: &'a Document,
    pages: HashMap<ObjectId, usize>,
    names: HashMap<Vec<u8>, &'a Object>,
    seen: HashSet<ObjectId>,
    entries: Vec<Entry>,
}

impl<'a> Walk<'a> {
    fn level(&mut self, first: &'a Object, level: u8) {
        let mut next = Some(first);
        while let Some(Ok(id)) = next.map(Object::as_reference) {
            if self.entries.len() >= MOST_ENTRIES || !self.seen.insert(id) {
                return;
            }
            let Ok(item) = self.file.get_dictionary(id) else {
                return;
            };
            let title = item
                .get_deref(b"Title", self.file)
                .and_then(decode_text_string);
            let title = title
                .map(|title| crate::sections::line(&title))
                .unwrap_or_default();
            if let Some(page) = self.page(item)
                && !title.is_empty()
            {
                self.entries.push(Entry { level, title, page });
            }
            if let Ok(child) = item.get(b"First")
                && level < DEEPEST
            {
                self.level(child, level + 1);
            }
            next = item.get(b"Next").ok();
        }
    }

    fn page(&self, item: &'a Dictionary) -> Option<usize> {
        let target = item.get_deref(b"Dest", self.file).ok().or_else(|| {
            let action = item.get_deref(b"A", self.file).ok()?.as_dict().ok()?;
            action.get_deref(b"D", self.file).ok()
        })?;
        let target = match target {
            Object::Name(name) | Object::String(name, _) => self.names.get(name)?,
            other => other,
        };
        let (_, target) = self.file.dereference(target).ok()?;
        let place = match target {
            Object::Dictionary(target) => target.get_deref(b"D", self.file).ok()?,
            other => other,
        };
        let page = place.as_array().ok()?.first()?.as_reference().ok()?;
        self.pages.get(&page).copied()
    }
}

/// Places that have names: `Dests` of the catalog, and the tree `Names/Dests`.
fn names<'a>(file: &'a Document, catalog: &'a Dictionary) -> HashMap<Vec<u8>, &'a Object> {
    let mut names = HashMap::new();
    if let Ok(plain) = catalog.get_deref(b"Dests", file).and_then(Object::as_dict) {
        let plain = plain.iter().take(MOST_NAMES);
        names.extend(plain.map(|(name, place)| (name.clone(), place)));
    }
    let tree = catalog.get_deref(b"Names", file).and_then(Object::as_dict);
    let root = tree
        .ok()
        .and_then(|tree| tree.get_deref(b"Dests", file).ok());
    let mut ahead: Vec<&Dictionary> = root
        .and_then(|root| root.as_dict().ok())
        .into_iter()
        .collect();
    for _ in 0..MOST_NAMES {
        let Some(node) = ahead.pop() else { break };
        if let Ok(pairs) = node.get_deref(b"Names", file).and_then(Object::as_array) {
            for pair in pairs.chunks_exact(2).take(MOST_NAMES) {
                if let Object::String(name, _) = &pair[0]
                    && names.len() < MOST_NAMES
                {
                    names.insert(name.clone(), &pair[1]);
                }
            }
        }
        if let Ok(kids) = node.get_deref(b"Kids", file).and_then(Object::as_array) {
            let kids = kids
                .iter()
                .filter_map(|kid| file.dereference(kid).ok()?.1.as_dict().ok());
            ahead.extend(kids.take(MOST_NAMES.saturating_sub(ahead.len())));
        }
    }
    names
}

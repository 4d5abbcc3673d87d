//! Markdown (`CommonMark` with tables): what it says about itself, and its text as a reader sees it.
//!
//! It is turned into HTML first and read as a page, because that is what it is: HTML may stand
//! anywhere in it, and may hide what comes after it.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

use crate::front_matter;
use crate::unreadable::Read;
use crate::{Document, Limits, html};

pub(crate) fn read(text: &str, name: &str, limits: Limits) -> Read {
    let (front, body) = front_matter::split(text)?;
    let (title, sections) = html::read_markdown(&page(body), front.title, name, limits)?;
    Ok(Document {
        title,
        link: front.link,
        language: front.language,
        product: front.product,
        valid_from: front.valid_from,
        valid_until: front.valid_until,
        sections,
    })
}

fn page(body: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut events: Vec<Event<'_>> = Parser::new_ext(body, options).collect();
    name_headings(&mut events);
    let mut page = String::with_capacity(body.len() * 2);
    push_html(&mut page, events.into_iter());
    page
}

/// Gives headings the place that they have on GitHub, where they name none.
fn name_headings(events: &mut [Event<'_>]) {
    let mut slugs = Slugs::default();
    let mut at = 0;
    while at < events.len() {
        let after = at + 1;
        if let Event::Start(Tag::Heading { id, .. }) = &events[at] {
            let slug = match id {
                Some(id) => slugs.taken(id),
                None => slugs.unique(&slug(&events[after..])),
            };
            if let Event::Start(Tag::Heading { id, .. }) = &mut events[at] {
                *id = Some(CowStr::from(slug));
            }
        }
        at = after;
    }
}

fn slug(heading: &[Event<'_>]) -> String {
    let mut slug = String::new();
    for event in heading {
        match event {
            Event::End(TagEnd::Heading(_)) => break,
            Event::Text(text) | Event::Code(text) => {
                for letter in text.chars().flat_map(char::to_lowercase) {
                    if letter == ' ' {
                        slug.push('-');
                    } else if letter.is_alphanumeric() || letter == '-' || letter == '_' {
                        slug.push(letter);
                    }
                }
            }
            _ => {}
        }
    }
    slug
}

/// The places given so far.
#[derive(Default)]
struct Slugs(HashMap<String, usize>);

impl Slugs {
    fn taken(&mut self, id: &str) -> String {
        self.0.entry(id.to_owned()).or_insert(0);
        id.to_owned()
    }

    fn unique(&mut self, slug: &str) -> String {
        let Some(mut count) = self.0.get(slug).copied() else {
            return self.taken(slug);
        };
        let free = loop {
            count += 1;
            let next = format!("{slug}-{count}");
            if !self.0.contains_key(&next) {
                break next;
            }
        };
        self.0.insert(slug.to_owned(), count);
        self.taken(&free)
    }
}

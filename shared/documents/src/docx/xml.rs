//! The XML of Word documents, by local names: which prefix a program gives a namespace is its choice.

use quick_xml::events::{BytesStart, Event};

use crate::unreadable::{Kind, Unreadable};

/// How deep elements may lie in each other.
const DEEPEST: usize = 1_000;

/// Pulls a part apart.
pub(super) struct Reader<'a> {
    inner: quick_xml::Reader<&'a [u8]>,
    depth: usize,
    /// An element that closes where it opens is told as two.
    closing: Option<String>,
}

/// What comes next in a part.
pub(super) enum Node<'a> {
    Open(Element<'a>),
    /// With its name.
    Close(String),
    Text(String),
}

/// An element's start.
pub(super) struct Element<'a> {
    start: BytesStart<'a>,
    name: String,
}

impl Element<'_> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// An attribute's value as it is written. Those read here are names and numbers.
    pub(super) fn attribute(&self, wanted: &str) -> Option<String> {
        let mut attributes = self.start.attributes();
        let attributes = attributes.with_checks(false).take(64);
        attributes.flatten().find_map(|attribute| {
            let is_wanted = text_of(attribute.key.local_name().as_ref()) == wanted;
            is_wanted.then(|| attribute.value.into_owned())
        })
    }

    /// Whether a property that is on when it is there is not turned off (ISO 29500-1, 17.17.4).
    pub(super) fn is_on(&self) -> bool {
        !matches!(
            self.attribute("val").as_deref(),
            Some("0" | "false" | "off" | "none")
        )
    }
}

fn text_of(octets: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(octets.as_ref()).into_owned()
}

impl<'a> Reader<'a> {
    pub(super) fn new(part: &'a str) -> Self {
        Self {
            inner: quick_xml::Reader::from_str(part),
            depth: 0,
            closing: None,
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Node<'a>>, Unreadable> {
        if let Some(name) = self.closing.take() {
            return Ok(Some(Node::Close(name)));
        }
        loop {
            let event = self.inner.read_event();
            let node = match event.map_err(|error| Unreadable::broken(Kind::Docx, error))? {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err(Unreadable::broken(Kind::Docx, "its parts nest too deep"));
                    }
                    Node::Open(element(start))
                }
                Event::Empty(start) => {
                    let element = element(start);
                    self.closing = Some(element.name.clone());
                    Node::Open(element)
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    Node::Close(text_of(end.local_name().as_ref()))
                }
                Event::Text(text) => Node::Text(text_of(&*text)),
                Event::CData(text) => Node::Text(text_of(&*text)),
                Event::GeneralRef(name) => Node::Text(entity(&text_of(&*name))),
                Event::Eof => return Ok(None),
                _ => continue,
            };
            return Ok(Some(node));
        }
    }
}

fn element(start: BytesStart<'_>) -> Element<'_> {
    let name = text_of(start.local_name().as_ref());
    Element { start, name }
}

/// The five entities of XML and characters by number. A document type cannot add any.
fn entity(name: &str) -> String {
    let letter = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        other => other.strip_prefix('#').and_then(|number| {
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }),
    };
    letter.map(String::from).unwrap_or_default()
}

//! Word documents (DOCX): headings, paragraphs, lists and tables as a reader of the final text sees
//! them, without what was deleted or hidden.

mod body;
mod package;
mod styles;
mod xml;

use crate::front_matter;
use crate::sections;
use crate::unreadable::{Kind, Read, Unreadable};
use crate::{Document, Limits};
use package::Package;
use styles::Styles;
use xml::Node;

pub(crate) fn read(octets: &[u8], name: &str, limits: Limits) -> Read {
    let mut package = Package::open(octets, limits)?;
    let styles = package.part("word/styles.xml")?;
    let styles = styles.map_or_else(|| Ok(Styles::default()), |part| Styles::parse(&part))?;
    let (title, language) = match package.part("docProps/core.xml")? {
        Some(part) => properties(&part)?,
        None => (None, None),
    };
    let body = package
        .part("word/document.xml")?
        .ok_or_else(|| Unreadable::broken(Kind::Docx, "it has no text part"))?;
    let (found, first_heading) = body::read(&body, &styles, limits)?;
    let title = title
        .or_else(|| first_heading.and_then(|heading| sections::title(&heading)))
        .unwrap_or_else(|| name.to_owned());
    Ok(Document {
        sections: found.finish(&title, Kind::Docx)?,
        title,
        link: None,
        language,
        product: None,
        valid_from: None,
        valid_until: None,
    })
}

/// The title and the language that the document's properties name.
fn properties(part: &str) -> Result<(Option<String>, Option<String>), Unreadable> {
    let mut reader = xml::Reader::new(part);
    let (mut title, mut language) = (String::new(), String::new());
    let mut inside = String::new();
    while let Some(node) = reader.next()? {
        match node {
            Node::Open(element) => element.name().clone_into(&mut inside),
            Node::Close(_) => inside.clear(),
            Node::Text(text) if inside == "title" => title.push_str(&text),
            Node::Text(text) if inside == "language" => language.push_str(&text),
            Node::Text(_) => {}
        }
    }
    Ok((sections::title(&title), front_matter::language(&language)))
}

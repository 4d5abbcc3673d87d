//! From pages to octets: subsets of the fonts, metadata, language, and nothing random.

use std::collections::{BTreeMap, BTreeSet};

use domain::statement::Statement;
use lopdf::{Object, StringFormat};
use printpdf::date::OffsetDateTime as PdfTime;
use printpdf::{FontId, Mm, PdfDocument, PdfFont, PdfPage, PdfSaveOptions};
use time::Date;

use crate::canvas::Canvas;
use crate::fonts::Face;
use crate::words::Words;
use crate::{Letterhead, NotPrintable};

pub(crate) fn write(
    pages: Vec<Canvas>,
    statement: &Statement,
    letterhead: &Letterhead,
    words: &Words,
    issued: Date,
) -> Result<Vec<u8>, NotPrintable> {
    let title = format!("{} {}", words.title, words.day(statement.period().to));
    let mut document = PdfDocument::new(&title);
    let mut used: BTreeMap<Face, BTreeSet<char>> = BTreeMap::new();
    for page in &pages {
        for (face, chars) in &page.used {
            used.entry(*face).or_default().extend(chars);
        }
    }
    for (face, chars) in &used {
        let font = PdfFont::new(face.cut_to(chars)?);
        let id = FontId(face.name().to_owned());
        document.resources.fonts.map.insert(id, font);
    }
    let info = &mut document.metadata.info;
    let midnight = issued.midnight().assume_utc().unix_timestamp();
    let at = PdfTime::from_unix_timestamp(midnight);
    let at = at.map_err(|error| NotPrintable::Pdf(error.to_owned()))?;
    (
        info.creation_date,
        info.modification_date,
        info.metadata_date,
    ) = (at, at, at);
    info.author.clone_from(&letterhead.name);
    "AutoMailHelpdesk".clone_into(&mut info.creator);
    info.subject = format!("{} {}", words.document, statement.document());
    statement.document().clone_into(&mut info.identifier);
    let pages = pages
        .into_iter()
        .map(|page| PdfPage::new(Mm(210.0), Mm(297.0), page.ops));
    document.with_pages(pages.collect());
    save(&document, statement, words)
}

/// Saves the document under its own number, in its language.
fn save(
    document: &PdfDocument,
    statement: &Statement,
    words: &Words,
) -> Result<Vec<u8>, NotPrintable> {
    let refuse = |why: String| NotPrintable::Pdf(why);
    let mut pdf = document.to_lopdf_document(&PdfSaveOptions::default(), &mut vec![]);
    let id = Object::String(
        statement.document().as_bytes().to_vec(),
        StringFormat::Hexadecimal,
    );
    pdf.trailer.set("ID", vec![id.clone(), id]);
    let catalog = pdf
        .catalog_mut()
        .map_err(|error| refuse(error.to_string()))?;
    catalog.set("Lang", Object::string_literal(words.language));
    let mut show = lopdf::Dictionary::new();
    show.set("DisplayDocTitle", true);
    catalog.set("ViewerPreferences", show);
    pdf.prune_objects();
    pdf.compress();
    let mut octets = Vec::new();
    pdf.save_to(&mut octets)
        .map_err(|error| refuse(error.to_string()))?;
    Ok(octets)
}

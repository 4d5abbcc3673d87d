//! The file around the pages: fonts, what the document says about itself, and nothing that differs
//! from one print to the next.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, StringFormat};
use printpdf::{
    CustomPdfConformance, PdfConformance, PdfDocument, PdfFont, PdfSaveOptions, to_lopdf_doc,
};
use time::Date;

use crate::NotPrintable;
use crate::canvas::{Page, font_id};
use crate::fonts::{Face, Fonts};
use crate::sheet::Sheet;

/// The octets of the document.
pub(crate) fn written(
    sheet: &Sheet,
    pages: &[Page],
    fonts: &Fonts,
    issued: Date,
) -> Result<Vec<u8>, NotPrintable> {
    let title = format!("{} {}", sheet.words.title, sheet.document);
    let mut printed = PdfDocument::new(&title);
    // The standard that printpdf assumes otherwise makes it embed a colour profile for presses.
    printed.metadata.info.conformance = PdfConformance::Custom(CustomPdfConformance::default());
    for face in [Face::Regular, Face::Bold] {
        let used: BTreeSet<char> = pages.iter().flat_map(|p| p.characters(face)).collect();
        let font = PdfFont::new(fonts.embedded(face, &used)?);
        printed.resources.fonts.map.insert(font_id(face), font);
    }
    printed.pages = pages.iter().map(Page::to_pdf).collect();
    let mut file = to_lopdf_doc(&printed, &PdfSaveOptions::default(), &mut Vec::new());
    describe(&mut file, sheet, &title, issued)?;
    file.compress();
    let mut octets = Vec::new();
    file.save_to(&mut octets).map_err(|_| NotPrintable::Fault {
        what: "the file cannot be written",
    })?;
    Ok(octets)
}

/// Sets what printpdf has no way to say (the language, ISO 32000-1, 14.9.2) and takes out what it
/// says at random (the file's identifiers).
fn describe(
    file: &mut Document,
    sheet: &Sheet,
    title: &str,
    issued: Date,
) -> Result<(), NotPrintable> {
    // The language came with this version.
    "1.7".clone_into(&mut file.version);
    file.trailer.remove(b"ID");
    let about = file.add_object(about(sheet, title, issued));
    if let Ok(Object::Reference(old)) = file.trailer.get(b"Info").cloned() {
        file.objects.remove(&old);
    }
    file.trailer.set("Info", about);
    let catalog = file.catalog_mut().map_err(|_| NotPrintable::Fault {
        what: "the file has no catalogue",
    })?;
    catalog.set("Lang", Object::string_literal(sheet.words.language));
    let mut viewer = Dictionary::new();
    viewer.set("DisplayDocTitle", true);
    catalog.set("ViewerPreferences", viewer);
    Ok(())
}

fn about(sheet: &Sheet, title: &str, issued: Date) -> Dictionary {
    let (year, month, day) = (issued.year(), u8::from(issued.month()), issued.day());
    let date = format!("D:{year:04}{month:02}{day:02}000000Z");
    let mut about = Dictionary::new();
    about.set("Title", text(title));
    about.set("Author", text(&sheet.letterhead));
    about.set("Subject", text(&sheet.period));
    about.set("CreationDate", Object::string_literal(date.clone()));
    about.set("ModDate", Object::string_literal(date));
    about
}

/// A text string: UTF-16 with a byte order mark (ISO 32000-1, 7.9.2.2).
fn text(text: &str) -> Object {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    let octets = units.flat_map(u16::to_be_bytes).collect();
    Object::String(octets, StringFormat::Hexadecimal)
}

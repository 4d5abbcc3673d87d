//! Word documents read as their final text does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Write};

use documents::{Document, Limits, Unreadable, read};
use zip::write::SimpleFileOptions;

const STYLES: &str = r#"<w:styles><w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Eigene"><w:name w:val="Kapitel"/><w:basedOn w:val="berschrift1"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Liste"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>
<w:style w:type="character" w:styleId="Geheim"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>"#;

fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn body(xml: &str) -> String {
    format!("<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>{xml}</w:body></w:document>")
}

fn word(xml: &str) -> Document {
    let octets = package(&[
        ("word/document.xml", &body(xml)),
        ("word/styles.xml", STYLES),
    ]);
    read("terms.DOCX", &octets, Limits::default()).unwrap()
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn styled(style: &str, text: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn all(document: &Document) -> String {
    let texts: Vec<&str> = document.sections.iter().map(|s| s.text.as_str()).collect();
    texts.join("\n\n")
}

#[test]
fn headings_are_known_in_every_language() {
    let document = word(&format!(
        "{}{}{}{}{}{}{}{}",
        styled("Titel", "Card terms"),
        styled("Verzeichnis1", "Fees 1"),
        styled("Eigene", "Fees &amp; more"),
        p("First."),
        styled("berschrift2", "Abroad"),
        p("Second."),
        "<w:p><w:pPr><w:outlineLvl w:val=\"2\"/></w:pPr><w:r><w:t>Emergency</w:t></w:r></w:p>",
        p("Third.")
    ));
    assert_eq!(document.title, "Card terms");
    let sections: Vec<String> = document
        .sections
        .iter()
        .map(|s| format!("{}: {}", s.headings.join("/"), s.text))
        .collect();
    assert_eq!(
        sections,
        [
            "Fees & more: First.",
            "Fees & more/Abroad: Second.",
            "Fees & more/Abroad/Emergency: Third."
        ]
    );
}

#[test]
fn what_was_deleted_or_hidden_is_not_read() {
    let document = word(
        "<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:t xml:space=\"preserve\">Seen </w:t></w:r><w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>shown</w:t></w:r><w:r><w:rPr><w:rStyle w:val=\"Geheim\"/></w:rPr><w:t>secret</w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>struck</w:t></w:r><w:r><w:rPr><w:sz w:val=\"1\"/></w:rPr><w:t>tiny</w:t></w:r><w:r><w:instrText>HYPERLINK</w:instrText></w:r><w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink><w:ins><w:r><w:t> new</w:t></w:r></w:ins></w:p>",
    );
    assert_eq!(all(&document), "Seen shown link new");
}

#[test]
fn lists_and_tables_are_lines() {
    let row = |cells: &[&str]| {
        let cells: String = cells
            .iter()
            .map(|c| format!("<w:tc>{}</w:tc>", p(c)))
            .collect();
        format!("<w:tr>{cells}</w:tr>")
    };
    let document = word(&format!(
        "{}{}{}<w:tbl><w:tblPr><w:tblLook w:val=\"04A0\"/></w:tblPr>{}{}<w:tr><w:trPr><w:del w:id=\"1\"/></w:trPr><w:tc>{}</w:tc></w:tr></w:tbl>{}",
        p("Steps:"),
        styled("Liste", "one"),
        "<w:p><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>two</w:t></w:r></w:p>",
        row(&["Card", "Fee"]),
        row(&["Gold", "5 EUR"]),
        p("deleted row"),
        p("After.")
    ));
    assert_eq!(
        all(&document),
        "Steps:\n\n- one\n- two\n\nCard: Gold; Fee: 5 EUR\n\nAfter."
    );
}

#[test]
fn the_properties_name_title_and_language() {
    let core = "<cp:coreProperties><dc:title>Card &#x26; fees</dc:title><dc:language>de-DE</dc:language></cp:coreProperties>";
    let octets = package(&[
        ("word/document.xml", &body(&p("Text."))),
        ("docProps/core.xml", core),
    ]);
    let document = read("a.docx", &octets, Limits::default()).unwrap();
    assert_eq!(document.title, "Card & fees");
    assert_eq!(document.language.as_deref(), Some("de"));
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let octets = package(&[("word/document.xml", &" ".repeat(1_000_000))]);
    let limits = Limits {
        octets: 100_000,
        ..Limits::default()
    };
    assert!(octets.len() < limits.octets);
    assert!(matches!(
        read("a.docx", &octets, limits),
        Err(Unreadable::TooLarge { .. })
    ));
}

#[test]
fn a_bomb_that_lies_about_its_size_is_refused() {
    let mut octets = package(&[("word/document.xml", &" ".repeat(1_000_000))]);
    let size = 1_000_000u32.to_le_bytes();
    let at: Vec<usize> = (0..octets.len() - 4)
        .filter(|at| octets[*at..*at + 4] == size)
        .collect();
    for at in at {
        octets[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
    }
    let limits = Limits {
        octets: 100_000,
        ..Limits::default()
    };
    assert!(read("a.docx", &octets, limits).is_err());
}

#[test]
fn what_is_no_word_document_says_why() {
    let old = [&[0xD0, 0xCF, 0x11, 0xE0][..], &[0; 600]].concat();
    assert!(
        matches!(read("a.docx", &old, Limits::default()), Err(Unreadable::Broken { reason }) if reason.contains("save it as .docx"))
    );
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let locked = [&old[..], &name].concat();
    assert_eq!(
        read("a.docx", &locked, Limits::default()),
        Err(Unreadable::Encrypted)
    );
    assert!(matches!(
        read("a.docx", b"PK", Limits::default()),
        Err(Unreadable::Broken { .. })
    ));
    let deep = package(&[("word/document.xml", &"<a>".repeat(100_000))]);
    assert!(matches!(
        read("a.docx", &deep, Limits::default()),
        Err(Unreadable::Broken { .. })
    ));
    let empty = package(&[("word/document.xml", &body(""))]);
    assert_eq!(
        read("a.docx", &empty, Limits::default()),
        Err(Unreadable::Empty)
    );
}

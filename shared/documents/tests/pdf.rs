//! PDFs read as they are shown, page by page.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use documents::{Document, Limits, Unreadable, pieces, read};
use lopdf::{Dictionary, Object, Stream, dictionary};

/// A PDF with one page for each content.
fn plain(contents: &[String]) -> Vec<u8> {
    let mut file = lopdf::Document::with_version("1.5");
    let tree = file.new_object_id();
    let font = file.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let mut kids = Vec::new();
    for content in contents {
        let content = file.add_object(Stream::new(Dictionary::new(), content.clone().into_bytes()));
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content,
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        };
        kids.push(Object::Reference(file.add_object(page)));
    }
    let count = i64::try_from(kids.len()).unwrap();
    file.objects.insert(
        tree,
        Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }),
    );
    let catalog = file.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    file.trailer.set("Root", catalog);
    file.compress();
    let mut octets = Vec::new();
    file.save_to(&mut octets).unwrap();
    octets
}

/// Lines from the top of a page down.
fn page(lines: &[&str]) -> String {
    let shown: String = lines
        .iter()
        .map(|line| format!("({line}) Tj T* "))
        .collect();
    format!("BT /F1 12 Tf 14 TL 72 780 Td {shown}ET")
}

fn reads(octets: &[u8]) -> Document {
    read("knowledge/card_terms.pdf", octets, Limits::default()).unwrap()
}

fn all(document: &Document) -> String {
    let texts: Vec<&str> = document.sections.iter().map(|s| s.text.as_str()).collect();
    texts.join("\n\n")
}

#[test]
fn the_outline_gives_headings_with_their_pages() {
    let document = reads(include_bytes!("samples/terms.pdf"));
    assert_eq!(document.title, "Card terms");
    assert_eq!(document.language.as_deref(), Some("en"));
    let places: Vec<String> = document
        .sections
        .iter()
        .map(|s| format!("{}#{}", s.headings.join("/"), s.anchor.as_deref().unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            "Fees#page=1",
            "Fees/Yearly fee#page=1",
            "Fees/Replacement#page=1",
            "Fees/Replacement#page=2",
            "Limits#page=3",
            "Limits/Withdrawals#page=3",
            "Limits/Withdrawals#page=4",
            "Abroad#page=5",
            "Abroad/Exchange rate#page=5",
            "Abroad/Emergency#page=5",
            "Abroad/Emergency#page=6",
        ]
    );
}

#[test]
fn broken_lines_are_paragraphs_again() {
    let document = reads(include_bytes!("samples/terms.pdf"));
    assert_eq!(
        document.sections[2].text,
        "The rule on replacement is short. It costs 5 EUR a year and is charged on the first working day of the month in which the card was issued, unless something else was agreed in writing with the branch.\n\nA second paragraph follows, because most rules have more than one sentence that matters to somebody.\n\n- first point of Replacement\n- second point\n\nCard; Fee; Limit\nGold; 10 EUR; 5,000 EUR\nBasic; 0 EUR; 1,000 EUR"
    );
}

#[test]
fn running_heads_feet_and_page_numbers_are_no_text() {
    let text = all(&reads(include_bytes!("samples/terms.pdf")));
    assert!(
        !text.contains("Bank Test") && !text.contains("Page"),
        "{text}"
    );
}

#[test]
fn parted_words_are_whole_and_hidden_text_is_not_read() {
    let document = reads(include_bytes!("samples/wrapped.pdf"));
    assert_eq!(
        all(&document),
        "Die Gebühr für die Überweisung beträgt 5 EUR. Sie gilt für Debit- und Kreditkarten gleichermaßen.\n\nEin neuer Absatz beginnt hier."
    );
    assert_eq!(document.title, "Card terms");
    assert_eq!(document.sections[0].headings, ["page 1"]);
}

#[test]
fn a_pdf_with_a_password_is_refused() {
    let answer = read(
        "a.pdf",
        include_bytes!("samples/locked.pdf"),
        Limits::default(),
    );
    assert_eq!(answer, Err(Unreadable::Encrypted));
}

#[test]
fn a_scan_asks_for_text_recognition() {
    let scan = plain(&["q 500 0 0 700 40 40 cm /Im1 Do Q".to_owned()]);
    let refused = read("a.pdf", &scan, Limits::default()).unwrap_err();
    assert_eq!(refused, Unreadable::NoText);
    assert!(refused.to_string().contains("run OCR"));
}

#[test]
fn a_scan_with_recognised_text_is_read() {
    let octets = plain(&["BT 3 Tr /F1 12 Tf 72 700 Td (Recognised text) Tj ET".to_owned()]);
    assert_eq!(all(&reads(&octets)), "Recognised text");
}

#[test]
fn a_paragraph_that_goes_on_over_the_page_is_whole() {
    let octets = plain(&[
        page(&["The fee is charged on the"]),
        page(&["first day of the month."]),
    ]);
    assert_eq!(
        all(&reads(&octets)),
        "The fee is charged on the first day of the month."
    );
}

#[test]
fn words_set_apart_by_the_pen_alone_are_words() {
    let octets = plain(&[
        "BT /F1 12 Tf 72 700 Td [(The) -300 (f) 20 (ee) -250 (is)] TJ 200 0 Td (5 EUR) Tj ET"
            .to_owned(),
    ]);
    assert_eq!(all(&reads(&octets)), "The fee is; 5 EUR");
}

#[test]
fn three_hundred_pages_are_read_to_the_last() {
    let contents: Vec<String> = (1..=300)
        .map(|n| {
            let fact = format!("Rule {n} of the terms says that package {n} costs {n} EUR.");
            let mut lines = vec!["Bank Test", fact.as_str()];
            lines.resize(
                40,
                "It is charged on the first working day of the month, and not before.",
            );
            let number = format!("Page {n}");
            lines.push(&number);
            page(&lines)
        })
        .collect();
    let document = reads(&plain(&contents));
    assert_eq!(document.sections.len(), 300);
    let last = &document.sections[299];
    assert_eq!(last.headings, ["page 300"]);
    assert_eq!(last.anchor.as_deref(), Some("page=300"));
    assert!(last.text.starts_with("Rule 300 of the terms"));
    assert!(!last.text.contains("Page 300"));
    assert!(pieces(&document).len() > 600);
}

#[test]
fn a_form_that_draws_itself_ends() {
    let octets = plain(&[page(&["Seen"])]);
    let mut file = lopdf::Document::load_mem(&octets).unwrap();
    let form = file.new_object_id();
    let content = "/X Do /X Do /X Do BT /F1 12 Tf 72 600 Td (form) Tj ET".repeat(20);
    let dict = dictionary! { "Type" => "XObject", "Subtype" => "Form", "Resources" => dictionary! { "XObject" => dictionary! { "X" => form } } };
    file.objects.insert(
        form,
        Object::Stream(Stream::new(dict, content.into_bytes())),
    );
    let first = file.page_iter().next().unwrap();
    let dict = file.get_dictionary_mut(first).unwrap();
    dict.set(
        "Resources",
        dictionary! { "XObject" => dictionary! { "X" => form } },
    );
    let drawing = file.add_object(Stream::new(Dictionary::new(), b"/X Do".to_vec()));
    file.get_dictionary_mut(first)
        .unwrap()
        .set("Contents", drawing);
    let mut octets = Vec::new();
    file.save_to(&mut octets).unwrap();
    assert!(matches!(
        read("a.pdf", &octets, Limits::default()),
        Err(Unreadable::TooLarge { .. })
    ));
}

#[test]
fn a_page_that_unpacks_without_end_is_refused() {
    let octets = plain(&[page(&["Seen"]), "q Q ".repeat(4_000_000)]);
    assert!(octets.len() < 200_000);
    assert!(matches!(
        read("a.pdf", &octets, Limits::default()),
        Err(Unreadable::TooLarge { .. })
    ));
}

#[test]
fn too_many_pages_are_refused() {
    let octets = plain(&vec![page(&["Seen"]); 4]);
    let limits = Limits {
        pages: 3,
        ..Limits::default()
    };
    assert!(matches!(
        read("a.pdf", &octets, limits),
        Err(Unreadable::TooLarge { limit: 3, .. })
    ));
}

#[test]
fn what_is_no_pdf_says_so() {
    for octets in [&b"%PDF-1.7 and nothing more"[..], b"text", b""] {
        assert!(matches!(
            read("a.pdf", octets, Limits::default()),
            Err(Unreadable::Broken { .. })
        ));
    }
}

//! Pieces are of a length that can be found, in one language, and leave no word out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use documents::{Document, LONGEST_PIECE, Limits, Piece, Section, pieces, read};
use proptest::prelude::*;

const ENGLISH: &str = "The yearly fee of the card is charged on the first working day of the month, and you will find it on the statement of that month with its own line.";
const GERMAN: &str = "Die Jahresgebühr der Karte wird am ersten Werktag des Monats belastet, und Sie finden sie auf dem Auszug dieses Monats in einer eigenen Zeile.";
const POLISH: &str = "Roczna opłata za kartę jest pobierana pierwszego dnia roboczego miesiąca i znajdą ją Państwo na wyciągu z tego miesiąca w osobnym wierszu.";

fn markdown(text: &str) -> Vec<Piece> {
    pieces(&read("cards.md", text.as_bytes(), Limits::default()).unwrap())
}

fn languages(pieces: &[Piece]) -> Vec<Option<&str>> {
    pieces
        .iter()
        .map(|piece| piece.language.as_deref())
        .collect()
}

#[test]
fn a_section_that_fits_is_one_piece_with_its_place() {
    let found = markdown(
        "---\ntitle: Cards\nlink: https://help.bank.test/cards\nlanguage: en\n---\n\nIntro.\n\n## Gebühren\n\nFive euros.\n\n### Abroad {#abroad}\n\nNone.",
    );
    let seen: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|p| {
            (
                p.title.as_str(),
                p.link.as_deref().unwrap(),
                p.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("Cards", "https://help.bank.test/cards", "Intro."),
            (
                "Cards › Gebühren",
                "https://help.bank.test/cards#geb%C3%BChren",
                "Five euros."
            ),
            (
                "Cards › Gebühren › Abroad",
                "https://help.bank.test/cards#abroad",
                "None."
            ),
        ]
    );
    assert_eq!(languages(&found), [Some("en"); 3]);
}

#[test]
fn a_link_that_leads_to_a_place_keeps_it() {
    let found = markdown("---\nlink: https://bank.test/#fees\n---\n\n# A\n\ntext");
    assert_eq!(found[0].link.as_deref(), Some("https://bank.test/#fees"));
}

#[test]
fn a_long_section_is_cut_between_sentences() {
    let found = markdown(&format!("# T\n\n{}", format!("{ENGLISH} ").repeat(30)));
    assert!(found.len() > 3);
    for piece in &found {
        assert!(piece.text.chars().count() <= LONGEST_PIECE);
        assert!(
            piece.text.starts_with("The yearly") && piece.text.ends_with("line."),
            "{piece:?}"
        );
    }
}

#[test]
fn no_piece_is_in_two_languages() {
    let found = markdown(&format!(
        "# T\n\n{ENGLISH}\n\nShort.\n\n{GERMAN}\n\n{POLISH}\n\n{ENGLISH}"
    ));
    assert_eq!(
        languages(&found),
        [Some("en"), Some("de"), None, Some("en")]
    );
    assert!(found[0].text.ends_with("Short."));
}

#[test]
fn a_language_not_served_is_only_what_the_document_declares() {
    let declared =
        |language: &str| markdown(&format!("---\nlanguage: {language}\n---\n\n{POLISH}"));
    assert_eq!(languages(&declared("pl")), [Some("pl")]);
    assert_eq!(languages(&declared("en")), [None]);
}

#[test]
fn the_text_decides_over_what_the_document_declares() {
    let found = markdown(&format!(
        "---\nlanguage: en\n---\n\n{GERMAN}\n\n## PIN\n\nPIN-Code"
    ));
    assert_eq!(languages(&found), [Some("de"), Some("en")]);
}

#[test]
fn what_is_short_is_in_the_language_of_the_rest() {
    assert_eq!(
        languages(&markdown(&format!("{GERMAN}\n\n## PIN\n\nPIN: SMS"))),
        [Some("de"); 2]
    );
}

#[test]
fn short_sections_of_one_title_are_joined() {
    let section = |text: &str| Section {
        headings: vec!["A".into()],
        anchor: None,
        text: text.into(),
    };
    let other = Section {
        headings: vec!["B".into()],
        ..section("other")
    };
    let document = Document {
        title: "T".into(),
        link: None,
        language: None,
        product: None,
        valid_from: None,
        valid_until: None,
        sections: vec![section("one"), section(" \n"), section("two"), other],
    };
    let texts: Vec<String> = pieces(&document).into_iter().map(|p| p.text).collect();
    assert_eq!(texts, ["one\n\ntwo", "other"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pieces_hold_every_word_in_order(
        texts in prop::collection::vec("([a-zäöé.,!? \n]{0,400}(\n\n)?){0,8}", 1..5),
        long in "[a-z]{0,3000}",
        cyrillic in "[а-я ]{0,300}",
    ) {
        let texts: Vec<String> = texts.into_iter().chain([long, cyrillic]).collect();
        let document = Document {
            title: "T".into(), link: None, language: None, product: None, valid_from: None, valid_until: None,
            sections: texts.iter().enumerate().map(|(n, text)| Section {
                headings: vec![n.to_string()], anchor: None, text: text.clone(),
            }).collect(),
        };
        let found = pieces(&document);
        prop_assert!(found.iter().all(|p| p.text.chars().count() <= LONGEST_PIECE && !p.text.trim().is_empty()));
        // A word that alone is too long is cut, so letters are compared without the space between.
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let before: String = texts.iter().map(|t| bare(t)).collect();
        let after: String = found.iter().map(|p| bare(&p.text)).collect();
        prop_assert_eq!(before, after);
        let whole_words = texts.iter().flat_map(|t| t.split_whitespace()).filter(|w| w.chars().count() <= LONGEST_PIECE);
        let kept: std::collections::HashSet<&str> = found.iter().flat_map(|p| p.text.split_whitespace()).collect();
        for word in whole_words {
            prop_assert!(kept.contains(word), "{word}");
        }
    }

    #[test]
    fn no_octets_make_a_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..600), kind in 0usize..5) {
        let key = ["a.md", "a.html", "a.txt", "a.pdf", "a.docx"][kind];
        let answer = read(key, &octets, Limits::default());
        prop_assert!(answer.is_err() || answer.is_ok_and(|d| !d.title.is_empty() && !d.sections.is_empty()));
    }

    #[test]
    fn no_text_makes_a_reader_panic(
        text in "(---\n|title: |# |## |\\||- |\\*|<p>|<div hidden>|</div>|<table><tr><td>|<b>|<!--|-->|\\[a\\]\\(b\\)|`|\n|\n\n|[a-zé ]{1,9}|=====\n){0,60}",
        kind in 0usize..3,
    ) {
        let key = ["a.md", "a.html", "a.txt"][kind];
        if let Ok(document) = read(key, text.as_bytes(), Limits::default()) {
            prop_assert!(pieces(&document).iter().all(|p| p.text.chars().count() <= LONGEST_PIECE));
        }
    }

    #[test]
    fn no_change_of_a_pdf_makes_its_reader_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30)
    ) {
        let mut octets = include_bytes!("samples/terms.pdf").to_vec();
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        let answer = read("a.pdf", &octets, Limits::default());
        prop_assert!(answer.is_err() || answer.is_ok_and(|d| !d.sections.is_empty()));
    }
}

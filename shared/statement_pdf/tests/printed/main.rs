//! What documents say, read back out of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod reading;
mod sample;

use domain::money;
use domain::statement::grouped;
use rust_decimal::Decimal;
use statement_pdf::{Field, NotPrintable};

use reading::read;
use sample::{IBAN, Sample, empty, many, with};

const LANGUAGES: [&str; 5] = ["en", "de", "fr", "es", "it"];

/// The texts that come after each text of this wording.
fn after<'a>(lines: &'a [String], wording: &str) -> Vec<&'a str> {
    let pairs = lines.windows(2).filter(|pair| pair[0] == wording);
    pairs.map(|pair| pair[1].as_str()).collect()
}

#[track_caller]
fn says(lines: &[String], text: &str) {
    assert!(lines.iter().any(|line| line == text), "{text:?} is missing");
}

#[test]
fn each_language_prints_the_whole_statement() {
    for language in LANGUAGES {
        let sample = Sample {
            language,
            ..with(&[("Miete für Mai", -95_000), ("Gehalt", 312_545)])
        };
        let text = read(&sample).lines().join("\n");
        insta::assert_snapshot!(language, text);
    }
}

#[test]
fn an_unknown_language_is_printed_in_english() {
    let sample = Sample {
        language: "pl",
        ..empty()
    };
    assert_eq!(read(&sample).lines(), read(&empty()).lines());
    assert_eq!(read(&sample).language(), "en");
}

#[test]
fn every_amount_is_read_back_as_it_was_written() {
    for (language, currency) in LANGUAGES
        .into_iter()
        .zip(["EUR", "JPY", "KWD", "EUR", "CHF"])
    {
        let sample = Sample {
            language,
            currency: currency.into(),
            ..many(20)
        };
        let lines = read(&sample).lines();
        let statement = sample.statement();
        let written = |amount: Decimal| money::written(amount, currency, language);
        for row in statement.rows() {
            says(&lines, &written(row.amount.abs()));
            says(&lines, &written(row.balance));
        }
        says(&lines, &written(statement.opening()));
        says(&lines, &written(statement.closing()));
    }
}

#[test]
fn an_overdrawn_balance_has_its_minus_sign() {
    let sample = Sample {
        opening: Decimal::ZERO,
        ..with(&[("Rent", -95_000)])
    };
    let lines = read(&sample).lines();
    assert_eq!(after(&lines, "Closing balance"), ["\u{2212}950.00"]);
    assert_eq!(after(&lines, "Total debits"), ["950.00"]);
}

#[test]
fn every_group_of_the_iban_is_read_back() {
    let lines = read(&empty()).lines();
    assert_eq!(after(&lines, "IBAN"), [grouped(IBAN)]);
}

#[test]
fn six_hundred_rows_run_over_pages_with_their_balances_in_order() {
    let sample = many(600);
    let lines = read(&sample).lines();
    let statement = sample.statement();
    let mut rest = lines.iter();
    for row in statement.rows() {
        for text in [
            row.text.clone(),
            money::written(row.amount.abs(), "EUR", "en"),
            money::written(row.balance, "EUR", "en"),
        ] {
            assert!(rest.any(|line| *line == text), "{text} is out of order");
        }
    }
}

#[test]
fn a_page_begins_with_the_balance_that_the_last_one_ended_with() {
    let pages = read(&many(600)).pages();
    assert!(pages.len() > 10);
    for pair in pages.windows(2) {
        let carried = after(&pair[0], "Carried forward");
        assert_eq!(carried.len(), 1);
        assert_eq!(carried, after(&pair[1], "Brought forward"));
        let before = pair[0].iter().position(|line| line == "Carried forward");
        assert_eq!(pair[0][before.unwrap() - 1], carried[0]);
    }
    assert!(after(&pages[0], "Brought forward").is_empty());
    assert!(after(&pages[pages.len() - 1], "Carried forward").is_empty());
}

#[test]
fn every_page_names_itself_among_all() {
    let pages = read(&many(600)).pages();
    for (page, number) in pages.iter().zip(1..) {
        let foot = &page[page.len() - 3..];
        let number = format!("Page {number} of {}", pages.len());
        assert_eq!(foot, ["Beispielbank AG", "2026-000123", &number]);
    }
}

#[test]
fn totals_are_never_alone_on_a_page() {
    for rows in 15..45 {
        let pages = read(&many(rows)).pages();
        let last = &pages[pages.len() - 1];
        let row = format!("Transfer number {rows}");
        says(last, &row);
        says(last, "Totals");
    }
}

#[test]
fn an_empty_period_says_so_in_words() {
    let lines = read(&empty()).lines();
    says(&lines, "There were no transactions in this period.");
    assert_eq!(after(&lines, "Total credits"), ["0.00"]);
    assert_eq!(
        after(&lines, "Opening balance"),
        after(&lines, "Closing balance")
    );
}

#[test]
fn names_of_other_alphabets_are_read_back() {
    for name in [
        "Ελευθέριος Παπαδόπουλος",
        "Екатерина Щукина-Ђорђевић",
        "Święchosława Żółć-Łąkowska",
        "Đặng Thị Ngọc Hân",
    ] {
        let sample = Sample {
            customer: name.into(),
            ..empty()
        };
        assert_eq!(after(&read(&sample).lines(), "Account holder"), [name]);
    }
}

#[test]
fn a_letter_that_comes_in_parts_is_printed_whole() {
    let sample = Sample {
        customer: "Zoe\u{308} S\u{301}wie\u{328}ta".into(),
        ..empty()
    };
    let lines = read(&sample).lines();
    assert_eq!(after(&lines, "Account holder"), ["Zoë Święta"]);
}

#[test]
fn a_row_of_twenty_lines_stays_on_one_page() {
    let text: Vec<String> = (1..=20).map(|line| format!("Line {line} of it")).collect();
    let text = text.join("\n");
    let rows = [(text.as_str(), -100); 7];
    let pages = read(&with(&rows)).pages();
    assert!(pages.len() > 2);
    for page in pages {
        let begun = page.iter().filter(|line| *line == "Line 1 of it").count();
        let ended = page.iter().filter(|line| *line == "Line 20 of it").count();
        assert_eq!(begun, ended);
    }
}

#[test]
fn a_row_longer_than_a_page_is_torn() {
    let text: Vec<String> = (1..=120).map(|line| format!("Line {line} of it")).collect();
    let text = text.join("\n");
    let read = read(&with(&[("Before", -100), (&text, -200), ("After", -300)]));
    let lines = read.lines();
    let of_it: Vec<&String> = lines.iter().filter(|l| l.ends_with(" of it")).collect();
    assert_eq!(of_it, text.lines().collect::<Vec<_>>());
    assert_eq!(read.pages().len(), 3);
    // Its amount is printed once, where it begins.
    assert_eq!(lines.iter().filter(|line| *line == "2.00").count(), 1);
    assert_eq!(after(&lines, "Carried forward"), ["1,234,564.89"; 2]);
}

#[test]
fn a_word_longer_than_its_column_is_printed_whole() {
    let word = "ABCDEFGHIJ".repeat(30);
    let lines = read(&with(&[(&word, -100)])).lines();
    let from = lines.iter().position(|l| l.starts_with("ABCD")).unwrap();
    let pieces: Vec<&String> = lines[from..].iter().take_while(|l| *l != "1.00").collect();
    assert!(pieces.len() > 5);
    assert_eq!(pieces.into_iter().cloned().collect::<String>(), word);
}

#[test]
fn a_name_in_chinese_is_refused_by_its_field() {
    let sample = Sample {
        customer: "王小明 Wang".into(),
        ..empty()
    };
    let refused = sample.printed().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the customer's name has characters that no font has: U+5C0F, U+660E, U+738B"
    );
}

#[test]
fn a_refused_row_is_named_by_its_number() {
    let refused = with(&[("Rent", -1), ("Noodles 面", -1)]).printed();
    let NotPrintable::NoGlyph { field, characters } = refused.unwrap_err() else {
        panic!("it is refused for its characters");
    };
    assert_eq!(field, Field::RowText { row: 2 });
    assert_eq!(characters.into_iter().collect::<String>(), "面");
}

#[test]
fn a_control_character_is_refused() {
    let refused = with(&[("Rent\u{7}", -1)]).printed().unwrap_err();
    assert!(refused.to_string().ends_with("U+0007"));
}

#[test]
fn a_letterhead_that_fills_the_page_is_refused() {
    let mut sample = empty();
    sample.letterhead.lines = vec!["Musterstraße 1".into(); 60];
    assert_eq!(sample.printed(), Err(NotPrintable::NoRoom));
}

#[test]
fn the_same_statement_gives_the_same_octets() {
    let sample = many(60);
    assert_eq!(sample.printed(), sample.printed());
}

#[test]
fn a_document_says_what_it_is() {
    let sample = Sample {
        language: "fr",
        ..empty()
    };
    let read = read(&sample);
    assert_eq!(read.language(), "fr");
    assert_eq!(read.about("Title"), "Relevé de compte 2026-000123");
    assert_eq!(read.about("Author"), "Beispielbank AG");
    assert_eq!(read.about("Subject"), "01/08/2026 – 23/11/2026");
    assert_eq!(read.about("CreationDate"), "D:20261123000000Z");
}

#[test]
fn fonts_are_embedded_as_what_the_document_uses() {
    let fonts = read(&many(3)).fonts();
    let names: Vec<&str> = fonts.iter().map(|(name, _)| &name[6..]).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"+DejaVuSans") && names.contains(&"+DejaVuSans-Bold"));
    for (name, octets) in fonts {
        assert!(octets < 20_000, "{name} has {octets} octets");
    }
}

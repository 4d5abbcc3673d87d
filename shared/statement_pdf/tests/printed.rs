//! What stands on printed statements, read back from the PDF.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use domain::money::{Decimal, written};
use domain::statement::{Account, Movements, Period, Row, Statement, grouped};
use lopdf::{Document, Object};
use statement_pdf::{Letterhead, NotPrintable, print};
use time::Date;
use time::macros::date;

const ISSUED: Date = date!(2026 - 11 - 23);

struct Sample {
    customer: &'static str,
    texts: Vec<String>,
    language: &'static str,
}

fn sample(texts: Vec<String>) -> Sample {
    Sample {
        customer: "Zoë Łukaszewska",
        texts,
        language: "de",
    }
}

fn many(count: usize) -> Sample {
    sample(
        (0..count)
            .map(|n| format!("Kartenzahlung Beleg {n:05}"))
            .collect(),
    )
}

fn statement(sample: &Sample) -> Statement {
    let period = Period::of_months(3, ISSUED).unwrap();
    let opening = Decimal::new(123_456, 2);
    let mut balance = opening;
    let mut rows = Vec::new();
    for (text, number) in sample.texts.iter().zip(0_i64..) {
        let cents = 101 + number * 7_919 % 900_000;
        let amount = Decimal::new(if number % 3 == 0 { cents } else { -cents }, 2);
        balance += amount;
        rows.push(Row {
            date: period.from,
            text: text.clone(),
            amount,
            balance,
        });
    }
    let movements = Movements {
        account: Account {
            iban: "DE02120300000000202051".into(),
            currency: "EUR".into(),
            name: "Girokonto".into(),
        },
        opening,
        closing: balance,
        rows,
    };
    Statement::new(
        sample.customer.into(),
        period,
        movements,
        "2026-0F1E".into(),
    )
    .unwrap()
}

fn head() -> Letterhead {
    Letterhead {
        name: "Bank Test".into(),
        lines: vec!["Musterstraße 1".into()],
    }
}

fn printed(sample: &Sample) -> Vec<u8> {
    print(&statement(sample), &head(), sample.language, ISSUED).unwrap()
}

/// The text of each page, as a reader extracts it.
fn pages(octets: &[u8]) -> Vec<String> {
    let document = Document::load_mem(octets).unwrap();
    let numbers: Vec<u32> = document.get_pages().into_keys().collect();
    numbers
        .iter()
        .map(|number| document.extract_text(&[*number]).unwrap())
        .collect()
}

#[test]
fn every_amount_can_be_read_back() {
    for language in ["en", "de", "fr", "es", "it"] {
        let sample = Sample {
            language,
            ..many(80)
        };
        let text = pages(&printed(&sample)).join("\n");
        let statement = statement(&sample);
        for row in statement.rows() {
            for amount in [row.amount.abs(), row.balance] {
                let amount = written(amount, "EUR", language);
                assert!(text.contains(&amount), "{language}: {amount}");
            }
        }
        assert!(
            text.contains(&grouped("DE02120300000000202051")),
            "{language}: {text}"
        );
    }
}

#[test]
fn pages_are_counted_and_balances_carried_forward() {
    let pages = pages(&printed(&many(600)));
    let count = pages.len();
    assert!(count > 10, "{count}");
    for (page, number) in pages.iter().zip(1..) {
        assert!(
            page.contains(&format!("Seite {number} von {count}")),
            "{page}"
        );
        assert_eq!(page.contains("Übertrag von der vorigen Seite"), number > 1);
        assert_eq!(
            page.contains("Übertrag auf die nächste Seite"),
            number < count
        );
    }
    let carried = |page: &str, name: &str| {
        let (_, rest) = page.split_once(name).unwrap();
        rest.lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap()
            .to_owned()
    };
    for pair in pages.windows(2) {
        let forward = carried(&pair[0], "Übertrag auf die nächste Seite");
        assert_eq!(forward, carried(&pair[1], "Übertrag von der vorigen Seite"));
    }
}

#[test]
fn an_empty_period_says_so_with_its_balance() {
    let text = pages(&printed(&many(0))).join("\n");
    assert!(
        text.contains("In diesem Zeitraum gab es keine Umsätze."),
        "{text}"
    );
    assert!(text.contains("1.234,56"), "{text}");
}

#[test]
fn names_in_latin_greek_and_cyrillic_script_are_printed() {
    for customer in [
        "Łucja Żółć",
        "Ελένη Παππά",
        "Ольга Щукіна",
        "Þórunn Ægisdóttir",
        "Nguyễn Ðặng",
        "Zoe\u{308}",
    ] {
        let sample = Sample {
            customer,
            ..many(1)
        };
        let text = pages(&printed(&sample)).join("\n");
        let composed = customer.replace("e\u{308}", "ë");
        assert!(text.contains(&composed), "{composed}: {text}");
    }
}

#[test]
fn a_name_that_no_font_has_is_refused_by_its_field() {
    let sample = Sample {
        customer: "王 Ana",
        ..many(1)
    };
    let refused = print(&statement(&sample), &head(), "en", ISSUED).unwrap_err();
    let expected = NotPrintable::Characters {
        field: "the customer's name".into(),
        characters: "U+738B".into(),
    };
    assert_eq!(refused, expected);
    let texts = vec!["fine".to_owned(), "支付".to_owned()];
    let refused = print(&statement(&self::sample(texts)), &head(), "en", ISSUED).unwrap_err();
    assert!(
        refused.to_string().starts_with("the text of row 2 holds"),
        "{refused}"
    );
}

#[test]
fn a_text_of_twenty_lines_is_printed_whole() {
    let words: Vec<String> = (0..120).map(|n| format!("wort{n:03}")).collect();
    let text = pages(&printed(&sample(vec![words.join(" "), "x".repeat(300)]))).join(" ");
    for word in words {
        assert!(text.contains(&word), "{word}");
    }
    assert_eq!(text.matches('x').count(), 300);
}

#[test]
fn a_text_longer_than_a_page_goes_on_on_the_next() {
    let words: Vec<String> = (0..900).map(|n| format!("wort{n:03}")).collect();
    let pages = pages(&printed(&sample(vec![words.join(" ")])));
    assert!(pages.len() > 1);
    assert!(pages.join(" ").contains("wort899"));
}

#[test]
fn the_same_statement_gives_the_same_octets() {
    assert_eq!(printed(&many(40)), printed(&many(40)));
}

#[test]
fn title_author_and_language_are_told() {
    let document = Document::load_mem(&printed(&many(1))).unwrap();
    let catalog = document.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"de");
    let info = document.trailer.get(b"Info").unwrap();
    let info = document.dereference(info).unwrap().1.as_dict().unwrap();
    let text = |name: &[u8]| {
        let octets = info.get(name).unwrap().as_str().unwrap();
        String::from_utf8_lossy(octets).replace('\0', "")
    };
    assert!(text(b"Title").contains("Kontoauszug"), "{}", text(b"Title"));
    assert!(text(b"Author").contains("Bank Test"));
}

#[test]
fn fonts_are_embedded_as_subsets() {
    let document = Document::load_mem(&printed(&many(1))).unwrap();
    let fonts = document.objects.values().filter_map(|object| match object {
        Object::Dictionary(dictionary) => dictionary.get(b"FontFile2").ok(),
        _ => None,
    });
    let whole = include_bytes!("../fonts/DejaVuSans.ttf").len();
    let mut seen = 0;
    for font in fonts {
        let stream = document.dereference(font).unwrap().1.as_stream().unwrap();
        let size = stream
            .decompressed_content()
            .unwrap_or_else(|_| stream.content.clone())
            .len();
        assert!(size < whole / 3, "{size} of {whole}");
        seen += 1;
    }
    assert_eq!(seen, 2);
}

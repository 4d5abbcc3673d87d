//! What is read from mails, good and broken.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use domain::Mail;
use mail_mime::{Limits, Malformed, read};

fn mail(text: &str) -> Mail {
    read(text.replace('\n', "\r\n").as_bytes(), Limits::default()).unwrap()
}

fn fails(raw: &[u8]) -> Malformed {
    read(raw, Limits::default()).unwrap_err()
}

#[test]
fn a_plain_mail_is_read_whole() {
    let m = mail(
        "From: Carla Kunde <Carla@Customer.test>\nTo: support@bank.test\nSubject: =?utf-8?q?Geb=C3=BChren?=\n\
         Message-ID: <a1@customer.test>\nReferences: <r1@x.test>\n <r2@x.test>\nIn-Reply-To: <r2@x.test>\n\
         Date: Mon, 2 Nov 2026 10:00:00 +0100\n\nWas kostet eine Überweisung nach Norwegen?\n",
    );
    assert_eq!(m.from[0].canonical(), "carla@customer.test");
    assert_eq!(m.subject, "Gebühren");
    assert_eq!(m.references.len(), 2);
    assert_eq!(m.language.as_deref(), Some("de"));
    assert_eq!(m.date.unwrap().unix_timestamp(), 1_793_610_000);
}

#[test]
fn a_second_from_field_is_a_second_author() {
    let m = mail("From: a@x.test\nFrom: b@y.test\nSubject: s\n\nText\n");
    assert_eq!(m.from.len(), 2);
    assert!(m.author().is_none());
}

#[test]
fn a_mail_without_an_author_is_malformed() {
    assert_eq!(fails(b"Subject: x\r\n\r\nhello"), Malformed::NoAuthor);
    assert_eq!(
        fails(b"From: nobody at all\r\n\r\nhello"),
        Malformed::NoAuthor
    );
}

#[test]
fn nothing_and_noise_are_malformed() {
    for raw in [&b""[..], b"\r\n\r\n", &[0xff; 400], &[0; 400]] {
        assert!(read(raw, Limits::default()).is_err());
    }
}

#[test]
fn a_mail_over_the_size_limit_is_malformed() {
    let mut raw = b"From: a@x.test\r\n\r\n".to_vec();
    raw.resize(40 << 20, b'x');
    assert!(matches!(fails(&raw), Malformed::TooLarge { .. }));
}

#[test]
fn a_thousand_parts_are_malformed() {
    let mut raw =
        String::from("From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    for _ in 0..1000 {
        raw.push_str("--b\r\nContent-Type: text/plain\r\n\r\npart\r\n");
    }
    raw.push_str("--b--\r\n");
    assert!(matches!(
        fails(raw.as_bytes()),
        Malformed::TooManyParts { .. }
    ));
}

fn nested(levels: usize) -> String {
    let mut raw = String::from("From: a@x.test\r\n");
    for level in 0..levels {
        raw.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        ));
    }
    raw.push_str("Content-Type: text/plain\r\n\r\ndeep\r\n");
    for level in (0..levels).rev() {
        raw.push_str(&format!("--b{level}--\r\n"));
    }
    raw
}

#[test]
fn nesting_beyond_the_limit_is_malformed_however_deep() {
    for levels in [50, 5_000, 100_000] {
        assert!(
            matches!(fails(nested(levels).as_bytes()), Malformed::TooDeep { .. }),
            "{levels}"
        );
    }
    assert_eq!(
        read(nested(10).as_bytes(), Limits::default())
            .unwrap()
            .new_text,
        "deep"
    );
}

#[test]
fn attached_mails_inside_each_other_count_as_nesting() {
    let raw = format!(
        "From: a@x.test\r\n{}Subject: in\r\n\r\nx",
        "Content-Type: message/rfc822\r\n\r\n".repeat(60)
    );
    assert!(matches!(fails(raw.as_bytes()), Malformed::TooDeep { .. }));
}

#[test]
fn control_characters_are_dropped() {
    let m = read(
        b"From: a@x.test\r\nSubject: a\0b\r\n\r\nhel\0lo\x07",
        Limits::default(),
    )
    .unwrap();
    assert_eq!(m.new_text, "hello");
    assert!(!m.subject.contains('\0'));
}

#[test]
fn an_unknown_charset_is_read_as_far_as_it_goes() {
    let m = mail("From: a@x.test\nContent-Type: text/plain; charset=x-nowhere\n\nplain words\n");
    assert!(m.new_text.contains("plain words"));
}

#[test]
fn latin_1_is_decoded() {
    let raw = b"From: a@x.test\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe";
    assert_eq!(read(raw, Limits::default()).unwrap().new_text, "Grüße");
}

#[test]
fn a_mail_without_a_body_has_no_text() {
    assert_eq!(mail("From: a@x.test\nSubject: Hi\n\n").new_text, "");
}

#[test]
fn html_speaks_where_the_plain_part_is_silent() {
    let m = mail(
        "From: a@x.test\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n\
         --b\nContent-Type: text/html\n\n<p>Hello <b>bank</b></p><blockquote>old</blockquote>\n--b--\n",
    );
    assert_eq!(m.new_text, "Hello bank");
    assert_eq!(m.quoted_text, "> old");
}

#[test]
fn attachments_are_listed_with_name_type_size() {
    let m = mail(
        "From: a@x.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee file\n\
         --b\nContent-Type: application/pdf; name=\"a.pdf\"\nContent-Disposition: attachment; filename=\"a.pdf\"\n\
         Content-Transfer-Encoding: base64\n\nJVBERg==\n--b--\n",
    );
    let a = &m.attachments[0];
    assert_eq!(
        (a.name.as_str(), a.media_type.as_str(), a.size),
        ("a.pdf", "application/pdf", 4)
    );
}

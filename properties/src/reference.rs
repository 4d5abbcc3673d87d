//! Any sample of a reference and any text: a pattern that is accepted works, and what it finds stands in
//! the text.

use domain::reference::{RefPattern, find_reference};
use domain::{Rfc822MessageId, TicketRef};

use crate::{carlas_mail, first_line};

/// Reads the first line as the sample that an operator set and the rest as a customer's text.
///
/// # Panics
/// If an accepted sample is not found by its own pattern, or something is found that is no reference.
pub fn holds(data: &[u8]) {
    let (sample, text) = first_line(data);
    let all = format!("{sample}\n{text}");
    finds_what_stands_there(&RefPattern::default(), &all);
    let Ok(pattern) = RefPattern::from_sample(&sample) else {
        return;
    };
    let own = pattern.find(&sample);
    assert!(own.is_some(), "an accepted sample is not found");
    finds_what_stands_there(&pattern, &all);

    let mut mail = carlas_mail();
    mail.subject = sample.clone();
    assert_eq!(find_reference(&mail, &pattern, "bank.test"), own);
    mail.subject = String::new();
    mail.quoted_text = sample;
    assert_eq!(find_reference(&mail, &pattern, "bank.test"), None);
    mail.new_text.clone_from(&text);
    let in_text = find_reference(&mail, &pattern, "bank.test");
    assert_eq!(in_text, pattern.find(&text));
    for line in text.lines() {
        mail.references
            .extend(Rfc822MessageId::parse(line.trim()).ok());
    }
    if let Some(found) = find_reference(&mail, &pattern, "elsewhere.invalid") {
        reads_back(&pattern, &found);
        let ours = text.to_ascii_lowercase().contains("@elsewhere.invalid");
        assert!(ours || Some(found) == in_text, "a foreign id is ours");
    }
}

fn finds_what_stands_there(pattern: &RefPattern, text: &str) {
    if let Some(found) = pattern.find(text) {
        let written = pattern.written(&found).to_ascii_uppercase();
        assert!(text.to_ascii_uppercase().contains(&written), "made up");
        reads_back(pattern, &found);
    }
}

fn reads_back(pattern: &RefPattern, found: &TicketRef) {
    let again = pattern.find(&pattern.written(found));
    assert_eq!(again.as_ref(), Some(found), "it does not read back");
}

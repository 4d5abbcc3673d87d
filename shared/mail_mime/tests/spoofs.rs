//! The spoof matrix: mails that lie about their sender, and honest ones that look odd.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use domain::sender::{Sender, SenderPolicy, Trust, prove};
use mail_mime::Limits;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    file: String,
    trust: String,
    proven: bool,
    reason: Option<String>,
    why: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/spoofs")
}

fn matrix() -> Vec<Case> {
    let text = fs::read_to_string(folder().join("matrix.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Whether the mail of a case is proven, and why not.
fn judged(case: &Case) -> (bool, Option<String>) {
    let policy = SenderPolicy {
        trust: match case.trust.as_str() {
            "dmarc" => Trust::Dmarc,
            "dmarc_or_dkim" => Trust::DmarcOrDkim,
            other => panic!("{other} is no trust"),
        },
        ..SenderPolicy::default()
    };
    let raw = fs::read(folder().join(&case.file)).unwrap();
    match mail_mime::read(&raw, Limits::default()) {
        Err(_) => (false, Some("malformed".to_owned())),
        Ok(mail) => match prove(&mail, &policy) {
            Sender::Proven(_) => (true, None),
            Sender::Unproven(why) => (false, Some(why.to_string())),
        },
    }
}

#[test]
fn every_mail_of_the_matrix_is_judged_as_it_should_be() {
    let mut wrong = Vec::new();
    let matrix = matrix();
    for case in &matrix {
        let (proven, reason) = judged(case);
        let verdict = if proven { "proven" } else { "NOT proven" };
        let said = reason.as_deref().unwrap_or("-");
        println!("{:<36} {:<14} {verdict:<10} {said}", case.file, case.trust);
        if (proven, &reason) != (case.proven, &case.reason) {
            let expected = (case.proven, &case.reason);
            wrong.push(format!(
                "{} ({}): {proven} {reason:?}, expected {expected:?}",
                case.file, case.why
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let attacks = matrix.iter().filter(|case| !case.proven).count();
    assert!(attacks >= 60, "only {attacks} attacks");
    assert!(matrix.len() - attacks >= 15, "too few honest mails");
}

#[test]
fn the_matrix_names_every_file_and_no_other() {
    let named: BTreeSet<String> = matrix().into_iter().map(|case| case.file).collect();
    let found: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            std::path::Path::new(name)
                .extension()
                .is_some_and(|e| e == "eml")
        })
        .collect();
    assert_eq!(named, found);
}

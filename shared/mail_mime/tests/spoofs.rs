//! Which mails prove their sender: every file of `events/spoofs` against its line in `matrix.json`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::sender::{Sender, SenderPolicy, Trust, prove};
use mail_mime::{Limits, read};
use serde::Deserialize;

/// One line of the matrix.
#[derive(Deserialize)]
struct Case {
    file: String,
    trust: TrustName,
    proven: bool,
    reason: Option<String>,
    why: String,
}

#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(rename_all = "snake_case")]
enum TrustName {
    Dmarc,
    DmarcOrDkim,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/spoofs")
}

fn matrix() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("matrix.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Why the sender of this file is not proven, or nothing where he is.
fn reason(case: &Case) -> Option<String> {
    let raw = std::fs::read(folder().join(&case.file)).unwrap();
    let Ok(mail) = read(&raw, Limits::default()) else {
        return Some("malformed".to_owned());
    };
    let trust = match case.trust {
        TrustName::Dmarc => Trust::Dmarc,
        TrustName::DmarcOrDkim => Trust::DmarcOrDkim,
    };
    let policy = SenderPolicy {
        trust,
        ..SenderPolicy::default()
    };
    match prove(&mail, &policy) {
        Sender::Proven(address) => {
            assert_eq!(Some(address), mail.author().map(domain::Address::canonical));
            None
        }
        Sender::Unproven(reason) => Some(reason.to_string()),
    }
}

#[test]
fn every_mail_proves_what_the_matrix_says() {
    let mut wrong = Vec::new();
    for case in matrix() {
        let found = reason(&case);
        let (trust, verdict) = (case.trust, found.as_deref().unwrap_or("proven"));
        println!("{:<45} {:<11} {verdict}", case.file, format!("{trust:?}"));
        if found != case.reason || found.is_none() != case.proven {
            let expected = case.reason.as_deref().unwrap_or("proven");
            wrong.push(format!("{}: {verdict:?}, not {expected:?}", case.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_has_its_line_with_a_why() {
    let in_matrix: BTreeSet<String> = matrix().into_iter().map(|case| case.file).collect();
    let in_folder: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "matrix.json")
        .collect();
    assert_eq!(in_matrix, in_folder);
    assert_eq!(in_matrix.len(), matrix().len(), "a file has two lines");
    assert!(matrix().iter().all(|case| !case.why.is_empty()));
}

#[test]
fn attacks_outnumber_honest_mails_and_both_are_many() {
    let (honest, attacks): (Vec<_>, Vec<_>) = matrix().into_iter().partition(|case| case.proven);
    assert!(honest.len() >= 15, "{} honest mails", honest.len());
    assert!(attacks.len() >= 60, "{} attacks", attacks.len());
}

#[test]
fn a_mail_cut_off_anywhere_makes_nothing_panic() {
    for case in matrix().iter().filter(|case| !case.proven) {
        let raw = std::fs::read(folder().join(&case.file)).unwrap();
        for end in (0..raw.len().min(2_000)).step_by(7) {
            if let Ok(mail) = read(&raw[..end], Limits::default()) {
                drop(prove(&mail, &SenderPolicy::default()));
            }
        }
    }
}

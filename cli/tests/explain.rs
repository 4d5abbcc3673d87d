//! `helpdesk explain`, run as an operator runs it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const FIELDS: [&str; 18] = [
    "file",
    "parked",
    "automatic",
    "from",
    "reply_to",
    "sender",
    "subject",
    "date",
    "language",
    "attachments",
    "new_text",
    "quoted_text",
    "masked_text",
    "ticket_ref",
    "intent",
    "confidence",
    "entities",
    "route",
];

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/mails")
}

fn explain(files: &[PathBuf], json: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_helpdesk"));
    command
        .arg("explain")
        .args(files)
        .env_remove("GEMINI_API_KEY");
    if json {
        command.arg("--json");
    }
    command.output().unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_sample_is_explained_as_triage_would_route_it() {
    let expected: Vec<Value> =
        serde_json::from_slice(&std::fs::read(samples().join("expected.json")).unwrap()).unwrap();
    let files: Vec<PathBuf> = expected
        .iter()
        .map(|e| samples().join(e["file"].as_str().unwrap()))
        .collect();
    let output = explain(&files, true);
    assert!(output.status.success());
    let explained = objects(&output);
    assert_eq!(explained.len(), expected.len());
    for (said, sample) in explained.iter().zip(&expected) {
        assert!(
            FIELDS.iter().all(|field| said.get(field).is_some()),
            "{said}"
        );
        assert_eq!(
            said["parked"].is_string(),
            sample["state"] == "parked",
            "{said}"
        );
        assert_eq!(
            said["automatic"].is_string(),
            sample["state"] == "skipped",
            "{said}"
        );
        // What concerns accounts goes to a person where nobody proves the sender.
        let concerns_accounts = ["bank_statement", "password_update"].map(Value::from);
        let is_gated =
            concerns_accounts.contains(&sample["intent"]) && said["sender"]["proven"] == false;
        let route = if is_gated {
            Value::from("fallback_human")
        } else {
            sample["intent"].clone()
        };
        assert_eq!(said["route"], route, "{said}");
    }
}

/// What is said of one sample.
fn one(file: &str) -> Value {
    let output = explain(&[samples().join(file)], true);
    objects(&output).remove(0)
}

#[test]
fn a_genuine_sender_is_told_from_one_that_nobody_proves() {
    let genuine = one("16-statement-english.eml");
    assert_eq!(genuine["sender"]["proven"], true);
    assert!(genuine["sender"]["reason"].is_null());
    let forged = one("36-unproven-statement.eml");
    assert_eq!(forged["sender"]["proven"], false);
    assert!(forged["sender"]["reason"].is_string());
    assert_eq!(forged["route"], "fallback_human");
    assert!(
        forged["because"]
            .as_str()
            .unwrap()
            .starts_with("the sender is not proven")
    );
}

#[test]
fn the_masked_text_is_all_that_the_model_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.eml");
    let mail = "From: Anna <anna@customer.test>\r\nSubject: Password Kite41xx\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\n\r\n\
         Old: Kite41xx\r\nNew: Lantern87yy\r\nIBAN DE02 1203 0000 0000 2020 51\r\n--edge\r\n\
         Content-Disposition: attachment; filename=\"pin-Heron55zz.txt\"\r\n\r\nx\r\n--edge--\r\n";
    std::fs::write(&file, mail).unwrap();
    let said = objects(&explain(&[file], true)).remove(0);
    let shown = said["masked_text"].as_str().unwrap();
    for secret in ["Kite41xx", "Lantern87yy", "Heron55zz", "2020 51"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for part in [
        "Subject: Password [[PASSWORD_1]]",
        "Old: [[PASSWORD_1]]",
        "[[IBAN_1]]",
        "Attachments: ",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(said["entities"]["current_pw"], "[[PASSWORD_1]]");
    assert_eq!(said["entities"]["new_pw"], "[[PASSWORD_2]]");
}

#[test]
fn a_mail_however_broken_is_explained_with_exit_code_zero() {
    let folder = tempfile::tempdir().unwrap();
    let noise = folder.path().join("noise.eml");
    std::fs::write(&noise, [0xff; 4096]).unwrap();
    let empty = folder.path().join("empty.eml");
    std::fs::write(&empty, "").unwrap();
    let output = explain(&[noise, empty], true);
    assert!(output.status.success());
    assert!(
        objects(&output)
            .iter()
            .all(|said| said["parked"].is_string())
    );
}

#[test]
fn a_file_that_is_not_there_is_named_after_the_others_were_explained() {
    let there = samples().join("01-general-plain.eml");
    let output = explain(&[samples().join("none.eml"), there], true);
    assert!(!output.status.success());
    assert_eq!(objects(&output).len(), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("none.eml"));
}

#[test]
fn the_text_for_people_names_the_route() {
    let output = explain(&[samples().join("20-urgent-card-theft.eml")], false);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("urgent_human"), "{text}");
}

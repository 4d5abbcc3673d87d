//! `helpdesk explain`, run as an operator runs it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const FIELDS: [&str; 16] = [
    "file",
    "parked",
    "automatic",
    "from",
    "reply_to",
    "subject",
    "date",
    "language",
    "attachments",
    "new_text",
    "quoted_text",
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
        assert_eq!(said["route"], sample["intent"], "{said}");
    }
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

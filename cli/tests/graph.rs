//! `helpdesk graph`, and the document that it draws.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

const TEXT: &str = "\
# The ways that a mail can take

`helpdesk graph` draws this from the table `domain::workflow`, to which debug builds hold every move of a mail. With
`--database-url` the arrows say how many mails took them, and the median time since they came; `--format svg` prints the
second picture.

![The ways that a mail can take](workflow.svg)

Every mail ends in one of four ways, and which is a person's to read in Gmail, in the ticket, or by `helpdesk mail`:

- **answered**: a reply waits as a draft. Only handlers of intents that a machine may answer come here.
- **handed off**: people were told, and an acknowledgement waits as a draft. What a handler cannot or may not do ends
  here, by way of fallback_human.
- **skipped**: automatic, over a budget, sent by a person of the desk, or deleted before it was read. The reason stands in
  the ledger, and `helpdesk mail retry` lets a mail over a budget go on.
- **parked**: it could not be read, and lies in the error queue.

";

fn drawn(format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_helpdesk"))
        .args(["graph", "--format", format])
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name)
}

#[test]
fn the_document_shows_the_ways_that_the_code_knows() {
    let mermaid = format!("{TEXT}```mermaid\n{}```\n", drawn("mermaid"));
    for (name, text) in [("WORKFLOW.md", mermaid), ("workflow.svg", drawn("svg"))] {
        if std::env::var_os("WRITE_WORKFLOW").is_some() {
            std::fs::write(document(name), &text).unwrap();
        }
        let there = std::fs::read_to_string(document(name)).unwrap_or_default();
        assert!(
            there == text,
            "docs/{name} is old: run this test once with WRITE_WORKFLOW=1"
        );
    }
}

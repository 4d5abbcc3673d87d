//! `docs/CONTRACTS.md` lists every case of every contract suite, and no case that is gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The suites' names with the cases that each runs, read from the sources: the lists in `cases!`.
fn suites() -> Vec<(String, Vec<String>)> {
    let mut suites = Vec::new();
    for entry in fs::read_dir(here("src/contract")).expect("the suites are there") {
        let path = entry.expect("readable").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() || name == "mod" {
            continue;
        }
        let source = fs::read_to_string(&path).expect("readable");
        let cases = source.split("cases!").skip(1).flat_map(cases_of).collect();
        suites.push((name, cases));
    }
    suites.sort();
    suites
}

/// The names in one list: identifiers with an underscore, up to the bracket that closes it.
fn cases_of(list: &str) -> Vec<String> {
    let end = list.find(['}', ']']).expect("the list ends");
    let words = list[..end].split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| word.contains('_'))
        .map(str::to_owned)
        .collect()
}

fn document(suites: &[(String, Vec<String>)]) -> String {
    let mut text = String::from(
        "# Contract suites\n\nWhat every implementation of a port must do. Each case is run on the fake \
         of `testkit` and on the real\nadapter over the wire protocol; a fake that could not pass it \
         would be fiction.\n",
    );
    for (port, cases) in suites {
        text.push_str(&format!("\n## {port}\n\n"));
        for case in cases {
            text.push_str(&format!("- {}\n", case.replace('_', " ")));
        }
    }
    text
}

#[test]
fn the_document_lists_the_cases_that_are_run() {
    let suites = suites();
    let ports: BTreeSet<&str> = suites.iter().map(|(name, _)| name.as_str()).collect();
    let all = [
        "alerts",
        "archive",
        "bank",
        "export",
        "knowledge",
        "ledger",
        "limits",
        "mailbox",
        "model",
        "tickets",
        "traces",
    ];
    assert_eq!(ports, BTreeSet::from(all));
    assert!(
        suites.iter().all(|(_, cases)| cases.len() >= 10),
        "{suites:#?}"
    );
    let path = here("../../docs/CONTRACTS.md");
    let expected = document(&suites);
    if std::env::var_os("WRITE_CONTRACTS").is_some() {
        fs::write(&path, &expected).expect("writable");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "run this test once with WRITE_CONTRACTS=1");
}

//! Replays what fuzzing starts from and what it has found, without a fuzzer: every file of `fuzz/corpus`,
//! and the sample mails of `events/`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at what it cannot read"
)]

use std::fs;
use std::path::{Path, PathBuf};

use properties::TARGETS;

/// Larger seeds slow the search down, and more of them the reader.
const LARGEST_SEED: usize = 4096;
const MOST_SEEDS: usize = 40;

fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().expect("it lies in the workspace").to_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Replays one target's files and names the one that breaks a property.
fn holds_of_all(target: &str, folders: &[&str]) {
    let target = TARGETS.iter().find(|known| known.name == target).unwrap();
    let own = format!("fuzz/corpus/{}", target.name);
    for folder in [own.as_str()].iter().chain(folders) {
        for file in files(&root().join(folder)) {
            let data = fs::read(&file).unwrap();
            let broken = std::panic::catch_unwind(|| (target.holds)(&data)).is_err();
            assert!(!broken, "{} breaks a property", file.display());
        }
    }
}

#[test]
fn no_mail_breaks_what_triage_relies_on() {
    let folders = ["events/mails", "events/spoofs", "events/attacks"];
    holds_of_all("raw_mail", &folders);
}

#[test]
fn no_request_gets_through_the_door_for_pushes() {
    holds_of_all("push", &[]);
}

#[test]
fn no_field_of_a_strangers_proves_a_sender() {
    holds_of_all("authentication_results", &[]);
}

#[test]
fn no_text_makes_a_reference_up() {
    holds_of_all("reference", &[]);
}

#[test]
fn no_text_gets_past_the_masker() {
    holds_of_all("mask", &[]);
}

#[test]
fn no_answer_of_odoo_is_misread() {
    holds_of_all("odoo_answer", &[]);
}

#[test]
fn no_answer_of_gemini_is_misread() {
    holds_of_all("gemini_answer", &[]);
}

#[test]
fn every_target_has_a_program_and_few_small_seeds() {
    let programs = files(&root().join("fuzz/fuzz_targets"));
    let names = programs
        .iter()
        .map(|file| file.file_stem().unwrap().to_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), TARGETS.map(|target| target.name));
    for target in TARGETS {
        let seeds = files(&root().join("fuzz/corpus").join(target.name));
        assert!(seeds.len() <= MOST_SEEDS, "{} has too many", target.name);
        for seed in seeds {
            let size = fs::metadata(&seed).unwrap().len();
            assert!(size <= LARGEST_SEED as u64, "{} is large", seed.display());
        }
    }
}

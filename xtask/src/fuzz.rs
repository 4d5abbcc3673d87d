//! `cargo xtask fuzz`: searches for inputs that break what `properties/` promises of every input from
//! outside. Works with the stable toolchain.
//!
//! It starts from `fuzz/corpus` and from what earlier runs on this machine have found, which is kept
//! below the target folder. No sanitizer is linked: our code has no `unsafe`, and what is searched for is
//! panics, broken promises, and inputs that take long or much memory.
#![expect(clippy::print_stdout, reason = "a table is for stdout")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

use crate::compile::host;
use crate::progress::Progress;
use crate::workspace::{Workspace, cargo, path_beginning_with};

/// Mails of the samples, from which the search among mails starts too.
const MAILS: [&str; 3] = ["events/mails", "events/spoofs", "events/attacks"];

/// An input may take this many seconds and mebibytes, and be so many octets long.
const BOUNDS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=8192"];

/// What to fuzz.
#[derive(Debug, Clone)]
pub struct Choice {
    /// One target; all where none is named.
    pub target: Option<String>,
    /// How long each is searched.
    pub seconds: u64,
    /// Only name the targets.
    pub list: bool,
}

/// Fuzzes, and tells how far each search came. Fails where a promise was broken.
pub fn run(choice: &Choice) -> Result<ExitCode> {
    let progress = Progress::default();
    let workspace = Workspace::read()?;
    let mut targets = targets(&workspace.root)?;
    if choice.list {
        println!("{}", targets.join("\n"));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(target) = &choice.target {
        ensure!(
            targets.contains(target),
            "there is no target {target}; the targets are {}",
            targets.join(", ")
        );
        targets.retain(|known| known == target);
    }
    let fuzzer = Fuzzer {
        kept: workspace.target.join("fuzz"),
        root: workspace.root,
        tools: workspace.target.join("tools"),
        seconds: choice.seconds,
    };
    fuzzer.install(&progress)?;
    fuzzer.build(choice.target.as_deref(), &progress)?;
    let mut rows = Vec::new();
    let mut broken = false;
    for target in &targets {
        progress.say(&format!("{target} is searched for {} s", choice.seconds));
        let began = Instant::now();
        let (said, succeeded) = fuzzer.search(target)?;
        rows.push(row(target, began.elapsed().as_secs(), &said));
        if !succeeded {
            broken = true;
            progress.say(&fuzzer.complaint(target, &said));
        }
    }
    println!("{HEAD}\n{}", rows.join("\n"));
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The targets by their names.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

struct Fuzzer {
    root: PathBuf,
    /// Where programs, found inputs and crashes are kept.
    kept: PathBuf,
    tools: PathBuf,
    seconds: u64,
}

impl Fuzzer {
    fn install(&self, progress: &Progress) -> Result<()> {
        let program = self.tools.join("bin/cargo-fuzz");
        if program.with_extension(env::consts::EXE_EXTENSION).exists() {
            return Ok(());
        }
        progress.say("installing cargo-fuzz");
        let mut install = cargo(&self.root);
        install.args(["install", "cargo-fuzz", "--locked", "--quiet", "--root"]);
        succeed(install.arg(&self.tools), "cargo-fuzz cannot be installed")
    }

    fn build(&self, target: Option<&str>, progress: &Progress) -> Result<()> {
        progress.say("building the targets, the first time with all that they link");
        let mut build = cargo(&self.root);
        build.args(["fuzz", "build", "--fuzz-dir", "fuzz", "--sanitizer", "none"]);
        build.arg("--target-dir").arg(&self.kept).args(target);
        build.env("PATH", path_beginning_with(self.tools.join("bin"))?);
        succeed(&mut build, "the targets cannot be built")
    }

    fn program(&self, target: &str) -> Result<PathBuf> {
        let platform = host().context("rustc does not tell its platform")?;
        let folder = self.kept.join(platform).join("release");
        Ok(folder.join(target))
    }

    /// What one search says, and whether it came to its end.
    fn search(&self, target: &str) -> Result<(String, bool)> {
        let found = self.kept.join("corpus").join(target);
        let crashes = self.crashes(target);
        for folder in [&found, &crashes] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let mut search = Command::new(self.program(target)?);
        // New inputs are written into the first folder.
        search.arg(&found);
        search.arg(self.root.join("fuzz/corpus").join(target));
        if target == "raw_mail" {
            search.args(MAILS.map(|folder| self.root.join(folder)));
        }
        let words = self.root.join(format!("fuzz/dictionaries/{target}.dict"));
        if words.exists() {
            search.arg(format!("-dict={}", words.display()));
        }
        search.args(BOUNDS).arg("-print_final_stats=1");
        search.arg(format!("-max_total_time={}", self.seconds));
        search.arg(format!("-artifact_prefix={}/", crashes.display()));
        let output = search
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start the search of {target}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((said, output.status.success()))
    }

    fn crashes(&self, target: &str) -> PathBuf {
        self.kept.join("crashes").join(target)
    }

    /// What broke, the file that breaks it, and how to see it again.
    fn complaint(&self, target: &str, said: &str) -> String {
        let Some(file) = crash(said) else {
            let tail: Vec<&str> = said.lines().rev().take(20).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            return format!("{target} ended without a file:\n{}", tail.join("\n"));
        };
        let program = self.program(target).unwrap_or_default();
        format!(
            "{target} broke: {}\n  the input: {file}\n  see it again: {} {file}\n  keep it as a test: cp {file} \
             fuzz/corpus/{target}/ && cargo test -p properties",
            reason(said),
            program.display()
        )
    }
}

fn succeed(command: &mut Command, otherwise: &str) -> Result<()> {
    let status = command.status().context("cargo cannot be started")?;
    if !status.success() {
        bail!("{otherwise}: cargo's reasons stand above");
    }
    Ok(())
}

const HEAD: &str =
    "target                  seconds   executions  a second       cov    corpus  found";

/// A line of the table from what libFuzzer said
/// (<https://llvm.org/docs/LibFuzzer.html#output>).
fn row(target: &str, seconds: u64, said: &str) -> String {
    let stats: BTreeMap<&str, &str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("stat::")?.split_once(':'))
        .map(|(name, value)| (name, value.trim()))
        .collect();
    let stat = |name: &str| stats.get(name).copied().unwrap_or("-");
    let last = said.lines().rfind(|line| line.contains(" cov: "));
    let after = |word: &str| {
        let mut words = last.unwrap_or_default().split_whitespace();
        words.find(|other| *other == word);
        let value = words.next().unwrap_or("-");
        value.split('/').next().unwrap_or(value).to_owned()
    };
    format!(
        "{target:<23} {seconds:>7} {:>12} {:>9} {:>9} {:>9}  {}",
        stat("number_of_executed_units"),
        stat("average_exec_per_sec"),
        after("cov:"),
        after("corp:"),
        if crash(said).is_some() {
            "a crash"
        } else {
            "nothing"
        },
    )
}

/// The file that libFuzzer wrote for an input that broke something.
fn crash(said: &str) -> Option<&str> {
    said.lines()
        .find_map(|line| line.split_once("Test unit written to "))
        .map(|(_, file)| file.trim())
}

/// Why it broke, in the words of the panic or of libFuzzer.
fn reason(said: &str) -> String {
    let mut lines = said.lines();
    let panic = lines.find(|line| line.contains("panicked at"));
    let message = lines.next().unwrap_or_default();
    let fault = said.lines().find(|line| line.contains("ERROR: libFuzzer"));
    match (panic, fault) {
        (Some(panic), _) => format!("{} {message}", panic.trim()),
        (None, Some(fault)) => fault.trim().to_owned(),
        (None, None) => "it does not say why".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDED: &str = "#2\tINITED cov: 11 ft: 12 corp: 1/1b exec/s: 0 rss: 40Mb\n\
        #3000\tDONE   cov: 532 ft: 1880 corp: 55/12Kb lim: 4096 exec/s: 1000 rss: 61Mb\n\
        Done 3000 runs in 3 second(s)\nstat::number_of_executed_units: 3000\n\
        stat::average_exec_per_sec:     1000\nstat::new_units_added:          54\n";

    const BROKEN: &str = "#7\tNEW    cov: 20 ft: 21 corp: 3/9b lim: 4 exec/s: 0 rss: 40Mb\n\
        thread '<unnamed>' (7) panicked at properties/src/mask.rs:9:5:\nan IBAN stays\n\
        ==7== ERROR: libFuzzer: deadly signal\n\
        artifact_prefix='/t/'; Test unit written to /t/crash-1f\n";

    #[test]
    fn a_search_that_ended_is_a_row() {
        let columns: Vec<String> = row("mask", 3, ENDED)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let expected = ["mask", "3", "3000", "1000", "532", "55", "nothing"];
        assert_eq!(columns, expected);
    }

    #[test]
    fn a_search_that_broke_something_says_what_with_the_file() {
        assert_eq!(crash(BROKEN), Some("/t/crash-1f"));
        assert!(reason(BROKEN).ends_with("mask.rs:9:5: an IBAN stays"));
        let columns = row("mask", 3, BROKEN);
        assert!(columns.contains(" - ") && columns.ends_with("a crash"));
    }

    #[test]
    fn an_input_that_takes_too_long_is_told_in_the_fuzzers_words() {
        let said = "==7== ERROR: libFuzzer: timeout after 10 seconds\n";
        assert_eq!(reason(said), said.trim());
        assert_eq!(crash(said), None);
    }
}

//! `cargo xtask test`: every test of the workspace, with what the end-to-end tests need made ready.
//!
//! Tests that start a deployed stack find it by two variables: `HELPDESK_VENV`, the Python
//! environment, and `HELPDESK_BINARIES`, the folder of the functions' programs.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::compile::{self, Selection};
use crate::progress::Progress;
use crate::python::Environment;
use crate::workspace::{Workspace, cargo};

/// Test programs that took at least this long are named at the end.
const SLOW: Duration = Duration::from_secs(1);

/// The package whose tests start the functions' programs, and the one with the command line, which they call too.
const END_TO_END: &str = "local";
const COMMAND_LINE: &str = "cli";

/// Which tests to run; all where nothing is chosen.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Only these packages.
    pub packages: Vec<String>,
    /// Only tests whose name holds this.
    pub filter: Option<String>,
    /// Options for the test programs themselves, such as `--nocapture`.
    pub options: Vec<String>,
}

/// Runs the tests to the end, also where some fail, and tells where the time went.
pub fn run(choice: &Choice) -> Result<ExitCode> {
    let progress = Progress::default();
    let workspace = Workspace::read()?;
    let mut times = Vec::new();

    let began = Instant::now();
    let environment = Environment::of_product(&workspace.root)?;
    environment.make_ready(&progress)?;
    times.push(("Python environment", began.elapsed()));

    let began = Instant::now();
    if choice.packages.is_empty() {
        progress.say("building every program and test");
        compile::build(&workspace, Selection::ProgramsAndTests, &progress)?;
    } else if choice.packages.iter().any(|name| name == END_TO_END) {
        let functions = workspace.functions().map(|room| room.name.as_str());
        let programs: Vec<&str> = functions.chain([COMMAND_LINE]).collect();
        progress.say(&format!("building {} programs", programs.len()));
        compile::build(&workspace, Selection::Programs(&programs), &progress)?;
    }
    times.push(("build", began.elapsed()));

    let began = Instant::now();
    let mut command = cargo(&workspace.root);
    command
        .args(arguments(choice))
        .env("HELPDESK_VENV", &environment.folder)
        .env("HELPDESK_BINARIES", workspace.binaries());
    let (tally, passed) = watch(command)?;
    times.push(("tests", began.elapsed()));

    tell(&tally, &times)?;
    Ok(if passed && tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn arguments(choice: &Choice) -> Vec<String> {
    let mut arguments = vec!["test".to_owned(), "--no-fail-fast".to_owned()];
    if io::stdout().is_terminal() {
        arguments.push("--color=always".to_owned());
    }
    if choice.packages.is_empty() {
        arguments.push("--workspace".to_owned());
    }
    for package in &choice.packages {
        arguments.extend(["--package".to_owned(), package.clone()]);
    }
    arguments.extend(choice.filter.clone());
    if !choice.options.is_empty() {
        arguments.push("--".to_owned());
        arguments.extend(choice.options.clone());
    }
    arguments
}

/// Runs cargo's tests and passes their output on as it comes. Cargo names each test program on
/// stderr and the program reports on stdout, so both go through one pipe to stay in order.
fn watch(mut command: Command) -> Result<(Tally, bool)> {
    let (reader, writer) = io::pipe().context("cannot make a pipe")?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()
        .context("cannot run cargo")?;
    // The command holds the pipe's writing end too: without this, reading would never end.
    drop(command);
    let mut tally = Tally::default();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    let mut stdout = io::stdout();
    while reader.read_until(b'\n', &mut line)? > 0 {
        stdout.write_all(&line)?;
        tally.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok((tally, child.wait()?.success()))
}

fn tell(tally: &Tally, times: &[(&str, Duration)]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "\nWhere the time went:")?;
    for (part, time) in times {
        writeln!(stdout, "{:>8.1} s  {part}", time.as_secs_f64())?;
    }
    for (program, seconds) in &tally.slow {
        writeln!(stdout, "{seconds:>8.1} s    {program}")?;
    }
    writeln!(
        stdout,
        "\n{} passed, {} failed, {} skipped",
        tally.passed, tally.failed, tally.skipped
    )?;
    Ok(())
}

/// What the test programs reported.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// Programs that took long, with their seconds.
    slow: Vec<(String, f64)>,
    running: String,
}

impl Tally {
    fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some((_, program)) = line.split_once("Running ") {
            program.clone_into(&mut self.running);
        } else if let Some((_, library)) = line.split_once("Doc-tests ") {
            self.running = format!("doc tests of {library}");
        } else if let Some((_, result)) = line.split_once("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.skipped += number_before(result, " ignored");
            let seconds = seconds_of(result);
            if seconds >= SLOW.as_secs_f64() {
                self.slow.push((self.running.clone(), seconds));
            }
        }
    }
}

/// The number that stands before a word, 0 where there is none.
fn number_before(text: &str, word: &str) -> u64 {
    text.split(';')
        .find_map(|part| part.strip_suffix(word)?.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}

fn seconds_of(result: &str) -> f64 {
    result
        .rsplit_once("finished in ")
        .and_then(|(_, time)| time.trim_end_matches('s').parse().ok())
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_programs_are_summed() {
        let mut tally = Tally::default();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/domain-0a1b)",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "     Running tests/end_to_end.rs (target/debug/deps/end_to_end-0a1b)",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 61.50s",
        ] {
            tally.read(line);
        }
        assert_eq!((tally.passed, tally.failed, tally.skipped), (15, 2, 1));
        let (program, seconds) = &tally.slow[0];
        assert!(program.starts_with("tests/end_to_end.rs") && *seconds > 61.0);
        assert_eq!(tally.slow.len(), 1);
    }

    #[test]
    fn chosen_packages_take_the_place_of_the_workspace() {
        let choice = Choice {
            packages: vec!["domain".to_owned()],
            filter: Some("step".to_owned()),
            options: vec!["--nocapture".to_owned()],
        };
        assert_eq!(
            arguments(&choice).join(" ").replace(" --color=always", ""),
            "test --no-fail-fast --package domain step -- --nocapture"
        );
    }
}

//! `cargo xtask bench`: measurements. They print what they saw and fail for no slowness.
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use serde::Deserialize;

use crate::progress::Progress;
use crate::python::Environment;
use crate::up;
use crate::workspace::{Workspace, cargo};

/// What can be measured.
#[derive(Debug, Clone, Subcommand)]
pub enum Measured {
    /// How many mails a second go through the product on this machine, with how many in the ledger
    #[command(disable_help_flag = true)]
    Load {
        /// Passed on as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// How long it takes to look a conversation up among millions of turns, with the query plans
    Memory {
        /// How many turns there are; ten million take some minutes and about 10 GB below the
        /// temporary folder
        #[arg(long, default_value_t = 10_000_000)]
        turns: u64,
    },
    /// How fast pieces of documents are indexed and found, in a Qdrant of its own or that of `QDRANT_URL`
    Retrieval {
        /// How many pieces there are
        #[arg(long, default_value_t = 100_000)]
        pieces: u32,
        /// How many searches are timed
        #[arg(long, default_value_t = 500)]
        searches: u32,
    },
    /// The most memory that each function, built for release, takes at work on the sample mails
    Peaks,
    /// How soon functions built for release are ready for their first event, with what memory, and what they weigh
    Start {
        /// How often each is started; the medians are told
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        times: u32,
    },
    /// Pages of statements a second and their size, beside a Python script that prints the same with
    /// reportlab; needs no server
    Statement {
        /// How many rows the statement has
        #[arg(long, default_value_t = 600)]
        rows: u32,
        /// How often each prints it; the medians are compared
        #[arg(long, default_value_t = 9)]
        times: u32,
    },
    /// What recording and showing of model calls adds to a question's way to its answer, with Postgres and a
    /// receiver of OTLP
    Trace {
        /// How many questions are answered in each way; the medians are compared
        #[arg(long, default_value_t = 200)]
        questions: u32,
    },
}

/// Measures, with the servers that it needs.
pub fn run(measured: Measured) -> Result<ExitCode> {
    match measured {
        Measured::Load { options } => match up::run("load", &options)? {},
        Measured::Memory { turns } => memory(turns),
        Measured::Retrieval { pieces, searches } => retrieval(pieces, searches),
        Measured::Peaks => peaks(),
        Measured::Start { times } => start(times),
        Measured::Statement { rows, times } => statement(rows, times),
        Measured::Trace { questions } => trace(questions),
    }
}

/// Runs the evals.
pub fn eval(options: &[OsString]) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let mut evals = cargo(&workspace.root);
    evals.args(["run", "--quiet", "-p", "evals", "--bin", "evals", "--"]);
    ends(evals.args(options))
}

/// How a run of cargo ends.
fn ends(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().context("cargo cannot be started")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn memory(turns: u64) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let environment = Environment::of_product(&workspace.root)?;
    environment.make_ready(&Progress::default())?;
    let mut memory = cargo(&workspace.root);
    memory.args([
        "run",
        "--quiet",
        "-p",
        "store_postgres",
        "--example",
        "memory",
        "--",
    ]);
    ends(
        memory
            .arg(turns.to_string())
            .env("HELPDESK_VENV", &environment.folder),
    )
}

fn retrieval(pieces: u32, searches: u32) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let mut bench = cargo(&workspace.root);
    bench.args(["run", "--quiet", "--profile", "measured", "-p", "evals"]);
    bench.args(["--example", "retrieval", "--"]);
    ends(bench.args([pieces.to_string(), searches.to_string()]))
}

/// Builds the functions for release and for this machine's processor: what is built for Lambda need not run here. Gives
/// their names and the folder where their programs are.
fn built(workspace: &Workspace) -> Result<(Vec<&str>, PathBuf)> {
    let functions = workspace.functions().map(|room| room.name.as_str());
    let functions: Vec<&str> = functions.collect();
    let mut build = cargo(&workspace.root);
    build.args(["build", "--quiet", "--release"]);
    for name in &functions {
        build.args(["--package", name]);
    }
    let built = build.status().context("cargo cannot be started")?;
    ensure!(built.success(), "the functions cannot be built");
    Ok((functions, workspace.target.join("release")))
}

fn peaks() -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let environment = Environment::of_product(&workspace.root)?;
    environment.make_ready(&Progress::default())?;
    let (functions, programs) = built(&workspace)?;
    let mut bench = cargo(&workspace.root);
    bench.args([
        "run", "--quiet", "-p", "local", "--bin", "local", "--", "peaks",
    ]);
    bench.arg("--venv").arg(&environment.folder);
    bench.arg("--binaries").arg(programs);
    bench
        .arg("--template")
        .arg(workspace.root.join("template.yaml"));
    ends(bench.args(functions))
}

fn start(times: u32) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let (functions, programs) = built(&workspace)?;
    let mut bench = cargo(&workspace.root);
    bench.args(["run", "--quiet", "-p", "local", "--example", "starts", "--"]);
    ends(bench.arg(programs).arg(times.to_string()).args(functions))
}

fn trace(questions: u32) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let environment = Environment::of_product(&workspace.root)?;
    environment.make_ready(&Progress::default())?;
    let mut bench = cargo(&workspace.root);
    bench.args(["run", "--quiet", "--profile", "measured", "-p", "evals"]);
    bench.args(["--example", "trace", "--"]);
    bench.env("HELPDESK_VENV", &environment.folder);
    ends(bench.arg(questions.to_string()))
}

/// What one printer reports, as a line of JSON.
#[derive(Debug, Deserialize)]
struct Printed {
    pages: f64,
    bytes: f64,
    /// The median.
    seconds: f64,
}

fn statement(rows: u32, times: u32) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let environment = Environment::of_benches(&workspace.root)?;
    environment.make_ready(&Progress::default())?;
    let folder = tempfile::tempdir()?;
    let (rows, times) = (rows.to_string(), times.to_string());
    let mut ours = cargo(&workspace.root);
    ours.args(["run", "--quiet", "--release", "-p", "statement_pdf"]);
    ours.args(["--example", "statement", "--", &rows, &times]);
    let ours = printed(ours.arg(folder.path().join("ours.pdf")))?;
    let mut other = Command::new(environment.program("python"));
    other.arg(workspace.root.join("xtask/bench/statement.py"));
    other.args([&rows, &times]);
    let other = printed(other.arg(folder.path().join("reportlab.pdf")))?;
    println!(
        "{:<28} {:>8} {:>12} {:>14}",
        "", "pages", "bytes", "pages/second"
    );
    for (name, printed) in [("ours (printpdf, release)", &ours), ("reportlab", &other)] {
        let speed = printed.pages / printed.seconds;
        println!(
            "{name:<28} {:>8} {:>12} {speed:>14.0}",
            printed.pages, printed.bytes
        );
    }
    let speed = (ours.pages / ours.seconds) / (other.pages / other.seconds);
    println!(
        "ours is {speed:.1} times as fast, at {:.2} times the bytes",
        ours.bytes / other.bytes
    );
    Ok(ExitCode::SUCCESS)
}

fn printed(command: &mut Command) -> Result<Printed> {
    let output = command.output().context("a printer cannot be started")?;
    ensure!(
        output.status.success(),
        "a printer failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("a printer did not report JSON")
}

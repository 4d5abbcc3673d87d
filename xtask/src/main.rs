//! `cargo xtask`: the commands of a developer.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::{bench, floors, fuzz, lint, sizes, suite, tidy, up};

/// The commands of a developer of this workspace.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Options {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Play the whole product on this machine and tell each mail's story; `up --help` lists its options.
    #[command(disable_help_flag = true)]
    Up {
        /// Passed on as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Let mails come while everything around the functions fails at random, and judge what is left;
    /// `chaos --help` lists its options.
    #[command(disable_help_flag = true)]
    Chaos {
        /// Passed on as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Start the outside world without the product, for rehearsing a deployment with SAM on this machine;
    /// `rehearse --help` lists its options.
    #[command(disable_help_flag = true)]
    Rehearse {
        /// Passed on as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Run every test, the end-to-end tests included.
    Test {
        /// Only this package; may be given several times.
        #[arg(short, long = "package", value_name = "PACKAGE")]
        packages: Vec<String>,
        /// Only tests whose name holds this.
        filter: Option<String>,
        /// Options for the test programs, such as --nocapture.
        #[arg(last = true)]
        options: Vec<String>,
    },
    /// Measure something and print what was seen.
    Bench {
        #[command(subcommand)]
        measured: bench::Measured,
    },
    /// Measure how well mails are understood and questions answered; `eval --help` lists its options.
    #[command(disable_help_flag = true)]
    Eval {
        /// Passed on as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Hold the report of an eval to its floors.
    Floors {
        /// Such as .local/evals/report.json
        report: PathBuf,
        /// Such as evals/floors.json
        floors: PathBuf,
    },
    /// Search for inputs that break what is promised of them.
    Fuzz {
        /// Only this target.
        target: Option<String>,
        /// How long each target is searched, in seconds.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
        seconds: u64,
        /// Only name the targets.
        #[arg(long)]
        list: bool,
    },
    /// Check who imports whom, the template, the sample events and the sources.
    Structure,
    /// Check template.yaml with SAM, cfn-lint and checkov, the workflows with zizmor, and infra/ with checkov
    /// and terraform, offline.
    Lint,
    /// Tell what each function weighs as Lambda gets it; fails where one is over the budget.
    Sizes {
        /// Where their zips lie; without it they are built.
        folder: Option<PathBuf>,
    },
    /// Format all sources and tell what `structure` would say.
    Tidy,
}

fn main() -> ExitCode {
    perform(Options::parse().command).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

fn perform(task: Task) -> Result<ExitCode> {
    match task {
        Task::Up { options } => match up::run("up", &options)? {},
        Task::Chaos { options } => match up::run("chaos", &options)? {},
        Task::Rehearse { options } => match up::rehearse(&options)? {},
        Task::Test {
            packages,
            filter,
            options,
        } => suite::run(&suite::Choice {
            packages,
            filter,
            options,
        }),
        Task::Bench { measured } => bench::run(measured),
        Task::Eval { options } => bench::eval(&options),
        Task::Floors { report, floors } => floors::run(&report, &floors),
        Task::Fuzz {
            target,
            seconds,
            list,
        } => fuzz::run(&fuzz::Choice {
            target,
            seconds,
            list,
        }),
        Task::Structure => tidy::structure(),
        Task::Lint => lint::run(),
        Task::Sizes { folder } => sizes::run(folder.as_deref()),
        Task::Tidy => tidy::tidy(),
    }
}

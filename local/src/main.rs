//! `local`: plays the product's main job on this machine. `cargo xtask up` builds it and runs it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks"
)]

mod load;
mod peaks;
mod rehearsal;
mod stage;
mod storm;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "local", version, about = "The outside world on one machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the world, deploy the product on it, and let the sample mails come
    Up(up::Arguments),
    /// Let mails come while everything around the functions fails at random, and judge what is left
    Chaos(storm::Arguments),
    /// Start the world without the product, for rehearsing a deployment with SAM
    Rehearse(rehearsal::Arguments),
    /// Measure how many mails a second go through, and where the time goes
    Load(load::Arguments),
    /// Measure the most memory that each function takes at work
    Peaks(peaks::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run() -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .init();
    let command = Cli::parse().command;
    let work = async {
        match command {
            Command::Up(arguments) => up::run(arguments).await,
            Command::Chaos(arguments) => storm::run(arguments).await,
            Command::Rehearse(arguments) => rehearsal::run(arguments).await,
            Command::Load(arguments) => load::run(arguments).await,
            Command::Peaks(arguments) => peaks::run(arguments).await,
        }
    };
    tokio::select! {
        ended = work => ended,
        stopped = tokio::signal::ctrl_c() => {
            stopped?;
            eprintln!("\nstopped; everything that was started is ended");
            Ok(ExitCode::from(130))
        }
    }
}

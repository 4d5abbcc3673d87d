//! `chaos`: a world is started, a storm blows over it, and a report says what was left.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use local::chaos::{self, Plan};

use crate::stage::Stage;

/// What `cargo xtask chaos` takes.
#[derive(Args)]
pub struct Arguments {
    /// How many mails come
    #[arg(long, default_value_t = 200)]
    mails: usize,
    /// The share of calls that meet a fault, 0 to 1
    #[arg(long, default_value_t = 0.2)]
    faults: f64,
    /// For how long the mails come and the storm lasts, in minutes
    #[arg(long, default_value_t = 3.0)]
    minutes: f64,
    /// What mails, faults and mishaps are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many minutes may pass afterwards until all mails have ended
    #[arg(long, default_value_t = 30.0)]
    patience: f64,
    /// Also write the report as JSON to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    stage: Stage,
}

/// Plays a run.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let tell = |line: &str| eprintln!("{:6.1}s  {line}", began.elapsed().as_secs_f32());
    // Short, so that what a killed function held comes back soon.
    let world = arguments.stage.world((20, 30), &tell).await?;
    let plan = Plan {
        mails: arguments.mails,
        faults: arguments.faults,
        storm: Duration::from_secs_f64(arguments.minutes * 60.0),
        patience: Duration::from_secs_f64(arguments.patience * 60.0),
        seed: arguments.seed,
    };
    tell("the storm begins");
    let report = chaos::run(world, &plan, &tell).await?;
    for line in report.lines() {
        println!("{line}");
    }
    if let Some(file) = arguments.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(if report.is_clean() {
        println!("nothing is lost, and nothing is there twice");
        ExitCode::SUCCESS
    } else {
        println!("THE PROMISE IS BROKEN, see above");
        ExitCode::FAILURE
    })
}

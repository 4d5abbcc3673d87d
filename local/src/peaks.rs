//! `peaks`: the most memory that each function took at work, after the sample mails and one event of each schedule.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use local::world::{World, function};

use crate::stage::Stage;
use crate::up::samples;

const PATIENCE: Duration = Duration::from_mins(5);
const INDEXING: Duration = Duration::from_mins(2);

/// What no mail brings about: a function, and its sample event below events/.
const SCHEDULED: [(&str, &str); 5] = [
    ("index_knowledge", "index_knowledge_reconcile"),
    ("renew_watch", "renew_watch"),
    ("sweep", "sweep"),
    ("backup", "backup"),
    ("health", "health"),
];

/// What `cargo xtask bench peaks` takes.
#[derive(Args)]
pub struct Arguments {
    /// The functions to tell of
    #[arg(required = true)]
    functions: Vec<String>,
    #[command(flatten)]
    stage: Stage,
}

/// Measures.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let tell = |line: &str| eprintln!("{:6.1}s  {line}", began.elapsed().as_secs_f32());
    let world = arguments.stage.world((30, 45), &tell).await?;
    let customers = store_postgres::read_csv(samples::bank())?;
    world.ledger.import(&customers).await?;
    let documents = samples::documents()?;
    tell(&format!("{} documents come", documents.len()));
    for (name, text) in &documents {
        world.upload(name, text).await?;
    }
    world.wait_for_documents(documents.len(), INDEXING).await?;
    work(&world, &tell).await?;
    println!("{:<20} {:>16}", "", "most memory, MB");
    for name in &arguments.functions {
        let peak = world.aws.peak_memory(&function(name))?;
        let peak = peak.with_context(|| format!("{name} has no process: it was given no work"))?;
        #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
        let megabytes = peak as f64 / 1_000_000.0;
        println!("{name:<20} {megabytes:>16.1}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn work(world: &World, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let mails = samples::mails(None)?;
    tell(&format!("{} mails come", mails.len()));
    let keys: Vec<_> = mails.iter().map(|(_, raw)| world.deliver(raw).1).collect();
    ensure!(
        world.settle(&keys, PATIENCE).await?,
        "not all mails ended within {PATIENCE:?}; the functions said:\n{}",
        world.aws.log_end()
    );
    tell("one event of each schedule comes");
    for (name, event) in SCHEDULED {
        let event = fs::read_to_string(format!("events/{event}.json"))?;
        let event = serde_json::from_str(&event)?;
        world.aws.invoke(&function(name), &event).await?;
    }
    Ok(())
}

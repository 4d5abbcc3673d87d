//! Logs as JSON on stdout, one event a line, which `CloudWatch` takes as it is, and faults told to whoever
//! keeps them for people. `docs/LOGGING.md` says what stands in a line.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::Error;
use ports::Faults;
use time::OffsetDateTime;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::faults::{BROKE, Told, Watch};
use crate::invocation::chain;
use crate::lines::Lines;
use crate::{faults, ids, settings};

/// Where this process tells faults.
pub(crate) static TOLD: Told = Told::new();

/// Runs a function: starts logging, finds out where faults are told, if anywhere, and serves until AWS
/// ends the process. A function that cannot start says so in the log like everything else.
///
/// `secret` reads a secret by its name, and `open` makes of it, and of the product's version, whoever
/// keeps faults. Without `SENTRY_SECRET` neither is called.
pub async fn run<S, E: Display, F: Display>(
    secret: impl AsyncFnOnce(String) -> Result<S, E>,
    open: impl FnOnce(&S, String) -> Result<Arc<dyn Faults>, F>,
    serve: impl AsyncFnOnce() -> Result<(), Error>,
) -> ExitCode {
    start();
    if let Some(name) = settings::raw("SENTRY_SECRET")
        && let Err(why) = tell_by(secret(name).await, open)
    {
        // Mails are worked all the same: nothing of them depends on it.
        tracing::error!(name: "faults are not told", "Faults are told in the log alone: {why}");
    }
    // The futures of whole functions are deep.
    let Err(error) = Box::pin(serve()).await else {
        return ExitCode::SUCCESS;
    };
    let said = chain(&*error);
    tracing::error!(name: "a function does not start", "The function does not start: {said}");
    // No invocation waits for it.
    faults::tell(&TOLD, Duration::MAX).await;
    ExitCode::FAILURE
}

fn tell_by<S, E: Display, F: Display>(
    secret: Result<S, E>,
    open: impl FnOnce(&S, String) -> Result<Arc<dyn Faults>, F>,
) -> Result<(), String> {
    let secret = secret.map_err(|error| error.to_string())?;
    let faults = open(&secret, ids::version()).map_err(|error| error.to_string())?;
    TOLD.set(faults)
        .map_err(|_| "they are told already".to_owned())
}

/// Starts logging at the level of `LOG_LEVEL`. Libraries log warnings only: what they say at lower
/// levels can hold addresses and content.
fn start() {
    let level = settings::raw("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
    let own = [
        "desk",
        "lambda_kit",
        "resilience",
        "ingest",
        "triage",
        "bank_statement",
        "password_update",
        "general_query",
        "human_handoff",
        "index_knowledge",
        "backup",
        "health",
        "renew_watch",
        "sweep",
        "mailbox_gmail",
        "tickets_odoo",
        "model_gemini",
        "knowledge_qdrant",
        "store_postgres",
        "queue_sqs",
        "alerts_slack",
        "alerts_sns",
        "archive_s3",
        "vault_secretsmanager",
    ];
    // That an invocation failed is said here once, and with its ids.
    let mut filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF);
    if let Ok(level) = level.parse::<LevelFilter>() {
        filter = filter.with_targets(own.map(|room| (room, level)));
    }
    let watch = Watch {
        told: &TOLD,
        function: ids::function(),
    };
    let lines = Lines {
        always: ids::always(),
        now: OffsetDateTime::now_utc,
        write: Box::new(write),
    };
    let layers = tracing_subscriber::registry().with(filter).with(lines);
    let started = layers.with(watch).try_init();
    // What a panic says can hold what it was working on. Where it happened is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.as_deref().unwrap_or("an unknown place");
        tracing::error!(name: BROKE, place, "The code broke at {place}");
    }));
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

/// Writes a line in one piece, so that none is torn apart by another.
fn write(line: &str) {
    let mut out = std::io::stdout().lock();
    // Where stdout is gone there is nowhere left to say so.
    out.write_all(format!("{line}\n").as_bytes()).ok();
    out.flush().ok();
}

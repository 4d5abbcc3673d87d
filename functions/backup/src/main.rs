//! `backup`: once a day, the knowledge base and the tickets into the bucket, read back before they count.

mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use archive_s3::S3Archive;
use desk::backup::{Backups, Damage, Made};
use faults_sentry::Sentry;
use knowledge_qdrant::Qdrant;
use lambda_kit::metrics::{BACKUP_COMPLETED, BACKUP_OCTETS, BACKUP_SHRUNK, Line};
use lambda_kit::{Fresh, Settings, metrics, serve_events, time_left, within};
use lambda_runtime::{Error, LambdaEvent};
use ports::{CallError, Clock, SystemClock};
use serde_json::{Value, json};
use store_postgres::Store;
use tickets_odoo::Odoo;
use vault_secretsmanager::Vault;

use crate::settings::BackupConfig;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    let parts = Fresh::made(async || assemble(&config).await).await?;

    serve_events(async |event: LambdaEvent<Value>| {
        metrics::invoked(SystemClock.now());
        let backups = parts.get().await?;
        let left = time_left(&event.context, SystemClock.now());
        let (made, calls) = within(left, backups.make()).await;
        let mut lines = metrics::retries(&calls.calls);
        if let Err(Damage::Call(CallError::Unauthorized { .. })) = &made {
            parts.forget().await;
        }
        lines.extend(made.as_ref().ok().map(told));
        metrics::print(&lines, SystemClock.now());
        let made = made?;
        say(&made);
        Ok::<_, Error>(json!({ "backup": made.manifest.name }))
    })
    .await
}

fn told(made: &Made) -> Line {
    // Sizes of backups are far below what a double counts exactly.
    #[expect(clippy::cast_precision_loss, reason = "it is a metric")]
    let octets = made.manifest.octets() as f64;
    Line::new()
        .value(&BACKUP_COMPLETED, 1.0)
        .value(&BACKUP_OCTETS, octets)
        .value(&BACKUP_SHRUNK, f64::from(u8::from(made.is_small())))
}

fn say(made: &Made) {
    let (name, octets) = (&made.manifest.name, made.manifest.octets());
    let (pieces, tickets) = (
        made.manifest.rows("knowledge"),
        made.manifest.rows("tickets"),
    );
    tracing::info!(
        backup = name,
        octets,
        pieces,
        tickets,
        "Backup {name} holds {pieces} pieces of documents and {tickets} tickets, and was read back"
    );
    if made.is_small() {
        let before = made.before.unwrap_or_default();
        tracing::error!(
            name: "a backup is small",
            backup = name,
            octets,
            before,
            "Backup {name} has {octets} octets where the one before had {before}: look whether documents or tickets are gone"
        );
    }
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &BackupConfig) -> Result<Backups, Error> {
    let vault = Vault::connect().await;
    let qdrant = vault.secret(&config.qdrant_secret).await?;
    let odoo = vault.secret(&config.odoo_secret).await?;
    // The gates of Qdrant and Odoo are kept there.
    let store = Arc::new(Store::new(&vault.secret(&config.database_secret).await?)?);
    let qdrant = Qdrant::connect(config.qdrant.clone(), Some(qdrant))?.guarded(store.clone());
    Ok(Backups {
        knowledge: Arc::new(qdrant),
        tickets: Arc::new(Odoo::new(config.odoo.clone(), odoo).guarded(store, config.odoo_calls)),
        archive: Arc::new(S3Archive::connect(config.bucket.clone()).await),
        clock: Arc::new(SystemClock),
    })
}

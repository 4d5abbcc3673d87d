//! `backup`: once a day, the knowledge base and the tickets into the bucket, read back before they count. Where time
//! runs out on the tickets, it asks to be called again, and goes on.

mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use archive_s3::S3Archive;
use aws_account::Account;
use desk::backup::{Backups, Damage, Made, Shrunk, Source};
use faults_sentry::Sentry;
use knowledge_qdrant::Qdrant;
use lambda_kit::metrics::{BACKUP_COMPLETED, BACKUP_OCTETS, BACKUP_SHRUNK, Line};
use lambda_kit::{Fresh, GoesOn, Settings, deadline, metrics, serve_events, time_left, within};
use lambda_runtime::{Error, LambdaEvent};
use ports::{CallError, Clock, SystemClock};
use serde_json::{Value, json};
use store_postgres::Store;
use tickets_odoo::{Dumps, Odoo};
use time::Duration;
use vault_secretsmanager::Vault;

use crate::settings::BackupConfig;

/// What is left of an invocation for the last tickets that were asked for, the ids of all, and the manifest.
const FOR_THE_END: Duration = Duration::seconds(90);

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
        let until = deadline(&event.context) - FOR_THE_END;
        let (made, calls) = within(left, backups.make(until)).await;
        let mut lines = metrics::retries(&calls.calls);
        if let Err(Damage::Call(CallError::Unauthorized { .. })) = &made {
            parts.forget().await;
        }
        lines.extend(made.as_ref().ok().map(told));
        metrics::print(&lines, SystemClock.now());
        let made = made?;
        say(&made);
        match &made.manifest.stopped {
            Some(stopped) => Err(GoesOn(format!(
                "tickets above id {} are left for the next backup",
                stopped.after
            ))
            .into()),
            None => Ok::<_, Error>(json!({ "backup": made.manifest.name })),
        }
    })
    .await
}

fn told(made: &Made) -> Line {
    // Sizes of backups are far below what a double counts exactly.
    #[expect(clippy::cast_precision_loss, reason = "it is a metric")]
    let octets = made.manifest.octets() as f64;
    Line::new()
        .value(
            &BACKUP_COMPLETED,
            f64::from(u8::from(made.manifest.stopped.is_none())),
        )
        .value(&BACKUP_OCTETS, octets)
        .value(&BACKUP_SHRUNK, f64::from(u8::from(made.shrunk().is_some())))
}

fn say(made: &Made) {
    let (name, octets) = (&made.manifest.name, made.manifest.octets());
    let pieces = made.manifest.rows("knowledge");
    let helpdesk = match made.manifest.living() {
        Some(living) => format!(
            "{} of {living} tickets, those that the backup before does not have as they are",
            made.manifest.rows("tickets")
        ),
        None => "a dump of Odoo".to_owned(),
    };
    tracing::info!(
        backup = name,
        octets,
        pieces,
        "Backup {name} holds {pieces} pieces of documents and {helpdesk}, and was read back"
    );
    if let Some(Shrunk { what, now, before }) = made.shrunk() {
        tracing::error!(
            name: "a backup is small",
            backup = name,
            what,
            now,
            before,
            "Backup {name} has {now} {what} where the one before had {before}: look whether documents or tickets are gone"
        );
    }
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &BackupConfig) -> Result<Backups, Error> {
    let account = Account::of_function();
    let vault = Vault::of(&account);
    let ids = [
        &config.qdrant_secret,
        &config.odoo_secret,
        &config.database_secret,
    ];
    let master = config.master_secret.as_deref();
    let ([qdrant, odoo, database], master) = vault.all_and(ids, master).await?;
    // The gates of Qdrant and Odoo are kept there.
    let store = Arc::new(Store::new(&database)?);
    let qdrant = Qdrant::connect(config.qdrant.clone(), Some(qdrant))?.guarded(store.clone());
    let (at, calls) = (config.odoo.clone(), config.odoo_calls);
    let tickets = match master {
        Some(master) => Source::Dumped(Arc::new(Dumps::new(at, master).guarded(store, calls))),
        None => Source::Exported(Arc::new(Odoo::new(at, odoo).guarded(store, calls))),
    };
    Ok(Backups {
        knowledge: Arc::new(qdrant),
        tickets,
        archive: Arc::new(S3Archive::of(&account, config.bucket.clone())),
        clock: Arc::new(SystemClock),
    })
}

//! ingest: what changed in the mailbox is entered into the ledger and handed to triage.

mod push;
mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use aws_account::Account;
use desk::ingest::{Ingest, Synced};
use faults_sentry::Sentry;
use lambda_kit::{Fresh, Settings, deadline, metrics, serve_events, time_left, within};
use lambda_runtime::{Context, Error, LambdaEvent};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials, PushVerifier};
use ports::{CallError, Clock, SystemClock};
use queue_sqs::SqsQueue;
use serde_json::{Value, json};
use store_postgres::Store;
use vault_secretsmanager::Vault;

use crate::settings::IngestConfig;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    let verifier = PushVerifier::new(
        config.jwks_url.clone(),
        config.audience.clone(),
        config.service_account.clone(),
    );
    let parts = Fresh::made(async || assemble(&config).await).await?;

    serve_events(async |event: LambdaEvent<Value>| {
        metrics::invoked(SystemClock.now());
        let sync = async || {
            let ingest = parts
                .get()
                .await
                .map_err(|error| CallError::rejected("Secrets Manager", error.to_string()))?;
            let synced = bounded(&ingest, &event.context).await;
            if matches!(synced, Err(CallError::Unauthorized { .. })) {
                parts.forget().await;
            }
            synced
        };
        if event.payload.get("requestContext").is_some() {
            let request = serde_json::from_value(event.payload)?;
            return Ok::<_, Error>(push::answer(request, &verifier, &config.address, sync).await);
        }
        // The schedule: pushes can be lost.
        let synced = sync().await?;
        tracing::info!(
            new = synced.new,
            sent = synced.sent,
            full = synced.full,
            "The poll found {} new mails",
            synced.new
        );
        Ok(json!({ "new": synced.new, "sent": synced.sent, "full": synced.full }))
    })
    .await
}

/// One sync, which ends before the invocation does.
async fn bounded(ingest: &Ingest, context: &Context) -> Result<Synced, CallError> {
    let left = time_left(context, SystemClock.now());
    let (synced, made) = within(left, ingest.sync(deadline(context))).await;
    let mut lines = metrics::retries(&made.calls);
    if let Ok(synced) = &synced {
        lines.extend(metrics::synced(synced.shown, synced.taken, synced.new));
    }
    metrics::print(&lines, SystemClock.now());
    synced
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &IngestConfig) -> Result<Ingest, Error> {
    let account = Account::of_function();
    let vault = Vault::of(&account);
    let ids = [&config.google_secret, &config.database_secret];
    let [google, database] = vault.all(ids).await?;
    let google = GoogleCredentials::from_json(&google)?;
    let gmail = GmailSettings::new(config.address.clone(), config.base_url.clone(), google);
    let ledger = Arc::new(Store::new(&database)?);
    Ok(Ingest {
        mailbox: Arc::new(Gmail::connect(gmail).guarded(ledger.clone(), config.gmail_units)),
        ledger,
        queue: Arc::new(SqsQueue::of(&account, config.queues.clone())),
        clock: Arc::new(SystemClock),
        address: config.address.clone(),
    })
}

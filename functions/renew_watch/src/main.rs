//! `renew_watch`: keeps Gmail's watch on the mailbox alive. A watch lapses after seven days.

use std::process::ExitCode;
use std::sync::Arc;

use aws_account::Account;
use faults_sentry::Sentry;
use lambda_kit::{Fresh, Settings, metrics, serve_events, time_left, within};
use lambda_runtime::{Error, LambdaEvent};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use ports::{CallError, Clock, Ledger, Mailbox, SystemClock, Watch};
use serde_json::{Value, json};
use store_postgres::Store;
use vault_secretsmanager::Vault;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let mut settings = Settings::from_env();
    let database_secret = settings.text("DATABASE_SECRET");
    let google_secret = settings.text("GOOGLE_SECRET");
    let address = settings.text("GMAIL_ADDRESS");
    let base_url = settings.url("GMAIL_BASE_URL");
    let units = settings.bounded("GMAIL_UNITS_PER_MINUTE", 100, 1_000_000);
    let topic = settings.text("PUBSUB_TOPIC");
    settings.done()?;

    let parts = Fresh::made(async || {
        let vault = Vault::of(&Account::of_function());
        let [google, database] = vault.all([&google_secret, &database_secret]).await?;
        let google = GoogleCredentials::from_json(&google)?;
        let ledger = Arc::new(Store::new(&database)?);
        let gmail = GmailSettings::new(address.clone(), base_url.clone(), google);
        let gmail = Gmail::connect(gmail).guarded(ledger.clone(), units);
        Ok((gmail, ledger))
    })
    .await?;

    serve_events(async |event: LambdaEvent<Value>| {
        metrics::invoked(SystemClock.now());
        let kept = parts.get().await?;
        let (gmail, ledger) = &*kept;
        let left = time_left(&event.context, SystemClock.now());
        let (renewed, made) = within(left, renew(gmail, ledger, &topic, &address)).await;
        metrics::print(&metrics::retries(&made.calls), SystemClock.now());
        if matches!(renewed, Err(CallError::Unauthorized { .. })) {
            parts.forget().await;
        }
        let watch = renewed?;
        tracing::info!(expires = %watch.expires, "The watch on the mailbox holds until {}", watch.expires);
        Ok::<_, Error>(json!({ "expires": watch.expires.unix_timestamp() }))
    })
    .await
}

async fn renew(
    gmail: &Gmail,
    ledger: &Store,
    topic: &str,
    address: &str,
) -> Result<Watch, CallError> {
    let watch = gmail.watch(topic).await?;
    let mailbox = ledger.mailbox(address).await?;
    ledger.watched(mailbox.id, watch.expires).await?;
    Ok(watch)
}

//! ingest: what changed in the mailbox is entered into the ledger and handed to triage.

mod push;

use std::sync::Arc;

use desk::ingest::Ingest;
use lambda_kit::{Settings, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials, PushVerifier};
use ports::SystemClock;
use queue_sqs::SqsQueue;
use serde_json::{Value, json};
use store_postgres::Store;
use vault_secretsmanager::Vault;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_env();
    let database_secret = settings.text("DATABASE_SECRET");
    let google_secret = settings.text("GOOGLE_SECRET");
    let address = settings.text("GMAIL_ADDRESS");
    let base_url = settings.url("GMAIL_BASE_URL");
    let jwks_url = settings.url("GOOGLE_JWKS_URL");
    let audience = settings.text("PUSH_AUDIENCE");
    let service_account = settings.text("PUSH_SERVICE_ACCOUNT");
    let queues = settings.queues();
    settings.done()?;

    let vault = Vault::connect().await;
    let google = GoogleCredentials::from_json(&vault.secret(&google_secret).await?)?;
    let gmail = GmailSettings::new(address.clone(), base_url, google);
    let verifier = PushVerifier::new(jwks_url, audience, service_account);
    let ingest = Ingest {
        mailbox: Arc::new(Gmail::connect(gmail)),
        ledger: Arc::new(Store::new(&vault.secret(&database_secret).await?)?),
        queue: Arc::new(SqsQueue::connect(queues).await),
        clock: Arc::new(SystemClock),
        address,
    };

    run(service_fn(async |event: LambdaEvent<Value>| {
        if event.payload.get("requestContext").is_some() {
            let request = serde_json::from_value(event.payload)?;
            return Ok::<_, Error>(push::answer(request, &verifier, &ingest).await);
        }
        // The schedule: pushes can be lost.
        let synced = ingest.sync().await?;
        tracing::info!(
            new = synced.new,
            sent = synced.sent,
            full = synced.full,
            "The poll found {} new mails",
            synced.new
        );
        Ok(json!({ "new": synced.new, "sent": synced.sent, "full": synced.full }))
    }))
    .await
}

//! `index_knowledge`: documents that change in the bucket change in the knowledge base, and once a
//! day all of them are looked at.

mod event;
mod settings;

use std::sync::Arc;

use archive_s3::S3Archive;
use desk::index::Indexing;
use knowledge_qdrant::Qdrant;
use lambda_kit::{Fresh, Settings, deadline, metrics, telemetry, time_left, within};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use model_gemini::Gemini;
use ports::{CallError, Clock, SystemClock};
use store_postgres::Store;
use vault_secretsmanager::Vault;

use crate::event::Event;
use crate::settings::IndexConfig;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = settings::read(Settings::from_env())?;
    let parts = Fresh::made(async || assemble(&config).await).await?;

    run(service_fn(async |event: LambdaEvent<Event>| {
        metrics::invoked(SystemClock.now());
        let indexing = parts.get().await?;
        let until = deadline(&event.context);
        let left = time_left(&event.context, SystemClock.now());
        let (worked, made) = within(left, event.payload.work(&indexing, until)).await;
        metrics::print(&metrics::retries(&made.calls), SystemClock.now());
        let refused = |error: &Error| {
            let call = error.downcast_ref::<CallError>();
            matches!(call, Some(CallError::Unauthorized { .. }))
        };
        if worked.as_ref().is_err_and(refused) {
            parts.forget().await;
        }
        worked
    }))
    .await
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &IndexConfig) -> Result<Indexing, Error> {
    let vault = Vault::connect().await;
    let gemini = vault.secret(&config.gemini_secret).await?;
    let qdrant = vault.secret(&config.qdrant_secret).await?;
    // The gates of Gemini and Qdrant are kept there.
    let limits = Arc::new(Store::new(&vault.secret(&config.database_secret).await?)?);
    let qdrant = Qdrant::connect(config.qdrant.clone(), Some(qdrant))?.guarded(limits.clone());
    Ok(Indexing {
        archive: Arc::new(S3Archive::connect(config.bucket.clone()).await),
        model: Arc::new(Gemini::new(config.gemini.clone(), gemini).guarded(limits, config.quota)),
        knowledge: Arc::new(qdrant),
        clock: Arc::new(SystemClock),
        space: config.space.clone(),
    })
}

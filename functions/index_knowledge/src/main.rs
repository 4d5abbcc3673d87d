//! `index_knowledge`: documents that change in the bucket change in the knowledge base, and once a
//! day all of them are looked at.

mod event;
mod settings;

use std::sync::Arc;

use archive_s3::S3Archive;
use desk::index::Indexing;
use knowledge_qdrant::Qdrant;
use lambda_kit::{Settings, deadline, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use model_gemini::Gemini;
use ports::SystemClock;
use vault_secretsmanager::Vault;

use crate::event::Event;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = settings::read(Settings::from_env())?;
    let vault = Vault::connect().await;
    let gemini_key = vault.secret(&config.gemini_secret).await?;
    let qdrant_key = vault.secret(&config.qdrant_secret).await?;
    let indexing = Indexing {
        archive: Arc::new(S3Archive::connect(config.bucket).await),
        model: Arc::new(Gemini::new(config.gemini, gemini_key)),
        knowledge: Arc::new(Qdrant::connect(config.qdrant, Some(qdrant_key))?),
        clock: Arc::new(SystemClock),
        space: config.space,
    };

    run(service_fn(async |event: LambdaEvent<Event>| {
        let until = deadline(&event.context);
        event.payload.work(&indexing, until).await
    }))
    .await
}

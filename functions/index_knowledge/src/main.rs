//! `index_knowledge`: documents that change in the bucket change in the knowledge base.

use std::sync::Arc;
use std::time::Duration;

use archive_s3::S3Archive;
use aws_lambda_events::s3::S3Event;
use desk::index::Indexing;
use knowledge_qdrant::{Qdrant, QdrantSettings};
use lambda_kit::{Settings, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use model_gemini::{Gemini, GeminiSettings};
use vault_secretsmanager::Vault;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_env();
    let gemini_secret = settings.text("GEMINI_SECRET");
    let qdrant_secret = settings.text("QDRANT_SECRET");
    let bucket = settings.text("KNOWLEDGE_BUCKET");
    let dimension = settings.parsed("GEMINI_EMBED_DIMENSIONS", "a number");
    let gemini = GeminiSettings {
        base_url: settings.url("GEMINI_BASE_URL"),
        embed_model: settings.text("GEMINI_EMBED_MODEL"),
        embed_dimensions: dimension,
        ..GeminiSettings::default()
    };
    let qdrant = QdrantSettings {
        url: settings.url("QDRANT_URL"),
        collection: settings.text("KNOWLEDGE_COLLECTION"),
        timeout: Duration::from_secs(10),
    };
    settings.done()?;

    let vault = Vault::connect().await;
    let indexing = Indexing {
        archive: Arc::new(S3Archive::connect(bucket).await),
        model: Arc::new(Gemini::new(gemini, vault.secret(&gemini_secret).await?)),
        knowledge: Arc::new(Qdrant::connect(
            qdrant,
            Some(vault.secret(&qdrant_secret).await?),
        )?),
        dimension,
    };

    run(service_fn(async |event: LambdaEvent<S3Event>| {
        for record in event.payload.records {
            let Some(document) = record.s3.object.url_decoded_key.or(record.s3.object.key) else {
                continue;
            };
            let pieces = indexing.index(&document).await?;
            tracing::info!(
                document,
                pieces,
                "Document {document} stands in the knowledge base with {pieces} pieces"
            );
        }
        Ok::<_, Error>(())
    }))
    .await
}

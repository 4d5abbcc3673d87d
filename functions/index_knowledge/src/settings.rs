//! What `index_knowledge` is told by its environment.

use std::time::Duration;

use knowledge_qdrant::QdrantSettings;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use lambda_kit::tracer::TraceSettings;
use model_gemini::{GeminiSettings, Quota};
use ports::Space;

/// Everything `index_knowledge` needs to know before its first document.
pub struct IndexConfig {
    pub database_secret: String,
    pub gemini_secret: String,
    pub qdrant_secret: String,
    pub bucket: String,
    pub gemini: GeminiSettings,
    pub quota: Quota,
    pub qdrant: QdrantSettings,
    pub space: Space,
    pub traces: TraceSettings,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<IndexConfig, BadSettings> {
    let config = IndexConfig {
        database_secret: from.text("DATABASE_SECRET"),
        gemini_secret: from.text("GEMINI_SECRET"),
        qdrant_secret: from.text("QDRANT_SECRET"),
        bucket: from.text("KNOWLEDGE_BUCKET"),
        quota: Quota {
            requests_a_minute: from.bounded("GEMINI_REQUESTS_PER_MINUTE", 1, 1_000_000),
            tokens_a_minute: from.bounded("GEMINI_TOKENS_PER_MINUTE", 1_000, 1_000_000_000),
            requests_a_day: from.bounded("GEMINI_REQUESTS_PER_DAY", 1, 100_000_000),
        },
        gemini: GeminiSettings {
            base_url: from.url("GEMINI_BASE_URL"),
            ..GeminiSettings::default()
        },
        qdrant: QdrantSettings {
            url: from.url("QDRANT_URL"),
            collection: from.text("KNOWLEDGE_COLLECTION"),
            timeout: Duration::from_secs(10),
        },
        space: Space {
            model: from.text("GEMINI_EMBED_MODEL"),
            dimensions: from.parsed("GEMINI_EMBED_DIMENSIONS", "a number"),
        },
        traces: from.traces(),
    };
    from.done()?;
    Ok(config)
}

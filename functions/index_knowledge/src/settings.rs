//! What `index_knowledge` is told by its environment.

use std::time::Duration;

use knowledge_qdrant::QdrantSettings;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use model_gemini::GeminiSettings;
use ports::Space;

/// Everything `index_knowledge` needs to know before its first document.
pub struct IndexConfig {
    pub gemini_secret: String,
    pub qdrant_secret: String,
    pub bucket: String,
    pub gemini: GeminiSettings,
    pub qdrant: QdrantSettings,
    pub space: Space,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<IndexConfig, BadSettings> {
    let config = IndexConfig {
        gemini_secret: from.text("GEMINI_SECRET"),
        qdrant_secret: from.text("QDRANT_SECRET"),
        bucket: from.text("KNOWLEDGE_BUCKET"),
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
    };
    from.done()?;
    Ok(config)
}

//! What health is told by its environment.

use std::collections::HashMap;
use std::time::Duration;

use knowledge_qdrant::QdrantSettings;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use model_gemini::GeminiSettings;
use ports::QueueName;
use tickets_odoo::OdooSettings;

/// Everything health needs to know before it is asked.
pub struct HealthConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub odoo_secret: String,
    pub gemini_secret: String,
    pub qdrant_secret: String,
    pub address: String,
    pub gmail_base_url: String,
    pub odoo: OdooSettings,
    pub gemini: GeminiSettings,
    pub qdrant: QdrantSettings,
    pub queues: HashMap<QueueName, String>,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<HealthConfig, BadSettings> {
    let config = HealthConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        gemini_secret: from.text("GEMINI_SECRET"),
        qdrant_secret: from.text("QDRANT_SECRET"),
        address: from.text("GMAIL_ADDRESS"),
        gmail_base_url: from.url("GMAIL_BASE_URL"),
        odoo: OdooSettings {
            url: from.url("ODOO_URL"),
            database: from.text("ODOO_DATABASE"),
            team_id: from.parsed("ODOO_TEAM_ID", "a number"),
            login: from.optional("ODOO_LOGIN"),
            protocol: from.parsed("ODOO_PROTOCOL", "auto, json-2 or json-rpc"),
            timeout: Duration::from_secs(10),
        },
        gemini: GeminiSettings {
            base_url: from.url("GEMINI_BASE_URL"),
            classify_model: from.text("GEMINI_CLASSIFY_MODEL"),
            answer_model: from.text("GEMINI_ANSWER_MODEL"),
            ..GeminiSettings::default()
        },
        qdrant: QdrantSettings {
            url: from.url("QDRANT_URL"),
            collection: from.text("KNOWLEDGE_COLLECTION"),
            timeout: Duration::from_secs(5),
        },
        queues: from.queues(),
    };
    from.done()?;
    Ok(config)
}

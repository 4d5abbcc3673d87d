//! What ingest is told by its environment.

use std::collections::HashMap;

use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use ports::QueueName;

/// Everything ingest needs to know before its first push.
pub struct IngestConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub address: String,
    pub base_url: String,
    pub gmail_units: u32,
    pub jwks_url: String,
    pub audience: String,
    pub service_account: String,
    pub queues: HashMap<QueueName, String>,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<IngestConfig, BadSettings> {
    let config = IngestConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        address: from.text("GMAIL_ADDRESS"),
        base_url: from.url("GMAIL_BASE_URL"),
        gmail_units: from.bounded("GMAIL_UNITS_PER_MINUTE", 100, 1_000_000),
        jwks_url: from.url("GOOGLE_JWKS_URL"),
        audience: from.text("PUSH_AUDIENCE"),
        service_account: from.text("PUSH_SERVICE_ACCOUNT"),
        queues: from.queues(),
    };
    from.done()?;
    Ok(config)
}

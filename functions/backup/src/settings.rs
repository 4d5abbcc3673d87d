//! What backup is told by its environment.

use std::time::Duration;

use knowledge_qdrant::QdrantSettings;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use tickets_odoo::OdooSettings;

/// Everything backup needs to know before its first run.
pub struct BackupConfig {
    pub database_secret: String,
    pub odoo_secret: String,
    pub qdrant_secret: String,
    pub odoo: OdooSettings,
    pub odoo_calls: u32,
    /// The secret with Odoo's master password, where the database is dumped.
    pub master_secret: Option<String>,
    pub qdrant: QdrantSettings,
    pub bucket: String,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<BackupConfig, BadSettings> {
    let config = BackupConfig {
        database_secret: from.text("DATABASE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        qdrant_secret: from.text("QDRANT_SECRET"),
        odoo: OdooSettings {
            url: from.url("ODOO_URL"),
            database: from.text("ODOO_DATABASE"),
            team_id: from.parsed("ODOO_TEAM_ID", "a number"),
            login: from.optional("ODOO_LOGIN"),
            protocol: from.parsed("ODOO_PROTOCOL", "auto, json-2 or json-rpc"),
            timeout: Duration::from_secs(30),
        },
        master_secret: from.optional("ODOO_MASTER_SECRET"),
        odoo_calls: from.bounded("ODOO_CALLS_PER_MINUTE", 10, 1_000_000),
        qdrant: QdrantSettings {
            url: from.url("QDRANT_URL"),
            collection: from.text("KNOWLEDGE_COLLECTION"),
            timeout: Duration::from_secs(30),
        },
        bucket: from.text("BACKUP_BUCKET"),
    };
    from.done()?;
    Ok(config)
}

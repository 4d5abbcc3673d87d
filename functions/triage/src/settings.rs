//! What triage is told by its environment.

use std::collections::HashMap;
use std::time::Duration;

use desk::triage::TriageSettings;
use domain::reference::RefPattern;
use domain::route::Thresholds;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use model_gemini::GeminiSettings;
use ports::QueueName;
use tickets_odoo::OdooSettings;

/// Everything triage needs to know before its first mail.
pub struct TriageConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub odoo_secret: String,
    pub gemini_secret: String,
    pub gmail_base_url: String,
    pub odoo: OdooSettings,
    pub gemini: GeminiSettings,
    pub queues: HashMap<QueueName, String>,
    pub triage: TriageSettings,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<TriageConfig, BadSettings> {
    let pattern = from.checked("TICKET_SAMPLE", |sample| {
        RefPattern::from_sample(sample).map(Some)
    });
    let answer = from.parsed("INTENT_THRESHOLD", "a number from 0 to 1");
    let config = TriageConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        gemini_secret: from.text("GEMINI_SECRET"),
        gmail_base_url: from.url("GMAIL_BASE_URL"),
        odoo: OdooSettings {
            url: from.url("ODOO_URL"),
            database: from.text("ODOO_DATABASE"),
            team_id: from.parsed("ODOO_TEAM_ID", "a number"),
            timeout: Duration::from_secs(10),
        },
        gemini: GeminiSettings {
            base_url: from.url("GEMINI_BASE_URL"),
            classify_model: from.text("GEMINI_CLASSIFY_MODEL"),
            ..GeminiSettings::default()
        },
        queues: from.queues(),
        triage: TriageSettings {
            own_address: from.text("GMAIL_ADDRESS"),
            pattern: pattern.unwrap_or_default(),
            thresholds: Thresholds {
                answer,
                ..Thresholds::default()
            },
        },
    };
    from.done()?;
    Ok(config)
}

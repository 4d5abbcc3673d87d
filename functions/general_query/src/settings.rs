//! What `general_query` is told by its environment.

use std::collections::HashMap;
use std::time::Duration;

use desk::drafting::Letterhead;
use domain::reference::RefPattern;
use grounding::LinkHosts;
use knowledge_qdrant::QdrantSettings;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use lambda_kit::tracer::TraceSettings;
use mail_mime::Desk;
use model_gemini::{GeminiSettings, Quota};
use ports::QueueName;
use tickets_odoo::OdooSettings;

/// Everything `general_query` needs to know before its first mail.
pub struct AnswerConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub odoo_secret: String,
    pub gemini_secret: String,
    pub qdrant_secret: String,
    pub gmail_base_url: String,
    pub odoo: OdooSettings,
    pub gmail_units: u32,
    pub odoo_calls: u32,
    pub quota: Quota,
    pub gemini: GeminiSettings,
    pub qdrant: QdrantSettings,
    pub queues: HashMap<QueueName, String>,
    pub letterhead: Letterhead,
    pub memory: usize,
    pub patience: time::Duration,
    pub hosts: LinkHosts,
    pub product: Option<String>,
    pub traces: TraceSettings,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<AnswerConfig, BadSettings> {
    let config = AnswerConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        gemini_secret: from.text("GEMINI_SECRET"),
        qdrant_secret: from.text("QDRANT_SECRET"),
        gmail_base_url: from.url("GMAIL_BASE_URL"),
        gmail_units: from.bounded("GMAIL_UNITS_PER_MINUTE", 100, 1_000_000),
        odoo_calls: from.bounded("ODOO_CALLS_PER_MINUTE", 10, 1_000_000),
        quota: Quota {
            requests_a_minute: from.bounded("GEMINI_REQUESTS_PER_MINUTE", 1, 1_000_000),
            tokens_a_minute: from.bounded("GEMINI_TOKENS_PER_MINUTE", 1_000, 1_000_000_000),
            requests_a_day: from.bounded("GEMINI_REQUESTS_PER_DAY", 1, 100_000_000),
        },
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
            // It summarises long conversations.
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
        letterhead: Letterhead {
            desk: Desk {
                name: from.text("DESK_NAME"),
                address: from.text("GMAIL_ADDRESS"),
            },
            pattern: from.checked("TICKET_SAMPLE", RefPattern::from_sample),
        },
        memory: from.parsed("MEMORY_TOKENS", "a number of tokens"),
        patience: from.minutes("MODEL_PATIENCE_MINUTES"),
        hosts: from.checked("ANSWER_LINK_HOSTS", |list| {
            LinkHosts::parse(list).map_err(|bad| bad.to_string())
        }),
        product: from.optional("KNOWLEDGE_PRODUCT"),
        traces: from.traces(),
    };
    from.done()?;
    Ok(config)
}

//! What the helpdesk is told, by the names and the rules of the functions' settings.

use std::collections::HashMap;
use std::time::Duration;

use knowledge_qdrant::QdrantSettings;
use lambda_kit::Settings;
use model_gemini::GeminiSettings;
use ports::QueueName;
use tickets_odoo::OdooSettings;

/// Where everything is. What is missing or bad is empty.
pub struct Needs {
    /// The names of the secrets.
    pub database: String,
    pub google: String,
    pub odoo_key: String,
    pub gemini_key: String,
    pub qdrant_key: String,
    pub slack: String,
    /// The mailbox.
    pub address: String,
    pub gmail_base_url: String,
    pub odoo: OdooSettings,
    pub gemini: GeminiSettings,
    pub qdrant: QdrantSettings,
    pub queues: HashMap<QueueName, String>,
    /// The stack, by the names of its secrets.
    pub stack: String,
}

impl Needs {
    /// Reads everything, with one sentence for each setting that is missing or bad.
    pub fn read(mut from: Settings) -> (Self, Vec<String>) {
        let database = from.text("DATABASE_SECRET");
        let stack = database.trim_end_matches("/database").to_owned();
        let needs = Self {
            google: from.text("GOOGLE_SECRET"),
            odoo_key: from.text("ODOO_SECRET"),
            gemini_key: from.text("GEMINI_SECRET"),
            qdrant_key: from.text("QDRANT_SECRET"),
            slack: format!("{stack}/slack"),
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
            database,
            stack,
        };
        let problems = from.done().err().map(|bad| bad.problems);
        (needs, problems.unwrap_or_default())
    }
}

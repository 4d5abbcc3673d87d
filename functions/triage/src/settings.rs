//! What triage is told by its environment.

use std::collections::HashMap;
use std::time::Duration;

use desk::triage::TriageSettings;
use domain::attachments::FileLimits;
use domain::placement::ClosedTickets;
use domain::reference::RefPattern;
use domain::route::Thresholds;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use lambda_kit::tracer::TraceSettings;
use model_gemini::{GeminiSettings, Quota};
use ports::{Budget, Owners, QueueName};
use tickets_odoo::OdooSettings;

/// Everything triage needs to know before its first mail.
pub struct TriageConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub odoo_secret: String,
    pub gemini_secret: String,
    pub gmail_base_url: String,
    pub odoo: OdooSettings,
    pub gmail_units: u32,
    pub odoo_calls: u32,
    pub quota: Quota,
    pub gemini: GeminiSettings,
    pub queues: HashMap<QueueName, String>,
    pub triage: TriageSettings,
    pub traces: TraceSettings,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<TriageConfig, BadSettings> {
    let answer = from.parsed("INTENT_THRESHOLD", "a number from 0 to 1");
    let config = TriageConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        gemini_secret: from.text("GEMINI_SECRET"),
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
            classify_model: from.text("GEMINI_CLASSIFY_MODEL"),
            ..GeminiSettings::default()
        },
        queues: from.queues(),
        triage: TriageSettings {
            own_address: from.text("GMAIL_ADDRESS"),
            pattern: from.checked("TICKET_SAMPLE", RefPattern::from_sample),
            thresholds: Thresholds {
                answer,
                ..Thresholds::default()
            },
            closed: from.checked("CLOSED_TICKETS", |closed| match closed {
                "reopen" => Ok(ClosedTickets::Reopen),
                "new" => Ok(ClosedTickets::OpenAnother),
                _ => Err("must be reopen or new".to_owned()),
            }),
            owners: from.checked("TICKET_OWNERS", |owners| match owners {
                "contact" => Ok(Owners::Contact),
                "company" => Ok(Owners::Company),
                _ => Err("must be contact or company".to_owned()),
            }),
            files: FileLimits::of_mebibytes(
                from.parsed("ATTACHMENT_LIMIT_MB", "a number of mebibytes"),
            ),
            memory: from.parsed("MEMORY_TOKENS", "a number of tokens"),
            budget: Budget {
                of_sender: from.bounded("SENDER_DAILY_BUDGET", 1, 1_000_000),
                in_thread: from.bounded("THREAD_DAILY_BUDGET", 1, 1_000_000),
            },
            patience: from.minutes("MODEL_PATIENCE_MINUTES"),
        },
        traces: from.traces(),
    };
    from.done()?;
    Ok(config)
}

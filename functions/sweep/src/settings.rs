//! What sweep is told by its environment.

use std::collections::HashMap;
use std::time::Duration;

use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use lambda_kit::tracer::TraceSettings;
use ports::QueueName;
use tickets_odoo::OdooSettings;

/// Everything sweep needs to know before its first round.
pub struct SweepConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub odoo_secret: String,
    pub slack_secret: String,
    pub alert_topic: String,
    pub address: String,
    pub gmail_base_url: String,
    pub gmail_units: u32,
    pub odoo: OdooSettings,
    pub odoo_calls: u32,
    pub queues: HashMap<QueueName, String>,
    pub most_tries: u32,
    pub traces: TraceSettings,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<SweepConfig, BadSettings> {
    let config = SweepConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        slack_secret: from.text("SLACK_SECRET"),
        alert_topic: from.text("ALERT_TOPIC_ARN"),
        address: from.text("GMAIL_ADDRESS"),
        gmail_base_url: from.url("GMAIL_BASE_URL"),
        gmail_units: from.bounded("GMAIL_UNITS_PER_MINUTE", 100, 1_000_000),
        odoo: OdooSettings {
            url: from.url("ODOO_URL"),
            database: from.text("ODOO_DATABASE"),
            team_id: from.parsed("ODOO_TEAM_ID", "a number"),
            login: from.optional("ODOO_LOGIN"),
            protocol: from.parsed("ODOO_PROTOCOL", "auto, json-2 or json-rpc"),
            timeout: Duration::from_secs(10),
        },
        odoo_calls: from.bounded("ODOO_CALLS_PER_MINUTE", 10, 1_000_000),
        queues: from.queues(),
        most_tries: from.bounded("MAX_RECEIVE_COUNT", 1, 1_000),
        traces: from.traces(),
    };
    from.done()?;
    Ok(config)
}

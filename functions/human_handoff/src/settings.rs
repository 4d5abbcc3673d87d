//! What `human_handoff` is told by its environment.

use std::collections::HashMap;
use std::time::Duration;

use desk::drafting::Letterhead;
use domain::reference::RefPattern;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use lambda_kit::tracer::TraceSettings;
use mail_mime::Desk;
use ports::QueueName;
use tickets_odoo::OdooSettings;

/// Everything `human_handoff` needs to know before its first mail.
pub struct HandoffConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub odoo_secret: String,
    pub slack_secret: String,
    pub gmail_base_url: String,
    pub alert_topic: String,
    pub odoo: OdooSettings,
    pub gmail_units: u32,
    pub odoo_calls: u32,
    pub queues: HashMap<QueueName, String>,
    pub letterhead: Letterhead,
    pub traces: TraceSettings,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<HandoffConfig, BadSettings> {
    let config = HandoffConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        slack_secret: from.text("SLACK_SECRET"),
        gmail_base_url: from.url("GMAIL_BASE_URL"),
        alert_topic: from.text("ALERT_TOPIC_ARN"),
        gmail_units: from.bounded("GMAIL_UNITS_PER_MINUTE", 100, 1_000_000),
        odoo_calls: from.bounded("ODOO_CALLS_PER_MINUTE", 10, 1_000_000),
        odoo: OdooSettings {
            url: from.url("ODOO_URL"),
            database: from.text("ODOO_DATABASE"),
            team_id: from.parsed("ODOO_TEAM_ID", "a number"),
            login: from.optional("ODOO_LOGIN"),
            protocol: from.parsed("ODOO_PROTOCOL", "auto, json-2 or json-rpc"),
            timeout: Duration::from_secs(10),
        },
        queues: from.queues(),
        letterhead: Letterhead {
            desk: Desk {
                name: from.text("DESK_NAME"),
                address: from.text("GMAIL_ADDRESS"),
            },
            pattern: from.checked("TICKET_SAMPLE", RefPattern::from_sample),
        },
        traces: from.traces(),
    };
    from.done()?;
    Ok(config)
}

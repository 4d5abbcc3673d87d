//! What `bank_statement` is told by its environment.

use std::collections::HashMap;
use std::time::Duration;

use desk::drafting::Letterhead;
use desk::statements::StatementSettings;
use domain::reference::RefPattern;
use lambda_kit::Settings;
use lambda_kit::settings::BadSettings;
use lambda_kit::tracer::TraceSettings;
use mail_mime::Desk;
use ports::QueueName;
use statement_pdf::Letterhead as PrintHead;
use tickets_odoo::OdooSettings;

/// Everything `bank_statement` needs to know before its first mail.
pub struct BankStatementConfig {
    pub database_secret: String,
    pub google_secret: String,
    pub odoo_secret: String,
    pub gmail_base_url: String,
    pub odoo: OdooSettings,
    pub gmail_units: u32,
    pub odoo_calls: u32,
    pub queues: HashMap<QueueName, String>,
    pub letterhead: Letterhead,
    pub staging_bucket: String,
    pub statements: StatementSettings,
    /// What stands on top of statements.
    pub print_head: PrintHead,
    pub traces: TraceSettings,
}

/// Reads all settings, or names all that are missing or bad.
pub fn read(mut from: Settings) -> Result<BankStatementConfig, BadSettings> {
    let desk = Desk {
        name: from.text("DESK_NAME"),
        address: from.text("GMAIL_ADDRESS"),
    };
    let config = BankStatementConfig {
        database_secret: from.text("DATABASE_SECRET"),
        google_secret: from.text("GOOGLE_SECRET"),
        odoo_secret: from.text("ODOO_SECRET"),
        gmail_base_url: from.url("GMAIL_BASE_URL"),
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
        staging_bucket: from.text("STAGING_BUCKET"),
        statements: StatementSettings {
            sender: from.sender_policy(),
            most_attached: from.bounded("DRAFT_FILES_LIMIT_MB", 0, 18) as usize * 1024 * 1024,
            link_valid: Duration::from_secs(
                u64::from(from.bounded("STATEMENT_LINK_HOURS", 1, 12)) * 3600,
            ),
        },
        print_head: PrintHead {
            name: desk.name.clone(),
            lines: from
                .text("LETTERHEAD")
                .split('|')
                .map(|line| line.trim().to_owned())
                .filter(|line| !line.is_empty())
                .collect(),
        },
        letterhead: Letterhead {
            desk,
            pattern: from.checked("TICKET_SAMPLE", RefPattern::from_sample),
        },
        traces: from.traces(),
    };
    from.done()?;
    Ok(config)
}

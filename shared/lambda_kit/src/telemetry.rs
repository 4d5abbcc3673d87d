//! Logs as JSON on stdout, one event a line, which `CloudWatch` takes as it is.

use tracing_subscriber::EnvFilter;

use crate::settings;

/// Starts logging at the level of `LOG_LEVEL`. Libraries log warnings only: what they say at lower
/// levels can hold addresses and content.
pub fn start() {
    let level = settings::raw("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
    let own = [
        "desk",
        "lambda_kit",
        "resilience",
        "ingest",
        "triage",
        "bank_statement",
        "password_update",
        "general_query",
        "human_handoff",
        "index_knowledge",
        "renew_watch",
        "sweep",
        "mailbox_gmail",
        "tickets_odoo",
        "model_gemini",
        "knowledge_qdrant",
        "store_postgres",
        "queue_sqs",
        "alerts_slack",
        "alerts_sns",
        "archive_s3",
        "vault_secretsmanager",
    ];
    let mut filter = EnvFilter::new("warn");
    for room in own {
        if let Ok(directive) = format!("{room}={level}").parse() {
            filter = filter.add_directive(directive);
        }
    }
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .try_init();
    // What a panic says can hold what it was working on. Where it happened is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.as_deref().unwrap_or("an unknown place");
        tracing::error!(place, "The code broke at {place}");
    }));
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

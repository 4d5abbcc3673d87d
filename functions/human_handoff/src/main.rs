//! `human_handoff`: people are told that a mail needs them, and the customer gets an acknowledgement.

mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use alerts_slack::Slack;
use alerts_sns::SnsAlerts;
use aws_account::Account;
use desk::handoff::Handoff;
use desk::outbox;
use desk::workplace::Workplace;
use faults_sentry::Sentry;
use lambda_kit::{Settings, Tools, serve};
use lambda_runtime::Error;
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use ports::SystemClock;
use queue_sqs::SqsQueue;
use store_postgres::Store;
use tickets_odoo::Odoo;
use vault_secretsmanager::Vault;

use crate::settings::HandoffConfig;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    serve(
        async || assemble(&config).await,
        async |handoff, tools, mail, until| {
            let worked = handoff.work(&mail, until).await;
            outbox::after(worked, &*tools.ledger, &*tools.queue, &SystemClock, until).await
        },
    )
    .await
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &HandoffConfig) -> Result<(Handoff, Tools), Error> {
    let account = Account::of_function();
    let vault = Vault::of(&account);
    let ids = [
        &config.google_secret,
        &config.database_secret,
        &config.odoo_secret,
        &config.slack_secret,
    ];
    let headers = config.traces.secret.as_deref();
    let ([google, database, odoo, slack], headers) = vault.all_and(ids, headers).await?;
    let google = GoogleCredentials::from_json(&google)?;
    let address = config.letterhead.desk.address.clone();
    let gmail = GmailSettings::new(address, config.gmail_base_url.clone(), google);
    let ledger = Arc::new(Store::new(&database)?);
    let handoff = Handoff {
        workplace: Workplace {
            mailbox: Arc::new(Gmail::connect(gmail).guarded(ledger.clone(), config.gmail_units)),
            ledger: ledger.clone(),
            tickets: Arc::new(
                Odoo::new(config.odoo.clone(), odoo).guarded(ledger.clone(), config.odoo_calls),
            ),
            clock: Arc::new(SystemClock),
            letterhead: config.letterhead.clone(),
        },
        slack: Arc::new(Slack::new(slack).guarded(ledger.clone())),
        email: Arc::new(SnsAlerts::of(&account, config.alert_topic.clone())),
    };
    let sink = traces_otlp::sink(
        config.traces.sink.as_ref(),
        headers.as_ref(),
        ledger.clone(),
    )?;
    let tools = Tools {
        tracer: config.traces.tracer(ledger.clone(), sink),
        ledger,
        queue: Arc::new(SqsQueue::of(&account, config.queues.clone())),
        urls: config.queues.clone(),
        clock: Arc::new(SystemClock),
    };
    Ok((handoff, tools))
}

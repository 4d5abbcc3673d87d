//! triage: a new mail becomes a ticket, and work for the handler of its intent.

mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use aws_account::Account;
use desk::outbox;
use desk::triage::Triage;
use faults_sentry::Sentry;
use lambda_kit::{Settings, Tools, metrics, serve};
use lambda_runtime::Error;
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use model_gemini::Gemini;
use ports::{Clock, SystemClock};
use queue_sqs::SqsQueue;
use store_postgres::Store;
use tickets_odoo::Odoo;
use vault_secretsmanager::Vault;

use crate::settings::TriageConfig;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    serve(
        async || assemble(&config).await,
        async |triage, tools, mail, until| {
            let worked = triage.work(&mail, until).await;
            if let Ok(worked) = &worked {
                let settled = metrics::drafts_settled(worked.settled());
                metrics::print(&settled, SystemClock.now());
            }
            outbox::after(worked, &*tools.ledger, &*tools.queue, &SystemClock, until).await
        },
    )
    .await
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &TriageConfig) -> Result<(Triage, Tools), Error> {
    let account = Account::of_function();
    let vault = Vault::of(&account);
    let ids = [
        &config.google_secret,
        &config.database_secret,
        &config.odoo_secret,
        &config.gemini_secret,
    ];
    let headers = config.traces.secret.as_deref();
    let ([google, database, odoo, gemini], headers) = vault.all_and(ids, headers).await?;
    let google = GoogleCredentials::from_json(&google)?;
    let address = config.triage.own_address.clone();
    let gmail = GmailSettings::new(address, config.gmail_base_url.clone(), google);
    let ledger = Arc::new(Store::new(&database)?);
    let triage = Triage {
        mailbox: Arc::new(Gmail::connect(gmail).guarded(ledger.clone(), config.gmail_units)),
        ledger: ledger.clone(),
        tickets: Arc::new(
            Odoo::new(config.odoo.clone(), odoo).guarded(ledger.clone(), config.odoo_calls),
        ),
        model: Arc::new(
            Gemini::new(config.gemini.clone(), gemini).guarded(ledger.clone(), config.quota),
        ),
        clock: Arc::new(SystemClock),
        settings: config.triage.clone(),
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
    Ok((triage, tools))
}

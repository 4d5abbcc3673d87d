//! `password_update`: the proven customer's password is changed, or the draft says what is missing.

mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use aws_account::Account;
use desk::outbox;
use desk::passwords::Passwords;
use desk::workplace::Workplace;
use faults_sentry::Sentry;
use lambda_kit::{Settings, Tools, serve};
use lambda_runtime::Error;
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use ports::SystemClock;
use queue_sqs::SqsQueue;
use store_postgres::{PostgresBank, Store};
use tickets_odoo::Odoo;
use vault_secretsmanager::Vault;

use crate::settings::PasswordUpdateConfig;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    serve(
        async || assemble(&config).await,
        async |passwords, tools, mail, until| {
            let worked = passwords.work(&mail, until).await;
            outbox::after(worked, &*tools.ledger, &*tools.queue, &SystemClock, until).await
        },
    )
    .await
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &PasswordUpdateConfig) -> Result<(Passwords, Tools), Error> {
    let account = Account::of_function();
    let vault = Vault::of(&account);
    let ids = [
        &config.google_secret,
        &config.database_secret,
        &config.odoo_secret,
    ];
    let headers = config.traces.secret.as_deref();
    let ([google, database, odoo], headers) = vault.all_and(ids, headers).await?;
    let google = GoogleCredentials::from_json(&google)?;
    let address = config.letterhead.desk.address.clone();
    let gmail = GmailSettings::new(address, config.gmail_base_url.clone(), google);
    let ledger = Arc::new(Store::new(&database)?);
    let passwords = Passwords {
        workplace: Workplace {
            mailbox: Arc::new(Gmail::connect(gmail).guarded(ledger.clone(), config.gmail_units)),
            ledger: ledger.clone(),
            tickets: Arc::new(
                Odoo::new(config.odoo.clone(), odoo).guarded(ledger.clone(), config.odoo_calls),
            ),
            clock: Arc::new(SystemClock),
            letterhead: config.letterhead.clone(),
        },
        bank: Arc::new(PostgresBank::new(ledger.clone(), config.bcrypt_cost)),
        sender: config.sender.clone(),
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
    Ok((passwords, tools))
}

//! `password_update`: the proven customer's password is changed, or the draft says what is missing.

mod settings;

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use desk::outbox;
use desk::passwords::Passwords;
use desk::workplace::Workplace;
use lambda_kit::{Settings, deadline, telemetry, work_batch};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use ports::SystemClock;
use queue_sqs::SqsQueue;
use store_postgres::{PostgresBank, Store};
use tickets_odoo::Odoo;
use vault_secretsmanager::Vault;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = settings::read(Settings::from_env())?;
    let vault = Vault::connect().await;
    let google = GoogleCredentials::from_json(&vault.secret(&config.google_secret).await?)?;
    let address = config.letterhead.desk.address.clone();
    let gmail = GmailSettings::new(address, config.gmail_base_url, google);
    let ledger = Arc::new(Store::new(&vault.secret(&config.database_secret).await?)?);
    let odoo = vault.secret(&config.odoo_secret).await?;
    let queue = SqsQueue::connect(config.queues.clone()).await;
    let passwords = Passwords {
        workplace: Workplace {
            mailbox: Arc::new(Gmail::connect(gmail)),
            ledger: ledger.clone(),
            tickets: Arc::new(Odoo::new(config.odoo, odoo)),
            clock: Arc::new(SystemClock),
            letterhead: config.letterhead,
        },
        bank: Arc::new(PostgresBank::new(ledger.clone(), config.bcrypt_cost)),
        sender: config.sender,
    };

    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let until = deadline(&event.context);
        let worked = work_batch(
            event.payload,
            &config.queues,
            &queue,
            &SystemClock,
            async |mail| {
                outbox::after(
                    passwords.work(&mail, until).await,
                    &*ledger,
                    &queue,
                    &SystemClock,
                )
                .await
            },
        );
        Ok::<_, Error>(worked.await)
    }))
    .await
}

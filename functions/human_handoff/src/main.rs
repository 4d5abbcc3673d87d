//! `human_handoff`: people are told that a mail needs them, and the customer gets an acknowledgement.

mod settings;

use std::sync::Arc;

use alerts_slack::Slack;
use alerts_sns::SnsAlerts;
use aws_lambda_events::sqs::SqsEvent;
use desk::handoff::Handoff;
use desk::outbox;
use desk::workplace::Workplace;
use lambda_kit::{Settings, deadline, telemetry, work_batch};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use ports::SystemClock;
use queue_sqs::SqsQueue;
use store_postgres::Store;
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
    let handoff = Handoff {
        workplace: Workplace {
            mailbox: Arc::new(Gmail::connect(gmail)),
            ledger: ledger.clone(),
            tickets: Arc::new(Odoo::new(config.odoo, odoo)),
            clock: Arc::new(SystemClock),
            letterhead: config.letterhead,
        },
        slack: Arc::new(Slack::new(vault.secret(&config.slack_secret).await?)),
        email: Arc::new(SnsAlerts::connect(config.alert_topic).await),
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
                    handoff.work(&mail, until).await,
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

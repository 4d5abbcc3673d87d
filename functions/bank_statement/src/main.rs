//! `bank_statement`: hands statement requests to a person until the function makes statements itself.

use aws_lambda_events::sqs::SqsEvent;
use desk::{handoff, outbox};
use domain::Intent;
use lambda_kit::{Settings, telemetry, work_batch};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use ports::{Clock, SystemClock};
use queue_sqs::SqsQueue;
use store_postgres::Store;
use vault_secretsmanager::Vault;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_env();
    let database = settings.text("DATABASE_SECRET");
    let urls = settings.queues();
    settings.done()?;

    let vault = Vault::connect().await;
    let ledger = Store::new(&vault.secret(&database).await?)?;
    let queue = SqsQueue::connect(urls.clone()).await;

    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let worked = work_batch(event.payload, &urls, &queue, &SystemClock, async |mail| {
            let deferred =
                handoff::defer(&ledger, &mail, Intent::BankStatement, SystemClock.now()).await;
            outbox::after(deferred, &ledger, &queue, &SystemClock).await
        });
        Ok::<_, Error>(worked.await)
    }))
    .await
}

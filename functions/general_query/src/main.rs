//! `general_query`: an answer from the operator's documents, as a draft in the thread.

mod settings;

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use desk::answer::Answering;
use desk::grounded::Grounded;
use desk::outbox;
use desk::retrieval::Retrieval;
use desk::workplace::Workplace;
use knowledge_qdrant::Qdrant;
use lambda_kit::{Settings, deadline, telemetry, work_batch};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use model_gemini::Gemini;
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
    let qdrant_key = vault.secret(&config.qdrant_secret).await?;
    let odoo = vault.secret(&config.odoo_secret).await?;
    let queue = SqsQueue::connect(config.queues.clone()).await;
    let model = Arc::new(Gemini::new(
        config.gemini,
        vault.secret(&config.gemini_secret).await?,
    ));
    let answering = Answering {
        workplace: Workplace {
            mailbox: Arc::new(Gmail::connect(gmail)),
            ledger: ledger.clone(),
            tickets: Arc::new(Odoo::new(config.odoo, odoo)),
            clock: Arc::new(SystemClock),
            letterhead: config.letterhead,
        },
        grounded: Grounded {
            retrieval: Retrieval {
                knowledge: Arc::new(Qdrant::connect(config.qdrant, Some(qdrant_key))?),
                model: model.clone(),
                product: config.product,
            },
            model,
            hosts: config.hosts,
        },
        memory: config.memory,
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
                    answering.work(&mail, until).await,
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

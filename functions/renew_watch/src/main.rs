//! `renew_watch`: keeps Gmail's watch on the mailbox alive. A watch lapses after seven days.

use lambda_kit::{Settings, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use ports::{Ledger, Mailbox};
use serde_json::{Value, json};
use store_postgres::Store;
use vault_secretsmanager::Vault;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_env();
    let database_secret = settings.text("DATABASE_SECRET");
    let google_secret = settings.text("GOOGLE_SECRET");
    let address = settings.text("GMAIL_ADDRESS");
    let base_url = settings.url("GMAIL_BASE_URL");
    let topic = settings.text("PUBSUB_TOPIC");
    settings.done()?;

    let vault = Vault::connect().await;
    let google = GoogleCredentials::from_json(&vault.secret(&google_secret).await?)?;
    let gmail = Gmail::connect(GmailSettings::new(address.clone(), base_url, google));
    let ledger = Store::new(&vault.secret(&database_secret).await?)?;

    run(service_fn(async |_: LambdaEvent<Value>| {
        let watch = gmail.watch(&topic).await?;
        let mailbox = ledger.mailbox(&address).await?;
        ledger.watched(mailbox.id, watch.expires).await?;
        tracing::info!(expires = %watch.expires, "The watch on the mailbox holds until {}", watch.expires);
        Ok::<_, Error>(json!({ "expires": watch.expires.unix_timestamp() }))
    }))
    .await
}

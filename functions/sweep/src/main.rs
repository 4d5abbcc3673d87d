//! sweep: what went astray is found, mended where that is safe, and told to people once.

mod gauges;
mod settings;
mod traces;

use std::process::ExitCode;
use std::sync::Arc;

use alerts_slack::Slack;
use alerts_sns::SnsAlerts;
use aws_account::Account;
use desk::sweep::Sweep;
use faults_sentry::Sentry;
use lambda_kit::{Fresh, Settings, deadline, metrics, serve_events, time_left, within};
use lambda_runtime::{Error, LambdaEvent};
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use ports::{CallError, Clock, SystemClock};
use queue_sqs::SqsQueue;
use serde_json::{Value, json};
use store_postgres::Store;
use tickets_odoo::Odoo;
use vault_secretsmanager::Vault;

use crate::settings::SweepConfig;
use crate::traces::Traces;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    let parts = Fresh::made(async || assemble(&config).await).await?;

    serve_events(async |event: LambdaEvent<Value>| {
        metrics::invoked(SystemClock.now());
        let kept = parts.get().await?;
        let (sweep, store, traces) = &*kept;
        let left = time_left(&event.context, SystemClock.now());
        let (swept, made) = within(left, sweep.round(deadline(&event.context))).await;
        metrics::print(&metrics::retries(&made.calls), SystemClock.now());
        gauges::tell(store, &config.address).await;
        traces.round(deadline(&event.context)).await;
        if matches!(swept, Err(CallError::Unauthorized { .. })) {
            parts.forget().await;
        }
        let swept = swept?;
        let (sent_again, stuck, told) = (swept.sent_again, swept.stuck, swept.told);
        tracing::info!(
            sent_again,
            stuck,
            told,
            delivered = swept.delivered,
            "The round sent {sent_again} mails again, found {stuck} that need a person, and told {told} news"
        );
        Ok::<_, Error>(json!({ "sent_again": sent_again, "stuck": stuck, "told": told }))
    })
    .await
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &SweepConfig) -> Result<(Sweep, Arc<Store>, Traces), Error> {
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
    let gmail = GmailSettings::new(
        config.address.clone(),
        config.gmail_base_url.clone(),
        google,
    );
    let store = Arc::new(Store::new(&database)?);
    let odoo = Odoo::new(config.odoo.clone(), odoo);
    let slack = Slack::new(slack);
    let sweep = Sweep {
        mailbox: Arc::new(Gmail::connect(gmail).guarded(store.clone(), config.gmail_units)),
        tickets: Arc::new(odoo.guarded(store.clone(), config.odoo_calls)),
        ledger: store.clone(),
        upkeep: store.clone(),
        queue: Arc::new(SqsQueue::of(&account, config.queues.clone())),
        alerts: vec![
            Arc::new(slack.guarded(store.clone())),
            Arc::new(SnsAlerts::of(&account, config.alert_topic.clone())),
        ],
        clock: Arc::new(SystemClock),
        address: config.address.clone(),
        most_tries: config.most_tries,
    };
    let sink = traces_otlp::sink(config.traces.sink.as_ref(), headers.as_ref(), store.clone())?;
    let traces = Traces::new(&config.traces, store.clone(), sink);
    Ok((sweep, store, traces))
}

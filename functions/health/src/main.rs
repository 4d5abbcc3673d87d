//! `health`: whether the helpdesk is alive (`/healthz`), and whether all that it needs can be worked with
//! (`/readyz`). Open to all, so answers name services and closed words, and nothing else; the log says the rest.

mod checks;
mod door;
mod parts;
mod report;
mod settings;

use std::process::ExitCode;

use faults_sentry::Sentry;
use lambda_kit::{Settings, metrics, serve_events};
use lambda_runtime::{Error, LambdaEvent};
use ports::{Clock, SystemClock};
use vault_secretsmanager::Vault;

use crate::door::{HttpEvent, Page};

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    let kept = parts::kept(config);

    serve_events(async |event: LambdaEvent<HttpEvent>| {
        metrics::invoked(SystemClock.now());
        Ok::<_, Error>(match event.payload.page() {
            Err(refusal) => refusal,
            Ok(Page::Alive) => door::alive(),
            Ok(Page::Ready) => door::ready(&kept.report().await),
        })
    })
    .await
}

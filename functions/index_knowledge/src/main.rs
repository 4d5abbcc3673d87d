//! `index_knowledge`: documents that change in the bucket change in the knowledge base, and once a
//! day all of them are looked at.

mod event;
mod settings;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use archive_s3::S3Archive;
use aws_account::Account;
use desk::index::Indexing;
use faults_sentry::Sentry;
use knowledge_qdrant::Qdrant;
use lambda_kit::tracer::{TraceSettings, Tracer, Work};
use lambda_kit::{Fresh, Settings, deadline, metrics, serve_events, time_left, within};
use lambda_runtime::{Error, LambdaEvent};
use model_gemini::Gemini;
use ports::{CallError, Clock, SystemClock};
use store_postgres::Store;
use vault_secretsmanager::Vault;

use crate::event::Event;
use crate::settings::IndexConfig;

#[tokio::main]
async fn main() -> ExitCode {
    lambda_kit::run(Vault::read, Sentry::open, run).await
}

async fn run() -> Result<(), Error> {
    let config = settings::read(Settings::from_env())?;
    let parts = Fresh::made(async || assemble(&config).await).await?;

    serve_events(async |event: LambdaEvent<Event>| {
        metrics::invoked(SystemClock.now());
        let kept = parts.get().await?;
        let (indexing, tracer) = &*kept;
        let until = deadline(&event.context);
        let began = (SystemClock.now(), Instant::now());
        let left = time_left(&event.context, SystemClock.now());
        let (worked, made) = within(left, event.payload.work(indexing, until)).await;
        metrics::print(&metrics::retries(&made.calls), SystemClock.now());
        let refused = |error: &Error| {
            let call = error.downcast_ref::<CallError>();
            matches!(call, Some(CallError::Unauthorized { .. }))
        };
        if worked.as_ref().is_err_and(refused) {
            parts.forget().await;
        }
        if !made.runs.is_empty() {
            let failure = worked.as_ref().err();
            let work = Work {
                mail: None,
                trace: None,
                name: event.context.request_id,
                by: "index_knowledge".to_owned(),
                began_at: began.0,
                took: began.1.elapsed(),
                tries: 1,
                failure: failure.map(|error| ("other".to_owned(), error.to_string())),
            };
            tracer.keep(work, made.runs, until).await;
        }
        worked
    })
    .await
}

/// Puts the use case together from the secrets as they are now.
async fn assemble(config: &IndexConfig) -> Result<(Indexing, Tracer), Error> {
    let account = Account::of_function();
    let vault = Vault::of(&account);
    let ids = [
        &config.gemini_secret,
        &config.qdrant_secret,
        &config.database_secret,
    ];
    let headers = config.traces.secret.as_deref();
    let ([gemini, qdrant, database], headers) = vault.all_and(ids, headers).await?;
    // The gates of Gemini and Qdrant are kept there.
    let store = Arc::new(Store::new(&database)?);
    let qdrant = Qdrant::connect(config.qdrant.clone(), Some(qdrant))?.guarded(store.clone());
    let sink = traces_otlp::sink(config.traces.sink.as_ref(), headers.as_ref(), store.clone())?;
    // The documents are where they are: nobody needs a second copy.
    let traces = TraceSettings {
        content_days: 0,
        ..config.traces.clone()
    };
    let indexing = Indexing {
        archive: Arc::new(S3Archive::of(&account, config.bucket.clone())),
        model: Arc::new(
            Gemini::new(config.gemini.clone(), gemini).guarded(store.clone(), config.quota),
        ),
        knowledge: Arc::new(qdrant),
        clock: Arc::new(SystemClock),
        space: config.space.clone(),
    };
    Ok((indexing, traces.tracer(store, sink)))
}

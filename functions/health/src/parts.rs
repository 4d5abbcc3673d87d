//! What is kept between two requests: the connections, and the last report for a moment.

use std::time::Duration;

use aws_account::Account;
use knowledge_qdrant::Qdrant;
use lambda_kit::Fresh;
use lambda_runtime::Error;
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use model_gemini::Gemini;
use ports::{Clock, SystemClock};
use queue_sqs::SqsQueue;
use store_postgres::Store;
use tickets_odoo::Odoo;
use tokio::sync::Mutex;
use tokio::time::Instant;
use vault_secretsmanager::Vault;

use crate::checks::Services;
use crate::report::{Report, Service};
use crate::settings::HealthConfig;

/// How long a report is given again. Whoever asks more often makes no more calls.
const FRESH: Duration = Duration::from_secs(10);

/// The class of errors after which secrets are read again: they may have been rotated.
const UNAUTHORIZED: &str = "unauthorized";

/// What is kept.
pub struct Kept<M> {
    services: Fresh<Services, M>,
    last: Mutex<Option<(Instant, Report)>>,
}

/// Nothing is connected to yet: a function whose secrets cannot be read is alive, and says that it is not ready.
pub fn kept(config: HealthConfig) -> Kept<impl AsyncFn() -> Result<Services, Error>> {
    Kept {
        services: Fresh::later(async move || assemble(&config).await),
        last: Mutex::default(),
    }
}

impl<M: AsyncFn() -> Result<Services, Error>> Kept<M> {
    /// How all services are, or were a moment ago.
    pub async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        if let Some((at, report)) = &*last
            && at.elapsed() < FRESH
        {
            return report.clone();
        }
        let report = self.look().await;
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn look(&self) -> Report {
        let (at, began) = (SystemClock.now(), Instant::now());
        let services = match self.services.get().await {
            Ok(services) => services,
            Err(error) => {
                tracing::warn!(%error, "The secrets are not ready: {error}");
                let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                let secrets = Service::failing("secrets", took_ms, "unreadable");
                return Report {
                    at,
                    services: vec![secrets],
                };
            }
        };
        let report = services.ask(at).await;
        if report
            .services
            .iter()
            .any(|one| one.what == Some(UNAUTHORIZED))
        {
            self.services.forget().await;
        }
        report
    }
}

/// Puts the services together from the secrets as they are now.
async fn assemble(config: &HealthConfig) -> Result<Services, Error> {
    let account = Account::of_function();
    let vault = Vault::of(&account);
    let ids = [
        &config.google_secret,
        &config.qdrant_secret,
        &config.odoo_secret,
        &config.gemini_secret,
        &config.database_secret,
    ];
    let [google, qdrant, odoo, gemini, database] = vault.all(ids).await?;
    let google = GoogleCredentials::from_json(&google)?;
    let gmail = GmailSettings::new(
        config.address.clone(),
        config.gmail_base_url.clone(),
        google,
    );
    Ok(Services {
        ledger: Store::new(&database)?,
        gmail: Gmail::connect(gmail),
        address: config.address.clone(),
        odoo: Odoo::new(config.odoo.clone(), odoo),
        gemini: Gemini::new(config.gemini.clone(), gemini),
        qdrant: Qdrant::connect(config.qdrant.clone(), Some(qdrant))?,
        queues: SqsQueue::of(&account, config.queues.clone()),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_put_together_is_not_ready_and_tried_again_after_a_moment() {
        let tries = Cell::new(0);
        let kept = Kept {
            services: Fresh::later(async || {
                tries.set(tries.get() + 1);
                Err(Error::from("secret helpdesk/odoo has no value"))
            }),
            last: Mutex::default(),
        };
        for _ in 0..3 {
            let report = kept.report().await;
            assert!(!report.ready());
            assert_eq!(
                report.services,
                [Service::failing("secrets", 0, "unreadable")]
            );
        }
        assert_eq!(tries.get(), 1, "a report is given again for a moment");
        tokio::time::advance(FRESH).await;
        kept.report().await;
        assert_eq!(tries.get(), 2);
    }
}

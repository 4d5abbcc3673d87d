//! What each service is asked: the cheapest call that it answers only when it is up and takes our credentials.
//! Nothing is changed anywhere, and the gates that mails pass are left alone: who looks uses up nobody's quota, and
//! sees a service as it is now.

use std::time::{Duration, Instant};

use knowledge_qdrant::Qdrant;
use lambda_kit::within;
use mailbox_gmail::Gmail;
use model_gemini::Gemini;
use ports::{CallError, Knowledge, Ledger, Mailbox};
use queue_sqs::SqsQueue;
use store_postgres::Store;
use tickets_odoo::Odoo;
use time::OffsetDateTime;

use crate::report::{Report, Service};

/// How long one service may take to answer. All are asked at once.
const LONGEST: Duration = Duration::from_secs(4);

/// All that mails need.
pub struct Services {
    /// The ledger.
    pub ledger: Store,
    /// The mailbox.
    pub gmail: Gmail,
    /// Its address.
    pub address: String,
    /// The helpdesk.
    pub odoo: Odoo,
    /// The model.
    pub gemini: Gemini,
    /// The knowledge base.
    pub qdrant: Qdrant,
    /// The queues.
    pub queues: SqsQueue,
}

impl Services {
    /// Asks all of them.
    pub async fn ask(&self, at: OffsetDateTime) -> Report {
        let (postgres, gmail, odoo, gemini, qdrant, queues) = tokio::join!(
            asked("postgres", self.ledger.mailbox(&self.address)),
            asked("gmail", self.gmail.now_at()),
            asked("odoo", self.odoo.probe()),
            asked("gemini", self.gemini.answers()),
            asked("qdrant", self.qdrant.spaces()),
            asked("queues", self.queues.are_there()),
        );
        let watch = postgres.1.map(|mailbox| watch(mailbox.watch_expires, at));
        let mut services = vec![postgres.0];
        services.extend(watch);
        services.extend([gmail.0, odoo.0, gemini.0, qdrant.0, queues.0]);
        Report { at, services }
    }
}

/// Whether Gmail will tell of the next mail. Where the ledger cannot be read, nobody knows.
fn watch(expires: Option<OffsetDateTime>, now: OffsetDateTime) -> Service {
    match expires {
        None => Service::failing("watch", 0, "not_set"),
        Some(expires) if expires <= now => Service::failing("watch", 0, "lapsed"),
        Some(_) => Service::ok("watch", 0),
    }
}

async fn asked<T>(
    service: &'static str,
    call: impl Future<Output = Result<T, CallError>>,
) -> (Service, Option<T>) {
    let began = Instant::now();
    // Calls that are repeated end themselves in time; a database that does not let us in does not.
    let (answer, _) = within(LONGEST, tokio::time::timeout(LONGEST, call)).await;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answer {
        Ok(Ok(answer)) => (Service::ok(service, took_ms), Some(answer)),
        Ok(Err(error)) => {
            let class = error.class();
            tracing::warn!(service, took_ms, class, %error, "{service} is not ready: {error}");
            (Service::failing(service, took_ms, class), None)
        }
        Err(_) => {
            let class = "took_too_long";
            tracing::warn!(
                service,
                took_ms,
                class,
                "{service} is not ready: it did not answer"
            );
            (Service::failing(service, took_ms, class), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::State;

    #[test]
    fn a_watch_holds_until_it_lapses() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let later = now + time::Duration::SECOND;
        assert_eq!(watch(Some(later), now).state, State::Ok);
        assert_eq!(watch(Some(now), now).what, Some("lapsed"));
        assert_eq!(watch(None, now).what, Some("not_set"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_does_not_answer_is_not_waited_for() {
        let never = std::future::pending::<Result<(), CallError>>();
        let (service, answer) = asked("postgres", never).await;
        assert_eq!((service.what, answer), (Some("took_too_long"), None));
    }

    #[tokio::test]
    async fn what_a_service_says_stays_out_of_the_answer() {
        let refused = async { Err::<(), _>(CallError::rejected("Odoo", "for Ms Example")) };
        let (service, _) = asked("odoo", refused).await;
        assert_eq!(service.what, Some("rejected"));
    }
}

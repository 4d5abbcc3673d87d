//! Faults to Sentry, without content: what happened in the code's own words, where, when, and the ids.
//!
//! Events are made by Sentry's own client and wait in memory. Nothing is sent by itself, for a Lambda
//! stands still between its invocations: [`tell`](Faults::tell) sends what waits, each event once, and
//! what does not arrive is lost to Sentry. The log has it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ports::{CallError, Fault, Faults};
use resilience::{Effect, http};
use secrecy::{ExposeSecret, SecretString};
use sentry::protocol::{Event, Level};
use sentry::types::Dsn;
use sentry::{Client, ClientOptions, Envelope, Transport};

const SERVICE: &str = "Sentry";

/// The most events that wait. More of one invocation say nothing new.
const MOST: usize = 20;

/// How long one event may take on its way. Whoever lets tell may have less patience.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);

/// For how long nothing is sent where Sentry asks for rest without saying how long
/// (<https://develop.sentry.dev/sdk/expected-features/rate-limiting/>).
const USUAL_REST: Duration = Duration::from_mins(1);

/// The secret is not usable. It is not repeated here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDsn {
    /// It is something else.
    #[error("the secret holds no DSN of Sentry, which looks like https://KEY@HOST/PROJECT")]
    Form,
    /// It would send in the clear.
    #[error("Sentry's DSN must begin with https://, for nothing leaves this machine without TLS")]
    Clear,
}

/// A project of Sentry's.
pub struct Sentry {
    client: Client,
    waiting: Arc<Waiting>,
    http: reqwest::Client,
    dsn: Dsn,
    rests_until: Mutex<Option<Instant>>,
}

impl fmt::Debug for Sentry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sentry(DSN redacted)")
    }
}

impl Sentry {
    /// The project of this DSN, which is told of this version of the product.
    pub fn new(dsn: &SecretString, version: String) -> Result<Self, BadDsn> {
        let text = dsn.expose_secret().trim();
        let dsn: Dsn = text.parse().map_err(|_| BadDsn::Form)?;
        if !resilience::is_protected(dsn.envelope_api_url().as_str()) {
            return Err(BadDsn::Clear);
        }
        let waiting = Arc::<Waiting>::default();
        let mut options = ClientOptions::new()
            .release(version)
            .send_default_pii(false)
            .default_integrations(false)
            .max_breadcrumbs(0)
            .transport(waiting.clone())
            .before_send(|event| Some(bare(event)));
        options.dsn = Some(dsn.clone());
        Ok(Self {
            client: Client::from_config(options),
            waiting,
            http: http::client_within(CALL_TIMEOUT),
            dsn,
            rests_until: Mutex::default(),
        })
    }

    /// The same, as a port.
    pub fn open(dsn: &SecretString, version: String) -> Result<Arc<dyn Faults>, BadDsn> {
        Ok(Arc::new(Self::new(dsn, version)?))
    }

    fn is_resting(&self) -> bool {
        let until = self.rests_until.lock();
        let until = *until.unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    async fn send(&self, envelope: &Envelope) -> Result<(), CallError> {
        let mut body = Vec::new();
        let written = envelope.to_writer(&mut body);
        written.map_err(|error| CallError::rejected(SERVICE, error.to_string()))?;
        let call = self
            .http
            .post(self.dsn.envelope_api_url().as_str())
            .header(
                "X-Sentry-Auth",
                self.dsn.to_auth(Some("automailhelpdesk")).to_string(),
            )
            .header("Content-Type", "application/x-sentry-envelope")
            .body(body);
        let sent = call.send().await;
        let answer = sent.map_err(|error| http::failed(SERVICE, Effect::Once, error))?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            429 => {
                let retry_after = http::retry_after(answer.headers());
                let until = Instant::now() + retry_after.unwrap_or(USUAL_REST);
                let mut rests = self
                    .rests_until
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *rests = Some(until);
                Err(CallError::RateLimited {
                    service: SERVICE,
                    retry_after,
                })
            }
            401 | 403 => Err(CallError::Unauthorized {
                service: SERVICE,
                reason: "put the project's DSN into the secret that SENTRY_SECRET names".to_owned(),
            }),
            status => Err(CallError::rejected(
                SERVICE,
                format!("HTTP status {status}"),
            )),
        }
    }
}

#[async_trait]
impl Faults for Sentry {
    fn note(&self, fault: Fault) {
        if !self.is_resting() {
            self.client.capture_event(event(fault), None);
        }
    }

    fn is_waiting(&self) -> bool {
        !self.waiting.lock().is_empty()
    }

    async fn tell(&self) -> Result<(), CallError> {
        // Taken out first: what was cut off on its way may have arrived.
        let envelopes = std::mem::take(&mut *self.waiting.lock());
        for envelope in &envelopes {
            self.send(envelope).await?;
        }
        Ok(())
    }
}

/// What waits to be told.
#[derive(Default)]
struct Waiting(Mutex<Vec<Envelope>>);

impl Waiting {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Envelope>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Waiting {
    fn send_envelope(&self, envelope: Envelope) {
        let mut waiting = self.lock();
        if waiting.len() < MOST {
            waiting.push(envelope);
        }
    }
}

/// A fault as Sentry's event. Faults of one kind at one place are one issue there.
fn event(fault: Fault) -> Event<'static> {
    let ids = fault.ids.into_iter();
    Event {
        level: if fault.broke {
            Level::Fatal
        } else {
            Level::Error
        },
        fingerprint: vec![fault.what.into(), fault.place.clone().into()].into(),
        message: Some(fault.what.to_owned()),
        culprit: Some(fault.place),
        timestamp: fault.at.into(),
        tags: ids.map(|(name, id)| (name.to_owned(), id)).collect(),
        ..Event::default()
    }
}

/// An event with nothing but what [`event`] put there, whatever the client or an integration added:
/// no name of the machine, no breadcrumbs, no request, no user.
fn bare(event: Event<'static>) -> Event<'static> {
    Event {
        event_id: event.event_id,
        level: event.level,
        fingerprint: event.fingerprint,
        message: event.message,
        culprit: event.culprit,
        timestamp: event.timestamp,
        tags: event.tags,
        release: event.release,
        sdk: event.sdk,
        platform: event.platform,
        ..Event::default()
    }
}

#[cfg(test)]
mod tests {
    use sentry::protocol::{Breadcrumb, Request, User};

    use super::*;

    #[test]
    fn whatever_is_added_to_an_event_does_not_leave() {
        let added = Event {
            message: Some("a mail goes to the dead letters".to_owned()),
            server_name: Some("secret".into()),
            user: Some(User {
                email: Some("secret".to_owned()),
                ..User::default()
            }),
            request: Some(Request {
                data: Some("secret".to_owned()),
                ..Request::default()
            }),
            breadcrumbs: vec![Breadcrumb {
                message: Some("secret".to_owned()),
                ..Breadcrumb::default()
            }]
            .into(),
            extra: [("note".to_owned(), "secret".into())].into(),
            ..Event::default()
        };
        let bare = format!("{:?}", bare(added));
        assert!(
            bare.contains("dead letters") && !bare.contains("secret"),
            "{bare}"
        );
    }

    #[test]
    fn a_secret_that_is_no_dsn_is_refused_and_not_repeated() {
        let refused = |text: &str| {
            let opened = Sentry::new(&SecretString::from(text), String::new());
            opened.unwrap_err()
        };
        assert_eq!(refused("hunter2"), BadDsn::Form);
        assert_eq!(refused("http://key@sentry.test/1"), BadDsn::Clear);
        assert!(!refused("hunter2").to_string().contains("hunter2"));
    }
}

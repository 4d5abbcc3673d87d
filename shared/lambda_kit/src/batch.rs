//! Working a batch of queue messages, mail by mail, so that one bad mail stops only its thread.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::{Hash, Hasher};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::MailKey;
use futures_util::FutureExt;
use lambda_runtime::LambdaEvent;
use ports::{
    CallMade, Clock, Ledger, Queue, QueueName, RetryAfter, SystemClock, TraceParent, Visit,
};
use resilience::redelivery;
use serde::Deserialize;
use time::OffsetDateTime;
use tracing::{Instrument, Span};

use crate::ids::{self, queue_of, receive_count};
use crate::invocation::{chain, serve_events};
use crate::settings::BadSettings;
use crate::tracer::{Tracer, Work};
use crate::{Fresh, Settings, deadline, metrics};

/// What every function that works queue messages needs beside its use case.
pub struct Tools {
    /// The ledger, where visits are recorded.
    pub ledger: Arc<dyn Ledger>,
    /// The queues.
    pub queue: Arc<dyn Queue>,
    /// The queues' addresses.
    pub urls: HashMap<QueueName, String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where it is recorded what was done with models.
    pub tracer: Tracer,
}

/// What a queue message holds: ids, never content.
#[derive(Debug, Deserialize)]
struct Body {
    mail: MailKey,
}

/// Serves a function that works queue messages. `make` puts its parts together from its secrets, and is
/// called again when credentials were refused; `work` works one mail.
pub async fn serve<D, T, E, M, W>(make: M, work: W) -> Result<(), lambda_runtime::Error>
where
    T: Display,
    E: RetryAfter,
    M: AsyncFn() -> Result<(D, Tools), lambda_runtime::Error>,
    W: AsyncFn(&D, &Tools, MailKey, OffsetDateTime) -> Result<T, E>,
{
    let most_tries = most_tries()?;
    let parts = Fresh::made(make).await?;
    serve_events(async |event: LambdaEvent<SqsEvent>| {
        metrics::invoked(SystemClock.now());
        let kept = parts.get().await?;
        let (desk, tools) = &*kept;
        let until = deadline(&event.context);
        let one = async |mail| work(desk, tools, mail, until).await;
        let worked = work_batch(event.payload, tools, (until, most_tries), one).await;
        if worked.refused {
            parts.forget().await;
        }
        Ok::<_, lambda_runtime::Error>(worked.response)
    })
    .await
}

/// How often a queue gives a message out.
fn most_tries() -> Result<u32, BadSettings> {
    let mut settings = Settings::from_env();
    let most = settings.bounded("MAX_RECEIVE_COUNT", 1, 1_000);
    settings.done().map(|()| most)
}

/// What came of a batch.
struct Batch {
    response: SqsBatchResponse,
    /// Whether credentials were refused.
    refused: bool,
}

/// Works the messages in order. A message that fails is reported with everything behind it in its
/// group, as FIFO queues need it, and becomes visible again after a wait that grows.
async fn work_batch<T: Display, E: RetryAfter>(
    event: SqsEvent,
    tools: &Tools,
    limits: (OffsetDateTime, u32),
    work: impl AsyncFn(MailKey) -> Result<T, E>,
) -> Batch {
    let mut failed_groups = HashSet::new();
    let mut batch = Batch {
        response: SqsBatchResponse::default(),
        refused: false,
    };
    for message in event.records {
        let group = message
            .attributes
            .get("MessageGroupId")
            .cloned()
            .unwrap_or_default();
        let held_up = failed_groups.contains(&group);
        let ended = if held_up {
            Ended::Failed { refused: false }
        } else {
            let span = ids::of_message(&message, &tools.urls);
            one(&message, tools, limits, &work).instrument(span).await
        };
        let Ended::Failed { refused } = ended else {
            continue;
        };
        batch.refused |= refused;
        failed_groups.insert(group);
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        batch.response.batch_item_failures.push(failure);
    }
    batch
}

/// How the work on one message ended.
enum Ended {
    Done,
    Failed { refused: bool },
}

/// What went wrong with a mail.
struct Trouble {
    class: &'static str,
    said: String,
    asked: Option<Duration>,
}

/// Works one message, until the invocation ends, in one of so many tries.
async fn one<T: Display, E: RetryAfter>(
    message: &SqsMessage,
    tools: &Tools,
    (until, most_tries): (OffsetDateTime, u32),
    work: &impl AsyncFn(MailKey) -> Result<T, E>,
) -> Ended {
    let body: Result<Body, _> = serde_json::from_str(message.body.as_deref().unwrap_or_default());
    let is_last = receive_count(message) >= most_tries;
    let Ok(Body { mail }) = body else {
        names_no_mail(message, is_last);
        return Ended::Failed { refused: false };
    };
    Span::current().record("mail", tracing::field::display(&mail));
    let began = (tools.clock.now(), Instant::now());
    let left = (until - began.0).try_into().unwrap_or_default();
    // A mail on which the code breaks must not take the others of its batch with it.
    let guarded = AssertUnwindSafe(work(mail.clone())).catch_unwind();
    let (worked, made) = resilience::within(left, guarded).await;
    let (outcome, trouble) = match worked {
        Ok(Ok(done)) => (done.to_string(), None),
        Ok(Err(failure)) => {
            let trouble = Trouble {
                class: failure.class(),
                said: chain(&failure),
                asked: failure.retry_after(tools.clock.now()),
            };
            ("given back".to_owned(), Some(trouble))
        }
        Err(_) => {
            let trouble = Trouble {
                class: "other",
                said: "the function broke off, which is a fault in its code".to_owned(),
                asked: None,
            };
            ("given back".to_owned(), Some(trouble))
        }
    };
    let queue = queue_of(message, &tools.urls);
    let wait = match &trouble {
        Some(trouble) => Some(give_back(message, tools, queue, &mail, (trouble, is_last)).await),
        None => None,
    };
    let refused = trouble.as_ref().is_some_and(|t| t.class == "unauthorized");
    let failed = trouble.is_some();
    if let Some(queue) = queue {
        // A mail that is nobody's is read without any model, and is no trace.
        let is_traced = !made.runs.is_empty() || queue != QueueName::Mail;
        let work = is_traced.then(|| traced(message, &mail, queue, began, trouble.as_ref()));
        let visit = Visit {
            queue,
            tries: receive_count(message),
            at: began.0,
            took: began.1.elapsed(),
            outcome,
            error: trouble.map(|trouble| (trouble.class, trouble.said)),
            wait,
            calls: worth_keeping(made.calls),
        };
        if let Err(error) = tools.ledger.visited(&mail, &visit).await {
            tracing::warn!(%error, "The visit to mail {mail} could not be recorded: {error}");
        }
        metrics::visited(tools, &mail, &visit).await;
        if let Some(work) = work {
            tools.tracer.keep(work, made.runs, until).await;
        }
    }
    if failed {
        Ended::Failed { refused }
    } else {
        Ended::Done
    }
}

/// The work on a message as its trace knows it.
fn traced(
    message: &SqsMessage,
    mail: &MailKey,
    queue: QueueName,
    (at, since): (OffsetDateTime, Instant),
    trouble: Option<&Trouble>,
) -> Work {
    let tries = receive_count(message);
    let id = message.message_id.as_deref().unwrap_or_default();
    let attribute = message.message_attributes.get("traceparent");
    let named = attribute.and_then(|attribute| attribute.string_value.as_deref());
    Work {
        mail: Some(mail.clone()),
        trace: named.and_then(|named| TraceParent::parse(named).ok()),
        name: format!("{id}/{tries}"),
        by: queue.as_str().to_owned(),
        began_at: at,
        took: since.elapsed(),
        tries,
        failure: trouble.map(|trouble| (trouble.class.to_owned(), trouble.said.clone())),
    }
}

/// Says that a message cannot be worked, now or later.
fn names_no_mail(message: &SqsMessage, is_last: bool) {
    let id = message.message_id.as_deref().unwrap_or_default();
    if is_last {
        tracing::error!(name: "a message names no mail", "Queue message {id} names no mail and goes to the dead letters");
    } else {
        tracing::warn!(
            "Queue message {id} names no mail; it is given out again, and goes to the dead letters"
        );
    }
}

/// Hides a message until it is worth trying again, and returns for how long.
async fn give_back(
    message: &SqsMessage,
    tools: &Tools,
    queue: Option<QueueName>,
    mail: &MailKey,
    (trouble, is_last): (&Trouble, bool),
) -> Duration {
    let tries = receive_count(message);
    let wait = redelivery::wait(tries, trouble.asked, chance(message, tries));
    let (class, wait_s, error) = (trouble.class, wait.as_secs(), &trouble.said);
    if is_last {
        tracing::error!(name: "a mail goes to the dead letters", class, error, "Mail {mail} goes to the dead letters after try {tries}: {error}");
    } else if class == "unauthorized" && tries > 1 {
        // The first time a secret may have been rotated, and is read again.
        tracing::error!(name: "credentials are refused", class, wait_s, error, "Mail {mail} waits for credentials that are accepted: {error}");
    } else {
        tracing::warn!(
            class,
            wait_s,
            error,
            "Mail {mail} goes back to its queue after try {tries}: {error}"
        );
    }
    if let (Some(name), Some(receipt)) = (queue, &message.receipt_handle)
        && let Err(error) = tools.queue.give_back(name, receipt, wait).await
    {
        tracing::warn!(%error, "Mail {mail} waits for its whole visibility timeout: {error}");
    }
    wait
}

/// A number from 0 to 1 that differs between messages, and between the tries of one.
fn chance(message: &SqsMessage, tries: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (message.message_id.as_deref(), tries).hash(&mut hasher);
    f64::from(u16::try_from(hasher.finish() & 0xffff).unwrap_or_default()) / f64::from(u16::MAX)
}

/// Calls of which something can be told, and those that did not go smoothly.
fn worth_keeping(calls: Vec<CallMade>) -> Vec<CallMade> {
    let tells = |call: &CallMade| {
        call.detail.is_some() || call.error.is_some() || call.attempts > 1 || call.took_ms >= 1_000
    };
    calls.into_iter().filter(tells).collect()
}

#[cfg(test)]
mod tests;

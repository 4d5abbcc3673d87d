//! What surrounds every invocation: its ids on every line, one line where it fails, and faults told
//! before it ends.

use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use ports::{CallError, Clock, SystemClock};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::{faults, ids, telemetry, time_left};

/// An invocation ended with work left over, and asks to be called again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GoesOn(
    /// What is left.
    pub String,
);

/// Serves a function whose events `work` takes, one at a time.
pub async fn serve_events<A, B, W>(work: W) -> Result<(), Error>
where
    A: DeserializeOwned,
    B: Serialize,
    W: AsyncFn(LambdaEvent<A>) -> Result<B, Error>,
{
    run(service_fn(async |event: LambdaEvent<A>| {
        let context = event.context.clone();
        invocation(&context, Box::pin(work(event))).await
    }))
    .await
}

/// One invocation.
async fn invocation<T>(
    context: &Context,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let within = async {
        let worked = work.await;
        if let Err(error) = &worked {
            failed(error);
        }
        faults::tell(&telemetry::TOLD, time_left(context, SystemClock.now())).await;
        worked
    };
    within.instrument(ids::of_invocation(context)).await
}

/// The one line about an invocation that failed. AWS, Pub/Sub or the schedule calls again, so that what
/// passes needs nobody.
fn failed(error: &Error) {
    let said = chain(&**error);
    if passes(error) {
        tracing::warn!(
            error = said,
            "The invocation failed and is repeated: {said}"
        );
    } else {
        tracing::error!(name: "an invocation failed", error = said, "The invocation failed: {said}");
    }
}

fn passes(error: &Error) -> bool {
    match error.downcast_ref::<CallError>() {
        Some(call) => call.is_passing(),
        None => error.is::<GoesOn>(),
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        line.push_str(": ");
        line.push_str(&deeper.to_string());
        cause = deeper.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_passes_needs_nobody() {
        assert!(passes(&CallError::unreachable("Gmail", "no route").into()));
        assert!(passes(&GoesOn("three documents".to_owned()).into()));
    }

    #[test]
    fn a_failure_that_stays_needs_a_person() {
        assert!(!passes(
            &CallError::rejected("Gmail", "no such topic").into()
        ));
        assert!(!passes(&"the secret has no value".into()));
    }
}

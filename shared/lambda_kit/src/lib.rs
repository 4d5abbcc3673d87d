//! What every function shares: settings read once at the start, logs as lines of JSON with the ids of
//! what is worked, and the way a batch of queue messages is worked.

pub mod batch;
mod faults;
pub mod fresh;
mod ids;
pub mod invocation;
mod lines;
pub mod metrics;
pub mod settings;
pub mod telemetry;
pub mod tracer;

use lambda_runtime::Context;
use time::OffsetDateTime;

pub use batch::{Tools, serve};
pub use fresh::Fresh;
pub use invocation::{GoesOn, serve_events};
pub use resilience::{ScopeJournal, within};
pub use settings::Settings;
pub use telemetry::run;
pub use tracer::Tracer;

/// How much of this invocation is left.
pub fn time_left(context: &Context, now: OffsetDateTime) -> std::time::Duration {
    (deadline(context) - now).try_into().unwrap_or_default()
}

/// When this invocation is ended from outside. The start of time where the context does not tell, so
/// that nothing begins.
pub fn deadline(context: &Context) -> OffsetDateTime {
    let milliseconds = i128::from(context.deadline);
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

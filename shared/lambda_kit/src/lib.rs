//! What every function shares: settings read once at the start, JSON logs, and the way a batch of
//! queue messages is worked.

pub mod batch;
pub mod fresh;
pub mod metrics;
pub mod settings;
pub mod telemetry;
pub mod tracer;

use lambda_runtime::Context;
use time::OffsetDateTime;

pub use batch::{Tools, serve};
pub use fresh::Fresh;
pub use resilience::{ScopeJournal, within};
pub use settings::Settings;
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

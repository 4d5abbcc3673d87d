//! What every function shares: settings read once at the start, JSON logs, and the way a batch of
//! queue messages is worked.

pub mod batch;
pub mod settings;
pub mod telemetry;

use lambda_runtime::Context;
use time::OffsetDateTime;

pub use batch::work_batch;
pub use settings::Settings;

/// When this invocation is ended from outside. The start of time where the context does not tell, so
/// that nothing begins.
pub fn deadline(context: &Context) -> OffsetDateTime {
    let milliseconds = i128::from(context.deadline);
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

//! Runs that were not shown when they were made, and what people made of drafts since.
//!
//! What shows traces can be down for days: the ledger holds the record, and nothing is lost by it.

use ports::{CallError, Clock, TraceBook, TraceSink};
use time::{Duration, OffsetDateTime};

/// Runs in one request.
const AT_ONCE: u32 = 100;
/// A run is left for this long to the function that made it.
const FRESH: Duration = Duration::minutes(1);
/// What is left of an invocation for ending it.
const FOR_THE_END: Duration = Duration::seconds(5);

/// What was made up for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct MadeUp {
    /// Runs that were shown.
    pub runs: usize,
    /// Verdicts that were told.
    pub verdicts: usize,
}

/// Shows the runs since then that were not shown, the oldest first, and tells what people made of the
/// drafts. Ends before `until`; what is left then waits for the next time. Repeating it is safe.
pub async fn make_up(
    book: &dyn TraceBook,
    sink: &dyn TraceSink,
    clock: &dyn Clock,
    since: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<MadeUp, CallError> {
    let mut made_up = MadeUp::default();
    while clock.now() + FOR_THE_END < until {
        let runs = book.missed(since, clock.now() - FRESH, AT_ONCE).await?;
        if runs.is_empty() {
            break;
        }
        sink.show(&runs).await?;
        let ids: Vec<_> = runs.into_iter().map(|record| record.id).collect();
        book.shown(&ids, clock.now()).await?;
        made_up.runs += ids.len();
    }
    for feedback in book.verdicts(since, AT_ONCE).await? {
        if clock.now() + FOR_THE_END >= until {
            break;
        }
        sink.judge(&feedback).await?;
        book.told(&feedback.run, feedback.verdict).await?;
        made_up.verdicts += 1;
    }
    Ok(made_up)
}

//! What was not shown when it was made is shown now, what people made of drafts is told, and what was
//! said long ago is forgotten.

use std::sync::Arc;

use desk::missed::make_up;
use lambda_kit::tracer::TraceSettings;
use ports::{CallError, Clock, SystemClock, TraceBook, TraceSink};
use store_postgres::Store;
use time::{Duration, OffsetDateTime};

/// How far back what was missed is made up for by itself.
const LOOK_BACK: Duration = Duration::days(7);

/// The record, and what shows it.
pub struct Traces {
    book: Arc<Store>,
    sink: Option<Arc<dyn TraceSink>>,
    content: Duration,
}

impl Traces {
    /// By the settings.
    pub fn new(
        settings: &TraceSettings,
        book: Arc<Store>,
        sink: Option<Arc<dyn TraceSink>>,
    ) -> Self {
        let content = Duration::days(settings.content_days.into());
        Self {
            book,
            sink,
            content,
        }
    }

    /// One round. What fails waits for the next.
    pub async fn round(&self, until: OffsetDateTime) {
        match self.made_up(until).await {
            Ok((0, 0)) => {}
            Ok((runs, verdicts)) => {
                tracing::info!(
                    runs,
                    verdicts,
                    "{runs} runs were shown late, and {verdicts} verdicts told"
                );
            }
            Err(error) => {
                tracing::warn!(%error, "Traces could not be made up for: {error}");
            }
        }
    }

    async fn made_up(&self, until: OffsetDateTime) -> Result<(usize, usize), CallError> {
        let now = SystemClock.now();
        self.book.forget(now - self.content).await?;
        let Some(sink) = &self.sink else {
            return Ok((0, 0));
        };
        let since = now - LOOK_BACK;
        let made_up = make_up(&*self.book, &**sink, &SystemClock, since, until).await?;
        Ok((made_up.runs, made_up.verdicts))
    }
}

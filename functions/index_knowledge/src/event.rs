//! What calls the function: the bucket, of each document that changes, and the schedule.

use aws_lambda_events::s3::S3Event;
use desk::index::{Indexed, Indexing, Reconciled};
use lambda_kit::GoesOn;
use lambda_runtime::Error;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

/// What one document may take at the end of a run, one batch of its pieces at least.
const MARGIN: Duration = Duration::seconds(20);

/// An invocation.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Documents changed in the bucket.
    Documents(S3Event),
    /// The schedule's input, `{"do":"reconcile"}`.
    Schedule {
        /// What is to be done.
        #[serde(rename = "do")]
        task: Task,
    },
}

/// What the schedule can ask for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Look at all documents.
    Reconcile,
}

impl Event {
    /// Does what is asked. An error lets AWS invoke the function again.
    pub async fn work(self, indexing: &Indexing, until: OffsetDateTime) -> Result<(), Error> {
        match self {
            Self::Documents(changed) => {
                for record in changed.records {
                    let object = record.s3.object;
                    let key = object.url_decoded_key.or(object.key).unwrap_or_default();
                    tell(&key, &indexing.document(&key).await?);
                }
                Ok(())
            }
            Self::Schedule {
                task: Task::Reconcile,
            } => {
                let done = indexing.reconcile(Some(until - MARGIN), &tell).await?;
                sum_up(&done, &indexing.space.to_string())
            }
        }
    }
}

fn tell(document: &str, indexed: &Indexed) {
    match indexed {
        Indexed::Unchanged { .. } => {}
        Indexed::Changed {
            pieces,
            embedded,
            removed,
        } => tracing::info!(
            document,
            pieces,
            embedded,
            removed,
            "Document {document} stands in the knowledge base with {pieces} pieces"
        ),
        Indexed::Gone => {
            tracing::info!(
                document,
                "Document {document} is no more in the knowledge base"
            );
        }
        Indexed::Unreadable(why) => tracing::error!(
            name: "a document cannot be read",
            document,
            error = %why,
            "Document {document} cannot be read, and nothing of it is in the knowledge base: {why}"
        ),
    }
}

fn sum_up(done: &Reconciled, space: &str) -> Result<(), Error> {
    let (documents, pieces, unreadable) = (done.documents, done.pieces, done.unreadable.len());
    tracing::info!(
        documents,
        pieces,
        changed = done.changed,
        embedded = done.embedded,
        gone = done.gone,
        unreadable,
        left = done.left,
        "The knowledge base holds {documents} documents in {pieces} pieces"
    );
    if done.switched {
        tracing::info!(space, "Answers are drawn from {space} now");
    }
    match done.left {
        0 => Ok(()),
        left => {
            let left = format!("the time is up with {left} documents to go; the next run goes on");
            Err(GoesOn(left).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_and_the_schedule_are_told_apart() {
        let read = |text: &str| serde_json::from_str::<Event>(text);
        let bucket = include_str!("../../../events/index_knowledge.json");
        assert!(matches!(read(bucket), Ok(Event::Documents(event)) if event.records.len() == 1));
        let schedule = include_str!("../../../events/index_knowledge_reconcile.json");
        assert!(matches!(read(schedule), Ok(Event::Schedule { .. })));
        assert!(read(r#"{"do":"something else"}"#).is_err());
    }
}

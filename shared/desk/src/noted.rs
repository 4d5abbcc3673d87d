//! What is noted of an answer for whoever asks later how it came about: what was found, and what of it
//! may stand. Beside it stand the calls of models, which their adapter notes.

use ports::{CallError, Journal, Passage, Run, RunKind, Said};
use serde_json::json;
use time::OffsetDateTime;

use crate::grounded::Outcome;
use crate::retrieval::Query;

type Found = Result<Option<Vec<Passage>>, CallError>;

/// Notes a search. `began` is when it did.
pub(crate) fn search(journal: &dyn Journal, began: OffsetDateTime, asked: &[Query], found: &Found) {
    let asked: Vec<_> = asked
        .iter()
        .map(|query| json!({ "text": query.text, "language": query.language }))
        .collect();
    let passages = found.as_ref().ok().and_then(Option::as_ref);
    let passages: Vec<_> = passages
        .into_iter()
        .flatten()
        .map(|passage| json!({ "id": passage.id, "title": passage.title, "score": passage.score }))
        .collect();
    let said = Said {
        input: json!(asked).to_string(),
        output: json!(passages).to_string(),
    };
    let failure = found.as_ref().err();
    let failure = failure.map(|error| (error.class().to_owned(), error.to_string()));
    journal.note(run(
        journal,
        RunKind::Retriever,
        "retrieve",
        began,
        said,
        failure,
    ));
}

/// Notes what was held against its sources.
pub(crate) fn check(journal: &dyn Journal, began: OffsetDateTime, outcome: &Outcome) {
    let refused: Vec<_> = outcome
        .refused
        .iter()
        .map(|(sentence, why)| json!({ "sentence": sentence, "because": why.to_string() }))
        .collect();
    let (stands, because) = match &outcome.answer {
        Ok(answer) => (
            json!({ "sentences": answer.sentences, "confidence": answer.confidence }),
            None,
        ),
        Err(why) => (json!(null), Some(why.to_string())),
    };
    let sources: Vec<_> = outcome.found.iter().map(|passage| &passage.id).collect();
    let said = Said {
        input: json!({ "sources": sources }).to_string(),
        output: json!({ "stands": stands, "refused": refused, "because": because }).to_string(),
    };
    journal.note(run(journal, RunKind::Check, "check", began, said, None));
}

fn run(
    journal: &dyn Journal,
    kind: RunKind,
    name: &str,
    began_at: OffsetDateTime,
    said: Said,
    failure: Option<(String, String)>,
) -> Run {
    Run {
        kind,
        name: name.to_owned(),
        began_at,
        took: (journal.now() - began_at).try_into().unwrap_or_default(),
        attempts: 1,
        model: None,
        failure,
        said: Some(said),
    }
}

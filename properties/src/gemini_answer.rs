//! Any answer of Gemini: read as one of the closed shapes, or refused in words that hold none of it.

use std::time::Duration;

use model_gemini::fuzzing::answer;
use ports::model::LONGEST_SUMMARY;
use ports::{Answer, CallError};

use crate::first_line;

/// Longer than any reason that is of use.
const LONGEST_REASON: usize = 400;
/// Longer than anybody waits for a model.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Reads the first line as the status and the rest as the body. A body in braces is also taken for the
/// text of a generation.
///
/// # Panics
/// If something is accepted that its shape forbids, or an error is longer than what may be told.
pub fn holds(data: &[u8]) {
    let (status, body) = first_line(data);
    let status: u16 = status.trim().parse().unwrap_or(200);
    judged(status, body.as_bytes());
    if body.starts_with('{') {
        let parts = serde_json::json!([{ "text": body }]);
        let candidate = serde_json::json!({ "content": { "parts": parts } });
        let generated = serde_json::json!({ "candidates": [candidate] });
        judged(status, generated.to_string().as_bytes());
    }
}

fn judged(status: u16, body: &[u8]) {
    let read = answer(status, body, 1, 3);
    for error in &read.refusals {
        let said = format!("{error} {error:?}");
        assert!(
            said.chars().count() < 2 * LONGEST_REASON,
            "an error is long"
        );
        assert!(!said.contains('@'), "an error holds an address");
        if let CallError::RateLimited { retry_after, .. } = error {
            let wait = retry_after.unwrap_or_default();
            assert!(wait <= LONGEST_WAIT, "the model is waited for too long");
        }
    }
    assert!(
        read.reasons
            .iter()
            .all(|why| why.chars().count() < LONGEST_REASON)
    );
    if let Some(classification) = read.classification {
        let others = classification.alternatives.iter().map(|(_, sure)| *sure);
        let mut all = others.chain([classification.confidence]);
        assert!(all.all(|sure| (0.0..=1.0).contains(&sure)));
        assert!(classification.language.chars().count() <= 2);
        let entities = classification.entities;
        for value in [entities.current_pw, entities.new_pw].into_iter().flatten() {
            assert!(value.starts_with("[[PASSWORD_") && value.ends_with("]]"));
        }
    }
    if let Some(Answer::Sentences { sentences, .. }) = read.answer {
        assert!(!sentences.is_empty(), "an answer says nothing");
        assert!(
            sentences
                .iter()
                .all(|sentence| !sentence.text.trim().is_empty())
        );
    }
    if let Some(summary) = read.summary {
        assert!(summary.chars().count() <= LONGEST_SUMMARY);
        assert_eq!(summary.trim(), summary);
    }
    for vector in read.vectors.into_iter().flatten() {
        let length: f64 = vector.iter().map(|x| f64::from(*x).powi(2)).sum();
        assert!(
            (0.999..1.001).contains(&length),
            "a vector is {length} long"
        );
    }
}

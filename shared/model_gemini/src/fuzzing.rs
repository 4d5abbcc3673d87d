//! What the client makes of the octets of an answer, without a wire: the same functions that its calls
//! go through. For fuzzing alone.

use domain::Classification;
use ports::{Answer, CallError};
use serde::de::DeserializeOwned;

use crate::shape::{self, Answered, Classified, Summarised};
use crate::wire::{self, EmbedAnswer, GenerateAnswer, Generated};

/// What one answer was read as.
#[derive(Debug, Default)]
pub struct Read {
    /// What it means as a refusal.
    pub refusals: Vec<CallError>,
    /// Why its text does not have a shape asked for.
    pub reasons: Vec<String>,
    /// Its tokens, if it counts them.
    pub tokens_out: Option<u64>,
    /// It as a classification.
    pub classification: Option<Classification>,
    /// It as an answer.
    pub answer: Option<Answer>,
    /// It as a summary.
    pub summary: Option<String>,
    /// It as embeddings.
    pub vectors: Option<Vec<Vec<f32>>>,
}

/// Reads an answer as every kind of answer that the client waits for: embeddings are to be `count`
/// with `dimensions` each.
pub fn answer(status: u16, body: &[u8], count: usize, dimensions: usize) -> Read {
    let mut read = Read::default();
    let vectors = wire::read::<EmbedAnswer>(status, None, body)
        .and_then(|answer| shape::unit_vectors(answer.vectors(), count, dimensions));
    read.vectors = read.kept(vectors);
    let generated = wire::read::<GenerateAnswer>(status, None, body).and_then(|answer| {
        read.tokens_out = answer.usage_metadata.tokens_out();
        wire::judge(&answer)
    });
    if let Some(Generated::Text(text)) = read.kept(generated) {
        let classified = read.shaped::<Classified>(&text).map(Classified::checked);
        read.classification = classified.and_then(|checked| read.kept(checked));
        read.answer = read.shaped(&text).map(Answered::into_answer);
        read.summary = read.shaped(&text).map(Summarised::into_summary);
    }
    read
}

impl Read {
    fn kept<T>(&mut self, read: Result<T, CallError>) -> Option<T> {
        read.map_err(|error| self.refusals.push(error)).ok()
    }

    fn shaped<T: DeserializeOwned>(&mut self, text: &str) -> Option<T> {
        let shaped = shape::shaped(text);
        shaped.map_err(|why| self.reasons.push(why)).ok()
    }
}

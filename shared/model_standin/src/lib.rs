//! A stand-in for the language model: plain statistics, deterministic, in process, no network.
//!
//! **This is not a language model.** It lets the whole house run on one machine without a key, and
//! it says so in its name, [`NAME`]. What it does and where it ends:
//!
//! - *Classification* is logistic regression over words, word pairs, beginnings of words and a small
//!   glossary of the trade, trained at the start on the invented cases in `cases/` (five intents,
//!   five languages). It knows the words of those cases and nothing of the world; of what it does
//!   not know it is unsure, and says so in its confidence. Nothing in a mail can be an instruction,
//!   for there is nothing here that follows any: words count as words. Attachments and earlier turns
//!   are not looked at.
//! - *Entities* are found by patterns: months in five languages, and the placeholders that masking
//!   left for passwords.
//! - *Embeddings* are hashed bags of words. Texts are near each other when they share words or notions
//!   of the glossary, not when they mean the same; a synonym outside the glossary is a stranger.
//! - *Answers* are sentences quoted word for word from the passages, in the passages' language.
//! - *Summaries* are the first sentences of the turns, word for word.

mod answer;
mod classify;
mod embed;
mod entities;
mod features;
mod glossary;
mod language;
mod secrets;
mod sentences;
mod since;
mod summary;
mod words;

use std::sync::OnceLock;

use async_trait::async_trait;
use domain::Classification;
use ports::{Answer, CallError, ClassifyRequest, EmbedPurpose, Memory, Model, Question, Space};

use crate::classify::Classifier;
use crate::embed::Embedder;

/// The name under which this model is recorded: on calls, and in the name of a collection. It is a
/// label, and does not tell the method. Whoever changes features or cases so that vectors change must
/// change it, for vectors of two models do not mix.
pub const NAME: &str = "standin-logistic-1";

/// The dimension of embeddings where none is given; that of the model it stands in for.
const DIMENSION: usize = 768;

/// The stand-in. Trained once per process, at the first use; cheap to make and to clone after that.
#[derive(Clone, Copy)]
pub struct StandIn {
    classifier: &'static Classifier,
    embedder: Embedder,
}

impl StandIn {
    /// A model whose embeddings have 768 dimensions.
    pub fn new() -> Self {
        Self::with_dimension(DIMENSION)
    }

    /// A model whose embeddings have this many dimensions, at least 1.
    pub fn with_dimension(dimension: usize) -> Self {
        static CLASSIFIER: OnceLock<Classifier> = OnceLock::new();
        Self {
            classifier: CLASSIFIER.get_or_init(Classifier::train),
            embedder: Embedder::new(dimension),
        }
    }

    /// What the mail wants.
    pub fn classify_mail(&self, mail: &ClassifyRequest) -> Classification {
        self.classifier.classify(mail)
    }

    /// A vector of length one.
    pub fn embed_text(&self, purpose: EmbedPurpose, text: &str) -> Vec<f32> {
        self.embedder.embed(purpose, text)
    }

    /// Up to three sentences of the passages, word for word, each citing the passage it is from.
    pub fn answer_question(&self, question: &Question) -> Answer {
        answer::answer(question)
    }

    /// What was said, in short: sentences of the turns, word for word.
    pub fn summarise_memory(&self, memory: &Memory) -> String {
        summary::summarise(memory)
    }
}

impl Default for StandIn {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Model for StandIn {
    async fn classify(&self, mail: &ClassifyRequest) -> Result<Classification, CallError> {
        Ok(self.classify_mail(mail))
    }

    async fn embed(
        &self,
        space: &Space,
        purpose: EmbedPurpose,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError> {
        let embedder = Embedder::new(space.dimensions);
        let vectors = texts.iter().map(|text| embedder.embed(purpose, text));
        Ok(vectors.collect())
    }

    async fn answer(&self, question: &Question) -> Result<Answer, CallError> {
        Ok(self.answer_question(question))
    }

    async fn summarise(&self, memory: &Memory) -> Result<String, CallError> {
        Ok(self.summarise_memory(memory))
    }

    fn answering(&self) -> String {
        NAME.to_owned()
    }
}

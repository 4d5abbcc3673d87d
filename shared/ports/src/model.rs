//! The language model: Gemini. Its answers are data in closed schemas and are checked by the caller.

use async_trait::async_trait;
use domain::Classification;

use crate::{CallError, Passage, Turn};

/// What the classifier is shown. Masked before it comes here.
#[derive(Clone, PartialEq, Eq)]
pub struct ClassifyRequest {
    /// The subject.
    pub subject: String,
    /// What the author wrote now.
    pub text: String,
    /// The names of attached files.
    pub attachments: Vec<String>,
    /// Earlier turns of the ticket, oldest first.
    pub memory: Vec<Turn>,
}

/// What the answering model is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// The subject and new text, masked.
    pub text: String,
    /// The language to answer in, as ISO 639-1.
    pub language: String,
    /// The only allowed sources.
    pub passages: Vec<Passage>,
    /// Earlier turns of the ticket, for what "it" means. Never a source.
    pub memory: Vec<Turn>,
}

/// One sentence with the passages that support it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedSentence {
    /// The sentence.
    pub text: String,
    /// The ids of the supporting passages, as the model names them: unchecked.
    pub passages: Vec<String>,
}

/// The model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Sentences, in order, at least one.
    Sentences(Vec<CitedSentence>),
    /// The passages do not answer the question.
    CannotAnswer,
}

/// What a text is embedded for. The two are embedded differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbedPurpose {
    /// To search with.
    Query,
    /// To be found.
    Document,
}

/// A language model.
#[async_trait]
pub trait Model: Send + Sync {
    /// What the mail wants.
    async fn classify(&self, mail: &ClassifyRequest) -> Result<Classification, CallError>;

    /// One unit-length vector a text, in order, all of the same dimension.
    async fn embed(
        &self,
        purpose: EmbedPurpose,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError>;

    /// An answer from the passages alone.
    async fn answer(&self, question: &Question) -> Result<Answer, CallError>;
}

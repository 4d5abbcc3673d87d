//! The language model: Gemini. Its answers are data in closed schemas and are checked by the caller.

use async_trait::async_trait;
use domain::Classification;
use time::Date;

use crate::{CallError, Passage, Space, Turn};

/// What is remembered of a conversation. Masked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// What was said before the turns, in short.
    pub summary: Option<String>,
    /// The last turns, oldest first.
    pub turns: Vec<Turn>,
}

/// What the classifier is shown. Masked before it comes here.
#[derive(Clone, PartialEq)]
pub struct ClassifyRequest {
    /// The subject.
    pub subject: String,
    /// What the author wrote now.
    pub text: String,
    /// The names of attached files.
    pub attachments: Vec<String>,
    /// The day on which it was written, by which "since March" is a number of months.
    pub on: Date,
    /// What was said on the ticket before.
    pub memory: Memory,
}

/// What the answering model is shown.
#[derive(Clone, PartialEq)]
pub struct Question {
    /// The subject and new text, masked.
    pub text: String,
    /// The language to answer in, as ISO 639-1.
    pub language: String,
    /// The only allowed sources.
    pub passages: Vec<Passage>,
    /// What was said on the ticket before, for what "it" means. Never a source.
    pub memory: Memory,
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
    /// The passages answer the question.
    Sentences {
        /// What they say, in order, at least one.
        sentences: Vec<CitedSentence>,
        /// What the customer should be asked for a better answer. Unchecked.
        questions: Vec<String>,
    },
    /// The passages do not answer the question.
    CannotAnswer {
        /// What the customer could be asked. Unchecked.
        questions: Vec<String>,
    },
}

/// What a text is embedded for. The two are embedded differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbedPurpose {
    /// To search with.
    Query,
    /// To be found.
    Document,
}

/// The longest summary, in characters.
pub const LONGEST_SUMMARY: usize = 1_200;

/// A language model.
#[async_trait]
pub trait Model: Send + Sync {
    /// What the mail wants.
    async fn classify(&self, mail: &ClassifyRequest) -> Result<Classification, CallError>;

    /// One unit-length vector of the space a text, in order.
    async fn embed(
        &self,
        space: &Space,
        purpose: EmbedPurpose,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError>;

    /// An answer from the passages alone.
    async fn answer(&self, question: &Question) -> Result<Answer, CallError>;

    /// What was said in a conversation, in short: at most [`LONGEST_SUMMARY`] characters, drawn from
    /// the memory's summary and turns alone.
    async fn summarise(&self, memory: &Memory) -> Result<String, CallError>;

    /// The name and version of what makes answers, such as `answer v1`. Drafts are counted by it.
    fn answering(&self) -> String;
}

//! The language model at Google: a thin client of the Gemini API.
//!
//! What it answers is data in closed schemas, validated again on arrival. The key travels in a header
//! marked as sensitive and stands in no address and no error. Google keeps nothing: every call says
//! `store: false`. Every call leaves one log line with the model asked, the model that answered, the
//! tokens and the prompt's version and hash, and nothing of its content. A journal takes note of each call
//! with what it cost and what was said.

mod failure;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod noted;
mod prices;
mod prompt;
mod shape;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Classification;
use ports::{
    Answer, Bucket, CallError, ClassifyRequest, EmbedPurpose, Journal, Limits, Memory, Model,
    Question, Space, Turn,
};
use resilience::Policy;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use shape::{Answered, Classified, Summarised};
use wire::{Client, Generated};

pub use prices::{PRICES_AS_OF, PRICES_SOURCE, cost};
pub use prompt::{Prompt, Prompts, Unnamed};

pub(crate) const SERVICE: &str = "Gemini";

/// Where Google serves Gemini.
pub const GEMINI_URL: &str = "https://generativelanguage.googleapis.com";

/// Texts that one batch request may hold.
const BATCH: usize = 100;
/// How often an answer that is cut off or breaks its schema is asked for in all.
const ASKS: usize = 2;

/// Where the model is and which ones are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeminiSettings {
    /// [`GEMINI_URL`], or where a stand-in is served.
    pub base_url: String,
    /// The model that classifies.
    pub classify_model: String,
    /// The model that answers.
    pub answer_model: String,
    /// What the models are told.
    pub prompts: Prompts,
    /// How long one try may take.
    pub timeout: Duration,
    /// How often and how long a call is tried.
    pub policy: Policy,
}

impl Default for GeminiSettings {
    fn default() -> Self {
        Self {
            base_url: GEMINI_URL.to_owned(),
            classify_model: "gemini-3.5-flash-lite".to_owned(),
            answer_model: "gemini-3.8-flash".to_owned(),
            prompts: Prompts::default(),
            timeout: Duration::from_secs(15),
            policy: Policy::default(),
        }
    }
}

/// What the project may use of the Gemini API, all functions together
/// (<https://ai.google.dev/gemini-api/docs/rate-limits>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Requests a minute.
    pub requests_a_minute: u32,
    /// Tokens that are sent, a minute.
    pub tokens_a_minute: u32,
    /// Requests a day.
    pub requests_a_day: u32,
}

/// The model.
pub struct Gemini {
    client: Client,
    settings: GeminiSettings,
}

impl fmt::Debug for Gemini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gemini({})", self.settings.classify_model)
    }
}

/// A turn as the model is shown it.
#[derive(Serialize)]
struct ShownTurn<'a> {
    direction: &'static str,
    intent: &'static str,
    text: &'a str,
}

/// A conversation as the model is shown it.
#[derive(Serialize)]
struct ShownMemory<'a> {
    summary: Option<&'a str>,
    turns: Vec<ShownTurn<'a>>,
}

fn shown(memory: &Memory) -> ShownMemory<'_> {
    let turn = |turn: &'_ Turn| (turn.direction.as_str(), turn.intent.as_str());
    let turns = memory.turns.iter().map(|one| {
        let (direction, intent) = turn(one);
        ShownTurn {
            direction,
            intent,
            text: &one.text,
        }
    });
    ShownMemory {
        summary: memory.summary.as_deref(),
        turns: turns.collect(),
    }
}

impl Gemini {
    /// Makes the client. Calls nobody yet.
    pub fn new(settings: GeminiSettings, key: SecretString) -> Self {
        let client = Client::new(&settings, key);
        Self { client, settings }
    }

    /// The same model, whose gate all functions keep together: they stay within the project's quota.
    #[must_use]
    pub fn guarded(mut self, limits: Arc<dyn Limits>, quota: Quota) -> Self {
        let buckets = [
            Bucket::a_minute("requests", quota.requests_a_minute),
            Bucket::a_minute("tokens", quota.tokens_a_minute),
            Bucket::a_day("requests a day", quota.requests_a_day),
        ];
        self.client.gate = self.client.gate.kept_by(limits, "", buckets);
        self
    }

    /// Has another journal take note of the calls than that of the scope that they are made in.
    #[must_use]
    pub fn noted_by(mut self, journal: Arc<dyn Journal>) -> Self {
        self.client.journal = journal;
        self
    }

    /// Asks whether the models that classify and answer are there for our key. It generates nothing, and nothing
    /// is paid for it.
    pub async fn answers(&self) -> Result<(), CallError> {
        let settings = &self.settings;
        for model in [&settings.classify_model, &settings.answer_model] {
            self.has(model).await?;
        }
        Ok(())
    }

    /// Asks the same for one model.
    pub async fn has(&self, model: &str) -> Result<(), CallError> {
        self.client.describe(model).await
    }

    /// Asks for JSON of one shape. An answer that is cut off or does not have the shape is asked for
    /// once more.
    async fn ask<T: DeserializeOwned>(
        &self,
        model: &str,
        prompt: &Prompt,
        schema: Value,
        content: &Value,
    ) -> Result<T, CallError> {
        let body = json!({
            "systemInstruction": { "parts": [{ "text": prompt.instruction() }] },
            "contents": [{ "role": "user", "parts": [{ "text": prompt::between_markers(content) }] }],
            "generationConfig": {
                "responseMimeType": "application/json",
                "responseJsonSchema": schema,
            },
            "store": false,
        });
        let mut reason = String::new();
        for _ in 0..ASKS {
            match self.client.generate(model, prompt, &body).await? {
                Generated::Text(text) => match shape::shaped(&text) {
                    Ok(answer) => return Ok(answer),
                    Err(why) => reason = why,
                },
                Generated::CutOff => {
                    reason = String::from("its answer was cut off at the token limit");
                }
            }
        }
        Err(CallError::rejected(SERVICE, reason))
    }
}

#[async_trait]
impl Model for Gemini {
    async fn classify(&self, mail: &ClassifyRequest) -> Result<Classification, CallError> {
        let content = json!({
            "subject": mail.subject,
            "text": mail.text,
            "attachments": mail.attachments,
            "written_on": mail.on.to_string(),
            "memory": shown(&mail.memory),
        });
        let model = &self.settings.classify_model;
        let answer: Classified = self
            .ask(
                model,
                &self.settings.prompts.classify,
                shape::schema::<Classified>(),
                &content,
            )
            .await?;
        answer.checked()
    }

    async fn embed(
        &self,
        space: &Space,
        purpose: EmbedPurpose,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError> {
        let prefix = match purpose {
            EmbedPurpose::Query => "task: question answering | query: ",
            EmbedPurpose::Document => "title: none | text: ",
        };
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            let prefixed = batch
                .iter()
                .map(|text| format!("{prefix}{text}"))
                .collect::<Vec<_>>();
            let found = self.client.embed(space, &prefixed).await?;
            vectors.extend(shape::unit_vectors(found, batch.len(), space.dimensions)?);
        }
        Ok(vectors)
    }

    async fn answer(&self, question: &Question) -> Result<Answer, CallError> {
        let passages: Vec<Value> = question
            .passages
            .iter()
            .map(|p| json!({ "id": p.id, "title": p.title, "text": p.text }))
            .collect();
        let content = json!({
            "question": question.text,
            "language": question.language,
            "passages": passages,
            "memory": shown(&question.memory),
        });
        let model = &self.settings.answer_model;
        let answer: Answered = self
            .ask(
                model,
                &self.settings.prompts.answer,
                shape::schema::<Answered>(),
                &content,
            )
            .await?;
        Ok(answer.into_answer())
    }

    async fn summarise(&self, memory: &Memory) -> Result<String, CallError> {
        let model = &self.settings.classify_model;
        let content = json!(shown(memory));
        let summary: Summarised = self
            .ask(
                model,
                &self.settings.prompts.summarise,
                shape::schema::<Summarised>(),
                &content,
            )
            .await?;
        Ok(summary.into_summary())
    }

    fn answering(&self) -> String {
        let prompt = &self.settings.prompts.answer;
        let (name, hash) = (prompt.name(), &prompt.hash()[..8]);
        format!("{name} ({hash}), {}", self.settings.answer_model)
    }
}

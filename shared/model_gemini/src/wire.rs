//! The protocol: requests, and answers in which everything may be missing.

use std::sync::Arc;
use std::time::Duration;

use ports::{CallError, Journal, Space};
use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use resilience::{Effect, Gate, Op, ScopeJournal, http};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::noted::Begun;
use crate::prompt::Prompt;
use crate::{GeminiSettings, SERVICE, failure};

const KEY_HEADER: &str = "x-goog-api-key";

pub(crate) struct Client {
    http: reqwest::Client,
    base_url: String,
    key: SecretString,
    pub(crate) gate: Gate,
    pub(crate) journal: Arc<dyn Journal>,
}

/// What a generation came to.
pub(crate) enum Generated {
    Text(String),
    CutOff,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GenerateAnswer {
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    pub(crate) usage_metadata: Usage,
    pub(crate) model_version: Option<String>,
}

impl GenerateAnswer {
    pub(crate) fn finish_reason(&self) -> Option<&str> {
        self.candidates.first()?.finish_reason.as_deref()
    }

    /// What the first candidate says.
    pub(crate) fn text(&self) -> String {
        let parts = self.candidates.first().map(|first| &first.content.parts);
        let parts = parts.into_iter().flatten().filter(|part| !part.thought);
        parts.filter_map(|part| part.text.as_deref()).collect()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Candidate {
    content: Content,
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Content {
    parts: Vec<Part>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part {
    text: Option<String>,
    /// A part with the model's thinking is not its answer.
    thought: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the names are Google's")]
pub(crate) struct Usage {
    pub(crate) prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
}

impl Usage {
    /// What is paid for as output: the answer and the thinking before it.
    pub(crate) fn tokens_out(&self) -> Option<u64> {
        let thoughts = self.thoughts_token_count.unwrap_or_default();
        self.candidates_token_count
            .map(|answer| answer.saturating_add(thoughts))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EmbedAnswer {
    embeddings: Vec<Embedding>,
    pub(crate) usage_metadata: Usage,
}

impl EmbedAnswer {
    pub(crate) fn count(&self) -> usize {
        self.embeddings.len()
    }

    pub(crate) fn vectors(self) -> Vec<Vec<f32>> {
        self.embeddings.into_iter().map(|e| e.values).collect()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Embedding {
    values: Vec<f32>,
}

impl Client {
    pub(crate) fn new(settings: &GeminiSettings, key: SecretString) -> Self {
        Self {
            http: http::client_within(settings.timeout),
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            key,
            gate: Gate::open(SERVICE).under(settings.policy),
            journal: Arc::new(ScopeJournal),
        }
    }

    pub(crate) async fn generate(
        &self,
        model: &str,
        prompt: &Prompt,
        body: &Value,
    ) -> Result<Generated, CallError> {
        let begun = self.begins(model);
        let answer = self
            .post("gemini.generateContent", model, "generateContent", body)
            .await;
        begun.generated(&*self.journal, prompt, body, &answer);
        let answer = answer?;
        let (usage, finish) = (&answer.usage_metadata, answer.finish_reason());
        tracing::info!(
            model,
            answered_by = answer.model_version.as_deref(),
            prompt = prompt.name(),
            prompt_sha256 = prompt.hash(),
            tokens_in = usage.prompt_token_count,
            tokens_out = usage.candidates_token_count,
            tokens_thought = usage.thoughts_token_count,
            finish,
            "Gemini worked prompt {}",
            prompt.name()
        );
        resilience::detail(format!(
            "{}, {}, {}+{} tokens",
            answer.model_version.as_deref().unwrap_or(model),
            prompt.name(),
            usage.prompt_token_count.unwrap_or_default(),
            usage.tokens_out().unwrap_or_default(),
        ));
        judge(&answer)
    }

    fn begins<'a>(&self, model: &'a str) -> Begun<'a> {
        let at = self.journal.now();
        Begun { model, at }
    }

    pub(crate) async fn embed(
        &self,
        space: &Space,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError> {
        let model = &space.model;
        let requests: Vec<Value> = texts
            .iter()
            .map(|text| {
                json!({
                    "model": format!("models/{model}"),
                    "content": { "parts": [{ "text": text }] },
                    "outputDimensionality": space.dimensions,
                })
            })
            .collect();
        let body = json!({ "requests": requests });
        let begun = self.begins(model);
        let answer = self
            .post(
                "gemini.batchEmbedContents",
                model,
                "batchEmbedContents",
                &body,
            )
            .await;
        begun.embedded(&*self.journal, texts, &answer);
        let answer: EmbedAnswer = answer?;
        tracing::info!(
            model,
            texts = texts.len(),
            "Gemini embedded {} texts",
            texts.len()
        );
        Ok(answer.vectors())
    }

    /// Whether a model is there. <https://ai.google.dev/api/models#method:-models.get>
    pub(crate) async fn describe(&self, model: &str) -> Result<(), CallError> {
        let url = format!("{}/v1beta/models/{model}", self.base_url);
        let request = || self.http.get(&url);
        self.call::<Value>("gemini.models.get", &[1, 0, 0], request)
            .await
            .map(drop)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        model: &str,
        method: &str,
        body: &Value,
    ) -> Result<T, CallError> {
        let url = format!("{}/v1beta/models/{model}:{method}", self.base_url);
        let request = || self.http.post(&url).json(body);
        self.call(operation, &[1, about_tokens(body), 1], request)
            .await
    }

    /// Every call is a read: asking again has no effect but its cost.
    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        costs: &[u32],
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, CallError> {
        let op = Op::new(operation, Effect::None).at(costs);
        let attempt = || async {
            let sent = request().header(KEY_HEADER, self.key_header()?).send();
            let failed = |error| http::failed(SERVICE, Effect::None, error);
            let response = sent.await.map_err(failed)?;
            let status = response.status();
            let asked_wait = http::retry_after(response.headers());
            let octets = response.bytes().await.map_err(failed)?;
            read(status.as_u16(), asked_wait, &octets)
        };
        self.gate.call(op, attempt).await
    }

    fn key_header(&self) -> Result<HeaderValue, CallError> {
        let mut value = HeaderValue::from_str(self.key.expose_secret()).map_err(|_| {
            CallError::Unauthorized {
                service: SERVICE,
                reason:
                    "the API key holds characters that no key has; put it into its secret again"
                        .to_owned(),
            }
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// How many tokens a request is, roughly: a limit is drawn on before Google has counted.
fn about_tokens(body: &Value) -> u32 {
    const OCTETS_A_TOKEN: usize = 4;
    u32::try_from(body.to_string().len() / OCTETS_A_TOKEN).unwrap_or(u32::MAX)
}

/// What an answer holds, or what its refusal means.
pub(crate) fn read<T: DeserializeOwned>(
    status: u16,
    asked_wait: Option<Duration>,
    octets: &[u8],
) -> Result<T, CallError> {
    if !(200..300).contains(&status) {
        return Err(failure::of(status, asked_wait, octets));
    }
    serde_json::from_slice(octets)
        .map_err(|_| CallError::unreachable(SERVICE, "its answer cannot be read"))
}

/// The text of the first candidate, or why there is none.
pub(crate) fn judge(answer: &GenerateAnswer) -> Result<Generated, CallError> {
    let feedback = answer.prompt_feedback.as_ref();
    if let Some(reason) = feedback.and_then(|feedback| feedback.block_reason.as_ref()) {
        return Err(CallError::rejected(
            SERVICE,
            format!("it blocked the prompt ({})", failure::name(reason)),
        ));
    }
    if answer.candidates.is_empty() {
        return Err(CallError::rejected(SERVICE, "it gave no answer"));
    }
    let text = answer.text();
    match answer.finish_reason() {
        None | Some("STOP") if !text.is_empty() => Ok(Generated::Text(text)),
        Some("MAX_TOKENS") => Ok(Generated::CutOff),
        None | Some("STOP") => Err(CallError::rejected(SERVICE, "it gave an empty answer")),
        Some(other) => Err(CallError::rejected(
            SERVICE,
            format!("it stopped ({})", failure::name(other)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(answer: Value) -> Result<Generated, CallError> {
        judge(&serde_json::from_value(answer).unwrap())
    }

    fn refusal(answer: Value) -> String {
        match judged(answer) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("accepted"),
        }
    }

    #[test]
    fn a_blocked_prompt_is_refused_with_its_reason() {
        assert!(
            refusal(json!({ "promptFeedback": { "blockReason": "SAFETY" } })).contains("SAFETY")
        );
    }

    #[test]
    fn an_answer_without_candidates_or_text_is_refused() {
        assert!(refusal(json!({})).contains("no answer"));
        assert!(refusal(json!({ "candidates": [{ "finishReason": "STOP" }] })).contains("empty"));
    }

    #[test]
    fn a_finish_reason_nobody_knows_is_refused_by_name() {
        let answer = json!({ "candidates": [{ "finishReason": "BRAND_NEW" }] });
        assert!(refusal(answer).contains("BRAND_NEW"));
    }

    #[test]
    fn a_cut_off_answer_is_told_apart() {
        let answer = json!({ "candidates": [{ "finishReason": "MAX_TOKENS" }] });
        assert!(matches!(judged(answer), Ok(Generated::CutOff)));
    }

    #[test]
    fn counts_of_tokens_without_end_are_added() {
        let usage = Usage {
            candidates_token_count: Some(u64::MAX),
            thoughts_token_count: Some(1),
            ..Usage::default()
        };
        assert_eq!(usage.tokens_out(), Some(u64::MAX));
    }

    #[test]
    fn thoughts_are_not_the_answer() {
        let parts = json!([{ "text": "hm", "thought": true }, { "text": "{}" }]);
        let answer =
            json!({ "candidates": [{ "content": { "parts": parts }, "finishReason": "STOP" }] });
        assert!(matches!(judged(answer), Ok(Generated::Text(text)) if text == "{}"));
    }
}

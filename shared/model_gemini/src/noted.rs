//! What is noted of a call: the model, its tokens, what they cost, and what was said.

use ports::{CallError, Journal, ModelUse, PromptUsed, Run, RunKind, Said};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::prices;
use crate::prompt::Prompt;
use crate::wire::{EmbedAnswer, GenerateAnswer, Usage};

/// A call that was begun.
pub(crate) struct Begun<'a> {
    pub(crate) model: &'a str,
    pub(crate) at: OffsetDateTime,
}

impl Begun<'_> {
    /// Notes a generation. What the model is told for a prompt is known by its hash; what is kept is what
    /// changes from call to call.
    pub(crate) fn generated(
        &self,
        journal: &dyn Journal,
        prompt: &Prompt,
        body: &Value,
        answer: &Result<GenerateAnswer, CallError>,
    ) {
        let told = &body["contents"][0]["parts"][0]["text"];
        let input = json!([{ "role": "user", "parts": [{ "type": "text", "content": told }] }]);
        let answered = answer.as_ref().ok();
        let finish = answered.and_then(GenerateAnswer::finish_reason);
        let output = answered.map(|answer| {
            let parts = json!([{ "type": "text", "content": answer.text() }]);
            json!([{ "role": "assistant", "parts": parts, "finish_reason": finish }])
        });
        let used = ModelUse {
            prompt: Some(PromptUsed {
                name: prompt.task().to_owned(),
                version: prompt.version(),
                sha256: prompt.hash().to_owned(),
            }),
            answered: answered.and_then(|answer| answer.model_version.clone()),
            finish_reason: finish.map(str::to_owned),
            ..self.used(answered.map(|answer| &answer.usage_metadata))
        };
        let said = Said {
            input: input.to_string(),
            output: output.unwrap_or_default().to_string(),
        };
        let error = answer.as_ref().err();
        journal.note(self.run(journal, RunKind::Llm, prompt.task(), used, said, error));
    }

    /// Notes an embedding.
    pub(crate) fn embedded(
        &self,
        journal: &dyn Journal,
        texts: &[String],
        answer: &Result<EmbedAnswer, CallError>,
    ) {
        let answered = answer.as_ref().ok();
        let used = self.used(answered.map(|answer| &answer.usage_metadata));
        let said = Said {
            input: json!(texts).to_string(),
            output: json!({ "vectors": answered.map(EmbedAnswer::count) }).to_string(),
        };
        let error = answer.as_ref().err();
        journal.note(self.run(journal, RunKind::Embedding, "embed", used, said, error));
    }

    fn used(&self, usage: Option<&Usage>) -> ModelUse {
        let tokens_in = usage.and_then(|usage| usage.prompt_token_count);
        let tokens_out = usage.and_then(Usage::tokens_out);
        let cost = |tokens: u64| {
            let out = tokens_out.unwrap_or_default();
            prices::cost(self.model, tokens, out, self.at.date())
        };
        ModelUse {
            asked: self.model.to_owned(),
            tokens_in,
            tokens_out,
            cost_usd: tokens_in.and_then(cost),
            ..ModelUse::default()
        }
    }

    fn run(
        &self,
        journal: &dyn Journal,
        kind: RunKind,
        name: &str,
        used: ModelUse,
        said: Said,
        error: Option<&CallError>,
    ) -> Run {
        Run {
            kind,
            name: name.to_owned(),
            began_at: self.at,
            took: (journal.now() - self.at).try_into().unwrap_or_default(),
            attempts: resilience::last_attempts().unwrap_or(1),
            model: Some(used),
            failure: error.map(|error| (error.class().to_owned(), error.to_string())),
            said: Some(said),
        }
    }
}

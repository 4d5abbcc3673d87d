//! The shapes of the model's answers: what it is asked for, and what is accepted.

use domain::{Classification, Entities, Intent};
use ports::model::LONGEST_SUMMARY;
use ports::{Answer, CallError, CitedSentence};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::SERVICE;

// Comments, not doc comments: those would become part of the schema and split the list of names.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum IntentName {
    BankStatement,
    PasswordUpdate,
    GeneralQuery,
    UrgentHuman,
    FallbackHuman,
}

impl From<IntentName> for Intent {
    fn from(name: IntentName) -> Self {
        match name {
            IntentName::BankStatement => Self::BankStatement,
            IntentName::PasswordUpdate => Self::PasswordUpdate,
            IntentName::GeneralQuery => Self::GeneralQuery,
            IntentName::UrgentHuman => Self::UrgentHuman,
            IntentName::FallbackHuman => Self::FallbackHuman,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Alternative {
    intent: IntentName,
    #[schemars(range(min = 0.0, max = 1.0))]
    confidence: f32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Classified {
    intent: IntentName,
    #[schemars(range(min = 0.0, max = 1.0))]
    confidence: f32,
    alternatives: Vec<Alternative>,
    months: Option<u32>,
    current_pw: Option<String>,
    new_pw: Option<String>,
    language: String,
    urgent: bool,
}

impl Classified {
    /// The classification, if its numbers are what they must be.
    pub(crate) fn checked(self) -> Result<Classification, CallError> {
        let all = self
            .alternatives
            .iter()
            .map(|a| a.confidence)
            .chain([self.confidence]);
        if all.into_iter().any(|c| !(0.0..=1.0).contains(&c)) {
            return Err(CallError::rejected(
                SERVICE,
                "a confidence is not between 0 and 1",
            ));
        }
        Ok(Classification {
            intent: self.intent.into(),
            confidence: self.confidence,
            alternatives: self
                .alternatives
                .into_iter()
                .map(|a| (a.intent.into(), a.confidence))
                .collect(),
            entities: Entities {
                months: self.months,
                current_pw: placeholder(self.current_pw),
                new_pw: placeholder(self.new_pw),
            },
            language: language(&self.language),
            urgent: self.urgent,
        })
    }
}

/// The two letters of ISO 639-1. Lower case comes first, for it can be longer.
fn language(told: &str) -> String {
    told.to_lowercase().chars().take(2).collect()
}

/// Anything but a placeholder is dropped: the model has no password to name.
fn placeholder(text: Option<String>) -> Option<String> {
    text.filter(|t| t.starts_with("[[PASSWORD_") && t.ends_with("]]") && t.len() < 24)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sentence {
    text: String,
    passages: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    can_answer: bool,
    sentences: Vec<Sentence>,
    #[serde(default)]
    follow_up_questions: Vec<String>,
}

impl Answered {
    pub(crate) fn into_answer(self) -> Answer {
        let sentences: Vec<CitedSentence> = self
            .sentences
            .into_iter()
            .filter(|sentence| !sentence.text.trim().is_empty())
            .map(|sentence| CitedSentence {
                text: sentence.text,
                passages: sentence.passages,
            })
            .collect();
        let questions = self.follow_up_questions;
        if self.can_answer && !sentences.is_empty() {
            Answer::Sentences {
                sentences,
                questions,
            }
        } else {
            Answer::CannotAnswer { questions }
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Summarised {
    summary: String,
}

impl Summarised {
    /// The summary, cut at a word where the model wrote more than it was asked for.
    pub(crate) fn into_summary(self) -> String {
        let text = self.summary.trim();
        let Some((cut, _)) = text.char_indices().nth(LONGEST_SUMMARY) else {
            return text.to_owned();
        };
        let whole_words = text[..cut].rfind(char::is_whitespace).unwrap_or(cut);
        text[..whole_words].trim_end().to_owned()
    }
}

/// An answer, if it has the shape asked for; else why not, without a word of it.
pub(crate) fn shaped<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let kind = error.classify();
        format!("its answer does not have the shape asked for ({kind:?})")
    })
}

/// The schema of a shape, in the keywords that Gemini knows.
pub(crate) fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    keep_known(&mut schema);
    schema
}

/// Drops the keywords that Gemini refuses, and formats of numbers, which it does not know.
fn keep_known(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for keyword in ["$schema", "default", "format", "title"] {
                map.remove(keyword);
            }
            map.values_mut().for_each(keep_known);
        }
        Value::Array(items) => items.iter_mut().for_each(keep_known),
        _ => {}
    }
}

/// Embeddings of length one, if they are as many and as long as they must be.
pub(crate) fn unit_vectors(
    vectors: Vec<Vec<f32>>,
    count: usize,
    dimensions: usize,
) -> Result<Vec<Vec<f32>>, CallError> {
    if vectors.len() != count {
        let reason = format!(
            "{count} texts were sent, {} embeddings came back",
            vectors.len()
        );
        return Err(CallError::rejected(SERVICE, reason));
    }
    vectors
        .into_iter()
        .map(|vector| unit(vector, dimensions))
        .collect()
}

fn unit(vector: Vec<f32>, dimensions: usize) -> Result<Vec<f32>, CallError> {
    if vector.len() != dimensions {
        let reason = format!(
            "an embedding has {} dimensions instead of {dimensions}",
            vector.len()
        );
        return Err(CallError::rejected(SERVICE, reason));
    }
    let largest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    if !largest.is_normal() {
        return Err(CallError::rejected(
            SERVICE,
            "an embedding has no direction",
        ));
    }
    // Scaled first, so that no square is too large or too small for its type.
    let scaled: Vec<f32> = vector.into_iter().map(|x| x / largest).collect();
    let length = scaled.iter().map(|x| x * x).sum::<f32>().sqrt();
    Ok(scaled.into_iter().map(|x| x / length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Gemini's documentation of responseJsonSchema.
    const KNOWN: [&str; 16] = [
        "$defs",
        "$ref",
        "type",
        "description",
        "enum",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "anyOf",
        "properties",
        "additionalProperties",
        "required",
        "propertyOrdering",
    ];

    fn keywords(schema: &Value, found: &mut Vec<String>) {
        let Value::Object(map) = schema else { return };
        for (keyword, value) in map {
            found.push(keyword.clone());
            match (keyword.as_str(), value) {
                ("properties", Value::Object(fields)) => {
                    fields.values().for_each(|field| keywords(field, found));
                }
                (_, Value::Array(items)) => items.iter().for_each(|item| keywords(item, found)),
                _ => keywords(value, found),
            }
        }
    }

    #[test]
    fn the_schemas_use_only_keywords_that_gemini_knows() {
        for schema in [schema::<Classified>(), schema::<Answered>()] {
            let mut found = Vec::new();
            keywords(&schema, &mut found);
            assert!(
                found.iter().all(|k| KNOWN.contains(&k.as_str())),
                "{found:?}"
            );
            assert_eq!(schema["additionalProperties"], false);
        }
    }

    #[test]
    fn the_intents_are_a_closed_list() {
        let names = &schema::<Classified>()["properties"]["intent"]["enum"];
        let expected: Vec<&str> = Intent::ALL.iter().map(|i| i.as_str()).collect();
        assert_eq!(*names, serde_json::json!(expected));
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let answer = r#"{"can_answer":true,"sentences":[],"send_to":"mallory@elsewhere.test"}"#;
        assert!(serde_json::from_str::<Answered>(answer).is_err());
    }

    #[test]
    fn a_confidence_out_of_range_is_refused() {
        let answer = r#"{"intent":"general_query","confidence":7,"alternatives":[],"language":"en","urgent":false}"#;
        let classified: Classified = serde_json::from_str(answer).unwrap();
        assert!(classified.checked().is_err());
    }

    #[test]
    fn a_language_has_two_letters_whatever_their_lower_case_is() {
        assert_eq!(language("DE-at"), "de");
        assert_eq!(language("\u{130}\u{130}").chars().count(), 2);
    }

    #[test]
    fn a_password_in_place_of_a_placeholder_is_dropped() {
        assert_eq!(placeholder(Some("hunter2".into())), None);
        assert!(placeholder(Some("[[PASSWORD_1]]".into())).is_some());
    }

    #[test]
    fn short_or_missing_embeddings_are_refused() {
        assert!(unit_vectors(vec![vec![1.0, 0.0]], 1, 3).is_err());
        assert!(unit_vectors(vec![], 1, 3).is_err());
        assert!(unit_vectors(vec![vec![0.0; 3]], 1, 3).is_err());
        assert_eq!(
            unit_vectors(vec![vec![3.0, 0.0, 4.0]], 1, 3).unwrap()[0],
            [0.6, 0.0, 0.8]
        );
    }

    #[test]
    fn embeddings_of_any_size_become_of_length_one() {
        for size in [1e-30, 1e30] {
            let vectors = unit_vectors(vec![vec![3.0 * size, 0.0, 4.0 * size]], 1, 3).unwrap();
            assert!((vectors[0][2] - 0.8).abs() < 1e-6, "{vectors:?}");
        }
        assert!(unit_vectors(vec![vec![f32::INFINITY, 0.0, 0.0]], 1, 3).is_err());
    }
}

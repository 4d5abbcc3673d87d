//! Gemini's REST API, answered by the stand-in model.
//!
//! What comes in is checked as Google checks it: the key, the model's name, the keywords of the
//! schema. What the stand-in makes of it goes out in the schema that was asked for, and every answer
//! names the stand-in as the model that gave it.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::{Intent, MailKey, TicketId};
use model_standin::{NAME, StandIn};
use ports::{Answer, ClassifyRequest, Direction, EmbedPurpose, Memory, Passage, Question, Turn};
use serde_json::{Value, json};
use testkit::Faults;
use testkit::faults::lock;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::control;

/// The models that are there, under the names that the product asks for.
const MODELS: [&str; 3] = [
    "gemini-3.5-flash-lite",
    "gemini-3.8-flash",
    "gemini-embedding-2",
];

/// Keywords that responseJsonSchema takes; the names of fields stand below `properties`.
const KEYWORDS: [&str; 18] = [
    "$defs",
    "$ref",
    "type",
    "format",
    "title",
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

/// The service.
pub struct Gemini {
    /// The fault switches. Operations: `generateContent`, `embedContent`, `batchEmbedContents`,
    /// `countTokens`, `models.get`.
    pub faults: Arc<Faults>,
    key: String,
    requests: Mutex<Vec<Value>>,
}

impl Gemini {
    /// A service that takes this key.
    pub fn new(key: &str) -> Self {
        Self {
            faults: Arc::default(),
            key: key.to_owned(),
            requests: Mutex::default(),
        }
    }

    /// The bodies of all requests that were taken in, in order.
    pub fn requests(&self) -> Vec<Value> {
        lock(&self.requests).clone()
    }
}

/// The service's routes, fault switches included.
pub fn router(gemini: Arc<Gemini>) -> Router {
    let faults = gemini.faults.clone();
    Router::new()
        .route("/v1beta/models", get(models))
        .route("/v1beta/models/{call}", get(describe).post(call))
        .with_state(gemini)
        .merge(control::router(faults))
}

async fn models() -> Json<Value> {
    let models: Vec<Value> = MODELS.iter().map(|name| described(name)).collect();
    Json(json!({ "models": models }))
}

fn described(model: &str) -> Value {
    json!({ "name": format!("models/{model}"), "version": NAME })
}

impl Gemini {
    /// The refusal of a request that does not show the key.
    fn refuses(&self, headers: &HeaderMap) -> Option<Response> {
        let shown = headers.get("x-goog-api-key");
        if shown.is_some_and(|key| key.as_bytes() == self.key.as_bytes()) {
            return None;
        }
        let detail = json!([{ "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID", "domain": "googleapis.com" }]);
        Some(refused(
            400,
            "INVALID_ARGUMENT",
            "API key not valid.",
            &detail,
        ))
    }
}

async fn describe(
    State(gemini): State<Arc<Gemini>>,
    Path(model): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = gemini.refuses(&headers) {
        return refusal;
    }
    let perform = || async move {
        if MODELS.contains(&model.as_str()) {
            Json(described(&model)).into_response()
        } else {
            refused(404, "NOT_FOUND", "no such model", &json!([]))
        }
    };
    control::under_faults(&gemini.faults, "models.get", limited, perform).await
}

async fn call(
    State(gemini): State<Arc<Gemini>>,
    Path(call): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = gemini.refuses(&headers) {
        return refusal;
    }
    let Some((model, operation)) = call.split_once(':') else {
        return refused(404, "NOT_FOUND", "no such method", &json!([]));
    };
    if !MODELS.contains(&model) {
        return refused(404, "NOT_FOUND", "no such model", &json!([]));
    }
    lock(&gemini.requests).push(body.clone());
    let perform = || async move {
        match operation {
            "generateContent" => generate(&body),
            "embedContent" => Json(json!({ "embedding": embedding(&body) })).into_response(),
            "batchEmbedContents" => embed(&body),
            "countTokens" => {
                Json(json!({ "totalTokens": tokens(&body.to_string()) })).into_response()
            }
            _ => refused(404, "NOT_FOUND", "no such method", &json!([])),
        }
    };
    control::under_faults(&gemini.faults, operation, limited, perform).await
}

fn refused(code: u16, status: &str, message: &str, details: &Value) -> Response {
    let body = json!({ "error": { "code": code, "status": status, "message": message, "details": details } });
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (code, Json(body)).into_response()
}

fn limited(seconds: u64) -> Response {
    let details = json!([
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          "violations": [{ "quotaId": "GenerateRequestsPerMinutePerProjectPerModel" }] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s") }
    ]);
    refused(429, "RESOURCE_EXHAUSTED", "quota exceeded", &details)
}

/// About four letters a token.
fn tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

fn generate(body: &Value) -> Response {
    let schema = &body["generationConfig"]["responseJsonSchema"];
    if let Some(keyword) = unknown_keyword(schema) {
        let message = format!("schema keyword {keyword} is not supported");
        return refused(400, "INVALID_ARGUMENT", &message, &json!([]));
    }
    let last = body["contents"]
        .as_array()
        .and_then(|contents| contents.last());
    let text = last
        .and_then(|c| c["parts"][0]["text"].as_str())
        .unwrap_or_default();
    let content = between_markers(text);
    let answer = if schema["properties"].get("intent").is_some() {
        classify(&content)
    } else if schema["properties"].get("sentences").is_some() {
        answer(&content)
    } else if schema["properties"].get("summary").is_some() {
        json!({ "summary": StandIn::new().summarise_memory(&memory(&content)) })
    } else {
        return refused(
            400,
            "INVALID_ARGUMENT",
            "the stand-in knows three tasks only",
            &json!([]),
        );
    };
    let said = answer.to_string();
    Json(json!({
        "candidates": [{ "content": { "role": "model", "parts": [{ "text": said }] },
            "finishReason": "STOP", "index": 0 }],
        "usageMetadata": { "promptTokenCount": tokens(&body.to_string()),
            "candidatesTokenCount": tokens(&said) },
        "modelVersion": NAME,
    }))
    .into_response()
}

fn unknown_keyword(schema: &Value) -> Option<String> {
    let Value::Object(map) = schema else {
        return None;
    };
    map.iter().find_map(|(keyword, value)| {
        if !KEYWORDS.contains(&keyword.as_str()) {
            return Some(keyword.clone());
        }
        match value {
            Value::Object(fields) if keyword == "properties" => {
                fields.values().find_map(unknown_keyword)
            }
            Value::Array(items) => items.iter().find_map(unknown_keyword),
            other => unknown_keyword(other),
        }
    })
}

/// The JSON between the first line and its repeat at the end. Null where there is none.
fn between_markers(text: &str) -> Value {
    let Some((marker, rest)) = text.split_once('\n') else {
        return Value::Null;
    };
    rest.strip_suffix(marker)
        .and_then(|content| serde_json::from_str(content).ok())
        .unwrap_or_default()
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn memory(value: &Value) -> Memory {
    let turn = |turn: &Value| {
        Some(Turn {
            id: 0,
            ticket: TicketId(0),
            mail: MailKey::parse("0-0").ok()?,
            direction: Direction::parse(turn["direction"].as_str()?)?,
            intent: Intent::parse(turn["intent"].as_str()?)?,
            confidence: None,
            text: words(&turn["text"]),
            at: OffsetDateTime::UNIX_EPOCH,
        })
    };
    Memory {
        summary: value["summary"].as_str().map(str::to_owned),
        turns: list(&value["turns"]).filter_map(turn).collect(),
    }
}

/// A day as `YYYY-MM-DD`.
fn day(value: &Value) -> Date {
    let format = format_description!("[year]-[month]-[day]");
    let day = value
        .as_str()
        .and_then(|text| Date::parse(text, format).ok());
    day.unwrap_or(OffsetDateTime::UNIX_EPOCH.date())
}

fn classify(content: &Value) -> Value {
    let said = StandIn::new().classify_mail(&ClassifyRequest {
        subject: words(&content["subject"]),
        text: words(&content["text"]),
        attachments: list(&content["attachments"]).map(words).collect(),
        on: day(&content["written_on"]),
        memory: memory(&content["memory"]),
    });
    let alternatives: Vec<Value> = said
        .alternatives
        .iter()
        .map(|(intent, confidence)| json!({ "intent": intent.as_str(), "confidence": confidence }))
        .collect();
    json!({
        "intent": said.intent.as_str(),
        "confidence": said.confidence,
        "alternatives": alternatives,
        "months": said.entities.months,
        "current_pw": said.entities.current_pw,
        "new_pw": said.entities.new_pw,
        "language": said.language,
        "urgent": said.urgent,
    })
}

fn answer(content: &Value) -> Value {
    let passage = |passage: &Value| Passage {
        id: words(&passage["id"]),
        document: String::new(),
        position: 0,
        language: None,
        title: words(&passage["title"]),
        link: None,
        text: words(&passage["text"]),
        score: 0.0,
    };
    let said = StandIn::new().answer_question(&Question {
        text: words(&content["question"]),
        language: words(&content["language"]),
        passages: list(&content["passages"]).map(passage).collect(),
        memory: memory(&content["memory"]),
    });
    match said {
        Answer::CannotAnswer { questions } => {
            json!({ "can_answer": false, "sentences": [], "follow_up_questions": questions })
        }
        Answer::Sentences {
            sentences,
            questions,
        } => {
            let sentences: Vec<Value> = sentences
                .iter()
                .map(|s| json!({ "text": s.text, "passages": s.passages }))
                .collect();
            json!({ "can_answer": true, "sentences": sentences, "follow_up_questions": questions })
        }
    }
}

fn embed(body: &Value) -> Response {
    let embeddings: Vec<Value> = list(&body["requests"]).map(embedding).collect();
    let texts = list(&body["requests"]).map(|one| words(&one["content"]["parts"][0]["text"]));
    let usage = json!({ "promptTokenCount": texts.map(|text| tokens(&text)).sum::<usize>() });
    Json(json!({ "embeddings": embeddings, "usageMetadata": usage })).into_response()
}

/// The task stands in front of the text, as this model wants it.
fn embedding(request: &Value) -> Value {
    let text = request["content"]["parts"][0]["text"]
        .as_str()
        .unwrap_or_default();
    let (purpose, text) = match text.split_once("| query: ") {
        Some((_, query)) => (EmbedPurpose::Query, query),
        None => (
            EmbedPurpose::Document,
            text.split_once("| text: ").map_or(text, |(_, t)| t),
        ),
    };
    let dimension = request["outputDimensionality"]
        .as_u64()
        .and_then(|d| usize::try_from(d).ok());
    let model = StandIn::with_dimension(dimension.unwrap_or(768));
    json!({ "values": model.embed_text(purpose, text) })
}

//! A run as a span: OpenTelemetry's conventions for generative AI
//! (<https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/>), and the names that `LangSmith`,
//! Langfuse and Phoenix read besides.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use ports::{ModelUse, RunId, RunKind, RunRecord, release};

const NAME: &str = "automailhelpdesk";
/// Who makes the models, in the conventions' words.
const PROVIDER: &str = "gcp.gemini";

/// All runs in one request.
pub(crate) fn request(runs: &[RunRecord]) -> ExportTraceServiceRequest {
    let scope = InstrumentationScope {
        name: NAME.to_owned(),
        version: release::VERSION.to_owned(),
        ..InstrumentationScope::default()
    };
    let resource = Resource {
        attributes: vec![
            text("service.name", NAME),
            text("service.version", release::VERSION),
        ],
        ..Resource::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope),
                spans: runs.iter().map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

fn span(record: &RunRecord) -> Span {
    let run = &record.run;
    let began = run.began_at.unix_timestamp_nanos();
    let ended = began + i128::try_from(run.took.as_nanos()).unwrap_or_default();
    let status = match &run.failure {
        None => Status {
            code: StatusCode::Ok.into(),
            message: String::new(),
        },
        Some((_, said)) => Status {
            code: StatusCode::Error.into(),
            message: said.clone(),
        },
    };
    let kind = match run.kind {
        RunKind::Llm | RunKind::Embedding => SpanKind::Client,
        RunKind::Chain | RunKind::Retriever | RunKind::Check => SpanKind::Internal,
    };
    Span {
        trace_id: octets(&record.trace),
        span_id: octets(record.id.span_id()),
        parent_span_id: record
            .parent
            .as_ref()
            .map(|id| octets(id.span_id()))
            .unwrap_or_default(),
        name: name(record),
        kind: kind.into(),
        start_time_unix_nano: u64::try_from(began).unwrap_or_default(),
        end_time_unix_nano: u64::try_from(ended).unwrap_or_default(),
        attributes: attributes(record),
        status: Some(status),
        ..Span::default()
    }
}

/// What the conventions call a span: the operation and what it is done with.
fn name(record: &RunRecord) -> String {
    let run = &record.run;
    match &run.model {
        Some(model) => format!("{} {}", operation(run.kind), model.asked),
        None => run.name.clone(),
    }
}

/// `gen_ai.operation.name`.
fn operation(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Llm => "generate_content",
        RunKind::Embedding => "embeddings",
        RunKind::Retriever => "retrieval",
        RunKind::Chain => "invoke_workflow",
        RunKind::Check => "evaluate",
    }
}

fn attributes(record: &RunRecord) -> Vec<KeyValue> {
    let run = &record.run;
    let mut all = vec![
        text("gen_ai.operation.name", operation(run.kind)),
        text("langsmith.span.kind", langsmith_kind(run.kind)),
        text("langsmith.span.id", &record.id.to_string()),
        text("langsmith.trace.name", &run.name),
        text("openinference.span.kind", openinference_kind(run.kind)),
        text("langfuse.observation.type", langfuse_type(run.kind)),
        text("helpdesk.run", &run.name),
        number("helpdesk.attempts", run.attempts.into()),
    ];
    if let Some(parent) = &record.parent {
        all.push(text("langsmith.span.parent_id", &parent.to_string()));
    }
    if let Some(mail) = &record.mail {
        all.push(text("helpdesk.mail", &mail.to_string()));
        all.push(text("langsmith.metadata.mail", &mail.to_string()));
    }
    if let Some(ticket) = &record.ticket {
        for key in [
            "gen_ai.conversation.id",
            "session.id",
            "langsmith.metadata.thread_id",
        ] {
            all.push(text(key, ticket.as_str()));
        }
    }
    if let Some(variant) = &record.variant {
        all.push(text("helpdesk.variant", variant));
        all.push(text("langsmith.metadata.variant", variant));
    }
    if let Some((class, _)) = &run.failure {
        all.push(text("error.type", class));
    }
    if let Some(said) = &run.said {
        all.extend(spoken(run.kind, &said.input, &said.output));
    }
    if let Some(model) = &run.model {
        all.extend(of_model(model));
    }
    all
}

/// What was said, under the names of the conventions for what models say, and of Phoenix for all.
fn spoken(kind: RunKind, input: &str, output: &str) -> Vec<KeyValue> {
    let mut all = vec![
        text("input.value", input),
        text("input.mime_type", "application/json"),
        text("output.value", output),
        text("output.mime_type", "application/json"),
    ];
    if kind == RunKind::Llm {
        all.push(text("gen_ai.input.messages", input));
        all.push(text("gen_ai.output.messages", output));
    }
    all
}

fn of_model(model: &ModelUse) -> Vec<KeyValue> {
    let answered = model.answered.as_ref().unwrap_or(&model.asked);
    let mut all = vec![
        text("gen_ai.provider.name", PROVIDER),
        text("gen_ai.system", PROVIDER),
        text("gen_ai.request.model", &model.asked),
        text("gen_ai.response.model", answered),
        text("langsmith.metadata.ls_provider", "google_genai"),
        text("langsmith.metadata.ls_model_name", answered),
        text("llm.model_name", answered),
    ];
    let counts = [
        (
            "gen_ai.usage.input_tokens",
            "llm.token_count.prompt",
            model.tokens_in,
        ),
        (
            "gen_ai.usage.output_tokens",
            "llm.token_count.completion",
            model.tokens_out,
        ),
    ];
    for (key, other, count) in counts {
        let Some(count) = count else {
            continue;
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        all.extend([number(key, count), number(other, count)]);
    }
    if let Some(cost) = model.cost_usd {
        let cost = Value::DoubleValue(cost);
        all.push(pair("gen_ai.usage.cost", cost));
    }
    if let Some(reason) = &model.finish_reason {
        let values = vec![AnyValue {
            value: Some(Value::StringValue(reason.clone())),
        }];
        let reasons = Value::ArrayValue(ArrayValue { values });
        all.push(pair("gen_ai.response.finish_reasons", reasons));
    }
    if let Some(prompt) = &model.prompt {
        all.push(text("gen_ai.prompt.name", &prompt.name));
        for (key, value) in [
            ("prompt_name", &prompt.name),
            ("prompt_version", &prompt.version.to_string()),
            ("prompt_sha256", &prompt.sha256),
        ] {
            all.push(text(&format!("helpdesk.{key}"), value));
            all.push(text(&format!("langsmith.metadata.{key}"), value));
        }
    }
    all
}

fn langsmith_kind(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Chain | RunKind::Check => "chain",
        RunKind::Llm => "llm",
        RunKind::Embedding => "embedding",
        RunKind::Retriever => "retriever",
    }
}

fn openinference_kind(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Chain => "CHAIN",
        RunKind::Llm => "LLM",
        RunKind::Embedding => "EMBEDDING",
        RunKind::Retriever => "RETRIEVER",
        RunKind::Check => "EVALUATOR",
    }
}

fn langfuse_type(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Chain => "chain",
        RunKind::Llm => "generation",
        RunKind::Embedding => "embedding",
        RunKind::Retriever => "retriever",
        RunKind::Check => "evaluator",
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Value::StringValue(value.to_owned()))
}

fn number(key: &str, value: i64) -> KeyValue {
    pair(key, Value::IntValue(value))
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Octets of hex digits. Ids are hex by their making.
pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let octet = |pair: &[u8]| {
        std::str::from_utf8(pair)
            .ok()
            .and_then(|p| u8::from_str_radix(p, 16).ok())
    };
    pairs.filter_map(octet).collect()
}

/// A verdict as a span of its own, below the run that it is about, for what knows no feedback: the
/// conventions' evaluation result.
pub(crate) fn verdict(feedback: &ports::Feedback, id: &RunId) -> Span {
    let at = u64::try_from(feedback.at.unix_timestamp_nanos()).unwrap_or_default();
    let name = "gen_ai.evaluation.result";
    Span {
        trace_id: octets(&feedback.trace),
        span_id: octets(id.span_id()),
        parent_span_id: octets(feedback.run.span_id()),
        name: name.to_owned(),
        kind: SpanKind::Internal.into(),
        start_time_unix_nano: at,
        end_time_unix_nano: at,
        attributes: vec![
            text("gen_ai.evaluation.name", crate::FEEDBACK),
            text("gen_ai.evaluation.score.label", feedback.verdict.as_str()),
            pair(
                "gen_ai.evaluation.score.value",
                Value::DoubleValue(feedback.verdict.score()),
            ),
        ],
        ..Span::default()
    }
}

//! What takes traces: OTLP over HTTP as protobuf, at the paths of a collector, `LangSmith`, Langfuse and
//! Phoenix (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>), and verdicts where each of them takes
//! feedback.
//!
//! `GET /_control/spans` shows the spans that came, and `GET /_control/feedback` the verdicts.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Map, Value, json};
use testkit::Faults;
use testkit::faults::lock;

use crate::control;

/// The paths at which OTLP is taken.
const TRACES: [&str; 3] = [
    "/v1/traces",
    "/otel/v1/traces",
    "/api/public/otel/v1/traces",
];
/// The paths at which verdicts are taken.
const FEEDBACK: [&str; 3] = [
    "/api/v1/feedback",
    "/api/public/scores",
    "/v1/span_annotations",
];

/// What came. The operations to arm faults for are `export` and `feedback`.
#[derive(Debug, Default)]
pub struct Receiver {
    /// The fault switches.
    pub faults: Arc<Faults>,
    spans: Mutex<Vec<Value>>,
    feedback: Mutex<Vec<Value>>,
    headers: Mutex<Vec<HeaderMap>>,
}

impl Receiver {
    /// The spans that came, decoded: ids as hex, times in nanoseconds, attributes by name.
    pub fn spans(&self) -> Vec<Value> {
        lock(&self.spans).clone()
    }

    /// The verdicts that came, each with the path that it came to.
    pub fn feedback(&self) -> Vec<Value> {
        lock(&self.feedback).clone()
    }

    /// The headers of every request.
    pub fn headers(&self) -> Vec<HeaderMap> {
        lock(&self.headers).clone()
    }
}

/// The server's routes, fault switches included.
pub fn router(receiver: Arc<Receiver>) -> Router {
    let faults = receiver.faults.clone();
    let mut routes = Router::new()
        .route("/_control/spans", get(spans))
        .route("/_control/feedback", get(feedback));
    for path in TRACES {
        routes = routes.route(path, post(export));
    }
    for path in FEEDBACK {
        routes = routes.route(path, post(judge));
    }
    routes.with_state(receiver).merge(control::router(faults))
}

async fn spans(State(receiver): State<Arc<Receiver>>) -> Json<Vec<Value>> {
    Json(receiver.spans())
}

async fn feedback(State(receiver): State<Arc<Receiver>>) -> Json<Vec<Value>> {
    Json(receiver.feedback())
}

fn limited(seconds: u64) -> Response {
    let headers = [("retry-after", seconds.to_string())];
    (StatusCode::TOO_MANY_REQUESTS, headers).into_response()
}

async fn export(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get("content-type").cloned();
    lock(&receiver.headers).push(headers);
    if kind.is_none_or(|kind| kind != "application/x-protobuf") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    control::under_faults(&receiver.faults, "export", limited, || async {
        let Ok(request) = ExportTraceServiceRequest::decode(body) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        for resource in request.resource_spans {
            for scope in resource.scope_spans {
                lock(&receiver.spans).extend(scope.spans.iter().map(shown));
            }
        }
        StatusCode::OK.into_response()
    })
    .await
}

async fn judge(
    State(receiver): State<Arc<Receiver>>,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    lock(&receiver.headers).push(headers);
    control::under_faults(&receiver.faults, "feedback", limited, || async {
        let told = json!({ "path": uri.path(), "body": body });
        lock(&receiver.feedback).push(told);
        StatusCode::OK.into_response()
    })
    .await
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn shown(span: &Span) -> Value {
    let status = span.status.as_ref();
    let attributes: Map<String, Value> = span.attributes.iter().map(attribute).collect();
    json!({
        "trace_id": hex(&span.trace_id),
        "span_id": hex(&span.span_id),
        "parent_span_id": hex(&span.parent_span_id),
        "name": span.name,
        "kind": span.kind().as_str_name(),
        "start": span.start_time_unix_nano,
        "end": span.end_time_unix_nano,
        "status": status.map(|status| status.code().as_str_name()),
        "attributes": attributes,
    })
}

fn attribute(pair: &KeyValue) -> (String, Value) {
    (pair.key.clone(), value(pair.value.as_ref()))
}

fn value(any: Option<&AnyValue>) -> Value {
    match any.and_then(|any| any.value.as_ref()) {
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::IntValue(number)) => json!(number),
        Some(Any::DoubleValue(number)) => json!(number),
        Some(Any::BoolValue(yes)) => json!(yes),
        Some(Any::ArrayValue(list)) => list.values.iter().map(|one| value(Some(one))).collect(),
        _ => Value::Null,
    }
}

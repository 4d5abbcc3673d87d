//! Traces for whatever takes OTLP over HTTP as protobuf: a collector, `LangSmith`, Langfuse, Phoenix.
//!
//! A run is one span; sending it again is sending the same span. A verdict goes where each of them takes
//! feedback, to the run that it is about. The headers with the keys come from a secret and stand in no
//! error and no log.

mod span;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use ports::{CallError, Feedback, Limits, RunId, RunRecord, SinkAt, TraceSink, Viewer};
use prost::Message;
use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use resilience::{Effect, Gate, Op, Policy, http};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

const SERVICE: &str = "traces";
/// What verdicts are called where traces are shown.
const FEEDBACK: &str = "draft";

/// A service that shows traces.
pub struct Otlp {
    http: reqwest::Client,
    at: SinkAt,
    headers: HeaderMap,
    gate: Gate,
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Otlp({:?}, headers redacted)", self.at.viewer)
    }
}

/// What shows traces, by the settings, with the headers that its secret holds. Its gate is kept by all
/// functions together: one that is down costs nobody anything until it is back.
pub fn sink(
    at: Option<&SinkAt>,
    headers: Option<&SecretString>,
    limits: Arc<dyn Limits>,
) -> Result<Option<Arc<dyn TraceSink>>, CallError> {
    let Some(at) = at else {
        return Ok(None);
    };
    let otlp = Otlp::new(at.clone(), headers)?.guarded(limits);
    Ok(Some(Arc::new(otlp)))
}

impl Otlp {
    /// Makes the client. `headers` is a JSON object of names and values. Calls nobody yet.
    pub fn new(at: SinkAt, headers: Option<&SecretString>) -> Result<Self, CallError> {
        let mut headers = match headers {
            Some(secret) => read_headers(secret)?,
            None => HeaderMap::new(),
        };
        if at.viewer == Viewer::Langfuse {
            let version = HeaderName::from_static("x-langfuse-ingestion-version");
            headers.insert(version, HeaderValue::from_static("4"));
        }
        // What is late or fails is shown by the next round: no mail waits for a second try.
        let once = Policy {
            attempts: 1,
            within: at.limit,
            ..Policy::default()
        };
        Ok(Self {
            http: http::client_within(at.limit),
            at,
            headers,
            gate: Gate::open(SERVICE).under(once),
        })
    }

    /// The same service, whose gate all functions keep together.
    #[must_use]
    pub fn guarded(self, limits: Arc<dyn Limits>) -> Self {
        Self {
            gate: self.gate.kept_by(limits, "", []),
            ..self
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.at.url.trim_end_matches('/'))
    }

    /// Where OTLP is taken.
    fn traces(&self) -> String {
        self.url(match self.at.viewer {
            Viewer::Otlp | Viewer::Phoenix => "/v1/traces",
            Viewer::LangSmith => "/otel/v1/traces",
            Viewer::Langfuse => "/api/public/otel/v1/traces",
        })
    }

    async fn export(&self, request: &ExportTraceServiceRequest) -> Result<(), CallError> {
        let body = request.encode_to_vec();
        let sent = || {
            let post = self.http.post(self.traces());
            post.header(CONTENT_TYPE, "application/x-protobuf")
                .body(body.clone())
        };
        self.post("traces.export", sent).await
    }

    /// Both calls may be made again: what is sent has an id.
    async fn post(
        &self,
        operation: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<(), CallError> {
        let attempt = || async {
            let sent = request().headers(self.headers.clone()).send().await;
            let answer = sent.map_err(|error| http::failed(SERVICE, Effect::None, error))?;
            let status = answer.status().as_u16();
            match status {
                200..300 => Ok(()),
                401 | 403 => Err(CallError::Unauthorized {
                    service: SERVICE,
                    reason: "it refuses the headers in the secret that TRACES_SECRET names"
                        .to_owned(),
                }),
                429 => Err(CallError::RateLimited {
                    service: SERVICE,
                    retry_after: http::retry_after(answer.headers()),
                }),
                500.. => Err(http::broke(SERVICE, Effect::None, status)),
                _ => Err(CallError::rejected(
                    SERVICE,
                    format!("HTTP status {status}"),
                )),
            }
        };
        self.gate
            .call(Op::new(operation, Effect::None), attempt)
            .await
    }
}

#[async_trait]
impl TraceSink for Otlp {
    async fn show(&self, runs: &[RunRecord]) -> Result<(), CallError> {
        if runs.is_empty() {
            return Ok(());
        }
        self.export(&span::request(runs)).await
    }

    async fn judge(&self, feedback: &Feedback) -> Result<(), CallError> {
        let (path, body) = match self.at.viewer {
            Viewer::Otlp => return self.export(&as_span(feedback)).await,
            Viewer::LangSmith => ("/api/v1/feedback", langsmith(feedback)),
            Viewer::Langfuse => ("/api/public/scores", langfuse(feedback)),
            Viewer::Phoenix => ("/v1/span_annotations", phoenix(feedback)),
        };
        let url = self.url(path);
        self.post("traces.feedback", || self.http.post(&url).json(&body))
            .await
    }
}

/// One verdict of a run has one id, so that telling it twice is telling it once.
fn id_of(feedback: &Feedback) -> RunId {
    let mut octets = [0; 16];
    let run = span::octets(&feedback.run.to_string().replace('-', ""));
    for (to, from) in octets.iter_mut().zip(run) {
        *to = !from;
    }
    octets[15] = feedback.verdict as u8;
    RunId::from_octets(octets)
}

fn as_span(feedback: &Feedback) -> ExportTraceServiceRequest {
    let spans = vec![span::verdict(feedback, &id_of(feedback))];
    let scope_spans = vec![ScopeSpans {
        spans,
        ..ScopeSpans::default()
    }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans,
            ..ResourceSpans::default()
        }],
    }
}

/// <https://docs.langchain.com/langsmith/smith-api/feedback/create-feedback>
fn langsmith(feedback: &Feedback) -> Value {
    json!({
        "id": id_of(feedback).to_string(),
        "run_id": feedback.run.to_string(),
        "key": FEEDBACK,
        "score": feedback.verdict.score(),
        "value": feedback.verdict.as_str(),
    })
}

/// <https://api.reference.langfuse.com/#tag/scores>
fn langfuse(feedback: &Feedback) -> Value {
    json!({
        "id": id_of(feedback).to_string(),
        "traceId": feedback.trace,
        "observationId": feedback.run.span_id(),
        "name": FEEDBACK,
        "value": feedback.verdict.as_str(),
        "dataType": "CATEGORICAL",
    })
}

/// <https://arize.com/docs/phoenix/tracing/how-to-tracing/feedback-and-annotations/capture-feedback>
fn phoenix(feedback: &Feedback) -> Value {
    json!({ "data": [{
        "span_id": feedback.run.span_id(),
        "name": FEEDBACK,
        "annotator_kind": "HUMAN",
        "identifier": FEEDBACK,
        "result": { "label": feedback.verdict.as_str(), "score": feedback.verdict.score() },
    }] })
}

/// Names and values from a JSON object. An error does not repeat any of it.
fn read_headers(secret: &SecretString) -> Result<HeaderMap, CallError> {
    let bad = |what: &str| CallError::Unauthorized {
        service: SERVICE,
        reason: format!("the secret that TRACES_SECRET names {what}"),
    };
    let object: Map<String, Value> = serde_json::from_str(secret.expose_secret())
        .map_err(|_| bad("is no JSON object, such as {\"x-api-key\": \"…\"}"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in object {
        let value = value
            .as_str()
            .ok_or_else(|| bad("holds a value that is no text"))?;
        let name = HeaderName::from_bytes(name.as_bytes());
        let name = name.map_err(|_| bad("holds a name that no header has"))?;
        let value = HeaderValue::from_str(value);
        let mut value = value.map_err(|_| bad("holds a value that no header has"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(secret: &str) -> String {
        let refused = read_headers(&SecretString::from(secret));
        refused.map(drop).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_with_the_headers_is_said_without_repeating_them() {
        for bad in [
            "hunter2",
            r#"["hunter2"]"#,
            r#"{"x-api-key": 17}"#,
            r#"{"hunter2\n": "x"}"#,
        ] {
            let told = refusal(bad);
            assert!(
                told.contains("TRACES_SECRET") && !told.contains("hunter2"),
                "{told}"
            );
        }
    }

    #[test]
    fn headers_are_read_as_secrets() {
        let secret = SecretString::from(r#"{"X-Api-Key": "hunter2"}"#);
        let headers = read_headers(&secret).unwrap();
        assert_eq!(headers["x-api-key"], "hunter2");
        assert!(!format!("{headers:?}").contains("hunter2"));
    }
}

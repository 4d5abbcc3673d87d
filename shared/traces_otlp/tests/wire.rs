//! Traces over the wire, to a server that decodes OTLP's protobuf.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::time::Duration;

use domain::{MailKey, TicketRef};
use local::places::free_port;
use local::traces::{Receiver, router};
use ports::{
    CallError, Feedback, ModelUse, PromptUsed, Run, RunId, RunKind, RunRecord, Said, SinkAt,
    TraceSink, Verdict, Viewer,
};
use secrecy::SecretString;
use serde_json::Value;
use testkit::Fault;
use time::OffsetDateTime;
use traces_otlp::Otlp;

const VIEWERS: [Viewer; 4] = [
    Viewer::Otlp,
    Viewer::LangSmith,
    Viewer::Langfuse,
    Viewer::Phoenix,
];

struct Place {
    receiver: Arc<Receiver>,
    url: String,
}

async fn place() -> Place {
    let receiver = Arc::<Receiver>::default();
    let port = free_port().unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .unwrap();
    let routes = router(receiver.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let url = format!("http://127.0.0.1:{port}");
    Place { receiver, url }
}

impl Place {
    fn sink(&self, viewer: Viewer) -> Otlp {
        let at = SinkAt {
            viewer,
            url: self.url.clone(),
            limit: Duration::from_millis(500),
        };
        let headers = SecretString::from(r#"{"x-api-key": "not-a-real-key"}"#);
        Otlp::new(at, Some(&headers)).unwrap()
    }
}

fn id(number: u8) -> RunId {
    RunId::from_octets([number; 16])
}

fn run() -> RunRecord {
    let began_at = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
    RunRecord {
        id: id(7),
        trace: "0af7651916cd43dd8448eb211c80319c".to_owned(),
        parent: Some(id(3)),
        mail: MailKey::parse("1-a1").ok(),
        ticket: TicketRef::parse("HT00012").ok(),
        variant: None,
        run: Run {
            kind: RunKind::Llm,
            name: "answer".to_owned(),
            began_at,
            took: Duration::from_millis(40),
            attempts: 2,
            model: Some(ModelUse {
                prompt: Some(PromptUsed {
                    name: "answer".to_owned(),
                    version: 3,
                    sha256: "ab".repeat(32),
                }),
                asked: "a-model".to_owned(),
                answered: Some("a-model-001".to_owned()),
                tokens_in: Some(100),
                tokens_out: Some(7),
                cost_usd: Some(0.25),
                finish_reason: Some("STOP".to_owned()),
            }),
            failure: None,
            said: Some(Said {
                input: r#"[{"role":"user"}]"#.to_owned(),
                output: r#"[{"role":"assistant"}]"#.to_owned(),
            }),
        },
    }
}

fn feedback() -> Feedback {
    Feedback {
        run: id(7),
        trace: run().trace,
        verdict: Verdict::SentEdited,
        at: run().run.began_at,
    }
}

#[tokio::test]
async fn a_call_of_a_model_arrives_by_the_names_of_the_conventions() {
    let place = place().await;
    place.sink(Viewer::Otlp).show(&[run()]).await.unwrap();
    let spans = place.receiver.spans();
    assert_eq!(spans.len(), 1);
    let span = &spans[0];
    assert_eq!(span["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(
        (span["span_id"].as_str(), span["name"].as_str()),
        (Some(id(7).span_id()), Some("generate_content a-model"))
    );
    assert_eq!(span["parent_span_id"], id(3).span_id());
    let took = span["end"].as_u64().unwrap() - span["start"].as_u64().unwrap();
    assert_eq!(took, 40_000_000);
    for (name, value) in [
        ("gen_ai.operation.name", "generate_content"),
        ("gen_ai.provider.name", "gcp.gemini"),
        ("gen_ai.request.model", "a-model"),
        ("gen_ai.response.model", "a-model-001"),
        ("gen_ai.conversation.id", "HT00012"),
        ("gen_ai.input.messages", r#"[{"role":"user"}]"#),
        ("langsmith.span.kind", "llm"),
        ("langsmith.metadata.thread_id", "HT00012"),
        ("langsmith.metadata.prompt_version", "3"),
        ("openinference.span.kind", "LLM"),
    ] {
        assert_eq!(span["attributes"][name], value, "{name}");
    }
    assert_eq!(span["attributes"]["gen_ai.usage.input_tokens"], 100);
    assert_eq!(span["attributes"]["gen_ai.usage.output_tokens"], 7);
    assert_eq!(span["attributes"]["langsmith.span.id"], id(7).to_string());
}

#[tokio::test]
async fn every_service_takes_runs_and_verdicts_at_its_own_paths() {
    let place = place().await;
    for viewer in VIEWERS {
        let sink = place.sink(viewer);
        sink.show(&[run()]).await.unwrap();
        sink.judge(&feedback()).await.unwrap();
    }
    // A plain collector gets the verdict as a span.
    assert_eq!(place.receiver.spans().len(), VIEWERS.len() + 1);
    let feedback = place.receiver.feedback();
    let paths: Vec<_> = feedback
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "/api/v1/feedback",
            "/api/public/scores",
            "/v1/span_annotations"
        ]
    );
    let body = |at: usize| -> &Value { &feedback[at]["body"] };
    assert_eq!(body(0)["run_id"], id(7).to_string());
    assert_eq!(body(1)["observationId"], id(7).span_id());
    assert_eq!(body(2)["data"][0]["span_id"], id(7).span_id());
}

#[tokio::test]
async fn the_headers_of_the_secret_go_with_every_request() {
    let place = place().await;
    let sink = place.sink(Viewer::Langfuse);
    sink.show(&[run()]).await.unwrap();
    sink.judge(&feedback()).await.unwrap();
    for headers in place.receiver.headers() {
        assert_eq!(headers["x-api-key"], "not-a-real-key");
        assert_eq!(headers["x-langfuse-ingestion-version"], "4");
    }
}

#[tokio::test]
async fn a_service_that_stalls_costs_its_limit() {
    let place = place().await;
    place.receiver.faults.arm("export", Fault::Delay(5_000), 1);
    let failed = place.sink(Viewer::Otlp).show(&[run()]).await.unwrap_err();
    assert!(matches!(failed, CallError::Unreachable { .. }), "{failed}");
}

#[tokio::test]
async fn a_service_that_breaks_is_not_asked_again_at_once() {
    let place = place().await;
    place.receiver.faults.arm("export", Fault::ServerError, 1);
    let sink = place.sink(Viewer::Otlp);
    assert!(sink.show(&[run()]).await.is_err());
    assert_eq!(place.receiver.headers().len(), 1);
    sink.show(&[run()]).await.unwrap();
}

#[tokio::test]
async fn a_service_that_is_not_there_is_said_to_be_out_of_reach() {
    let at = SinkAt {
        viewer: Viewer::Otlp,
        url: format!("http://127.0.0.1:{}", free_port().unwrap()),
        limit: Duration::from_millis(500),
    };
    let failed = Otlp::new(at, None)
        .unwrap()
        .show(&[run()])
        .await
        .unwrap_err();
    assert!(matches!(failed, CallError::Unreachable { .. }), "{failed}");
}

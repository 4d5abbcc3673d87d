//! The client, over HTTP against the local service, upholds the model's contract; and what is this
//! client's alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::time::Duration;

use local::gemini::{self, Gemini as Service};
use model_gemini::{Gemini, GeminiSettings};
use ports::{CallError, ClassifyRequest, Model};
use resilience::Policy;
use testkit::contract::model::{World, upholds};

const KEY: &str = "a-key-for-tests";

async fn service() -> (Arc<Service>, String) {
    let service = Arc::new(Service::new(KEY));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = gemini::router(service.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (service, url)
}

fn client(url: &str, key: &str) -> Gemini {
    let settings = GeminiSettings {
        base_url: url.to_owned(),
        timeout: Duration::from_secs(2),
        policy: Policy {
            first_wait: Duration::from_millis(5),
            ..Policy::default()
        },
        ..GeminiSettings::default()
    };
    Gemini::new(settings, key.to_owned().into())
}

fn mail(text: &str) -> ClassifyRequest {
    ClassifyRequest {
        subject: "Hi".into(),
        text: text.into(),
        attachments: vec![],
        on: time::macros::date!(2026 - 11 - 23),
        memory: ports::Memory::default(),
    }
}

#[tokio::test]
async fn the_client_upholds_the_contract() {
    let upheld = upholds(async || {
        let (service, url) = service().await;
        World {
            model: Arc::new(client(&url, KEY)),
            faults: Some(service.faults.clone()),
        }
    })
    .await;
    println!("the Gemini client: {upheld:#?}");
}

#[tokio::test]
async fn every_call_forbids_google_to_keep_it() {
    let (service, url) = service().await;
    client(&url, KEY).classify(&mail("Hello")).await.unwrap();
    assert_eq!(service.requests()[0]["store"], false);
}

#[tokio::test]
async fn a_mail_stands_only_between_the_markers_of_the_user_part() {
    let (service, url) = service().await;
    client(&url, KEY)
        .classify(&mail("a very particular sentence"))
        .await
        .unwrap();
    let request = &service.requests()[0];
    assert!(
        !request["systemInstruction"]
            .to_string()
            .contains("particular sentence")
    );
    let text = request["contents"][0]["parts"][0]["text"].as_str().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], lines[2]);
    assert!(lines[1].contains("particular sentence"));
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized_and_shows_nowhere() {
    let (_, url) = service().await;
    let wrong = client(&url, "s3cret-wrong-key");
    let error = wrong.classify(&mail("Hello")).await.unwrap_err();
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error}");
    assert!(!format!("{error:?} {error} {wrong:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unreachable_and_the_key_shows_nowhere() {
    let gone = client("http://127.0.0.1:9", "s3cret-key");
    let error = gone.classify(&mail("Hello")).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error}");
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    assert!(!format!("{error:?} {error} {cause:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_model_that_does_not_exist_names_the_setting() {
    let (_, url) = service().await;
    let settings = GeminiSettings {
        base_url: url,
        classify_model: "gemini-none".into(),
        ..GeminiSettings::default()
    };
    let error = Gemini::new(settings, KEY.to_owned().into())
        .classify(&mail("Hi"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("GEMINI_CLASSIFY_MODEL"),
        "{error}"
    );
}

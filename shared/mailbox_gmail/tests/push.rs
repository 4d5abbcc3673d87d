//! Pushes: who is let in, how keys are fetched, and that what `local` pushes passes the check.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod stand;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use local::pubsub::{Forgery, PushSettings, Pusher, Signer, certificates};
use mailbox_gmail::{PushRejected, PushVerifier};
use serde_json::{Value, json};
use stand::served;
use testkit::gmail::FakeGmail;
use time::OffsetDateTime;

const AUDIENCE: &str = "https://push.helpdesk.test/";
const ACCOUNT: &str = "push@project.iam.test";
const NOW: OffsetDateTime = time::macros::datetime!(2026-03-02 09:00 UTC);

async fn google() -> (Arc<Signer>, PushVerifier) {
    let signer = Arc::new(Signer::default());
    let base = served(certificates(signer.clone())).await;
    let verifier = PushVerifier::new(format!("{base}/oauth2/v3/certs"), AUDIENCE, ACCOUNT);
    (signer, verifier)
}

#[tokio::test]
async fn googles_token_is_let_in() {
    let (signer, verifier) = google().await;
    let token = signer.token(AUDIENCE, ACCOUNT, NOW);
    verifier.verify(&token, NOW).await.unwrap();
    verifier
        .verify(&format!("Bearer {token}"), NOW)
        .await
        .unwrap();
    assert_eq!(signer.asked(), 1);
}

#[tokio::test]
async fn no_forgery_is_let_in() {
    let (signer, verifier) = google().await;
    verifier
        .verify(&signer.token(AUDIENCE, ACCOUNT, NOW), NOW)
        .await
        .unwrap();
    for forgery in Forgery::ALL {
        let token = signer.forged(forgery, AUDIENCE, ACCOUNT, NOW);
        let rejected = verifier.verify(&token, NOW).await.unwrap_err();
        println!("{} {forgery:?}: {rejected}", rejected.status());
        assert_eq!(
            rejected.status(),
            forgery.expected_status(),
            "{forgery:?}: {rejected}"
        );
        assert!(token.is_empty() || !rejected.to_string().contains(&token));
    }
    assert_eq!(
        signer.asked(),
        1,
        "no forgery made us ask Google within the minute"
    );
}

#[tokio::test]
async fn a_token_is_good_for_a_minute_beyond_its_end_but_no_longer() {
    let (signer, verifier) = google().await;
    let token = signer.token(AUDIENCE, ACCOUNT, NOW);
    let end = NOW + time::Duration::hours(1);
    verifier
        .verify(&token, end + time::Duration::seconds(59))
        .await
        .unwrap();
    let rejected = verifier
        .verify(&token, end + time::Duration::seconds(60))
        .await
        .unwrap_err();
    assert_eq!(rejected.status(), 401);
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_once_a_minute() {
    let (signer, verifier) = google().await;
    verifier
        .verify(&signer.token(AUDIENCE, ACCOUNT, NOW), NOW)
        .await
        .unwrap();
    let later = NOW + time::Duration::minutes(2);
    for _ in 0..20 {
        let forged = signer.forged(Forgery::UnknownKid, AUDIENCE, ACCOUNT, later);
        assert_eq!(
            verifier.verify(&forged, later).await.unwrap_err().status(),
            401
        );
    }
    assert_eq!(signer.asked(), 2);
}

#[tokio::test]
async fn a_malformed_token_never_asks_for_keys() {
    let (signer, verifier) = google().await;
    let token = signer.token(AUDIENCE, ACCOUNT, NOW);
    let (header, rest) = token.split_once('.').unwrap();
    for malformed in [
        header.to_owned(),
        format!("{header}..c2ln"),
        format!("{header}.e30"),
        format!("{header}.e30.c2ln.c2ln"),
        format!("{header}.\"a b\".c2ln"),
        format!("{header}.e30=.c2ln"),
        format!(" {header} .{rest}"),
    ] {
        let rejected = verifier.verify(&malformed, NOW).await.unwrap_err();
        assert_eq!(rejected.status(), 401, "{malformed}");
    }
    assert_eq!(signer.asked(), 0);
}

#[tokio::test]
async fn a_new_key_of_google_is_found() {
    let (signer, verifier) = google().await;
    verifier
        .verify(&signer.token(AUDIENCE, ACCOUNT, NOW), NOW)
        .await
        .unwrap();
    signer.rotate();
    let later = NOW + time::Duration::minutes(2);
    verifier
        .verify(&signer.token(AUDIENCE, ACCOUNT, later), later)
        .await
        .unwrap();
    assert_eq!(signer.asked(), 2);
}

#[tokio::test]
async fn keys_are_kept_as_long_as_google_says() {
    let (signer, verifier) = google().await;
    signer.set_max_age(600);
    for (minutes, asked) in [(0, 1), (9, 1), (11, 2)] {
        let now = NOW + time::Duration::minutes(minutes);
        verifier
            .verify(&signer.token(AUDIENCE, ACCOUNT, now), now)
            .await
            .unwrap();
        assert_eq!(signer.asked(), asked, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn a_push_that_cannot_be_checked_is_to_come_again() {
    let signer = Signer::default();
    let verifier = PushVerifier::new("http://127.0.0.1:9/certs", AUDIENCE, ACCOUNT);
    let token = signer.token(AUDIENCE, ACCOUNT, NOW);
    for _ in 0..2 {
        let rejected = verifier.verify(&token, NOW).await.unwrap_err();
        assert!(matches!(rejected, PushRejected::KeysUnreachable(_)));
        assert_eq!(rejected.status(), 503);
    }
}

/// What a target got: the Host header, the Bearer token and the body of each push.
type Got = Arc<Mutex<Vec<(String, String, Value)>>>;

#[derive(Clone)]
struct Target {
    got: Got,
    failures: Arc<Mutex<u32>>,
}

async fn take(State(target): State<Target>, headers: HeaderMap, body: Json<Value>) -> StatusCode {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    target
        .got
        .lock()
        .unwrap()
        .push((text("host"), text("authorization"), body.0));
    let mut failures = target.failures.lock().unwrap();
    if *failures > 0 {
        *failures -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::NO_CONTENT
}

struct Pushed {
    gmail: Arc<FakeGmail>,
    signer: Arc<Signer>,
    pusher: Arc<Pusher>,
    got: Got,
}

/// A mailbox whose changes are pushed to a target that fails at first this many times.
async fn pushed(failures: u32) -> Pushed {
    let got = Got::default();
    let target = Target {
        got: got.clone(),
        failures: Arc::new(Mutex::new(failures)),
    };
    let base = served(Router::new().route("/push", post(take)).with_state(target)).await;
    let gmail = Arc::new(FakeGmail::new("support@bank.test"));
    let signer = Arc::new(Signer::default());
    let settings = PushSettings {
        host: Some("push.helpdesk.test".into()),
        interval: Duration::from_millis(20),
        first_wait: Duration::from_millis(5),
        ..PushSettings::to(format!("{base}/push"), AUDIENCE, ACCOUNT)
    };
    let pusher = Pusher::new(settings, gmail.clone(), signer.clone());
    tokio::spawn(pusher.clone().run());
    tokio::task::yield_now().await;
    Pushed {
        gmail,
        signer,
        pusher,
        got,
    }
}

impl Pushed {
    async fn watched(failures: u32) -> Self {
        let pushed = pushed(failures).await;
        pushed
            .gmail
            .start_watch("projects/desk/topics/mail")
            .unwrap();
        pushed
    }

    /// Waits until the target got this many pushes, and a little longer for one too many.
    async fn settles_at(&self, count: usize) {
        for _ in 0..200 {
            if self.got.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(self.got.lock().unwrap().len(), count);
    }
}

const MAIL: &[u8] = b"From: carla@customer.test\r\nSubject: Card\r\n\r\nHello\r\n";

#[tokio::test]
async fn a_mail_is_pushed_with_a_token_that_passes_the_check() {
    let world = Pushed::watched(0).await;
    world.settles_at(1).await;
    world.gmail.deliver(MAIL);
    world.settles_at(2).await;
    let (host, token, body) = world.got.lock().unwrap()[1].clone();
    assert_eq!(host, "push.helpdesk.test");
    let data = body["message"]["data"].as_str().unwrap();
    let data = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).unwrap();
    let data: Value = serde_json::from_slice(&data).unwrap();
    let place = world.gmail.place().0;
    assert_eq!(
        data,
        json!({"emailAddress": "support@bank.test", "historyId": place})
    );
    let base = served(certificates(world.signer.clone())).await;
    let verifier = PushVerifier::new(format!("{base}/oauth2/v3/certs"), AUDIENCE, ACCOUNT);
    verifier
        .verify(&token, OffsetDateTime::now_utc())
        .await
        .unwrap();
}

#[tokio::test]
async fn without_a_watch_nothing_is_pushed() {
    let world = pushed(0).await;
    world.gmail.deliver(MAIL);
    world.settles_at(0).await;
}

#[tokio::test]
async fn a_push_comes_again_until_it_is_acknowledged() {
    let world = Pushed::watched(3).await;
    world.settles_at(4).await;
    assert_eq!(world.pusher.acknowledged(), 1);
    let got = world.got.lock().unwrap();
    assert!(
        got.iter()
            .all(|(_, _, body)| body["message"] == got[0].2["message"])
    );
}

#[tokio::test]
async fn the_switches_lose_or_double_pushes() {
    let world = Pushed::watched(0).await;
    world.settles_at(1).await;
    world.pusher.set_dropping(true);
    world.gmail.deliver(MAIL);
    world.settles_at(1).await;
    world.pusher.set_dropping(false);
    world.pusher.set_doubling(true);
    world.gmail.deliver(MAIL);
    world.settles_at(3).await;
}

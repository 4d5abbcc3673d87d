//! The channel on Slack upholds what every way of alerting must, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use alerts_slack::Slack;
use domain::{MailKey, TicketRef};
use ports::{Alert, Alerts, CallError};
use testkit::alerts::FakeAlerts;
use testkit::contract::alerts::{World, upholds};

const WEBHOOK: &str = "T000/B000/a-secret-of-tests";

async fn serve(channel: Arc<FakeAlerts>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("its address");
    let router = local::slack::router(channel, WEBHOOK);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/services")
}

fn slack(webhook: String) -> Slack {
    Slack::within(webhook.into(), Duration::from_millis(400))
}

fn alert() -> Alert {
    Alert {
        mail: MailKey::parse("1-18c2f3ab").expect("a mail key"),
        ticket: TicketRef::parse("HT00042").expect("a reference"),
        ticket_link: String::new(),
        thread_link: String::new(),
        urgent: false,
        because: "the classifier was not sure enough".to_owned(),
        may_be_repeat: false,
    }
}

#[tokio::test]
async fn slack_upholds_the_contract() {
    let upheld = upholds(async || {
        let channel = Arc::new(FakeAlerts::default());
        let services = serve(channel.clone()).await;
        World {
            alerts: Arc::new(slack(format!("{services}/{WEBHOOK}"))),
            channel,
        }
    })
    .await;
    assert_eq!(upheld.len(), 15);
}

#[tokio::test]
async fn a_webhook_that_was_removed_asks_for_a_new_one() {
    let services = serve(Arc::default()).await;
    let error = slack(format!("{services}/T000/B000/removed"))
        .alert(&alert())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(error.to_string().contains("make a new one"), "{error}");
}

#[tokio::test]
async fn no_error_shows_the_webhook() {
    let nobody_listens = "http://127.0.0.1:9/services/T000/B000/a-secret-of-tests";
    for webhook in [nobody_listens, "not-an-address/a-secret-of-tests"] {
        let slack = slack(webhook.to_owned());
        let error = slack.alert(&alert()).await.unwrap_err();
        let all = format!("{slack:?} {error} {error:?}");
        assert!(!all.contains("secret"), "{all}");
    }
}

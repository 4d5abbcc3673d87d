//! SNS.

use alerts_sns::SnsAlerts;
use domain::{MailKey, TicketRef};
use local::aws::{ACCOUNT, REGION};
use local::places::free_port;
use ports::{Alert, Alerts, CallError};

use crate::AWS;
use crate::queues::{make_queue, receive};

fn alert() -> Alert {
    Alert {
        mail: MailKey::parse("1-18c0001").unwrap(),
        ticket: TicketRef::parse("HT00012").unwrap(),
        ticket_link: "https://odoo.test/odoo/tickets/12".into(),
        thread_link: "https://mail.google.com/mail/u/0/#all/18c0001".into(),
        urgent: true,
        because: "the mail reads as urgent".into(),
        may_be_repeat: false,
    }
}

#[tokio::test]
async fn an_alert_reaches_whoever_subscribed() {
    let sns = client!(aws_sdk_sns);
    let topic = sns
        .create_topic()
        .name("alerts")
        .send()
        .await
        .unwrap()
        .topic_arn
        .unwrap();
    let url = make_queue("pager").await;
    let pager = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:pager");
    sns.subscribe()
        .topic_arn(&topic)
        .protocol("sqs")
        .endpoint(pager)
        .send()
        .await
        .unwrap();
    let id = SnsAlerts::new(sns, topic).alert(&alert()).await.unwrap();
    let (_, envelope) = receive(&url).await.remove(0);
    let envelope: serde_json::Value = serde_json::from_str(&envelope).unwrap();
    assert_eq!(envelope["MessageId"], id.as_str());
    assert_eq!(envelope["Subject"], "URGENT: Ticket HT00012 needs a person");
}

#[tokio::test]
async fn an_alert_to_a_missing_topic_is_not_found() {
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:none");
    let error = SnsAlerts::new(client!(aws_sdk_sns), topic)
        .alert(&alert())
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "topic", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_alert_that_nobody_took_the_connection_for_had_no_effect() {
    let config = aws_sdk_sns::Config::builder()
        .endpoint_url(format!("http://127.0.0.1:{}", free_port().unwrap()))
        .region(aws_sdk_sns::config::Region::new(REGION))
        .credentials_provider(aws_sdk_sns::config::Credentials::new(
            "a", "b", None, None, "test",
        ))
        .retry_config(aws_sdk_sns::config::retry::RetryConfig::disabled());
    let sns = aws_sdk_sns::Client::from_conf(config.build());
    let error = SnsAlerts::new(sns, "arn:aws:sns:x:0:y")
        .alert(&alert())
        .await
        .unwrap_err();
    assert!(error.had_no_effect(), "{error:?}");
}

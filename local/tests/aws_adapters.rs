//! The adapters of AWS against AWS's own protocols: SQS, S3, Secrets Manager and SNS.
//!
//! One emulator serves all tests of this file. Each test works with resources of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use alerts_sns::SnsAlerts;
use archive_s3::S3Archive;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::{Intent, MailKey, ThreadId, TicketRef};
use local::aws::{ACCOUNT, Aws, REGION, Venv};
use local::places::free_port;
use ports::{Alert, Alerts, Archive, CallError, Outgoing, Queue, QueueName};
use queue_sqs::SqsQueue;
use secrecy::ExposeSecret;
use vault_secretsmanager::{Vault, VaultError};

static AWS: LazyLock<Aws> = LazyLock::new(|| {
    let venv = Venv::of_the_workspace().unwrap();
    Aws::start(&venv, free_port().unwrap()).unwrap()
});

/// A client of one service. Every SDK has a type of its own for the same settings.
macro_rules! client {
    ($sdk:ident) => {{
        use $sdk::config::{Credentials, Region, retry::RetryConfig};
        let config = $sdk::Config::builder()
            .endpoint_url(AWS.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled());
        $sdk::Client::from_conf(config.build())
    }};
}

/// A new queue and its URL. SQS wants FIFO queues to be named so.
async fn make_queue(name: &str) -> String {
    let mut request = client!(aws_sdk_sqs).create_queue().queue_name(name);
    if name.split('.').nth(1) == Some("fifo") {
        request = request.attributes(QueueAttributeName::FifoQueue, "true");
    }
    request.send().await.unwrap().queue_url.unwrap()
}

async fn queue_with(queue: QueueName, name: &str) -> (SqsQueue, String) {
    let url = make_queue(name).await;
    let urls = HashMap::from([(queue, url.clone())]);
    (SqsQueue::new(client!(aws_sdk_sqs), urls), url)
}

fn outgoing(queue: QueueName, mail: u32, group: &str) -> Outgoing {
    Outgoing {
        queue,
        mail: MailKey::parse(&format!("1-18c{mail:04}")).unwrap(),
        group: ThreadId::parse(group).unwrap(),
        reason: None,
        times: 0,
        trace: None,
    }
}

/// Receives what can be had now, as (receipt, body).
async fn receive(url: &str) -> Vec<(String, String)> {
    let request = client!(aws_sdk_sqs)
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10);
    let messages = request.send().await.unwrap().messages.unwrap_or_default();
    messages
        .into_iter()
        .map(|m| (m.receipt_handle.unwrap(), m.body.unwrap()))
        .collect()
}

#[tokio::test]
async fn a_message_sent_twice_arrives_once() {
    let (queue, url) = queue_with(QueueName::Mail, "twice.fifo").await;
    let message = outgoing(QueueName::Mail, 1, "a");
    queue.send(&[&message]).await.unwrap();
    queue.send(&[&message]).await.unwrap();
    assert_eq!(
        AWS.queue_messages(&url).await.unwrap(),
        [r#"{"mail":"1-18c0001"}"#]
    );
}

#[tokio::test]
async fn a_mail_in_work_holds_back_the_later_mails_of_its_thread_only() {
    let (queue, url) = queue_with(QueueName::Mail, "order.fifo").await;
    queue
        .send(&[&outgoing(QueueName::Mail, 1, "a")])
        .await
        .unwrap();
    let first = receive(&url).await;
    assert_eq!(first.len(), 1);
    queue
        .send(&[&outgoing(QueueName::Mail, 2, "a")])
        .await
        .unwrap();
    queue
        .send(&[&outgoing(QueueName::Mail, 3, "b")])
        .await
        .unwrap();
    let bodies: Vec<String> = receive(&url)
        .await
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    assert_eq!(bodies, [r#"{"mail":"1-18c0003"}"#]);
}

#[tokio::test]
async fn the_mails_of_a_thread_arrive_in_the_order_in_which_they_were_sent() {
    let (queue, url) = queue_with(QueueName::Mail, "sequence.fifo").await;
    for mail in 1..=5 {
        queue
            .send(&[&outgoing(QueueName::Mail, mail, "a")])
            .await
            .unwrap();
    }
    let bodies: Vec<String> = receive(&url)
        .await
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    let expected: Vec<String> = (1..=5)
        .map(|n| format!(r#"{{"mail":"1-18c{n:04}"}}"#))
        .collect();
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn many_messages_for_several_queues_arrive_each_in_its_own() {
    let (mails, url) = queue_with(QueueName::Mail, "many.fifo").await;
    drop(mails);
    let (errors, errors_url) = queue_with(QueueName::Errors, "many-errors").await;
    drop(errors);
    let urls = HashMap::from([
        (QueueName::Mail, url.clone()),
        (QueueName::Errors, errors_url.clone()),
    ]);
    let queue = SqsQueue::new(client!(aws_sdk_sqs), urls);
    let mut messages: Vec<_> = (1..=23)
        .map(|mail| outgoing(QueueName::Mail, mail, &format!("t{mail}")))
        .collect();
    messages.insert(5, outgoing(QueueName::Errors, 99, "t99"));
    let messages: Vec<_> = messages.iter().collect();
    let taken = queue.send(&messages).await.unwrap();
    assert_eq!((taken.len(), taken.iter().all(|taken| *taken)), (24, true));
    let count = |bodies: Vec<String>| bodies.len();
    assert_eq!(count(AWS.queue_messages(&url).await.unwrap()), 23);
    assert_eq!(count(AWS.queue_messages(&errors_url).await.unwrap()), 1);
}

#[tokio::test]
async fn a_parked_mail_goes_to_the_standard_queue_with_its_reason() {
    let (queue, url) = queue_with(QueueName::Errors, "errors").await;
    let mut message = outgoing(QueueName::Errors, 1, "a");
    message.reason = Some("it has no author".into());
    queue.send(&[&message]).await.unwrap();
    assert_eq!(
        AWS.queue_messages(&url).await.unwrap(),
        [r#"{"mail":"1-18c0001","reason":"it has no author"}"#]
    );
}

#[tokio::test]
async fn a_message_given_back_is_received_again() {
    let (queue, url) = queue_with(QueueName::Mail, "back.fifo").await;
    queue
        .send(&[&outgoing(QueueName::Mail, 1, "a")])
        .await
        .unwrap();
    let (receipt, body) = receive(&url).await.remove(0);
    queue
        .give_back(QueueName::Mail, &receipt, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(receive(&url).await.remove(0).1, body);
}

#[tokio::test]
async fn a_message_for_a_queue_without_a_url_is_refused() {
    let (queue, _) = queue_with(QueueName::Mail, "alone.fifo").await;
    let elsewhere = QueueName::Intent(Intent::GeneralQuery);
    let error = queue
        .send(&[&outgoing(elsewhere, 1, "a")])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("general_query"), "{error}");
}

#[tokio::test]
async fn a_message_for_a_queue_that_is_gone_is_not_found() {
    let url = format!("{}/{ACCOUNT}/gone.fifo", AWS.endpoint());
    let queue = SqsQueue::new(
        client!(aws_sdk_sqs),
        HashMap::from([(QueueName::Mail, url)]),
    );
    let error = queue
        .send(&[&outgoing(QueueName::Mail, 1, "a")])
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "queue", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn s3_upholds_the_contract_of_an_archive() {
    let number = AtomicU32::new(0);
    let upheld = testkit::contract::archive::upholds(async || {
        let s3 = client!(aws_sdk_s3);
        let name = format!("contract-{}", number.fetch_add(1, Ordering::Relaxed));
        s3.create_bucket().bucket(&name).send().await.unwrap();
        Arc::new(S3Archive::new(s3, name)) as Arc<dyn Archive>
    })
    .await;
    assert_eq!(upheld.len(), 17);
}

#[tokio::test]
async fn what_is_put_part_by_part_is_encrypted_and_leaves_nothing_on_its_way() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("parts").send().await.unwrap();
    let archive = S3Archive::new(s3.clone(), "parts");
    for is_finished in [true, false] {
        let mut upload = archive.begin("a.zip", "application/zip").await.unwrap();
        upload.add(b"octets".to_vec()).await.unwrap();
        if is_finished {
            upload.finish().await.unwrap();
        } else {
            upload.give_up().await.unwrap();
        }
    }
    let head = s3.head_object().bucket("parts").key("a.zip").send().await;
    let head = head.unwrap();
    let encryption = head.server_side_encryption.unwrap();
    assert_eq!(encryption.as_str(), "AES256");
    assert_eq!(head.content_type.as_deref(), Some("application/zip"));
    let on_their_way = s3.list_multipart_uploads().bucket("parts").send().await;
    assert_eq!(on_their_way.unwrap().uploads().len(), 0);
}

#[tokio::test]
async fn an_object_is_read_whole() {
    let octets: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("whole").send().await.unwrap();
    let put = s3
        .put_object()
        .bucket("whole")
        .key("knowledge/Über uns (1).md");
    put.body(octets.clone().into()).send().await.unwrap();
    let read = S3Archive::new(s3, "whole")
        .read("knowledge/Über uns (1).md")
        .await
        .unwrap();
    assert!(read == octets);
}

#[tokio::test]
async fn an_object_is_written_encrypted_and_written_again() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("staging").send().await.unwrap();
    let archive = S3Archive::new(s3.clone(), "staging");
    for content in [&b"first"[..], b"second"] {
        let written = archive
            .write("staging/1.pdf", "application/pdf", content)
            .await;
        written.unwrap();
    }
    assert_eq!(archive.read("staging/1.pdf").await.unwrap(), b"second");
    let head = s3
        .head_object()
        .bucket("staging")
        .key("staging/1.pdf")
        .send()
        .await
        .unwrap();
    let encryption = head
        .server_side_encryption
        .map(|sse| sse.as_str().to_owned());
    assert_eq!(encryption.as_deref(), Some("AES256"));
    assert_eq!(head.content_type.as_deref(), Some("application/pdf"));
}

#[tokio::test]
async fn writing_to_a_bucket_that_is_missing_is_not_found() {
    let archive = S3Archive::new(client!(aws_sdk_s3), "nowhere");
    let error = archive.write("a", "text/plain", b"x").await.unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "bucket", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_link_leads_to_the_object_for_a_while() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("linked").send().await.unwrap();
    let archive = S3Archive::new(s3, "linked");
    archive
        .write("staging/1.pdf", "application/pdf", b"pages")
        .await
        .unwrap();
    let valid = Duration::from_mins(10);
    let link = archive
        .link("staging/1.pdf", "statement-2051.pdf", valid)
        .await
        .unwrap();
    assert!(
        link.contains("X-Amz-Expires=600") && link.contains("X-Amz-Signature="),
        "{link}"
    );
    let got = reqwest::get(&link).await.unwrap();
    assert_eq!(got.bytes().await.unwrap().as_ref(), b"pages");
}

#[tokio::test]
async fn an_object_that_is_missing_is_not_found() {
    let s3 = client!(aws_sdk_s3);
    s3.create_bucket().bucket("bare").send().await.unwrap();
    let error = S3Archive::new(s3, "bare")
        .read("knowledge/none.md")
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "object", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_bucket_that_is_missing_is_told_from_a_missing_object() {
    let error = S3Archive::new(client!(aws_sdk_s3), "nowhere")
        .read("a")
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "bucket", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_secret_is_read_as_it_was_put() {
    let client = client!(aws_sdk_secretsmanager);
    client
        .create_secret()
        .name("desk/put")
        .send()
        .await
        .unwrap();
    AWS.put_secret("desk/put", "tell nobody").await.unwrap();
    let secret = Vault::new(client).secret("desk/put").await.unwrap();
    assert_eq!(secret.expose_secret(), "tell nobody");
}

#[tokio::test]
async fn secrets_that_are_read_together_come_in_the_order_in_which_they_were_asked_for() {
    let client = client!(aws_sdk_secretsmanager);
    for id in ["desk/first", "desk/second", "desk/third"] {
        client.create_secret().name(id).send().await.unwrap();
        AWS.put_secret(id, &format!("value of {id}")).await.unwrap();
    }
    let ids = ["desk/second", "desk/first"];
    let vault = Vault::new(client);
    let ([second, first], third) = vault.all_and(ids, Some("desk/third")).await.unwrap();
    assert_eq!(second.expose_secret(), "value of desk/second");
    assert_eq!(first.expose_secret(), "value of desk/first");
    assert_eq!(third.unwrap().expose_secret(), "value of desk/third");
}

#[tokio::test]
async fn every_secret_that_cannot_be_had_is_named_at_once() {
    let client = client!(aws_sdk_secretsmanager);
    client
        .create_secret()
        .name("desk/there")
        .send()
        .await
        .unwrap();
    AWS.put_secret("desk/there", "tell nobody").await.unwrap();
    let ids = ["desk/lost", "desk/there", "desk/gone"];
    let asked = Vault::new(client).all_and(ids, Some("desk/away")).await;
    let told = asked.unwrap_err().to_string();
    for id in ["desk/lost", "desk/gone", "desk/away"] {
        assert!(
            told.contains(&format!("secret {id} does not exist")),
            "{told}"
        );
    }
    assert!(!told.contains("desk/there"), "{told}");
}

#[tokio::test]
async fn a_missing_secret_is_named() {
    let error = Vault::new(client!(aws_sdk_secretsmanager))
        .secret("desk/none")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, VaultError::Missing { id } if id == "desk/none"),
        "{error:?}"
    );
    assert!(error.to_string().contains("desk/none"), "{error}");
}

#[tokio::test]
async fn a_secret_without_a_value_says_how_to_put_one() {
    let client = client!(aws_sdk_secretsmanager);
    client
        .create_secret()
        .name("desk/empty")
        .send()
        .await
        .unwrap();
    let error = Vault::new(client).secret("desk/empty").await.unwrap_err();
    assert!(matches!(error, VaultError::Empty { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("put-secret-value --secret-id desk/empty"),
        "{error}"
    );
}

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

//! SQS.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use domain::{Intent, MailKey, ThreadId};
use local::aws::{ACCOUNT, REGION};
use ports::{CallError, Outgoing, Queue, QueueName};
use queue_sqs::SqsQueue;

use crate::AWS;

/// A new queue and its URL. SQS wants FIFO queues to be named so.
pub async fn make_queue(name: &str) -> String {
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
pub async fn receive(url: &str) -> Vec<(String, String)> {
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

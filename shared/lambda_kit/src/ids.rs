//! The ids that tie log lines together, under one set of names: `mail`, `thread`, `ticket`, `queue`,
//! `queue_message`, `try`, `request_id`, `trace_id`, `function`, `version`. No other field means one of
//! these things.

use std::collections::HashMap;

use aws_lambda_events::sqs::SqsMessage;
use lambda_runtime::Context;
use ports::{QueueName, release};
use tracing::Span;
use tracing::field::Empty;

use crate::settings;

/// The ids of a fault, for whoever is told of it besides the log.
pub(crate) const IDS: [&str; 8] = [
    "mail",
    "thread",
    "ticket",
    "queue",
    "queue_message",
    "try",
    "request_id",
    "trace_id",
];

/// What stands on every line, also before the first event comes.
pub(crate) fn always() -> Vec<(&'static str, String)> {
    vec![("function", function()), ("version", version())]
}

/// The function's name. Lambda sets it.
pub(crate) fn function() -> String {
    settings::raw("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()
}

/// The product's version.
pub(crate) fn version() -> String {
    release::VERSION.to_owned()
}

/// Around everything that an invocation does. Spans of this house are at the level of errors, so that
/// no `LOG_LEVEL` takes the ids away.
pub(crate) fn of_invocation(context: &Context) -> Span {
    tracing::error_span!("invocation", request_id = context.request_id)
}

/// Around the work on one queue message. `mail` and `ticket` are recorded when they are known.
pub(crate) fn of_message(message: &SqsMessage, urls: &HashMap<QueueName, String>) -> Span {
    let thread = message.attributes.get("MessageGroupId").map(String::as_str);
    tracing::error_span!(
        "message",
        mail = Empty,
        thread,
        ticket = Empty,
        queue = queue_of(message, urls).map(QueueName::as_str),
        queue_message = message.message_id.as_deref(),
        "try" = receive_count(message),
        trace_id = trace_id(message),
    )
}

/// The trace that the message belongs to: the second part of `traceparent`, 32 hexadecimal digits that
/// are not all 0 (W3C Trace Context, section 3.2.2).
fn trace_id(message: &SqsMessage) -> Option<&str> {
    let attribute = message.message_attributes.get("traceparent")?;
    let parts: Vec<&str> = attribute.string_value.as_deref()?.split('-').collect();
    let [version, trace, parent, _flags, ..] = parts[..] else {
        return None;
    };
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |text: &str, length| is_hex(text, length) && text.bytes().any(|b| b != b'0');
    (is_hex(version, 2) && is_id(trace, 32) && is_id(parent, 16)).then_some(trace)
}

/// How often the queue has given the message out.
pub(crate) fn receive_count(message: &SqsMessage) -> u32 {
    message
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|n| n.parse().ok())
        .unwrap_or(1)
}

/// The queue that a message came from: ARN and address end in the same name.
pub(crate) fn queue_of(
    message: &SqsMessage,
    urls: &HashMap<QueueName, String>,
) -> Option<QueueName> {
    let name = message.event_source_arn.as_deref()?.rsplit(':').next()?;
    urls.iter()
        .find(|(_, url)| url.rsplit('/').next() == Some(name))
        .map(|(queue, _)| *queue)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::lines::tests::lines_of;

    fn message(traceparent: &str) -> SqsMessage {
        serde_json::from_value(json!({
            "messageId": "m1",
            "attributes": { "MessageGroupId": "t7", "ApproximateReceiveCount": "3" },
            "messageAttributes": { "traceparent": { "stringValue": traceparent, "dataType": "String" } },
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:desk-mail.fifo",
        }))
        .unwrap()
    }

    fn line_of(message: &SqsMessage) -> Value {
        let url = "http://127.0.0.1/000000000000/desk-mail.fifo".to_owned();
        let lines = lines_of(|| {
            let span = of_message(message, &[(QueueName::Mail, url)].into());
            let _within = span.enter();
            Span::current().record("mail", "1-a");
            tracing::info!("a fact");
        });
        serde_json::from_str(&lines[0]).unwrap()
    }

    #[test]
    fn a_line_about_a_message_carries_its_ids() {
        let line = line_of(&message(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ));
        let ids = [
            ("mail", json!("1-a")),
            ("thread", json!("t7")),
            ("queue", json!("mail")),
            ("queue_message", json!("m1")),
            ("try", json!(3)),
            ("trace_id", json!("0af7651916cd43dd8448eb211c80319c")),
        ];
        for (name, value) in ids {
            assert_eq!(line[name], value, "{name}");
        }
        assert!(line.get("ticket").is_none(), "it is not known yet");
    }

    #[test]
    fn every_id_stands_in_the_documentation() {
        let page = include_str!("../../../docs/LOGGING.md");
        for id in IDS.iter().chain(&["function", "version"]) {
            assert!(page.contains(&format!("\n| `{id}` | ")), "{id}");
        }
    }

    #[test]
    fn a_trace_that_is_not_well_formed_is_left_out() {
        for bad in [
            "",
            "00",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71-01",
            "a sentence-of-other-words",
        ] {
            assert!(line_of(&message(bad)).get("trace_id").is_none(), "{bad}");
        }
    }
}

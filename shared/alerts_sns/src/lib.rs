//! Alerts by e-mail, or whatever else subscribes to an SNS topic. They hold no mail text.

use std::error::Error;
use std::iter::successors;
use std::time::Duration;

use async_trait::async_trait;
use aws_account::Account;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::list_subscriptions_by_topic::ListSubscriptionsByTopicError;
use aws_sdk_sns::operation::publish::PublishError;
use ports::{Alert, Alerts, CallError, Notice};
use resilience::{Effect, Gate, Op, Policy};

const SERVICE: &str = "SNS";

/// How long one call may take.
const LONGEST_CALL: Duration = Duration::from_secs(5);

/// The longest subject that SNS takes: it asks for fewer than 100 characters.
const LONGEST_SUBJECT: usize = 99;

/// One topic.
#[derive(Debug, Clone)]
pub struct SnsAlerts {
    client: Client,
    topic_arn: String,
}

impl SnsAlerts {
    /// Alerts through this topic. The client must not repeat calls by itself: an alert whose outcome
    /// is unknown is repeated only by the ledger, which then marks it.
    pub fn new(client: Client, topic_arn: impl Into<String>) -> Self {
        Self {
            client,
            topic_arn: topic_arn.into(),
        }
    }

    /// Alerts through this topic, in this account. A call ends within 5 seconds and is never repeated by
    /// the SDK.
    pub fn of(account: &Account, topic_arn: impl Into<String>) -> Self {
        Self::new(Client::new(&account.once(LONGEST_CALL)), topic_arn)
    }
}

impl SnsAlerts {
    /// How many get what is published here, and how many asked for it and did not confirm.
    pub async fn subscribers(&self) -> Result<(usize, usize), CallError> {
        let asked = self.client.list_subscriptions_by_topic();
        let mut pages = asked
            .topic_arn(&self.topic_arn)
            .into_paginator()
            .items()
            .send();
        let (mut confirmed, mut pending) = (0, 0);
        while let Some(one) = pages.next().await {
            // Without an ARN of its own nobody has confirmed it.
            match one.map_err(not_told)?.subscription_arn {
                Some(arn) if arn.starts_with("arn:") => confirmed += 1,
                _ => pending += 1,
            }
        }
        Ok((confirmed, pending))
    }

    /// Publishes once: what may have arrived is repeated by the ledger only.
    async fn publish(&self, subject: &str, text: &str) -> Result<String, CallError> {
        let once = Policy {
            attempts: 1,
            ..Policy::default()
        };
        let gate = Gate::open(SERVICE).under(once);
        let op = Op::new("sns.Publish", Effect::Once);
        let attempt = || async {
            let call = self.client.publish().topic_arn(&self.topic_arn);
            let published = call.subject(subject).message(text).send().await;
            published.map_err(failed)
        };
        let published = gate.call(op, attempt).await?;
        Ok(published.message_id.unwrap_or_default())
    }
}

#[async_trait]
impl Alerts for SnsAlerts {
    async fn alert(&self, alert: &Alert) -> Result<String, CallError> {
        self.publish(&subject(alert), &text(alert)).await
    }

    async fn notice(&self, notice: &Notice) -> Result<String, CallError> {
        let said = notice.lines.join("\n");
        self.publish(&as_subject(&notice.title), &said).await
    }
}

/// The e-mail's subject: printable ASCII, as short as SNS wants it.
fn subject(alert: &Alert) -> String {
    let urgent = if alert.urgent { "URGENT: " } else { "" };
    let repeat = if alert.may_be_repeat {
        " (possible repeat)"
    } else {
        ""
    };
    as_subject(&format!(
        "{urgent}Ticket {} needs a person{repeat}",
        alert.ticket
    ))
}

fn as_subject(line: &str) -> String {
    line.chars()
        .map(|c| {
            if c == ' ' || c.is_ascii_graphic() {
                c
            } else {
                '?'
            }
        })
        .take(LONGEST_SUBJECT)
        .collect()
}

fn text(alert: &Alert) -> String {
    let when = if alert.urgent {
        "at once"
    } else {
        "when one is free"
    };
    let mut text = format!(
        "Ticket {ticket} needs a person {when}.\n\n\
         Why: {because}\n\
         Ticket: {ticket_link}\n\
         Mail: {thread_link}\n\
         Mail in the ledger: {mail}\n",
        ticket = alert.ticket,
        because = alert.because,
        ticket_link = alert.ticket_link,
        thread_link = alert.thread_link,
        mail = alert.mail,
    );
    if alert.may_be_repeat {
        text.push_str("\nThis may repeat an alert whose delivery was never confirmed.\n");
    }
    text
}

/// What a failed publish means. SNS has no deduplication here: where the request may have arrived,
/// the outcome is unknown.
fn failed(error: SdkError<PublishError>) -> CallError {
    let answer = match &error {
        SdkError::ServiceError(answer) => answer,
        SdkError::ConstructionFailure(_) => return CallError::unreachable(SERVICE, error),
        SdkError::DispatchFailure(_) if was_refused(&error) => {
            return CallError::unreachable(SERVICE, error);
        }
        _ => return CallError::outcome_unknown(SERVICE, error),
    };
    let code = answer.err().code().unwrap_or("an error without a code");
    match (answer.raw().status().as_u16(), code) {
        (_, "Throttled" | "ThrottledException" | "Throttling" | "ThrottlingException") => {
            CallError::RateLimited {
                service: SERVICE,
                retry_after: None,
            }
        }
        (500.., _) => CallError::outcome_unknown(SERVICE, error),
        (404, _) | (_, "NotFound" | "NotFoundException") => CallError::NotFound {
            service: SERVICE,
            what: "topic",
        },
        (401 | 403, _) => CallError::Unauthorized {
            service: SERVICE,
            reason: format!("{code}: the function needs sns:Publish on the topic"),
        },
        _ => CallError::rejected(SERVICE, code),
    }
}

/// What it means that a topic does not tell who gets what is published there.
fn not_told(error: SdkError<ListSubscriptionsByTopicError>) -> CallError {
    match error.code() {
        Some("NotFound" | "NotFoundException") => CallError::NotFound {
            service: SERVICE,
            what: "topic",
        },
        Some("AuthorizationError" | "AccessDenied" | "AccessDeniedException") => {
            CallError::Unauthorized {
                service: SERVICE,
                reason: "they do not allow sns:ListSubscriptionsByTopic".to_owned(),
            }
        }
        Some(code) => CallError::rejected(SERVICE, code),
        None => CallError::unreachable(SERVICE, error),
    }
}

/// Whether nobody took the connection, so that nothing can have arrived.
fn was_refused(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |&cause| cause.source())
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use domain::{MailKey, TicketRef};

    use super::*;

    fn alert(urgent: bool, may_be_repeat: bool) -> Alert {
        Alert {
            mail: MailKey::parse("1-18c0000000000001").unwrap(),
            ticket: TicketRef::parse("HT00012").unwrap(),
            ticket_link: "https://odoo.test/odoo/tickets/12".into(),
            thread_link: "https://mail.google.com/mail/u/0/#all/18c0000000000001".into(),
            urgent,
            because: "the mail reads as urgent".into(),
            may_be_repeat,
        }
    }

    #[test]
    fn an_urgent_alert_says_so_first() {
        assert_eq!(
            subject(&alert(true, false)),
            "URGENT: Ticket HT00012 needs a person"
        );
    }

    #[test]
    fn a_possible_repeat_is_marked_in_the_subject() {
        assert_eq!(
            subject(&alert(false, true)),
            "Ticket HT00012 needs a person (possible repeat)"
        );
    }

    #[test]
    fn a_subject_is_ascii_and_short_whatever_the_reference() {
        let mut alert = alert(true, true);
        alert.ticket = TicketRef::parse(&"Ж".repeat(20)).unwrap();
        let subject = subject(&alert);
        assert!(subject.is_ascii() && subject.len() < 100, "{subject}");
    }

    #[test]
    fn an_alert_tells_why_with_both_links() {
        assert_eq!(
            text(&alert(true, false)),
            "Ticket HT00012 needs a person at once.\n\n\
             Why: the mail reads as urgent\n\
             Ticket: https://odoo.test/odoo/tickets/12\n\
             Mail: https://mail.google.com/mail/u/0/#all/18c0000000000001\n\
             Mail in the ledger: 1-18c0000000000001\n"
        );
    }

    #[test]
    fn a_possible_repeat_is_explained_in_the_text() {
        assert!(text(&alert(false, true)).ends_with("whose delivery was never confirmed.\n"));
    }
}

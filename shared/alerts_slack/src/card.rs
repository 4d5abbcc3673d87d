//! The card that people see, in Block Kit (<https://docs.slack.dev/reference/block-kit/blocks>).

use ports::{Alert, Notice};
use serde_json::{Value, json};

/// Slack takes 3,000 characters a section. Escaping makes one character at most five.
const LONGEST_REASON: usize = 590;
const LONGEST_URL: usize = 3_000;

/// The card of an alert.
pub(crate) fn of(alert: &Alert) -> Value {
    let title = title(alert);
    let why = format!("*Why:* {}", escaped(&shortened(&alert.because)));
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": true}}),
        json!({"type": "section", "text": {"type": "mrkdwn", "text": why}}),
    ];
    let buttons: Vec<Value> = [
        button("Open the ticket", &alert.ticket_link, alert.urgent),
        button("Open the mail", &alert.thread_link, false),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !buttons.is_empty() {
        blocks.push(json!({"type": "actions", "elements": buttons}));
    }
    let mut lines = vec![format!("Mail {}", alert.mail)];
    if alert.may_be_repeat {
        let line = ":repeat: This may be a repeat: whether the first alert arrived is not known.";
        lines.push(line.to_owned());
    }
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| json!({"type": "mrkdwn", "text": escaped(line)}))
        .collect();
    blocks.push(json!({"type": "context", "elements": lines}));
    json!({"text": escaped(&title), "blocks": blocks})
}

/// The card of a notice about the helpdesk itself.
pub(crate) fn of_notice(notice: &Notice) -> Value {
    let said = shortened(&notice.lines.join("\n"));
    json!({
        "text": escaped(&notice.title),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": notice.title, "emoji": true}},
            {"type": "section", "text": {"type": "mrkdwn", "text": escaped(&said)}},
        ],
    })
}

/// Also what a notification shows, where the card does not fit.
fn title(alert: &Alert) -> String {
    if alert.urgent {
        format!("🚨 Urgent: ticket {} needs a person now", alert.ticket)
    } else {
        format!("Ticket {} needs a person", alert.ticket)
    }
}

/// A button that opens an address, where it is one that Slack takes.
fn button(label: &str, url: &str, stands_out: bool) -> Option<Value> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let mut button = json!({
        "type": "button", "url": url, "text": {"type": "plain_text", "text": label},
    });
    if stands_out {
        button["style"] = "danger".into();
    }
    (is_web && url.len() <= LONGEST_URL).then_some(button)
}

fn shortened(reason: &str) -> String {
    if reason.chars().count() <= LONGEST_REASON {
        return reason.to_owned();
    }
    reason
        .chars()
        .take(LONGEST_REASON - 1)
        .chain(['…'])
        .collect()
}

/// The three signs that Slack reads as commands.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use domain::{MailKey, TicketRef};
    use insta::assert_snapshot;

    use super::*;

    fn alert() -> Alert {
        Alert {
            mail: MailKey::parse("1-18c2f3ab").unwrap(),
            ticket: TicketRef::parse("HT00042").unwrap(),
            ticket_link: "https://odoo.test/mail/view?model=helpdesk.ticket&res_id=57".to_owned(),
            thread_link: "https://mail.google.com/mail/u/0/#all/18c2f3ab".to_owned(),
            urgent: true,
            because: "the mail reads as urgent <!channel> & more".to_owned(),
            may_be_repeat: true,
        }
    }

    #[test]
    fn the_card_of_an_urgent_alert_that_may_be_a_repeat() {
        let card = serde_json::to_string_pretty(&of(&alert())).unwrap();
        assert_snapshot!(card, @r#"
        {
          "blocks": [
            {
              "text": {
                "emoji": true,
                "text": "🚨 Urgent: ticket HT00042 needs a person now",
                "type": "plain_text"
              },
              "type": "header"
            },
            {
              "text": {
                "text": "*Why:* the mail reads as urgent &lt;!channel&gt; &amp; more",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "style": "danger",
                  "text": {
                    "text": "Open the ticket",
                    "type": "plain_text"
                  },
                  "type": "button",
                  "url": "https://odoo.test/mail/view?model=helpdesk.ticket&res_id=57"
                },
                {
                  "text": {
                    "text": "Open the mail",
                    "type": "plain_text"
                  },
                  "type": "button",
                  "url": "https://mail.google.com/mail/u/0/#all/18c2f3ab"
                }
              ],
              "type": "actions"
            },
            {
              "elements": [
                {
                  "text": "Mail 1-18c2f3ab",
                  "type": "mrkdwn"
                },
                {
                  "text": ":repeat: This may be a repeat: whether the first alert arrived is not known.",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "text": "🚨 Urgent: ticket HT00042 needs a person now"
        }
        "#);
    }

    #[test]
    fn a_notice_says_what_was_seen_and_commands_nobody() {
        let notice = Notice {
            title: "Odoo is out of order".to_owned(),
            lines: vec!["It is tried again.".to_owned(), "<!here> & now".to_owned()],
        };
        let card = of_notice(&notice);
        assert_eq!(card["text"], "Odoo is out of order");
        assert_eq!(
            card["blocks"][1]["text"]["text"],
            "It is tried again.\n&lt;!here&gt; &amp; now"
        );
    }

    #[test]
    fn a_usual_card_is_quiet() {
        let alert = Alert {
            urgent: false,
            may_be_repeat: false,
            ..alert()
        };
        let card = of(&alert);
        assert_eq!(card["text"], "Ticket HT00042 needs a person");
        assert_eq!(
            card["blocks"][3]["elements"].as_array().map(Vec::len),
            Some(1)
        );
    }

    #[test]
    fn a_link_that_slack_would_refuse_is_left_out() {
        let alert = Alert {
            ticket_link: String::new(),
            thread_link: "x".repeat(9),
            ..alert()
        };
        assert!(!of(&alert).to_string().contains("button"));
    }
}

//! What is told: from the results of the work, never from inside it.

use domain::MailKey;
use ports::{CallMade, DraftOutcome, MailRecord, Visit};
use time::OffsetDateTime;

use super::{
    DRAFTS_SETTLED, HISTORY_MESSAGES, HISTORY_WITHOUT_MAIL, Label, Line, MAILS_ENDED,
    MAILS_ENTERED, Metric, RETRIES, SECONDS_TO_DRAFT, VISIT_FAILED, VISIT_FAILURES, print,
};
use crate::Tools;

/// A mail that fails again and again is one failure, not twenty: later tries do not count for the share.
const TRIES_THAT_COUNT: u32 = 3;

/// The class of a visit that found another one at the same mail or thread: nothing is wrong with it.
const WAITS_FOR_ANOTHER: &str = "busy";

/// The services that are called, and how the names of their operations begin.
const SERVICES: [&str; 8] = [
    "gmail", "odoo", "gemini", "qdrant", "slack", "sqs", "sns", "s3",
];

/// Tells of a visit, and of its mail where the visit brought it to its end.
pub async fn visited(tools: &Tools, mail: &MailKey, visit: &Visit) {
    let now = tools.clock.now();
    let mut lines = of_visit(visit);
    if ["answered", "handed_off", "skipped", "parked"].contains(&visit.outcome.as_str()) {
        match tools.ledger.mail(mail).await {
            Ok(record) => lines.extend(record.map(|record| mail_ended(&record, now))),
            Err(error) => {
                tracing::warn!(mail = %mail, "The end of mail {mail} is not in the metrics: {error}");
            }
        }
    }
    print(&lines, now);
}

fn of_visit(visit: &Visit) -> Vec<Line> {
    let mut lines = vec![];
    let class = visit.error.as_ref().map(|(class, _)| *class);
    let failed = class.is_some();
    if visit.tries <= TRIES_THAT_COUNT && class != Some(WAITS_FOR_ANOTHER) {
        lines.push(Line::new().value(&VISIT_FAILED, f64::from(u8::from(failed))));
    }
    if let Some(class) = class {
        lines.push(one(&VISIT_FAILURES).by(Label::Class, class));
    }
    lines.extend(retries(&visit.calls));
    lines
}

/// A mail that has come to its end.
pub fn mail_ended(mail: &MailRecord, now: OffsetDateTime) -> Line {
    let intent = mail.intent.map_or("none", domain::Intent::as_str);
    let line = one(&MAILS_ENDED)
        .by(Label::Intent, intent)
        .by(Label::Outcome, mail.state.name())
        .beside("mail", mail.key.to_string());
    if mail.draft.is_none() {
        return line;
    }
    let waited = now - mail.received_at.unwrap_or(mail.seen_at);
    line.value(&SECONDS_TO_DRAFT, waited.as_seconds_f64().max(0.0))
}

/// Attempts beyond the first, a line a service.
pub fn retries(calls: &[CallMade]) -> Vec<Line> {
    let of = |service: &str| -> u32 {
        let calls = calls
            .iter()
            .filter(|call| service_of(&call.operation) == service);
        calls.map(|call| call.attempts.saturating_sub(1)).sum()
    };
    let named = |service: &'static str| match of(service) {
        0 => None,
        retries => Some(
            Line::new()
                .value(&RETRIES, f64::from(retries))
                .by(Label::Service, service),
        ),
    };
    SERVICES
        .into_iter()
        .chain(["other"])
        .filter_map(named)
        .collect()
}

/// The service of an operation. Odoo's are called by its models: `helpdesk.ticket/load`.
fn service_of(operation: &str) -> &'static str {
    if operation.contains('/') {
        return "odoo";
    }
    let first = operation.split('.').next().unwrap_or_default();
    let known = SERVICES.into_iter().find(|service| *service == first);
    known.unwrap_or("other")
}

/// A sync to which history showed messages: how many, how many of them are ours to work, and how many
/// were new. Nothing where it showed none.
pub fn synced(shown: usize, taken: usize, new: usize) -> Option<Line> {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let none = f64::from(u8::from(taken == 0));
    (shown > 0).then(|| {
        Line::new()
            .value(&HISTORY_MESSAGES, count(shown))
            .value(&MAILS_ENTERED, count(new))
            .value(&HISTORY_WITHOUT_MAIL, none)
    })
}

/// What became of drafts.
pub fn drafts_settled(outcomes: &[DraftOutcome]) -> Vec<Line> {
    let by_a_person =
        |outcome: &&DraftOutcome| !matches!(outcome, DraftOutcome::Open | DraftOutcome::Replaced);
    let line = |outcome: &DraftOutcome| one(&DRAFTS_SETTLED).by(Label::Outcome, outcome.name());
    outcomes.iter().filter(by_a_person).map(line).collect()
}

fn one(metric: &'static Metric) -> Line {
    Line::new().value(metric, 1.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{DraftId, Entities, Intent, MailState, ThreadId};
    use ports::QueueName;
    use serde_json::Value;

    use super::super::Source;
    use super::*;

    fn now() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000)
    }

    fn written(lines: &[Line]) -> Vec<Value> {
        let source = Source::new("desk", "desk-triage");
        let text = lines.iter().map(|line| line.text(&source, now()));
        text.map(|text| serde_json::from_str(&text).unwrap())
            .collect()
    }

    /// The values of a metric, with the value of one of its labels.
    fn values(lines: &[Line], metric: &Metric, label: Label) -> Vec<(Value, f64)> {
        let written = written(lines).into_iter();
        written
            .filter_map(|line| Some((line[label.name()].clone(), line[metric.name].as_f64()?)))
            .collect()
    }

    fn visit(tries: u32, error: Option<&'static str>) -> Visit {
        Visit {
            queue: QueueName::Mail,
            tries,
            at: now(),
            took: Duration::ZERO,
            outcome: "routed".to_owned(),
            error: error.map(|class| (class, "it said no".to_owned())),
            wait: None,
            calls: vec![],
        }
    }

    fn ended(draft: Option<&str>) -> MailRecord {
        MailRecord {
            key: MailKey::parse("1-a1").unwrap(),
            thread: ThreadId::parse("t1").unwrap(),
            state: MailState::Answered,
            intent: Some(Intent::GeneralQuery),
            route: Some(Intent::FallbackHuman),
            because: None,
            confidence: None,
            entities: Entities::default(),
            ticket: None,
            draft: draft.map(|id| DraftId::parse(id).unwrap()),
            seen_at: now() - time::Duration::seconds(20),
            received_at: Some(now() - time::Duration::seconds(90)),
        }
    }

    fn call(operation: &str, attempts: u32) -> CallMade {
        CallMade {
            operation: operation.to_owned(),
            attempts,
            took_ms: 10,
            error: None,
            detail: None,
        }
    }

    #[test]
    fn a_mails_end_is_told_by_what_it_was_about_and_what_became_of_it() {
        let line = written(&[mail_ended(&ended(None), now())]).remove(0);
        assert_eq!(
            (&line["Intent"], &line["Outcome"]),
            (&"general_query".into(), &"answered".into())
        );
        assert!(line.get("SecondsToDraft").is_none(), "{line}");
    }

    #[test]
    fn a_customer_waits_from_the_moment_that_gmail_has_the_mail() {
        let line = mail_ended(&ended(Some("r1")), now());
        let waited = values(&[line], &SECONDS_TO_DRAFT, Label::Intent);
        assert_eq!(waited, [("general_query".into(), 90.0)]);
    }

    #[test]
    fn where_that_is_not_known_the_wait_begins_when_ingest_saw_the_mail() {
        let mut mail = ended(Some("r1"));
        mail.received_at = None;
        let waited = values(
            &[mail_ended(&mail, now())],
            &SECONDS_TO_DRAFT,
            Label::Intent,
        );
        assert_eq!(waited, [("general_query".into(), 20.0)]);
    }

    #[test]
    fn a_mail_that_nobody_classified_has_no_intent() {
        let mut mail = ended(None);
        mail.intent = None;
        let ends = values(&[mail_ended(&mail, now())], &MAILS_ENDED, Label::Intent);
        assert_eq!(ends, [("none".into(), 1.0)]);
    }

    #[test]
    fn the_share_of_failing_visits_has_both_kinds() {
        let lines = [
            of_visit(&visit(1, None)),
            of_visit(&visit(2, Some("timeout"))),
        ]
        .concat();
        let shares = values(&lines, &VISIT_FAILED, Label::Function);
        assert_eq!(shares, [("triage".into(), 0.0), ("triage".into(), 1.0)]);
    }

    #[test]
    fn a_mail_that_fails_for_hours_does_not_make_up_the_share() {
        let lines = of_visit(&visit(4, Some("rejected")));
        assert!(values(&lines, &VISIT_FAILED, Label::Function).is_empty());
        let classes = values(&lines, &VISIT_FAILURES, Label::Class);
        assert_eq!(classes, [("rejected".into(), 1.0)]);
    }

    #[test]
    fn a_mail_that_waits_for_another_has_not_failed() {
        let lines = of_visit(&visit(1, Some("busy")));
        assert!(values(&lines, &VISIT_FAILED, Label::Function).is_empty());
    }

    #[test]
    fn attempts_beyond_the_first_are_counted_by_service() {
        let calls = [
            call("gmail.messages.get", 3),
            call("gmail.drafts.create", 2),
            call("helpdesk.ticket/load", 2),
            call("gemini.generateContent", 1),
            call("qdrant.points.query", 0),
        ];
        let told = values(&retries(&calls), &RETRIES, Label::Service);
        assert_eq!(told, [("gmail".into(), 3.0), ("odoo".into(), 1.0)]);
    }

    #[test]
    fn an_operation_of_an_unknown_service_makes_no_series_of_its_own() {
        let told = values(
            &retries(&[call("support@bank.test", 2)]),
            &RETRIES,
            Label::Service,
        );
        assert_eq!(told, [("other".into(), 1.0)]);
    }

    #[test]
    fn history_that_showed_messages_of_which_none_was_ours_is_told_from_a_quiet_one() {
        let told = |shown, taken, new| {
            let line = written(&[synced(shown, taken, new)?]).remove(0);
            line["HistoryWithoutMail"].as_f64()
        };
        assert_eq!(told(0, 0, 0), None);
        assert_eq!(told(2, 0, 0), Some(1.0));
        assert_eq!(told(2, 1, 0), Some(0.0), "another run took it");
    }

    #[test]
    fn only_what_a_person_did_with_a_draft_counts() {
        let outcomes = [
            DraftOutcome::SentEdited { distance: 0.2 },
            DraftOutcome::Replaced,
            DraftOutcome::Discarded,
        ];
        let told = values(&drafts_settled(&outcomes), &DRAFTS_SETTLED, Label::Outcome);
        assert_eq!(
            told,
            [("sent_edited".into(), 1.0), ("discarded".into(), 1.0)]
        );
    }

    #[test]
    fn every_set_of_dimensions_in_the_table_is_really_told() {
        let lines = [
            of_visit(&visit(1, Some("timeout"))),
            retries(&[call("gmail.messages.get", 2)]),
            drafts_settled(&[DraftOutcome::SentAsIs]),
            vec![mail_ended(&ended(Some("r1")), now())],
            synced(1, 1, 1).into_iter().collect(),
        ]
        .concat();
        for line in written(&lines) {
            for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
                let name = directive["Metrics"][0]["Name"].as_str().unwrap();
                let metric = super::super::METRICS
                    .iter()
                    .find(|m| m.name == name)
                    .unwrap();
                let sets = directive["Dimensions"].as_array().unwrap().len();
                assert_eq!(sets, metric.by.len(), "{name}");
            }
        }
    }
}

//! What `template.yaml` must say about functions, queues and schedules.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Violation, logical_id};
use crate::template::{Resource, Template, points_to};
use crate::workspace::Room;

/// AWS: a queue hides a message for at least six times as long as its function may run, so that a
/// throttled batch is not handed out twice (Lambda developer guide, "Using Lambda with Amazon SQS").
const VISIBILITY_FACTOR: i64 = 6;

/// What AWS takes where a template says nothing, in seconds.
const DEFAULT_VISIBILITY: i64 = 30;
const DEFAULT_TIMEOUT: i64 = 3;

pub(super) const FUNCTION: &str = "AWS::Serverless::Function";
const QUEUE: &str = "AWS::SQS::Queue";

/// Holds the rules for the template and the sample events.
pub(super) fn check(
    template: &Template,
    functions: &[&Room],
    samples: &[String],
) -> Vec<Violation> {
    let mut violations = resources(template, functions);
    violations.extend(missing_samples(functions, samples));
    violations.extend(queue_sources(template));
    violations.extend(schedules(template));
    violations.extend(dead_letters(template));
    violations.extend(one_place(template));
    violations
}

fn violation(rule: &'static str, place: &str, what: String, mend: &str) -> Violation {
    Violation {
        rule,
        place: place.to_owned(),
        what,
        mend: mend.to_owned(),
    }
}

/// Every folder of functions/ has its resource, and every function resource its folder.
fn resources(template: &Template, functions: &[&Room]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for function in functions {
        let id = logical_id(&function.name);
        if template
            .resource(&id)
            .is_none_or(|found| found.kind != FUNCTION)
        {
            violations.push(violation(
                "resources",
                &function.folder,
                format!("has no {FUNCTION} named {id} in template.yaml"),
                "Add the resource, or remove the folder",
            ));
        }
    }
    for resource in template.of_kind(FUNCTION) {
        let known = functions
            .iter()
            .any(|function| logical_id(&function.name) == resource.id);
        if !known {
            violations.push(violation(
                "resources",
                resource.id,
                "in template.yaml has no folder of the same name in functions/".to_owned(),
                "Name both alike: functions/bank_statement is BankStatement",
            ));
        }
    }
    violations
}

/// `events/` holds a sample for every function: `<name>.json`, `<name>_<case>.json` or a folder.
fn missing_samples(functions: &[&Room], samples: &[String]) -> Vec<Violation> {
    let has_sample = |name: &str| {
        samples.iter().any(|sample| {
            let sample = sample.replace('-', "_");
            sample
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']))
        })
    };
    functions
        .iter()
        .filter(|function| !has_sample(&function.name))
        .map(|function| {
            violation(
                "samples",
                &function.folder,
                "has no sample event in events/".to_owned(),
                &format!(
                    "Add events/{}.json with an event it really gets",
                    function.name
                ),
            )
        })
        .collect()
}

/// A queue that feeds a function.
struct QueueSource<'a> {
    /// The function's logical id.
    function: &'a str,
    /// The event's name, as `Function.Event`.
    name: String,
    properties: &'a Value,
    /// The queue's logical id, where the template tells.
    queue: Option<&'a str>,
}

fn sources_of(template: &Template) -> Vec<QueueSource<'_>> {
    let events = template.of_kind(FUNCTION).flat_map(|function| {
        let events = function.properties["Events"].as_object();
        events
            .into_iter()
            .flatten()
            .filter(|(_, event)| event["Type"] == "SQS")
            .map(move |(name, event)| QueueSource {
                function: function.id,
                name: format!("{}.{name}", function.id),
                properties: &event["Properties"],
                queue: points_to(&event["Properties"]["Queue"]),
            })
    });
    let mappings = template
        .of_kind("AWS::Lambda::EventSourceMapping")
        .map(|mapping| QueueSource {
            function: points_to(&mapping.properties["FunctionName"]).unwrap_or_default(),
            name: mapping.id.to_owned(),
            properties: mapping.properties,
            queue: points_to(&mapping.properties["EventSourceArn"]),
        });
    events.chain(mappings).collect()
}

fn queue_sources(template: &Template) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources_of(template) {
        let partial = source.properties["FunctionResponseTypes"]
            .as_array()
            .is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures"));
        if !partial {
            violations.push(violation(
                "partial batches",
                &source.name,
                "fails a whole batch for one message".to_owned(),
                "Add `FunctionResponseTypes: [ReportBatchItemFailures]` to the event",
            ));
        }
        violations.extend(visibility(template, &source));
    }
    violations
}

fn visibility(template: &Template, source: &QueueSource<'_>) -> Option<Violation> {
    let queue = source.queue.and_then(|id| template.resource(id))?;
    let function = template.resource(source.function)?;
    let timeout = match &function.properties["Timeout"] {
        Value::Null => template.function_default("Timeout"),
        timeout => timeout,
    };
    let (Some(timeout), Some(hidden)) = (
        seconds(template, timeout, DEFAULT_TIMEOUT),
        seconds(
            template,
            &queue.properties["VisibilityTimeout"],
            DEFAULT_VISIBILITY,
        ),
    ) else {
        return Some(violation(
            "visibility",
            &source.name,
            "has a timeout that cannot be read".to_owned(),
            "Write Timeout and VisibilityTimeout as numbers, or as parameters with a default",
        ));
    };
    (hidden < timeout * VISIBILITY_FACTOR).then(|| {
        violation(
            "visibility",
            queue.id,
            format!(
                "hides a message for {hidden} s, but {} may run for {timeout} s",
                source.function
            ),
            &format!(
                "Set VisibilityTimeout to at least {} or shorten the function's Timeout",
                timeout * VISIBILITY_FACTOR
            ),
        )
    })
}

/// The number in seconds, `default` where nothing is said, or nothing where it cannot be read.
fn seconds(template: &Template, value: &Value, default: i64) -> Option<i64> {
    match value {
        Value::Null => Some(default),
        value => template.number(value),
    }
}

/// Schedules take their logical id as name unless told otherwise, so that two stacks collide.
fn schedules(template: &Template) -> Vec<Violation> {
    let of_functions = template.of_kind(FUNCTION).flat_map(|function| {
        let events = function.properties["Events"].as_object();
        events
            .into_iter()
            .flatten()
            .filter(|(_, event)| event["Type"] == "ScheduleV2")
            .map(move |(name, event)| (format!("{}.{name}", function.id), &event["Properties"]))
    });
    let own = template
        .of_kind("AWS::Scheduler::Schedule")
        .map(|schedule| (schedule.id.to_owned(), schedule.properties));
    of_functions
        .chain(own)
        .filter(|(_, properties)| !properties["Name"].to_string().contains("AWS::StackName"))
        .map(|(name, _)| {
            violation(
                "schedule names",
                &name,
                "has no name of its own for each stack".to_owned(),
                "Add `Name: !Sub \"${AWS::StackName}-…\"` to the schedule",
            )
        })
        .collect()
}

/// Every queue has a dead-letter queue, except those and the queue of errors.
fn dead_letters(template: &Template) -> Vec<Violation> {
    let mut last_resorts = BTreeSet::new();
    for resource in template.resources() {
        collect_last_resorts(resource.properties, &mut last_resorts);
    }
    let needs_one = |queue: &Resource<'_>| {
        !last_resorts.contains(queue.id)
            && !queue.id.starts_with("Error")
            && queue.properties["RedrivePolicy"]["deadLetterTargetArn"].is_null()
    };
    template
        .of_kind(QUEUE)
        .filter(needs_one)
        .map(|queue| {
            violation(
                "dead letters",
                queue.id,
                "loses what keeps failing".to_owned(),
                "Add a RedrivePolicy with deadLetterTargetArn and maxReceiveCount",
            )
        })
        .collect()
}

/// How long a message is hidden and how often it is tried is said once for all work queues: a mail
/// passes several, and waits by one reckoning.
fn one_place(template: &Template) -> Vec<Violation> {
    let queues: Vec<Resource<'_>> = sources_of(template)
        .iter()
        .filter_map(|source| template.resource(source.queue?))
        .collect();
    let said = [
        ("VisibilityTimeout", "/VisibilityTimeout"),
        ("maxReceiveCount", "/RedrivePolicy/maxReceiveCount"),
    ];
    let mut violations = vec![];
    for (name, path) in said {
        let first = queues.first().map(|queue| queue.properties.pointer(path));
        for queue in &queues {
            if Some(queue.properties.pointer(path)) != first {
                violations.push(violation(
                    "one place",
                    queue.id,
                    format!("says its {name} otherwise than the other work queues"),
                    "Let all of them name the same parameter",
                ));
            }
        }
    }
    violations
}

/// Finds the queues that take what failed elsewhere, at any depth.
fn collect_last_resorts<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    const TARGETS: [&str; 4] = [
        "deadLetterTargetArn",
        "DeadLetterConfig",
        "DeadLetterQueue",
        "OnFailure",
    ];
    match value {
        Value::Object(entries) => {
            for (key, inner) in entries {
                if TARGETS.contains(&key.as_str()) {
                    let places = [
                        inner,
                        &inner["Arn"],
                        &inner["TargetArn"],
                        &inner["Destination"],
                    ];
                    found.extend(places.into_iter().filter_map(points_to));
                }
                collect_last_resorts(inner, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_last_resorts(item, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{house, room, rules, with_template};

    #[track_caller]
    fn breaks(before: &str, after: &str, rule: &str, place: &str) {
        let report = with_template(before, after).check();
        assert_eq!(rules(&report), [rule], "{:#?}", report.violations);
        assert_eq!(report.violations[0].place, place);
    }

    #[test]
    fn a_function_without_a_resource_is_named() {
        let mut house = house();
        house.rooms.push(room("functions/bank_statement", &[]));
        house.samples.push("bank_statement.json".to_owned());
        let report = house.check();
        assert_eq!(rules(&report), ["resources"]);
        assert!(report.violations[0].what.contains("BankStatement"));
    }

    #[test]
    fn a_resource_without_a_folder_is_named() {
        let stray = "  Stray:\n    Type: AWS::Serverless::Function\n  Errors:\n";
        breaks("  Errors:\n", stray, "resources", "Stray");
    }

    #[test]
    fn a_function_without_a_sample_event_is_named() {
        let mut house = house();
        house.samples.remove(0);
        let report = house.check();
        assert_eq!(rules(&report), ["samples"]);
        assert_eq!(report.violations[0].place, "functions/ingest");
    }

    #[test]
    fn a_sample_may_name_its_case() {
        let mut house = house();
        house.samples = ["ingest-push.json", "triage_batch.json"]
            .map(String::from)
            .to_vec();
        assert_eq!(rules(&house.check()), [""; 0]);
    }

    #[test]
    fn a_queue_source_without_partial_batches_is_named() {
        let types = "            FunctionResponseTypes: [ReportBatchItemFailures]\n";
        breaks(types, "", "partial batches", "Triage.Mail");
    }

    #[test]
    fn a_short_visibility_is_named_by_the_parameters_defaults() {
        breaks("Default: 360", "Default: 359", "visibility", "MailQueue");
    }

    #[test]
    fn a_timeout_from_the_globals_counts() {
        let report = with_template("      Timeout: !Ref TriageTimeout\n", "").check();
        assert_eq!(rules(&report), [""; 0]);
        let longer = with_template("Timeout: !Ref TriageTimeout", "Timeout: 61").check();
        assert_eq!(rules(&longer), ["visibility"]);
    }

    #[test]
    fn a_timeout_that_cannot_be_read_is_named() {
        let before = "VisibilityTimeout: !Ref TriageVisibility";
        let after = "VisibilityTimeout: !ImportValue other";
        breaks(before, after, "visibility", "Triage.Mail");
    }

    #[test]
    fn a_schedule_without_the_stacks_name_is_named() {
        let before = "            Name: !Sub \"${AWS::StackName}-poll\"\n";
        breaks(before, "", "schedule names", "Ingest.Poll");
        let after = "            Name: poll\n";
        breaks(before, after, "schedule names", "Ingest.Poll");
    }

    #[test]
    fn a_work_queue_that_tries_otherwise_than_the_others_is_named() {
        let other = "        Other:\n          Type: SQS\n          Properties:\n            Queue: !GetAtt OtherQueue.Arn\n            FunctionResponseTypes: [ReportBatchItemFailures]\n  OtherQueue:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: !Ref TriageVisibility\n      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt MailDlq.Arn\n        maxReceiveCount: 6\n  MailQueue:\n";
        let report = with_template("  MailQueue:\n", other).check();
        // Nor has it an alarm of its own.
        assert_eq!(rules(&report), ["one place", "alarms"]);
        assert_eq!(report.violations[0].place, "OtherQueue");
    }

    #[test]
    fn a_queue_without_dead_letters_is_named() {
        let stray = "  Stray:\n    Type: AWS::SQS::Queue\n  Errors:\n";
        breaks("  Errors:\n", stray, "dead letters", "Stray");
    }

    #[test]
    fn a_schedules_dead_letter_queue_needs_none() {
        let before = "            ScheduleExpression: rate(5 minutes)\n";
        let after = "            ScheduleExpression: rate(5 minutes)\n            DeadLetterConfig:\n              Arn: !GetAtt PollDlq.Arn\n  PollDlq:\n    Type: AWS::SQS::Queue\n";
        let report = with_template(before, after).check();
        assert_eq!(rules(&report), [""; 0]);
    }
}

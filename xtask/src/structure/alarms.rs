//! Alarms, the pages of `docs/RUNBOOK.md` and the metrics of `docs/METRICS.md` go together: whoever is woken
//! by an alarm finds its page, and nothing looks at a metric that nobody tells.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{House, Violation, logical_id};
use crate::template::{Resource, Template, points_to};

const ALARM: &str = "AWS::CloudWatch::Alarm";
const DASHBOARD: &str = "AWS::CloudWatch::Dashboard";
const TOPIC: &str = "AWS::SNS::Topic";

/// How alarms are named, so that two stacks have their own.
const STACK: &str = "${AWS::StackName}-";
/// Where an alarm's description says that its page is.
const RUNBOOK: &str = "${Runbook}#";
/// What every page tells.
const PARTS: [&str; 4] = ["**Means.**", "**Look.**", "**Do.**", "**Over.**"];

/// A metric's name with the sets of dimensions that it is told by, the stack's name among them.
type Told = BTreeMap<String, Vec<BTreeSet<String>>>;

/// Holds the rules for alarms and the dashboard.
pub(super) fn check(template: &Template, house: &House) -> Vec<Violation> {
    let pages = pages(&house.runbook);
    let told = told(&house.metrics);
    let mut violations = vec![];
    let mut named = BTreeSet::new();
    for alarm in template.of_kind(ALARM) {
        if let Some(name) = name_of(&alarm) {
            named.insert(name.to_owned());
        }
        violations.extend(paired(&alarm, &pages));
        violations.extend(heard(template, &alarm));
        violations.extend(unknown_metric(alarm.id, &metric_of(&alarm), &told));
    }
    for (page, text) in &pages {
        if !named.contains(page) {
            violations.push(violation(
                "runbook",
                &format!("docs/RUNBOOK.md#{page}"),
                "is the page of no alarm in template.yaml",
                "Add the alarm, or give sections that are no pages a title with a capital letter",
            ));
        }
        for part in PARTS.iter().filter(|part| !text.contains(**part)) {
            violations.push(violation(
                "runbook",
                &format!("docs/RUNBOOK.md#{page}"),
                &format!("does not say what stands behind {part}"),
                "Say what it means, where to look, what to do, and how one knows that it is over",
            ));
        }
    }
    violations.extend(dashboards(template, &told));
    let functions = house.rooms.iter().filter(|room| room.is_function());
    let functions: Vec<String> = functions.map(|room| logical_id(&room.name)).collect();
    violations.extend(unwatched(template, &functions));
    violations
}

fn violation(rule: &'static str, place: &str, what: &str, mend: &str) -> Violation {
    Violation {
        rule,
        place: place.to_owned(),
        what: what.to_owned(),
        mend: mend.to_owned(),
    }
}

/// The sections whose titles are names of alarms, with what they say.
fn pages(runbook: &str) -> BTreeMap<String, String> {
    let sections = runbook.split("\n## ").skip(1);
    sections
        .filter_map(|section| section.split_once('\n'))
        .filter(|(title, _)| title.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|(title, text)| (title.trim().to_owned(), text.to_owned()))
        .collect()
}

/// The table of `docs/METRICS.md`, which a test holds equal to the one in the code.
fn told(metrics: &str) -> Told {
    let names = |text: &str| -> Vec<String> {
        let quoted = text.split('`').skip(1).step_by(2);
        quoted.map(str::to_owned).collect()
    };
    let mut told = Told::new();
    for line in metrics.lines() {
        let cells: Vec<&str> = line.split('|').collect();
        let [_, name, _, sets, ..] = cells[..] else {
            continue;
        };
        let Some(name) = names(name).pop() else {
            continue;
        };
        let sets = sets.split(',').map(|set| {
            let own = names(set).into_iter();
            own.chain(["Stack".to_owned()]).collect()
        });
        told.insert(name, sets.collect());
    }
    told
}

/// An alarm's name without the stack's.
fn name_of<'a>(alarm: &Resource<'a>) -> Option<&'a str> {
    let name = alarm.properties["AlarmName"]["Fn::Sub"].as_str()?;
    name.strip_prefix(STACK)
}

/// An alarm has a name of its own in each stack, a page of that name, and says so.
fn paired(alarm: &Resource<'_>, pages: &BTreeMap<String, String>) -> Option<Violation> {
    let Some(name) = name_of(alarm) else {
        return Some(violation(
            "alarms",
            alarm.id,
            "has no name of its own for each stack",
            "Add `AlarmName: !Sub \"${AWS::StackName}-…\"`",
        ));
    };
    if !pages.contains_key(name) {
        return Some(violation(
            "alarms",
            alarm.id,
            &format!("has no page {name} in docs/RUNBOOK.md"),
            "Write the page: it is read at night by somebody who was asleep",
        ));
    }
    let described = alarm.properties["AlarmDescription"]["Fn::Sub"].as_str();
    let page = format!("{RUNBOOK}{name}");
    if !described.is_some_and(|text| text.ends_with(&page)) {
        return Some(violation(
            "alarms",
            alarm.id,
            "does not name its page",
            &format!("End its AlarmDescription with {page}"),
        ));
    }
    None
}

/// Somebody hears of it.
fn heard(template: &Template, alarm: &Resource<'_>) -> Option<Violation> {
    let actions = alarm.properties["AlarmActions"].as_array();
    let is_topic = |action: &Value| {
        let topic = points_to(action).and_then(|id| template.resource(id));
        topic.is_some_and(|resource| resource.kind == TOPIC)
    };
    let is_heard = actions.is_some_and(|actions| actions.iter().any(is_topic));
    (!is_heard).then(|| {
        violation(
            "alarms",
            alarm.id,
            "tells nobody",
            "Add `AlarmActions` with the topic for alerts",
        )
    })
}

/// One use of a metric: namespace, name, dimensions.
type Used = (String, String, BTreeSet<String>);

fn metric_of(alarm: &Resource<'_>) -> Used {
    let text = |key: &str| {
        let value = alarm.properties[key].as_str();
        value.unwrap_or_default().to_owned()
    };
    let dimensions = alarm.properties["Dimensions"].as_array();
    let names = dimensions.into_iter().flatten();
    let names = names.filter_map(|dimension| dimension["Name"].as_str());
    (
        text("Namespace"),
        text("MetricName"),
        names.map(str::to_owned).collect(),
    )
}

/// What is looked at is told by the code, in just this division, or by AWS.
fn unknown_metric(place: &str, (namespace, name, by): &Used, told: &Told) -> Option<Violation> {
    if namespace.starts_with("AWS/") && !name.is_empty() {
        return None;
    }
    let is_told = told.get(name).is_some_and(|sets| sets.contains(by));
    (!is_told || namespace != "AutoMailHelpdesk").then(|| {
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        violation(
            "metrics",
            place,
            &format!("looks at {namespace}/{name} by {}, which nobody tells", by.join(" and ")),
            "Take one from docs/METRICS.md, or add it to the table in shared/lambda_kit/src/metrics",
        )
    })
}

fn dashboards(template: &Template, told: &Told) -> Vec<Violation> {
    let mut violations = vec![];
    for dashboard in template.of_kind(DASHBOARD) {
        let body = dashboard.properties["DashboardBody"]["Fn::Sub"].as_str();
        let body = body.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let Some(body) = body else {
            violations.push(violation(
                "metrics",
                dashboard.id,
                "has a body that is no JSON",
                "Write it as `DashboardBody: !Sub |` with JSON",
            ));
            continue;
        };
        let widgets = body["widgets"].as_array().into_iter().flatten();
        let shown = widgets.flat_map(|widget| {
            let metrics = widget["properties"]["metrics"].as_array();
            metrics.into_iter().flatten().filter_map(shown)
        });
        violations.extend(shown.filter_map(|used| unknown_metric(dashboard.id, &used, told)));
    }
    violations
}

/// What a row of a widget shows. Nothing where it reckons with other rows
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>).
fn shown(row: &Value) -> Option<Used> {
    let row = row.as_array()?;
    let words: Vec<&str> = row.iter().map_while(Value::as_str).collect();
    if let [namespace, name, dimensions @ ..] = words.as_slice() {
        let names = dimensions.iter().step_by(2);
        let by = names.map(ToString::to_string).collect();
        return Some(((*namespace).to_owned(), (*name).to_owned(), by));
    }
    let expression = row.first()?["expression"].as_str()?;
    if !expression.starts_with("SEARCH(") {
        return None;
    }
    let between = |from: &str, to: char| {
        let (_, rest) = expression.split_once(from)?;
        rest.split(to).next()
    };
    let mut schema = between("{", '}').unwrap_or_default().split(',');
    let namespace = schema.next().unwrap_or_default();
    let name = between("MetricName=\"", '"').unwrap_or_default();
    let by = schema.map(|name| name.trim().to_owned()).collect();
    Some((namespace.to_owned(), name.to_owned(), by))
}

/// Every function, every work queue and every queue of dead letters has an alarm that looks at it.
fn unwatched(template: &Template, functions: &[String]) -> Vec<Violation> {
    let alarms: Vec<Resource<'_>> = template.of_kind(ALARM).collect();
    let watched = |metric: &str, id: &str| {
        alarms.iter().any(|alarm| {
            let dimensions = alarm.properties["Dimensions"].as_array();
            let mut dimensions = dimensions.into_iter().flatten();
            alarm.properties["MetricName"] == metric
                && dimensions.any(|dimension| points_to(&dimension["Value"]) == Some(id))
        })
    };
    let mut wanted: Vec<(&str, &str)> = vec![];
    // A missing resource is told by the rule for resources.
    let deployed = functions
        .iter()
        .filter(|id| template.resource(id).is_some());
    wanted.extend(deployed.map(|id| ("Errors", id.as_str())));
    for queue in template.of_kind("AWS::SQS::Queue") {
        if let Some(dead) = points_to(&queue.properties["RedrivePolicy"]["deadLetterTargetArn"]) {
            wanted.push(("ApproximateAgeOfOldestMessage", queue.id));
            wanted.push(("ApproximateNumberOfMessagesVisible", dead));
        }
    }
    wanted.retain(|(metric, id)| !watched(metric, id));
    let missing = wanted.into_iter().map(|(metric, id)| {
        violation(
            "alarms",
            id,
            &format!("has no alarm on {metric}"),
            "Add one beside the others of its kind, and its page in docs/RUNBOOK.md",
        )
    });
    missing.collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{house, rules, with_template};

    #[track_caller]
    fn breaks(before: &str, after: &str, rule: &str, place: &str) {
        let report = with_template(before, after).check();
        assert_eq!(rules(&report), [rule], "{:#?}", report.violations);
        assert_eq!(report.violations[0].place, place);
    }

    #[test]
    fn an_alarm_without_a_page_is_named() {
        let mut house = house();
        house.runbook = house.runbook.replace("## outage\n", "## Outage\n");
        let report = house.check();
        assert_eq!(rules(&report), ["alarms"]);
        assert_eq!(report.violations[0].place, "OutageAlarm");
    }

    #[test]
    fn a_page_without_an_alarm_is_named() {
        let mut house = house();
        house.runbook = house.runbook.replace("## Before", "## before");
        let report = house.check();
        assert_eq!(
            report.violations[0].place,
            "docs/RUNBOOK.md#before you begin"
        );
        assert!(report.violations[0].what.contains("no alarm"));
    }

    #[test]
    fn a_page_that_does_not_say_what_to_do_is_named() {
        let mut house = house();
        let whole = "**Look.** There. **Do.** That. **Over.** Then.\n\n## outage";
        house.runbook = house
            .runbook
            .replace(whole, "**Look.** There. **Over.** Then.\n\n## outage");
        let report = house.check();
        assert_eq!(rules(&report), ["runbook"]);
        assert!(report.violations[0].what.contains("**Do.**"));
    }

    #[test]
    fn an_alarm_that_does_not_name_its_page_is_named() {
        let (before, after) = ("${Runbook}#outage", "${Runbook}#outages");
        breaks(before, after, "alarms", "OutageAlarm");
    }

    #[test]
    fn an_alarm_without_the_stacks_name_is_named() {
        let report = with_template("${AWS::StackName}-outage", "outage").check();
        assert_eq!(rules(&report), ["alarms", "runbook"]);
    }

    #[test]
    fn an_alarm_that_tells_nobody_is_named() {
        let before = "      AlarmActions: [!Ref Topic] # outage\n";
        breaks(before, "", "alarms", "OutageAlarm");
    }

    #[test]
    fn an_alarm_on_a_metric_that_nobody_tells_is_named() {
        breaks(
            "MetricName: OpenOutages",
            "MetricName: Outages",
            "metrics",
            "OutageAlarm",
        );
    }

    #[test]
    fn an_alarm_on_a_division_that_nobody_tells_is_named() {
        let before = "[{Name: Stack, Value: !Ref AWS::StackName}]";
        let after = "[{Name: Queue, Value: mail}]";
        breaks(before, after, "metrics", "OutageAlarm");
    }

    #[test]
    fn a_dashboard_that_shows_a_metric_that_nobody_tells_is_named() {
        let row = "[\"AutoMailHelpdesk\", \"OpenOutages\", \"Stack\", \"${AWS::StackName}\"]";
        breaks(
            row,
            &row.replace("OpenOutages", "Outages"),
            "metrics",
            "Dashboard",
        );
    }

    #[test]
    fn what_a_dashboard_searches_for_must_be_told_too() {
        let search = "{AutoMailHelpdesk,Stack,Service}";
        breaks(
            search,
            "{AutoMailHelpdesk,Stack,Queue}",
            "metrics",
            "Dashboard",
        );
    }

    #[test]
    fn a_dead_letter_queue_without_an_alarm_is_named() {
        breaks(
            "!GetAtt MailDlq.QueueName",
            "!GetAtt Errors.QueueName",
            "alarms",
            "MailDlq",
        );
    }

    #[test]
    fn a_function_without_an_alarm_is_named() {
        breaks(
            "Value: !Ref Triage}",
            "Value: !Ref Ingest}",
            "alarms",
            "Triage",
        );
    }
}

//! A new version of a function takes over by and by, and goes back by itself where the function breaks off: its
//! alarm on errors is one of those that the deployment looks at.

use serde_json::Value;

use super::Violation;
use super::deployment::FUNCTION;
use crate::template::{Template, points_to};

/// What `Globals` says for every function.
const EVERYWHERE: [&str; 2] = ["AutoPublishAlias", "DeploymentPreference"];

pub(super) fn check(template: &Template) -> Vec<Violation> {
    let violation = |place: &str, what: String, mend: &str| Violation {
        rule: "rollout",
        place: place.to_owned(),
        what,
        mend: mend.to_owned(),
    };
    let mut violations = vec![];
    for key in EVERYWHERE {
        if template.function_default(key).is_null() {
            violations.push(violation(
                "Globals",
                format!("sets no {key}"),
                "Let every function be published under an alias and go over to a new version by DeploymentPreference",
            ));
        }
    }
    for function in template.of_kind(FUNCTION) {
        let looked_at = ids(&function.properties["DeploymentPreference"]["Alarms"]);
        // A function without an alarm is told by the rule for alarms.
        let alarms = errors_of(template, function.id);
        if let Some(alarm) = alarms.first()
            && !alarms.iter().any(|alarm| looked_at.contains(alarm))
        {
            violations.push(violation(
                function.id,
                format!("goes over to a new version without a look at {alarm}"),
                "Name the alarm in the function's DeploymentPreference.Alarms",
            ));
        }
    }
    violations
}

fn ids(list: &Value) -> Vec<&str> {
    let list = list.as_array();
    list.into_iter().flatten().filter_map(points_to).collect()
}

/// The alarms on the errors of a function.
fn errors_of<'a>(template: &'a Template, function: &str) -> Vec<&'a str> {
    let on_errors = template.of_kind("AWS::CloudWatch::Alarm").filter(|alarm| {
        let dimensions = alarm.properties["Dimensions"].as_array();
        let mut of = dimensions.into_iter().flatten();
        alarm.properties["MetricName"] == "Errors"
            && of.any(|one| points_to(&one["Value"]) == Some(function))
    });
    on_errors.map(|alarm| alarm.id).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{rules, with_template};

    #[track_caller]
    fn breaks(before: &str, after: &str, place: &str) {
        let report = with_template(before, after).check();
        assert_eq!(rules(&report), ["rollout"], "{:#?}", report.violations);
        assert_eq!(report.violations[0].place, place);
    }

    #[test]
    fn a_function_whose_errors_do_not_bring_the_old_version_back_is_named() {
        breaks(
            "Alarms: [!Ref TriageAlarm]",
            "Alarms: [!Ref OutageAlarm]",
            "Triage",
        );
        breaks(
            "      DeploymentPreference: {Alarms: [!Ref IngestAlarm]}\n",
            "",
            "Ingest",
        );
    }

    #[test]
    fn functions_that_take_over_at_once_are_named() {
        breaks("    DeploymentPreference: {Type: Linear}\n", "", "Globals");
        breaks("    AutoPublishAlias: live\n", "", "Globals");
    }
}

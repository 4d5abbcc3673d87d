//! `infra/` and `template.yaml` go together: what the one puts out under a parameter's name is a parameter of the
//! other, and the role that deploys may do something with every service that the template uses.

use std::collections::BTreeSet;

use super::{House, Violation};
use crate::template::Template;

/// Holds the rules for `infra/`.
pub(super) fn check(template: &Template, house: &House) -> Vec<Violation> {
    let mut violations = strange_outputs(template, &house.infra);
    if !house.deploys.is_empty() {
        violations.extend(forgotten_services(template, &house.deploys));
    }
    violations
}

/// Outputs that begin with a small letter are for people; the others are parameters.
fn strange_outputs(template: &Template, infra: &str) -> Vec<Violation> {
    let strange = outputs(infra)
        .filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
        .filter(|name| !template.has_parameter(name));
    strange
        .map(|name| Violation {
            rule: "infra",
            place: format!("infra: output {name}"),
            what: "is no parameter of template.yaml".to_owned(),
            mend: "Name it as the parameter that takes it, or begin it with a small letter"
                .to_owned(),
        })
        .collect()
}

/// The names of the outputs in Terraform's language.
fn outputs(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let name = line.strip_prefix("output \"")?;
        name.split('"').next()
    })
}

/// A deployment from GitHub would break off at the first resource of such a service.
fn forgotten_services(template: &Template, deploys: &str) -> Vec<Violation> {
    let used: BTreeSet<String> = template
        .resources()
        .filter_map(|resource| service(resource.kind))
        .collect();
    used.into_iter()
        .filter(|service| !deploys.contains(&format!("\"{service}:")))
        .map(|service| Violation {
            rule: "infra",
            place: "infra/github".to_owned(),
            what: format!("allows nothing of {service}, which template.yaml uses"),
            mend: "Add a statement for it to resources.tf".to_owned(),
        })
        .collect()
}

/// How policies call the service of a resource's type.
fn service(kind: &str) -> Option<String> {
    let service = kind.strip_prefix("AWS::")?.split("::").next()?;
    Some(match service {
        // SAM's functions; it has no others here.
        "Serverless" => "lambda".to_owned(),
        other => other.to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::House;
    use super::super::sample::{house, rules};

    fn broken_in(house: &House) -> Vec<String> {
        let report = house.check();
        assert!(rules(&report).iter().all(|rule| *rule == "infra"));
        let violations = report.violations.into_iter();
        violations
            .map(|found| format!("{} {}", found.place, found.what))
            .collect()
    }

    fn broken_by(infra: &str) -> Vec<String> {
        let mut house = house();
        house.infra = infra.to_owned();
        broken_in(&house)
    }

    #[test]
    fn an_output_named_as_no_parameter_is_named() {
        let infra = "output \"TriageTimeOut\" {\n  value = 1\n}\n";
        assert_eq!(
            broken_by(infra),
            ["infra: output TriageTimeOut is no parameter of template.yaml"]
        );
    }

    #[test]
    fn an_output_may_be_named_as_a_parameter() {
        let infra = "output \"TriageTimeout\" {\n  value = 1\n}\n";
        assert!(broken_by(infra).is_empty());
    }

    #[test]
    fn outputs_for_people_are_named_freely() {
        let infra = "# output \"Old\"\noutput \"database_secret\" {\n  value = 1\n}\n";
        assert!(broken_by(infra).is_empty());
    }

    #[test]
    fn a_service_that_deployments_may_not_use_is_named() {
        let mut house = house();
        let may = ["lambda:CreateFunction", "secretsmanager:CreateSecret"];
        let others = ["cloudwatch:PutMetricAlarm", "sns:CreateTopic"];
        house.deploys = format!("{may:?} {others:?}");
        assert_eq!(
            broken_in(&house),
            ["infra/github allows nothing of sqs, which template.yaml uses"]
        );
        house.deploys.push_str("\"sqs:CreateQueue\"");
        assert!(broken_in(&house).is_empty());
    }
}

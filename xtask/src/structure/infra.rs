//! `infra/` and `template.yaml` go together: what the one puts out under a parameter's name is a parameter of the
//! other, so that nobody copies a value under a name that has changed.

use super::Violation;
use crate::template::Template;

/// Holds the rule for the outputs of `infra/`. Those that begin with a small letter are for people.
pub(super) fn check(template: &Template, infra: &str) -> Vec<Violation> {
    outputs(infra)
        .filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
        .filter(|name| !template.has_parameter(name))
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

#[cfg(test)]
mod tests {
    use super::super::sample::{house, rules};

    fn broken_by(infra: &str) -> Vec<String> {
        let mut house = house();
        house.infra = infra.to_owned();
        let report = house.check();
        assert!(rules(&report).iter().all(|rule| *rule == "infra"));
        let places = report.violations.into_iter().map(|found| found.place);
        places.collect()
    }

    #[test]
    fn an_output_named_as_no_parameter_is_named() {
        let infra = "output \"TriageTimeOut\" {\n  value = 1\n}\n";
        assert_eq!(broken_by(infra), ["infra: output TriageTimeOut"]);
    }

    #[test]
    fn an_output_may_be_named_as_a_parameter() {
        let infra = "output \"TriageTimeout\" {\n  value = 1\n}\n";
        assert!(broken_by(infra).is_empty());
    }

    #[test]
    fn outputs_for_people_are_named_freely() {
        let infra = "# output \"Old\"\noutput \"database_url\" {\n  value = 1\n}\n";
        assert!(broken_by(infra).is_empty());
    }
}

//! One line of the format: values, what they are divided by, and what stands beside them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{Label, Metric, NAMESPACE, Source};

/// Values that were taken at once and are divided alike.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    values: Vec<(&'static Metric, f64)>,
    labels: BTreeMap<Label, String>,
    properties: Vec<(&'static str, String)>,
    /// Whether the values belong to the series of these labels alone, not to those of the stack.
    apart: bool,
}

impl Line {
    /// A line without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    #[must_use]
    pub fn value(mut self, metric: &'static Metric, value: f64) -> Self {
        self.values.push((metric, value));
        self
    }

    /// Says by what the values are divided. The function's name is known without.
    #[must_use]
    pub fn by(mut self, label: Label, value: impl Into<String>) -> Self {
        self.labels.insert(label, value.into());
        self
    }

    /// The same for a part of something whose whole is told by a line of its own.
    #[must_use]
    pub fn only_by(self, label: Label, value: impl Into<String>) -> Self {
        Self {
            apart: true,
            ..self.by(label, value)
        }
    }

    /// Says something that makes no series of its own, such as the id of a mail.
    #[must_use]
    pub fn beside(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.properties.push((name, value.into()));
        self
    }

    /// The line as JSON. A set of labels that the line does not have is left out, for the format refuses
    /// a document that lacks what it names.
    pub fn text(&self, source: &Source, now: OffsetDateTime) -> String {
        let own = if self.apart { self.labels.len() } else { 0 };
        let mut labels = self.labels.clone();
        labels.insert(Label::Function, source.function.clone());
        let mut root = Map::new();
        let directives: Vec<Value> = self
            .values
            .iter()
            .map(|(metric, _)| directive(metric, &labels, own))
            .collect();
        let milliseconds = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        root.insert(
            "_aws".to_owned(),
            json!({ "Timestamp": milliseconds, "CloudWatchMetrics": directives }),
        );
        root.insert("Stack".to_owned(), json!(source.stack));
        for (label, value) in &labels {
            root.insert(label.name().to_owned(), json!(value));
        }
        for (metric, value) in &self.values {
            root.insert(metric.name.to_owned(), json!(value));
        }
        for (name, value) in &self.properties {
            root.insert((*name).to_owned(), json!(value));
        }
        Value::Object(root).to_string()
    }
}

/// The metric's sets of at least `least` labels, as far as their values are known.
fn directive(metric: &Metric, labels: &BTreeMap<Label, String>, least: usize) -> Value {
    let known =
        |set: &&&[Label]| set.len() >= least && set.iter().all(|label| labels.contains_key(label));
    let names = |set: &&[Label]| {
        let own = set.iter().map(|label| label.name());
        ["Stack"].into_iter().chain(own).collect::<Vec<_>>()
    };
    let sets: Vec<_> = metric.by.iter().filter(known).map(names).collect();
    json!({
        "Namespace": NAMESPACE,
        "Dimensions": sets,
        "Metrics": [{ "Name": metric.name, "Unit": metric.unit.name() }],
    })
}

#[cfg(test)]
mod tests {
    use super::super::{COLD_STARTS, MAILS_ENDED, MAILS_ENTERED, METRICS, SECONDS_TO_DRAFT};
    use super::*;

    fn written(line: &Line) -> Value {
        let source = Source::new("desk", "desk-triage");
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(1_500);
        let text = line.text(&source, now);
        assert!(!text.contains('\n'), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_line_says_what_the_format_asks_for() {
        let line = Line::new()
            .value(&MAILS_ENDED, 1.0)
            .by(Label::Intent, "general_query")
            .by(Label::Outcome, "answered")
            .beside("mail", "1-a1");
        assert_eq!(
            written(&line),
            json!({
                "_aws": {
                    "Timestamp": 1500,
                    "CloudWatchMetrics": [{
                        "Namespace": "AutoMailHelpdesk",
                        "Dimensions": [["Stack"], ["Stack", "Intent", "Outcome"]],
                        "Metrics": [{ "Name": "MailsEnded", "Unit": "Count" }],
                    }],
                },
                "Stack": "desk",
                "Function": "triage",
                "Intent": "general_query",
                "Outcome": "answered",
                "MailsEnded": 1.0,
                "mail": "1-a1",
            })
        );
    }

    #[test]
    fn every_metric_of_a_line_has_its_own_dimensions() {
        let line = Line::new()
            .value(&SECONDS_TO_DRAFT, 2.5)
            .value(&COLD_STARTS, 1.0)
            .by(Label::Intent, "general_query");
        let directives = &written(&line)["_aws"]["CloudWatchMetrics"];
        assert_eq!(
            directives[0]["Dimensions"],
            json!([["Stack"], ["Stack", "Intent"]])
        );
        assert_eq!(directives[1]["Dimensions"], json!([["Stack", "Function"]]));
    }

    #[test]
    fn a_dimension_without_a_value_is_not_named() {
        let line = Line::new().value(&MAILS_ENDED, 1.0);
        let directive = &written(&line)["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Stack"]]));
    }

    #[test]
    fn a_part_does_not_count_for_the_whole() {
        let line = Line::new()
            .value(&SECONDS_TO_DRAFT, 2.5)
            .only_by(Label::Intent, "general_query");
        let directive = &written(&line)["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Stack", "Intent"]]));
    }

    #[test]
    fn what_stands_beside_is_no_dimension() {
        let line = Line::new()
            .value(&MAILS_ENTERED, 3.0)
            .beside("mail", "1-a1");
        let directives = written(&line)["_aws"]["CloudWatchMetrics"].to_string();
        assert!(!directives.contains("mail\""), "{directives}");
    }

    #[test]
    fn the_table_stays_within_the_formats_limits() {
        let mut names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len(), "every name stands once");
        // 30 dimensions, the stack's name among them, and 100 metrics in one directive.
        assert!(METRICS.iter().all(|metric| !metric.by.is_empty()));
        assert!(METRICS.iter().flat_map(|m| m.by).all(|set| set.len() < 30));
        assert!(METRICS.len() <= 100);
    }
}

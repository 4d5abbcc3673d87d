//! `cargo xtask floors`: no figure of an eval's report lies below its floor.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A file of floors, such as `evals/floors.json`.
#[derive(Debug, Deserialize)]
struct Floors {
    at_least: BTreeMap<String, f64>,
    at_most: BTreeMap<String, f64>,
}

/// Holds a report of `cargo xtask eval` to a file of floors.
pub fn run(report: &Path, floors: &Path) -> Result<ExitCode> {
    let complaints = complaints(&read(report)?, &read(floors)?)?;
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    Ok(if complaints.is_empty() {
        eprintln!("every figure keeps to {}", floors.display());
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not as expected", file.display()))
}

fn complaints(report: &Value, floors: &Floors) -> Result<Vec<String>> {
    let mut complaints = vec![];
    for (name, floor) in &floors.at_least {
        let is = figure(report, name)?;
        if is < *floor {
            complaints.push(format!("{name} is {is:.3}, its floor is {floor}"));
        }
    }
    for (name, ceiling) in &floors.at_most {
        let is = figure(report, name)?;
        if is > *ceiling {
            complaints.push(format!("{name} is {is:.3}, at most it is {ceiling}"));
        }
    }
    Ok(complaints)
}

/// A figure about mails or questions by its name. `months_recall` is the recall of the detail `months`,
/// `citation_precision` the precision of citations.
fn figure(report: &Value, name: &str) -> Result<f64> {
    let (of, share) = name.rsplit_once('_').unwrap_or((name, ""));
    [
        format!("/figures/mails/{name}"),
        format!("/figures/questions/{name}"),
        format!("/figures/mails/details/{of}/{share}"),
        format!("/figures/questions/{of}s/{share}"),
    ]
    .iter()
    .find_map(|place| report.pointer(place)?.as_f64())
    .with_context(|| format!("the report holds no figure {name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The figures of a report by their places, each as good as can be.
    fn report() -> Value {
        let both = json!({"precision": 1.0, "recall": 1.0});
        json!({"figures": {
            "mails": {
                "accuracy": 1.0, "out_of_scope_recall": 1.0, "urgent_to_a_person": 1.0,
                "wrongly_handled": 0.0,
                "details": {"current_pw": both, "new_pw": both, "months": both},
            },
            "questions": {
                "hit_at_1": 1.0, "hit_at_5": 1.0, "answered": 1.0, "right": 1.0, "abstained": 1.0,
                "citations": both, "refused_sentences": 0.0, "not_word_for_word": 0.0,
            },
        }})
    }

    fn floors(name: &str) -> Floors {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../evals")
            .join(name);
        read(&file).unwrap()
    }

    #[test]
    fn every_floor_names_a_figure() {
        for name in ["floors.json", "floors-gemini.json"] {
            assert!(complaints(&report(), &floors(name)).unwrap().is_empty());
        }
    }

    #[test]
    fn a_figure_below_its_floor_is_named() {
        let mut report = report();
        report["figures"]["mails"]["details"]["months"]["recall"] = json!(0.5);
        let said = complaints(&report, &floors("floors.json")).unwrap();
        assert_eq!(said, ["months_recall is 0.500, its floor is 0.72"]);
    }

    #[test]
    fn a_figure_above_its_ceiling_is_named() {
        let mut report = report();
        report["figures"]["mails"]["wrongly_handled"] = json!(0.2);
        let said = complaints(&report, &floors("floors.json")).unwrap();
        assert_eq!(said, ["wrongly_handled is 0.200, at most it is 0.06"]);
    }

    #[test]
    fn a_floor_for_no_figure_is_an_error() {
        let error = figure(&report(), "elegance").unwrap_err();
        assert_eq!(error.to_string(), "the report holds no figure elegance");
    }
}

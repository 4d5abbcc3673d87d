//! The rules of the house, checked over cargo's metadata, `template.yaml` and the sources.
//!
//! Each rule is a function from what was read to what is wrong. Nothing here runs anything or
//! changes a file.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};

use crate::template::Template;
use crate::workspace::{Room, Workspace};

mod alarms;
mod deployment;
mod imports;
mod infra;
mod permissions;
mod rollout;
#[cfg(test)]
mod sample;
mod sources;

/// Everything that the rules look at.
#[derive(Debug, Clone)]
pub struct House {
    /// The crates.
    pub rooms: Vec<Room>,
    /// What is deployed, or nothing where `template.yaml` is missing.
    pub template: Option<Template>,
    /// The files and folders directly in `events/`.
    pub samples: Vec<String>,
    /// `docs/RUNBOOK.md`, empty where it is missing.
    pub runbook: String,
    /// `docs/METRICS.md`, empty where it is missing.
    pub metrics: String,
    /// The files directly in `infra/` in Terraform's language, one after the other.
    pub infra: String,
    /// The same of `infra/github/`: what a deployment from GitHub may do.
    pub deploys: String,
    /// Every Rust source of the workspace.
    pub sources: Vec<Source>,
}

/// One Rust source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path below the workspace's root.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's short name.
    pub rule: &'static str,
    /// The crate, resource or file that breaks it.
    pub place: String,
    /// What is wrong there.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} {}.\n    {}.",
            self.rule, self.place, self.what, self.mend
        )
    }
}

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Rules that are broken.
    pub violations: Vec<Violation>,
    /// What will soon break one.
    pub warnings: Vec<String>,
}

impl House {
    /// Reads the workspace, its template, its sample events and its sources.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let template = workspace.root.join("template.yaml");
        Ok(Self {
            rooms: workspace.rooms.clone(),
            template: template
                .exists()
                .then(|| Template::read(&template))
                .transpose()?,
            samples: names_in(&workspace.root.join("events"))?,
            runbook: text_of(&workspace.root.join("docs/RUNBOOK.md"))?,
            metrics: text_of(&workspace.root.join("docs/METRICS.md"))?,
            infra: module(&workspace.root.join("infra"))?,
            deploys: module(&workspace.root.join("infra/github"))?,
            sources: sources::read(&workspace.root)?,
        })
    }

    /// Holds every rule against this house.
    pub fn check(&self) -> Report {
        let mut violations = imports::check(&self.rooms);
        violations.extend(self.check_deployment());
        violations.extend(sources::check(&self.sources));
        Report {
            violations,
            warnings: sources::nearly_too_long(&self.sources),
        }
    }

    fn check_deployment(&self) -> Vec<Violation> {
        let Some(template) = &self.template else {
            return vec![Violation {
                rule: "template",
                place: "template.yaml".to_owned(),
                what: "is missing".to_owned(),
                mend: "Add a SAM template with one resource for each folder of functions/"
                    .to_owned(),
            }];
        };
        let functions: Vec<&Room> = self
            .rooms
            .iter()
            .filter(|room| room.is_function())
            .collect();
        let mut violations = deployment::check(template, &functions, &self.samples);
        violations.extend(permissions::check(template, &functions));
        violations.extend(alarms::check(template, self));
        violations.extend(rollout::check(template));
        violations.extend(infra::check(template, self));
        violations
    }
}

/// The logical id of a function's resource: `bank_statement` is `BankStatement`.
fn logical_id(function: &str) -> String {
    function
        .split('_')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}

/// What a file says; nothing where there is none.
fn text_of(file: &Path) -> Result<String> {
    if !file.exists() {
        return Ok(String::new());
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// What a folder's Terraform files say together, without those of the folders in it.
fn module(folder: &Path) -> Result<String> {
    let names = names_in(folder)?;
    let files = names.iter().map(|name| folder.join(name));
    files
        .filter(|file| file.extension().is_some_and(|kind| kind == "tf"))
        .map(|file| text_of(&file))
        .collect()
}

/// The names of the entries of a folder, in order; nothing where there is no such folder.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut names = BTreeSet::new();
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lawful_house_breaks_no_rule() {
        let report = sample::house().check();
        assert_eq!(report.violations, []);
        assert!(report.warnings.is_empty());
    }

    #[test]
    fn a_house_without_a_template_is_told_so() {
        let mut house = sample::house();
        house.template = None;
        let report = house.check();
        assert_eq!(sample::rules(&report), ["template"]);
    }

    #[test]
    fn a_logical_id_is_the_folder_in_pascal_case() {
        assert_eq!(logical_id("bank_statement"), "BankStatement");
        assert_eq!(logical_id("ingest"), "Ingest");
    }

    #[test]
    fn a_violation_says_rule_place_fault_and_remedy() {
        let violation = Violation {
            rule: "imports",
            place: "shared/desk".to_owned(),
            what: "links reqwest".to_owned(),
            mend: "Ask through a port".to_owned(),
        };
        assert_eq!(
            violation.to_string(),
            "imports: shared/desk links reqwest.\n    Ask through a port."
        );
    }
}

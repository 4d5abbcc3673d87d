//! `helpdesk doctor`: everything that the helpdesk needs, looked at one by one, with what to do where something is
//! wrong. Changes nothing.

mod look;
mod needs;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use lambda_kit::Settings;
use serde::Serialize;
use serde_json::Value;

use needs::Needs;

/// What is looked at, and how it is told.
#[derive(Args)]
pub struct Whole {
    /// What is deployed: the output of `aws lambda get-function-configuration --function-name STACK-health
    /// --qualifier live`. Without it the settings are those of the environment
    #[arg(long)]
    settings: Option<PathBuf>,
    /// Print one JSON object a check
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// Not as it should be.
    Bad,
    /// Nobody knows, for something before it is bad.
    NotLookedAt,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is.
    pub what: String,
    /// How it is.
    pub state: State,
    /// What was found, and where it is not as it should be, what to do. Never a secret.
    pub says: String,
}

impl Check {
    fn of(what: impl Into<String>, state: State, says: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            state,
            says: says.into(),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.state {
            State::Ok => "ok  ",
            State::Warning => "warn",
            State::Bad => "BAD ",
            State::NotLookedAt => "?   ",
        };
        write!(f, "{sign}  {:<24} {}", self.what, self.says)
    }
}

/// Looks at everything. Fails where something is bad.
pub async fn run(doctor: Whole) -> anyhow::Result<ExitCode> {
    let settings = match &doctor.settings {
        Some(file) => deployed(file)?,
        None => Settings::from_env(),
    };
    let (needs, problems) = Needs::read(settings);
    let mut checks: Vec<Check> = problems
        .iter()
        .map(|problem| {
            let says = format!("{problem}: set its parameter and deploy");
            Check::of("settings", State::Bad, says)
        })
        .collect();
    if checks.is_empty() {
        checks.push(Check::of(
            "settings",
            State::Ok,
            "all are there and can be read",
        ));
    }
    checks.extend(look::at(&needs).await);
    for check in &checks {
        if doctor.json {
            println!("{}", serde_json::to_string(check)?);
        } else {
            println!("{check}");
        }
    }
    let bad = checks.iter().filter(|check| check.state == State::Bad);
    let bad = bad.count();
    if !doctor.json {
        println!(
            "\n{}",
            match bad {
                0 => "Nothing is wrong.".to_owned(),
                1 => "One thing is wrong.".to_owned(),
                bad => format!("{bad} things are wrong."),
            }
        );
    }
    Ok(ExitCode::from(u8::from(bad > 0)))
}

/// The settings of a deployed function, as AWS prints them.
fn deployed(file: &Path) -> anyhow::Result<Settings> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let told: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    let variables: HashMap<String, String> =
        serde_json::from_value(told["Environment"]["Variables"].clone()).with_context(|| {
            format!(
                "{} has no Environment.Variables: give what `aws lambda get-function-configuration` prints",
                file.display()
            )
        })?;
    Ok(Settings::from_source(move |name| {
        variables
            .get(name)
            .filter(|value| !value.is_empty())
            .cloned()
    }))
}

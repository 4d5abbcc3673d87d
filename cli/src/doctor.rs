//! `helpdesk doctor`: everything that the helpdesk needs, looked at one by one, with what to do where something is
//! wrong. Changes nothing.

mod ledger;
mod queues;
mod services;
mod stack;

use std::collections::HashMap;
use std::fmt;
use std::process::ExitCode;

use clap::Args;
use futures_util::future::join_all;
use secrecy::SecretString;
use serde::Serialize;

use crate::deployed::{Deployed, Kind, Named};

/// What is looked at, and how it is told.
#[derive(Args)]
pub struct Whole {
    #[command(flatten)]
    named: Named,
    /// Print one JSON object a check
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
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
struct Check {
    /// What it is.
    what: String,
    /// How it is.
    state: State,
    /// What was found, and where it is not as it should be, what to do. Never a secret.
    says: String,
}

impl Check {
    fn of(what: impl Into<String>, state: State, says: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            state,
            says: says.into(),
        }
    }

    fn ok(what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::of(what, State::Ok, says)
    }

    fn warning(what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::of(what, State::Warning, says)
    }

    fn bad(what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::of(what, State::Bad, says)
    }

    fn not_looked_at(what: impl Into<String>, says: impl Into<String>) -> Self {
        Self::of(what, State::NotLookedAt, says)
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
        write!(f, "{sign}  {:<28} {}", self.what, self.says)
    }
}

/// Looks at everything. Fails where something is bad.
pub async fn run(doctor: Whole) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::look(&doctor.named).await;
    let checks = look(&deployed).await;
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

/// Looks at everything that is needed. Each thing gets a few seconds, and none stops the others.
async fn look(deployed: &Deployed) -> Vec<Check> {
    if let Err(why) = stack::stands(deployed) {
        return vec![Check::bad("stack", why)];
    }
    let mut checks = settings(deployed);
    checks.extend(stack::functions(deployed).await);
    checks.push(stack::version(deployed).await);
    let secrets = Secrets::read(deployed).await;
    checks.extend(secrets.checks.clone());
    checks.extend(ledger::at(deployed, secrets.get(Kind::Database)).await);
    checks.extend(Box::pin(services::at(deployed, &secrets)).await);
    checks.extend(queues::at(deployed).await);
    checks.push(stack::alerts(deployed).await);
    checks.push(stack::concurrency(deployed).await);
    checks
}

fn settings(deployed: &Deployed) -> Vec<Check> {
    let problems = &deployed.needs.problems;
    if problems.is_empty() {
        return vec![Check::ok("settings", "all are there and can be read")];
    }
    let bad = problems.iter().map(|problem| {
        let says = format!("{problem}: set its parameter and deploy");
        Check::bad("settings", says)
    });
    bad.collect()
}

/// The secrets that have a value of the right form.
struct Secrets {
    checks: Vec<Check>,
    values: HashMap<Kind, SecretString>,
}

impl Secrets {
    async fn read(deployed: &Deployed) -> Self {
        let asked = Kind::ALL.map(|kind| async move { (kind, deployed.secret(kind).await) });
        let (mut checks, mut values) = (vec![], HashMap::new());
        for (kind, value) in join_all(asked).await {
            let what = format!("secret {}", kind.word());
            match value {
                Ok(value) => {
                    let says = format!("{} has a value", kind.name(&deployed.needs));
                    checks.push(Check::ok(what, says));
                    values.insert(kind, value);
                }
                Err(why) => checks.push(Check::bad(what, why)),
            }
        }
        Self { checks, values }
    }

    fn get(&self, kind: Kind) -> Option<&SecretString> {
        self.values.get(&kind)
    }
}

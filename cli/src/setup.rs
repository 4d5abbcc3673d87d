//! `helpdesk setup`: what a deployed stack lacks to work mails, made step by step. Each step looks first, tries what it
//! was given before it keeps it, says what it did, and can be repeated.

mod google;
mod secrets;
mod steps;

use std::fmt;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::deployed::{Deployed, Kind, Named};
use crate::odoo;
use google::Google;

/// All steps, or one of them.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Setup {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    google: google::Way,
}

/// One step.
#[derive(Subcommand)]
enum Part {
    /// The mailbox's credentials: consent in a browser, or a service account's key; tried, and put into the secret
    Google(Google),
    /// The keys of the ledger, Gemini, Qdrant, Odoo and Slack: tried, and put into the secrets. They are taken from
    /// `DATABASE_URL`, `GEMINI_API_KEY`, `QDRANT_API_KEY`, `ODOO_API_KEY` and `SLACK_WEBHOOK_URL`, or asked for
    Secrets {
        #[command(flatten)]
        named: Named,
        /// Ask also where a secret holds a value that works
        #[arg(long)]
        replace: bool,
    },
    /// An empty collection in Qdrant that answers are drawn from, until documents come
    Knowledge {
        #[command(flatten)]
        named: Named,
    },
    /// The fields that tell of a ticket's last mail, the tags, and the channel. The key is read from `ODOO_API_KEY`
    Odoo {
        #[command(flatten)]
        place: odoo::Where,
    },
    /// A message to the Slack channel where people are called
    Slack {
        #[command(flatten)]
        named: Named,
    },
    /// Gmail's watch on the mailbox: asks Gmail to tell of mails
    Watch {
        #[command(flatten)]
        named: Named,
    },
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// It was done before. What is there.
    Stood(String),
    /// It was done now. What was made.
    Made(String),
    /// It could not be done. Why, and what to do.
    Left(String),
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// What it is about.
    what: String,
    /// What became of it.
    outcome: Outcome,
}

impl Step {
    fn of(what: impl Into<String>, outcome: Outcome) -> Self {
        let what = what.into();
        Self { what, outcome }
    }

    /// A step that fails with the sentence that is returned as an error.
    fn from(what: impl Into<String>, result: Result<Outcome, String>) -> Self {
        Self::of(what, result.unwrap_or_else(Outcome::Left))
    }

    fn is_left(&self) -> bool {
        matches!(self.outcome, Outcome::Left(_))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, says) = match &self.outcome {
            Outcome::Stood(says) => ("is there", says),
            Outcome::Made(says) => ("made", says),
            Outcome::Left(says) => ("LEFT", says),
        };
        write!(f, "{sign:<8}  {:<15} {says}", self.what)
    }
}

/// Does what is asked. Fails where something is left to do.
pub async fn run(setup: Setup) -> anyhow::Result<ExitCode> {
    let left = match setup.part {
        None => all(&setup.named, &setup.google).await,
        Some(Part::Google(google)) => return google::run(google).await,
        Some(Part::Odoo { place }) => return odoo::setup(place).await,
        Some(Part::Secrets { named, replace }) => {
            let keys = async |deployed: &Deployed| {
                let mut left = 0;
                for kind in secrets::ASKED_FOR {
                    let (step, _) = secrets::secret(deployed, kind, replace).await;
                    left += told(&step);
                }
                left
            };
            alone(&named, keys).await
        }
        Some(Part::Knowledge { named }) => {
            alone(&named, async |deployed| {
                told(&steps::knowledge(deployed).await)
            })
            .await
        }
        Some(Part::Slack { named }) => {
            alone(&named, async |deployed| told(&steps::slack(deployed).await)).await
        }
        Some(Part::Watch { named }) => {
            alone(&named, async |deployed| told(&steps::watch(deployed).await)).await
        }
    };
    println!("\n{}", summary(left));
    Ok(ExitCode::from(u8::from(left > 0)))
}

/// One step of a stack that is there. How many are left.
async fn alone(named: &Named, step: impl AsyncFnOnce(&Deployed) -> usize) -> usize {
    let deployed = Deployed::look(named).await;
    if deployed.standing().next().is_none() {
        return told(&steps::stack(&deployed));
    }
    step(&deployed).await
}

/// All steps, in the order in which one needs the other. A step that is left stops none that can do without it.
async fn all(named: &Named, way: &google::Way) -> usize {
    let deployed = Deployed::look(named).await;
    let stack = steps::stack(&deployed);
    let mut left = told(&stack);
    if stack.is_left() {
        return left;
    }
    for kind in Kind::ALL {
        let (step, put) = match kind {
            Kind::Google => (google::step(&deployed, way).await, false),
            kind => secrets::secret(&deployed, kind, false).await,
        };
        left += told(&step);
        match kind {
            Kind::Database => left += told(&steps::tables(&deployed).await),
            Kind::Qdrant => left += told(&steps::knowledge(&deployed).await),
            Kind::Odoo => {
                for step in steps::odoo(&deployed).await {
                    left += told(&step);
                }
            }
            // Without a new webhook the channel has seen the message already.
            Kind::Slack if put => left += told(&steps::slack(&deployed).await),
            _ => {}
        }
    }
    left += told(&steps::watch(&deployed).await);
    left += told(&steps::alerts(&deployed).await);
    println!("\n{}", steps::push(&deployed).await);
    left
}

/// Prints a step, and counts it where it is left to do.
fn told(step: &Step) -> usize {
    println!("{step}");
    usize::from(step.is_left())
}

fn summary(left: usize) -> String {
    match left {
        0 => "Nothing is left to do here; `helpdesk doctor` looks at all of it.".to_owned(),
        1 => "One step is left: see above, and run this again.".to_owned(),
        left => format!("{left} steps are left: see above, and run this again."),
    }
}

//! `helpdesk llm`: what models were asked, as the ledger records it.

mod told;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use desk::missed::make_up;
use ports::{Clock, SinkAt, SystemClock, TraceBook, Viewer};
use secrecy::SecretString;
use store_postgres::Store;
use time::Duration;
use traces_otlp::Otlp;

use crate::ages::age;
use crate::mail;

/// How long one request to what shows traces may take.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(30);
/// How long a command may go on.
const LONGEST: Duration = Duration::DAY;

/// What can be done about calls of models.
#[derive(Subcommand)]
pub enum Llm {
    /// List calls, the latest first: model, prompt, tokens, cost, time and what came of them
    List {
        #[command(flatten)]
        ledger: Ledger,
        /// Only calls that began within this time
        #[arg(long, default_value = "1d", value_parser = age)]
        since: Duration,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Print one JSON object a call
        #[arg(long)]
        json: bool,
    },
    /// Show a mail's trace: what was done for it, in which order, how long it took and what it cost
    Show {
        /// The mail's key (1-18c2f3ab), Gmail's id of the message or the thread, or the ticket's reference
        mail: String,
        #[command(flatten)]
        ledger: Ledger,
        /// Also what was said, masked, as long as it is kept
        #[arg(long)]
        texts: bool,
    },
    /// Show what could not be shown when it was done to the service that shows traces; repeating it is safe
    Resend {
        #[command(flatten)]
        ledger: Ledger,
        #[command(flatten)]
        to: To,
        /// Only what began within this time; the sweep itself looks back seven days
        #[arg(long, default_value = "30d", value_parser = age)]
        since: Duration,
    },
}

/// Where the record is.
#[derive(Args)]
pub struct Ledger {
    #[arg(
        long,
        help = "postgres://user:password@host/database",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: String,
}

/// What shows traces. The functions have the same settings.
#[derive(Args)]
pub struct To {
    /// What it is
    #[arg(long, env = "TRACES")]
    traces: Kind,
    /// Its address, without the path that OTLP has there
    #[arg(long, env = "TRACES_URL")]
    traces_url: String,
    /// A file with the headers that it wants, as a JSON object: what stands in the stack's secret for traces
    #[arg(long)]
    headers: Option<PathBuf>,
}

/// The kinds of services that show traces.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Otlp,
    #[value(name = "langsmith")]
    LangSmith,
    Langfuse,
    Phoenix,
}

impl From<Kind> for Viewer {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Otlp => Self::Otlp,
            Kind::LangSmith => Self::LangSmith,
            Kind::Langfuse => Self::Langfuse,
            Kind::Phoenix => Self::Phoenix,
        }
    }
}

/// Does what is asked.
pub async fn run(what: Llm) -> anyhow::Result<ExitCode> {
    match what {
        Llm::List {
            ledger,
            since,
            limit,
            json,
        } => list(&ledger, since, limit, json).await,
        Llm::Show {
            mail,
            ledger,
            texts,
        } => show(&ledger, &mail, texts).await,
        Llm::Resend { ledger, to, since } => resend(&ledger, to, since).await,
    }
}

fn open(ledger: &Ledger) -> anyhow::Result<Store> {
    let url = SecretString::from(ledger.database_url.clone());
    Store::new(&url).context("opening the ledger")
}

async fn list(
    ledger: &Ledger,
    since: Duration,
    limit: u32,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let store = open(ledger)?;
    let calls = store.latest_calls(SystemClock.now() - since, limit);
    let calls = calls.await.context("reading the ledger")?;
    if json {
        for call in &calls {
            println!("{}", told::as_json(call));
        }
    } else {
        print!("{}", told::table(&calls));
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(ledger: &Ledger, named: &str, texts: bool) -> anyhow::Result<ExitCode> {
    let store = open(ledger)?;
    for key in mail::found(&store, named).await? {
        let runs = store.runs_of(&key).await.context("reading the ledger")?;
        if runs.is_empty() {
            println!("No model was asked for mail {key}.");
        }
        print!("{}", told::tree(&runs, texts));
    }
    Ok(ExitCode::SUCCESS)
}

async fn resend(ledger: &Ledger, to: To, since: Duration) -> anyhow::Result<ExitCode> {
    let store = open(ledger)?;
    let headers = match &to.headers {
        Some(file) => {
            let text = fs::read_to_string(file);
            let text = text.with_context(|| format!("reading {}", file.display()))?;
            Some(SecretString::from(text))
        }
        None => None,
    };
    let at = SinkAt {
        viewer: to.traces.into(),
        url: to.traces_url,
        limit: LIMIT,
    };
    let sink = Otlp::new(at, headers.as_ref()).context("the headers in --headers")?;
    let now = SystemClock.now();
    let (from, until) = (now - since, now + LONGEST);
    let made_up = make_up(&store, &sink, &SystemClock, from, until).await;
    if let Err(error) = made_up {
        let left = store.missed(from, SystemClock.now(), u32::from(u16::MAX));
        let left = left.await.context("reading the ledger")?.len();
        bail!("{error}; {left} runs are still to be shown: mend it and call this again");
    }
    let made_up = made_up?;
    println!(
        "{} runs were shown, and {} verdicts told",
        made_up.runs, made_up.verdicts
    );
    Ok(ExitCode::SUCCESS)
}

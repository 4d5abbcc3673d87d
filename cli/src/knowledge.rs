//! `helpdesk knowledge` and `helpdesk ask`: what the knowledge base holds, finds and answers.

mod ask;
mod place;
mod search;
mod status;
mod sync;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use desk::retrieval::Query;
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime};

pub use place::{Asked, Base, Bucket, Place};

/// What is done with the knowledge base.
#[derive(Subcommand)]
pub enum Knowledge {
    /// Make the bucket's documents those of a folder, and bring the index in step with them
    Sync {
        /// The folder; `events/knowledge` is an example
        folder: PathBuf,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        bucket: Bucket,
        /// Say what would be uploaded and removed, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Leave out documents that cannot be read, in place of doing nothing
        #[arg(long)]
        skip_unreadable: bool,
    },
    /// Say which passages are found for a question, and why; changes nothing
    Search {
        #[command(flatten)]
        question: Question,
        #[command(flatten)]
        place: Place,
    },
    /// Say what is indexed, and which embedding model is serving
    Status {
        #[command(flatten)]
        place: Place,
    },
}

/// What a customer could ask.
#[derive(Args)]
pub struct Question {
    /// What is asked, in a customer's words
    text: String,
    /// The language of the question, where it cannot be told by its words
    #[arg(long, value_parser = words::LANGUAGES)]
    language: Option<String>,
    /// The day on which documents must hold, such as 2026-11-23; today where none is given
    #[arg(long, value_parser = day)]
    on: Option<Date>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Question {
    fn query(&self) -> Query {
        let told = || words::language_of(&self.text);
        Query {
            text: self.text.clone(),
            language: self.language.clone().or_else(told),
        }
    }

    fn day(&self) -> Date {
        self.on.unwrap_or_else(|| OffsetDateTime::now_utc().date())
    }
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, &Iso8601::DATE).map_err(|_| "a day is written as 2026-11-23".to_owned())
}

/// Does what was asked for.
pub async fn run(what: Knowledge) -> anyhow::Result<ExitCode> {
    match what {
        Knowledge::Sync {
            folder,
            place,
            bucket,
            dry_run,
            skip_unreadable,
        } => sync::run(&folder, &place, bucket, dry_run, skip_unreadable).await,
        Knowledge::Search { question, place } => search::run(&question, &place).await,
        Knowledge::Status { place } => status::run(&place).await,
    }
}

/// Answers a question as a draft would.
pub async fn ask(question: &Question, place: &Place, hosts: &str) -> anyhow::Result<ExitCode> {
    ask::run(question, place, hosts).await
}

/// The beginning of a text on one line.
fn begins(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

//! The mails and questions, as they are written down.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use domain::Intent;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use time::Date;
use time::format_description::well_known::Iso8601;

/// Which cases are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Those that may be looked at while something is tuned.
    Dev,
    /// Those that never are. Floors are about these.
    Test,
}

/// A mail with what a careful support agent would say of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailCase {
    /// Its name in reports.
    pub id: String,
    /// The language, as ISO 639-1.
    pub language: String,
    /// What it wants.
    pub intent: Intent,
    /// What is special about it, such as `forward` or `typos`.
    pub kind: String,
    /// The subject.
    pub subject: String,
    /// The body.
    pub text: String,
    /// What it says in detail.
    #[serde(default)]
    pub entities: Said,
    /// The day on which it was written, such as `2026-11-23`.
    #[serde(deserialize_with = "day")]
    pub on: Date,
}

/// What a mail says in detail, in its own words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Months of statement.
    pub months: Option<u32>,
    /// The current password.
    pub current_pw: Option<String>,
    /// The new password.
    pub new_pw: Option<String>,
}

/// A question with the passages that answer it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionCase {
    /// Its name in reports.
    pub id: String,
    /// The language, as ISO 639-1.
    pub language: String,
    /// The product that the asker's mailbox is for, if it is for one.
    #[serde(default)]
    pub product: Option<String>,
    /// What is asked.
    pub question: String,
    /// Where the answer stands. Empty: nowhere.
    #[serde(default)]
    pub expects: Vec<Expected>,
    /// What a right answer says, letter for letter.
    #[serde(default)]
    pub must_say: Vec<String>,
    /// Why nothing answers it.
    #[serde(default)]
    pub why: Option<String>,
    /// Which part it is of.
    pub part: Part,
}

/// A passage that answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The document's file name.
    pub document: String,
    /// What it says, word for word but for white space.
    pub quote: String,
}

fn day<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    Date::parse(&text, &Iso8601::DATE).map_err(D::Error::custom)
}

/// The folder with all cases.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The mails of a part.
pub fn mails(part: Part) -> Result<Vec<MailCase>> {
    let file = match part {
        Part::Dev => "mails/dev.jsonl",
        Part::Test => "mails/test.jsonl",
    };
    lines(&folder().join(file))
}

/// The questions of a part: those that are answered somewhere, and those that are not.
pub fn questions(part: Part) -> Result<Vec<QuestionCase>> {
    let mut all: Vec<QuestionCase> = lines(&folder().join("questions/answerable.jsonl"))?;
    all.extend(lines(&folder().join("questions/unanswerable.jsonl"))?);
    all.retain(|case| case.part == part);
    Ok(all)
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let name = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("reading {name}"))?;
    let mut cases = vec![];
    for (at, line) in text.lines().enumerate() {
        let case = serde_json::from_str(line);
        cases.push(case.with_context(|| format!("{name}, line {}", at + 1))?);
    }
    ensure!(!cases.is_empty(), "{name} holds no cases");
    Ok(cases)
}

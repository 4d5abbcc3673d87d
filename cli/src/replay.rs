//! `helpdesk eval replay`: recorded mails under another prompt or model, and what would change. Nothing
//! is written anywhere.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use desk::grounded::{Asked as Question, Grounded};
use domain::edit;
use domain::route::{Facts, Thresholds, route};
use domain::{Classification, Intent};
use grounding::LinkHosts;
use model_gemini::{Gemini, Prompt, Prompts};
use ports::{ClassifyRequest, Ledger, Memory, Model};
use secrecy::SecretString;
use serde::Serialize;
use store_postgres::{Recorded, Store};
use time::{Duration, OffsetDateTime};

use crate::knowledge::{Asked, Base};

/// Turns of a ticket that are remembered.
const TURNS: usize = 6;
/// From this share of changed words on an answer counts as another one.
const OTHER: f32 = 0.2;

/// What is played again.
#[derive(Args)]
pub struct Replay {
    #[arg(
        long,
        help = "postgres://user:password@host/database",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: String,
    /// A prompt's file in place of the one in use; its first line, such as `# classify v3`, says which.
    /// May be given for several
    #[arg(long = "prompt", value_name = "FILE")]
    prompts: Vec<PathBuf>,
    /// Mails of so many days
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// At most so many of the last mails
    #[arg(long, default_value_t = 500)]
    limit: u32,
    /// Print one JSON object a mail
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    asked: Asked,
    /// Given Qdrant, answers are played again too
    #[command(flatten)]
    base: Base,
    /// The hosts that links in answers may lead to, with commas
    #[arg(long, env = "ANSWER_LINK_HOSTS", default_value = "")]
    link_hosts: String,
}

/// A mail, as it was and as it would be.
#[derive(Serialize)]
struct Played {
    mail: String,
    intent: Change<Option<Intent>>,
    confidence: Change<Option<f32>>,
    route: Change<Option<Intent>>,
    /// What the draft says; for questions only, and where answers are played again.
    answer: Option<Change<Option<String>>>,
    /// The share of words in which the answers differ, 0 to 1.
    distance: Option<f32>,
    /// Whether anything that people notice changes.
    changes: bool,
}

#[derive(Serialize)]
struct Change<T> {
    was: T,
    would_be: T,
}

/// Plays recorded mails again and tells what would change.
pub async fn run(replay: Replay) -> anyhow::Result<ExitCode> {
    let prompts = prompts(&replay.prompts)?;
    let store = Store::new(&SecretString::from(replay.database_url.clone()));
    let store = store.context("opening the ledger")?;
    let since = OffsetDateTime::now_utc() - Duration::days(i64::from(replay.days));
    let recorded = store.recorded(since, replay.limit).await;
    let recorded = recorded.context("reading the ledger")?;
    let names = [&prompts.classify, &prompts.answer].map(|prompt| {
        let (name, hash) = (prompt.name(), &prompt.hash()[..8]);
        format!("{name} ({hash})")
    });
    let model = replay.asked.model(prompts);
    let hosts = LinkHosts::parse(&replay.link_hosts).context("the setting ANSWER_LINK_HOSTS")?;
    let grounded = if replay.base.is_given() {
        Some(Grounded {
            retrieval: replay.base.retrieval(model.clone())?,
            model: model.clone(),
            hosts,
            journal: Arc::new(ports::NoJournal),
        })
    } else {
        None
    };
    if !replay.json {
        println!("{} mails under {}", recorded.len(), names.join(" and "));
    }
    let mut changed = 0;
    for mail in &recorded {
        let played = play(&store, &model, grounded.as_ref(), mail).await;
        let played = played.with_context(|| format!("mail {}", mail.mail))?;
        changed += usize::from(played.changes);
        if replay.json {
            println!("{}", serde_json::to_string(&played)?);
        } else if played.changes {
            print(&played);
        }
    }
    if !replay.json {
        println!("{changed} of {} mails would change", recorded.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// The prompts in use, but for those that files give.
fn prompts(files: &[PathBuf]) -> anyhow::Result<Prompts> {
    let mut prompts = Prompts::default();
    for file in files {
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {name}"))?;
        let prompt = Prompt::parse(&text).with_context(|| format!("{name}"))?;
        match prompt.name().split_whitespace().next() {
            Some("classify") => prompts.classify = prompt,
            Some("answer") => prompts.answer = prompt,
            _ => bail!(
                "{name} is named {}, and only classify and answer are played again",
                prompt.name()
            ),
        }
    }
    Ok(prompts)
}

async fn play(
    store: &Store,
    model: &Arc<Gemini>,
    grounded: Option<&Grounded>,
    mail: &Recorded,
) -> anyhow::Result<Played> {
    let mut turns = store.turns(mail.ticket, 40).await?;
    turns.retain(|turn| turn.at < mail.at && turn.mail != mail.mail);
    let turns = turns.split_off(turns.len().saturating_sub(TURNS));
    let memory = Memory {
        summary: None,
        turns,
    };
    let said = model.classify(&request(mail, memory.clone())).await?;
    // Facts of the mail itself are not recorded; those of most mails stand for them.
    let facts = Facts {
        one_author: true,
        has_text: true,
    };
    let routed = route(Some(&said), facts, Thresholds::default());
    let mut would_go = routed.to;
    let mut answer = None;
    if let Some(grounded) = grounded.filter(|_| would_go == Intent::GeneralQuery) {
        let text = answered(grounded, mail, &said, memory).await?;
        if text.is_none() {
            would_go = Intent::FallbackHuman;
        }
        answer = Some(Change {
            was: mail
                .draft
                .clone()
                .filter(|_| mail.route == Some(Intent::GeneralQuery)),
            would_be: text,
        });
    }
    Ok(played(mail, &said, routed.intent(), would_go, answer))
}

fn played(
    mail: &Recorded,
    said: &Classification,
    intent: Option<Intent>,
    would_go: Intent,
    answer: Option<Change<Option<String>>>,
) -> Played {
    let distance = answer.as_ref().and_then(|answer| {
        // The draft is a letter around its answer: what matters is how much of the answer is new.
        let (was, would_be) = (answer.was.as_ref()?, answer.would_be.as_ref()?);
        Some(edit::distance(&body_of(was), would_be))
    });
    let other_way = mail.intent != intent || answer.is_some() && mail.route != Some(would_go);
    Played {
        mail: mail.mail.to_string(),
        changes: other_way || distance.is_some_and(|share| share >= OTHER),
        intent: Change {
            was: mail.intent,
            would_be: intent,
        },
        confidence: Change {
            was: mail.confidence,
            would_be: Some(said.confidence),
        },
        route: Change {
            was: mail.route,
            would_be: Some(would_go),
        },
        answer,
        distance,
    }
}

/// The second paragraph of a letter, which is the answer, without the marks of its sources.
fn body_of(letter: &str) -> String {
    let paragraph = letter.split("\n\n").nth(1).unwrap_or_default();
    let words = paragraph.split_whitespace();
    let told = words.filter(|word| !(word.starts_with('[') && word.ends_with(']')));
    told.collect::<Vec<_>>().join(" ")
}

async fn answered(
    grounded: &Grounded,
    mail: &Recorded,
    said: &Classification,
    memory: Memory,
) -> anyhow::Result<Option<String>> {
    let asked = Question {
        texts: vec![mail.text.clone()],
        language: said.language.clone(),
        on: mail.at.date(),
        memory,
    };
    let outcome = grounded.answer(&asked).await?;
    Ok(outcome.answer.ok().map(|answer| {
        let texts = answer.sentences.into_iter().map(|(text, _)| text);
        texts.collect::<Vec<_>>().join(" ")
    }))
}

/// What the classifier was shown, but for the names of attachments, which are not recorded.
fn request(mail: &Recorded, memory: Memory) -> ClassifyRequest {
    let (subject, text) = mail.text.split_once("\n\n").unwrap_or(("", &mail.text));
    ClassifyRequest {
        subject: subject.to_owned(),
        text: text.to_owned(),
        attachments: vec![],
        on: mail.at.date(),
        memory,
    }
}

fn print(played: &Played) {
    let name = |intent: Option<Intent>| intent.map_or("undecided", Intent::as_str);
    println!("\nmail {}", played.mail);
    if played.intent.was != played.intent.would_be {
        let sure = |of: Option<f32>| of.map_or_else(String::new, |sure| format!(" ({sure:.2})"));
        println!(
            "  is about {}{}, would be about {}{}",
            name(played.intent.was),
            sure(played.confidence.was),
            name(played.intent.would_be),
            sure(played.confidence.would_be)
        );
    }
    if played.route.was != played.route.would_be {
        println!(
            "  went to {}, would go to {}",
            name(played.route.was),
            name(played.route.would_be)
        );
    }
    let Some(answer) = &played.answer else { return };
    if let Some(share) = played.distance {
        println!(
            "  {:.0} % of the answer's words would be others:",
            share * 100.0
        );
    }
    if let Some(text) = &answer.would_be {
        println!("  {text}");
    }
}

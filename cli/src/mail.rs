//! `helpdesk mail`: what happened to one mail, and letting it go on.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use domain::MailKey;
use ports::{CallMade, DraftRecord, Ledger, MailRecord, Upkeep};
use secrecy::SecretString;
use serde_json::json;
use store_postgres::{MessageRecord, StepRecord, Store, VisitRecord};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What can be done about one mail.
#[derive(Subcommand)]
pub enum Mail {
    /// Tell a mail's story: every step, visit, error, model call, queue and draft, with times
    Show {
        #[command(flatten)]
        which: Which,
        /// Print one JSON object a mail
        #[arg(long)]
        json: bool,
    },
    /// Let a mail go on from the first step that is not done: one that stands still, that was parked, or
    /// that was over a budget
    Retry {
        #[command(flatten)]
        which: Which,
    },
}

/// A mail and its ledger.
#[derive(Args)]
pub struct Which {
    /// The mail's key (1-18c2f3ab), Gmail's id of the message or the thread, or the ticket's reference
    mail: String,
    #[arg(
        long,
        help = "postgres://user:password@host/database",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: String,
}

/// All that the ledger knows of a mail.
struct Story {
    mail: MailRecord,
    visits: Vec<VisitRecord>,
    steps: Vec<StepRecord>,
    messages: Vec<MessageRecord>,
    drafts: Vec<DraftRecord>,
}

/// Does what is asked.
pub async fn run(what: Mail) -> anyhow::Result<ExitCode> {
    match what {
        Mail::Show { which, json } => show(which, json).await,
        Mail::Retry { which } => retry(which).await,
    }
}

fn open(which: &Which) -> anyhow::Result<Store> {
    let url = SecretString::from(which.database_url.clone());
    Store::new(&url).context("opening the ledger")
}

pub async fn found(store: &Store, named: &str) -> anyhow::Result<Vec<MailKey>> {
    let keys = store.find_mails(named).await;
    let keys = keys.context("reading the ledger")?;
    if keys.is_empty() {
        bail!(
            "the ledger knows no mail {named}: give its key, Gmail's id of the message or the thread, \
             or the ticket's reference"
        );
    }
    Ok(keys)
}

async fn show(which: Which, json: bool) -> anyhow::Result<ExitCode> {
    let store = open(&which)?;
    for (number, key) in found(&store, &which.mail).await?.iter().enumerate() {
        let story = read(&store, key).await.context("reading the ledger")?;
        if json {
            println!("{}", as_json(&story));
            continue;
        }
        if number > 0 {
            println!();
        }
        print!("{}", told(&story));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the story of one mail.
pub async fn tell(store: &Store, key: &MailKey) -> anyhow::Result<()> {
    let story = read(store, key).await.context("reading the ledger")?;
    println!("{}", told(&story));
    Ok(())
}

/// The story of one mail, for programs.
pub async fn story(store: &Store, key: &MailKey) -> anyhow::Result<serde_json::Value> {
    let story = read(store, key).await.context("reading the ledger")?;
    Ok(as_json(&story))
}

async fn read(store: &Store, key: &MailKey) -> anyhow::Result<Story> {
    let mail = store.mail(key).await?;
    let mail = mail.with_context(|| format!("the ledger knows no mail {key}"))?;
    let drafts = store.drafts(key.mailbox(), &mail.thread).await?;
    Ok(Story {
        visits: store.visits_of(key).await?,
        steps: store.steps_of(key).await?,
        messages: store.messages_of(key).await?,
        drafts: drafts
            .into_iter()
            .filter(|draft| draft.mail == *key)
            .collect(),
        mail,
    })
}

async fn retry(which: Which) -> anyhow::Result<ExitCode> {
    let store = open(&which)?;
    let keys = found(&store, &which.mail).await?;
    let [key] = keys.as_slice() else {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        bail!(
            "{} names several mails, choose one: {}",
            which.mail,
            keys.join(", ")
        );
    };
    let sent = store.send_again(key).await.context("writing the ledger")?;
    if let Some(queue) = sent {
        println!(
            "Mail {key} goes to queue {} with the next poll, and on from the first step that is not done.",
            queue.as_str()
        );
        return Ok(ExitCode::SUCCESS);
    }
    let mail = store.mail(key).await.context("reading the ledger")?;
    let state = mail.map_or_else(String::new, |mail| mail.state.name().to_owned());
    println!("Mail {key} is {state}: there is nothing left to do for it.");
    Ok(ExitCode::FAILURE)
}

fn told(story: &Story) -> String {
    let mail = &story.mail;
    let mut text = format!("Mail {}  {}", mail.key, mail.state.name());
    if let Some(reason) = mail.state.reason() {
        text.push_str(&format!(": {reason}"));
    }
    text.push('\n');
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!("  {name:<8} {value}\n"));
        }
    };
    fact("thread", Some(mail.thread.to_string()));
    fact(
        "intent",
        mail.intent.map(|intent| {
            let sure = mail.confidence.map(|c| format!(" ({c:.2})"));
            format!("{intent}{}", sure.unwrap_or_default())
        }),
    );
    fact(
        "route",
        mail.route
            .map(|route| format!("{route}: {}", mail.because.as_deref().unwrap_or_default())),
    );
    fact(
        "ticket",
        mail.ticket
            .as_ref()
            .map(|(_, reference)| reference.to_string()),
    );
    fact("draft", mail.draft.as_ref().map(ToString::to_string));
    text.push('\n');
    let mut events = events(story);
    events.sort_by_key(|(at, _)| *at);
    for (at, lines) in events {
        let (date, hour, minute) = (at.date(), at.hour(), at.minute());
        let time = format!(
            "{date} {hour:02}:{minute:02}:{:02}.{:03}",
            at.second(),
            at.millisecond()
        );
        for (number, line) in lines.iter().enumerate() {
            let margin = if number == 0 { time.as_str() } else { "" };
            text.push_str(&format!("  {margin:<23}  {line}\n"));
        }
    }
    text
}

/// What happened, each with its time.
fn events(story: &Story) -> Vec<(OffsetDateTime, Vec<String>)> {
    let mut events = vec![(
        story.mail.seen_at,
        vec!["ingest saw it in Gmail".to_owned()],
    )];
    for message in &story.messages {
        let queue = &message.queue;
        let because = message.reason.as_ref().map(|why| format!(" ({why})"));
        let because = because.unwrap_or_default();
        let decided = format!("it is to go to queue {queue}{because}");
        events.push((message.decided_at, vec![decided]));
        match message.sent_at {
            Some(at) => {
                let again = match message.times {
                    0 => String::new(),
                    times => format!(", again for the {times}. time"),
                };
                events.push((at, vec![format!("queue {queue} took it{again}")]));
            }
            None => events.push((
                OffsetDateTime::now_utc(),
                vec![format!("queue {queue} has not taken it yet")],
            )),
        }
    }
    events.extend(
        story
            .visits
            .iter()
            .map(|visit| (visit.at, visit_lines(visit))),
    );
    events.extend(
        story
            .steps
            .iter()
            .map(|step| (step.changed_at, vec![step_line(step)])),
    );
    events.extend(story.drafts.iter().map(|draft| {
        let (id, by) = (&draft.draft.id, &draft.draft.made_by);
        let line = format!("draft {id} by {by}: {}", draft.outcome.name());
        (draft.made_at, vec![line])
    }));
    events
}

fn visit_lines(visit: &VisitRecord) -> Vec<String> {
    let mut head = format!(
        "{} worked it, try {}, {} ms: {}",
        visit.queue, visit.tries, visit.took_ms, visit.outcome
    );
    if let Some(wait) = visit.wait_s {
        head.push_str(&format!(" for {wait} s"));
    }
    let mut lines = vec![head];
    lines.extend(visit.error.iter().map(|error| format!("    {error}")));
    lines.extend(visit.calls.iter().map(call_line));
    lines
}

fn call_line(call: &CallMade) -> String {
    let attempts = match call.attempts {
        1 => "1 attempt".to_owned(),
        other => format!("{other} attempts"),
    };
    let said = call.error.as_deref().or(call.detail.as_deref());
    format!(
        "    {:<32} {attempts}, {} ms  {}",
        call.operation,
        call.took_ms,
        said.unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}

fn step_line(step: &StepRecord) -> String {
    let tries = match step.attempt {
        1 => String::new(),
        many => format!(" at attempt {many}"),
    };
    let looked = if step.look_first {
        ", looked first"
    } else {
        ""
    };
    let what = step.external_id.as_deref().or(step.reason.as_deref());
    format!(
        "step {} is {}{tries}{looked} {}",
        step.step,
        step.state.replace('_', " "),
        what.unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}

fn as_json(story: &Story) -> serde_json::Value {
    let at = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let mail = &story.mail;
    json!({
        "mail": mail.key.to_string(),
        "state": mail.state.name(),
        "reason": mail.state.reason(),
        "thread": mail.thread.as_str(),
        "intent": mail.intent.map(domain::Intent::as_str),
        "confidence": mail.confidence,
        "route": mail.route.map(domain::Intent::as_str),
        "because": mail.because,
        "ticket": mail.ticket.as_ref().map(|(_, reference)| reference.as_str()),
        "draft": mail.draft.as_ref().map(domain::DraftId::as_str),
        "seen_at": at(mail.seen_at),
        "messages": story.messages.iter().map(|message| json!({
            "queue": message.queue, "reason": message.reason, "decided_at": at(message.decided_at),
            "sent_at": message.sent_at.map(at), "times": message.times,
        })).collect::<Vec<_>>(),
        "visits": story.visits.iter().map(|visit| json!({
            "queue": visit.queue, "try": visit.tries, "at": at(visit.at), "took_ms": visit.took_ms,
            "outcome": visit.outcome, "error": visit.error, "error_class": visit.error_class,
            "wait_s": visit.wait_s, "calls": visit.calls,
        })).collect::<Vec<_>>(),
        "steps": story.steps.iter().map(|step| json!({
            "step": step.step, "state": step.state, "attempt": step.attempt,
            "lease_until": step.lease_until.map(at), "looked_first": step.look_first,
            "external_id": step.external_id, "reason": step.reason, "changed_at": at(step.changed_at),
        })).collect::<Vec<_>>(),
        "drafts": story.drafts.iter().map(|draft| json!({
            "draft": draft.draft.id.as_str(), "made_by": draft.draft.made_by,
            "outcome": draft.outcome.name(), "made_at": at(draft.made_at),
        })).collect::<Vec<_>>(),
    })
}

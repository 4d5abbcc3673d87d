//! `helpdesk explain`: what triage would make of a mail.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use desk::customer::unproven;
use desk::triage::{classify_request, facts, written_on};
use domain::automatic::automatic;
use domain::mail::domain_of;
use domain::mask::MaskedMail;
use domain::reference::{RefPattern, find_reference};
use domain::route::{Thresholds, route};
use domain::sender::{Sender, SenderPolicy, prove};
use domain::{Address, Attachment, Classification, Entities, Intent, Mail};
use mail_mime::Limits;
use model_gemini::{Gemini, GeminiSettings};
use model_standin::StandIn;
use ports::{ClassifyRequest, Memory, Model};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How files are explained.
pub struct Options {
    pattern: RefPattern,
    address: String,
    sender: SenderPolicy,
    json: bool,
    model: Arc<dyn Model>,
}

/// What is said of one file. `parked` and `automatic` are null or the reason; what comes behind them
/// is null where the mail got no further.
#[derive(Debug, Default, Serialize)]
struct Explained {
    file: String,
    parked: Option<String>,
    automatic: Option<String>,
    from: Option<Vec<Address>>,
    reply_to: Option<Vec<Address>>,
    sender: Option<SenderTold>,
    subject: Option<String>,
    date: Option<String>,
    language: Option<String>,
    attachments: Option<Vec<Attachment>>,
    new_text: Option<String>,
    quoted_text: Option<String>,
    /// All that the model is shown of the mail.
    masked_text: Option<String>,
    ticket_ref: Option<String>,
    intent: Option<String>,
    confidence: Option<f32>,
    entities: Option<Entities>,
    route: Option<String>,
    because: Option<String>,
}

/// Whether the sender is proven; if not, why.
#[derive(Debug, Serialize)]
struct SenderTold {
    proven: bool,
    reason: Option<String>,
}

impl SenderTold {
    fn of(sender: &Sender) -> Self {
        match sender {
            Sender::Proven(_) => Self {
                proven: true,
                reason: None,
            },
            Sender::Unproven(why) => Self {
                proven: false,
                reason: Some(why.to_string()),
            },
        }
    }
}

/// All that the model is shown of a mail, in one text.
fn shown(request: &ClassifyRequest) -> String {
    let mut text = format!("Subject: {}\n\n{}", request.subject, request.text);
    if !request.attachments.is_empty() {
        text.push_str("\n\nAttachments: ");
        text.push_str(&request.attachments.join(", "));
    }
    text
}

impl Options {
    /// Uses the real model where `GEMINI_API_KEY` is set, else the stand-in in this process.
    pub fn new(
        ticket_sample: &str,
        address: String,
        sender: SenderPolicy,
        json: bool,
    ) -> anyhow::Result<Self> {
        let pattern = RefPattern::from_sample(ticket_sample)
            .map_err(|why| anyhow!("--ticket-sample: {why}"))?;
        let model: Arc<dyn Model> = match std::env::var("GEMINI_API_KEY") {
            Ok(key) if !key.trim().is_empty() => Arc::new(Gemini::new(
                GeminiSettings::default(),
                key.trim().to_owned().into(),
            )),
            _ => Arc::new(StandIn::new()),
        };
        Ok(Self {
            pattern,
            address,
            sender,
            json,
            model,
        })
    }
}

/// Explains files in order, several at a time. Fails at the end if a file could not be read from
/// disk; a mail that is broken is explained as such.
pub async fn run(files: Vec<PathBuf>, options: Options) -> anyhow::Result<ExitCode> {
    let options = Arc::new(options);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut unreadable = false;
    for batch in files.chunks(workers * 64) {
        let tasks: Vec<_> = batch
            .chunks(batch.len().div_ceil(workers))
            .map(|share| tokio::spawn(explain_all(share.to_vec(), options.clone())))
            .collect();
        for task in tasks {
            for explained in task.await? {
                match explained {
                    Ok(explained) => show(&explained, options.json)?,
                    Err(error) => {
                        unreadable = true;
                        eprintln!("{error:#}");
                    }
                }
            }
        }
    }
    Ok(if unreadable {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn explain_all(files: Vec<PathBuf>, options: Arc<Options>) -> Vec<anyhow::Result<Explained>> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        all.push(explain(&file, &options).await);
    }
    all
}

async fn explain(file: &Path, options: &Options) -> anyhow::Result<Explained> {
    let raw = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.display().to_string();
    let mail = match mail_mime::read(&raw, Limits::default()) {
        Ok(mail) => mail,
        Err(malformed) => {
            let parked = Some(malformed.to_string());
            return Ok(Explained {
                file: name,
                parked,
                ..Explained::default()
            });
        }
    };
    let masked = MaskedMail::of(&mail, false);
    let on = written_on(&mail, OffsetDateTime::now_utc());
    let request = classify_request(&masked, on, Memory::default());
    let sender = prove(&mail, &options.sender);
    let mut explained = read_mail(name, &mail, options);
    explained.masked_text = Some(shown(&request));
    explained.sender = Some(SenderTold::of(&sender));
    if explained.automatic.is_some() {
        return Ok(explained);
    }
    let asked = options.model.classify(&request).await;
    let classification: Option<Classification> = match asked {
        Ok(classification) => Some(classification),
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            None
        }
    };
    let decided = route(classification.as_ref(), facts(&mail), Thresholds::default());
    let (to, because) = match (decided.to, &sender) {
        // What the handlers decide of a mail about accounts.
        (Intent::BankStatement | Intent::PasswordUpdate, Sender::Unproven(why)) => {
            (Intent::FallbackHuman, unproven(why))
        }
        _ => (decided.to, decided.because),
    };
    explained.route = Some(to.to_string());
    explained.because = Some(because);
    if let Some(c) = classification {
        explained.intent = Some(c.intent.to_string());
        explained.confidence = Some(c.confidence);
        explained.language = explained.language.or(Some(c.language));
        explained.entities = Some(c.entities);
    }
    Ok(explained)
}

fn read_mail(file: String, mail: &Mail, options: &Options) -> Explained {
    let own_domain = domain_of(&options.address);
    let reference = find_reference(mail, &options.pattern, own_domain);
    Explained {
        file,
        automatic: automatic(mail, &options.address).map(|a| a.to_string()),
        from: Some(mail.from.clone()),
        reply_to: Some(mail.reply_to.clone()),
        subject: Some(mail.subject.clone()),
        date: mail.date.and_then(|d| d.format(&Rfc3339).ok()),
        language: mail.language.clone(),
        attachments: Some(mail.attachments.clone()),
        new_text: Some(mail.new_text.clone()),
        quoted_text: Some(mail.quoted_text.clone()),
        ticket_ref: reference.map(|r| r.to_string()),
        ..Explained::default()
    }
}

fn show(explained: &Explained, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(explained)?);
        return Ok(());
    }
    println!("{}", explained.file);
    if let Some(reason) = &explained.parked {
        println!("  parked: {reason}\n");
        return Ok(());
    }
    let line = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            println!("  {name:<11} {value}");
        }
    };
    let from: Vec<&str> = explained
        .from
        .iter()
        .flatten()
        .map(|a| a.address.as_str())
        .collect();
    line("from", Some(&from.join(", ")));
    let sender = explained
        .sender
        .as_ref()
        .map(|sender| match &sender.reason {
            None => "proven".to_owned(),
            Some(reason) => format!("not proven: {reason}"),
        });
    line("sender", sender.as_deref());
    line("subject", explained.subject.as_deref());
    line("date", explained.date.as_deref());
    line("language", explained.language.as_deref());
    for attachment in explained.attachments.iter().flatten() {
        line("attachment", Some(&attachment.name));
    }
    line("ticket", explained.ticket_ref.as_deref());
    line("automatic", explained.automatic.as_deref());
    let sure = explained
        .confidence
        .map(|c| format!(" ({c:.2})"))
        .unwrap_or_default();
    line(
        "intent",
        explained
            .intent
            .as_ref()
            .map(|i| format!("{i}{sure}"))
            .as_deref(),
    );
    let months = explained.entities.as_ref().and_then(|e| e.months);
    line("months", months.map(|m| m.to_string()).as_deref());
    line("route", explained.route.as_deref());
    line("because", explained.because.as_deref());
    line(
        "text",
        explained.new_text.as_deref().map(beginning).as_deref(),
    );
    line(
        "shown",
        explained.masked_text.as_deref().map(beginning).as_deref(),
    );
    println!();
    Ok(())
}

/// The first words of a text, on one line.
fn beginning(text: &str) -> String {
    const LONGEST: usize = 100;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}

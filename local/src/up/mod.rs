//! `up`: the world starts, the mails come, each tells its story, and a table says what became of them.

mod conversation;
mod report;
pub(crate) mod samples;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use domain::MailKey;
use local::aws::Venv;
use local::places::Places;
use local::postgres::folder_for_data;
use local::story::Story;
use local::world::{Ground, Options, Real, World};

use report::{Ended, Out};

/// How long `--once` waits for the mails to end.
const PATIENCE: Duration = Duration::from_mins(5);
const LOOK_EVERY: Duration = Duration::from_millis(250);
const INDEXING: Duration = Duration::from_mins(2);

/// What `cargo xtask up` takes. The hidden ones are what it adds by itself.
#[derive(Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of a command line are just that"
)]
pub struct Arguments {
    /// End when all mails are in a terminal state; fail if one is not
    #[arg(long)]
    once: bool,
    /// Take the .eml files of this folder in place of the samples
    #[arg(long, value_name = "DIR")]
    mails: Option<PathBuf>,
    /// Let each mail wait for the one before: a person sends its draft as it is, then the next comes
    #[arg(long)]
    converse: bool,
    /// Print one JSON object a mail on stdout and nothing else there
    #[arg(long)]
    json: bool,
    /// Leave the ledger and the knowledge base under .local/data when it ends
    #[arg(long)]
    keep: bool,
    /// The first of eight ports in a row on 127.0.0.1 (AWS, Postgres, Gmail, Gemini, Odoo, Slack, Qdrant, traces)
    #[arg(long, default_value_t = 4566)]
    port: u16,
    #[arg(long, hide = true)]
    venv: PathBuf,
    #[arg(long, hide = true)]
    binaries: PathBuf,
    #[arg(long, hide = true)]
    template: PathBuf,
}

/// One mail that was put into the mailbox.
struct Delivered {
    file: String,
    key: MailKey,
    sender: String,
}

impl Delivered {
    /// Puts a mail into the mailbox.
    fn now(world: &World, file: String, raw: &[u8]) -> Self {
        let (_, key) = world.deliver(raw);
        Self {
            file,
            key,
            sender: samples::sender(raw),
        }
    }
}

/// Plays the main job.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let tell = |line: &str| eprintln!("{:6.1}s  {line}", began.elapsed().as_secs_f32());
    let mails = samples::mails(arguments.mails.as_deref())?;
    let real = Real::from_env();
    let stand_ins_for_all_but = real.names();
    // Nobody's own customers are mixed with invented ones.
    let is_ours = real.database.is_none();
    let documents = if real.qdrant.is_some() {
        vec![]
    } else {
        samples::documents()?
    };
    let data = arguments.keep.then(kept_data).transpose()?;
    let out = Out::fresh()?;
    let venv = Venv {
        root: arguments.venv,
    };
    let places = Places::from(arguments.port)?;
    let options = Options {
        ground: Ground {
            data,
            real,
            ..Ground::passing(venv, places, (30, 45))
        },
        binaries: arguments.binaries,
        template: arguments.template,
    };
    let world = World::start(options, &tell).await?;
    if !stand_ins_for_all_but.is_empty() {
        tell(&format!(
            "real, not a stand-in: {}",
            stand_ins_for_all_but.join(", ")
        ));
    }
    if is_ours {
        let rows = store_postgres::read_csv(samples::bank())?;
        world.ledger.import(&rows).await?;
        tell(&format!(
            "{} sample customers have {} accounts at the bank",
            rows.customers.len(),
            rows.accounts.len()
        ));
    }
    for (name, text) in &documents {
        world.upload(name, text).await?;
    }
    tell(&format!("indexing {} documents", documents.len()));
    world.wait_for_documents(documents.len(), INDEXING).await?;
    tell(&format!("{} mails arrive", mails.len()));
    let (delivered, ended) = if arguments.converse {
        conversation::play(&world, mails, &out, arguments.json).await?
    } else {
        let deliver = |(file, raw): (String, Vec<u8>)| Delivered::now(&world, file, &raw);
        let delivered: Vec<Delivered> = mails.into_iter().map(deliver).collect();
        let ended = follow(&world, &delivered, &out, arguments.json).await?;
        (delivered, ended)
    };
    if !arguments.json {
        report::table(&delivered, &ended);
        if arguments.converse {
            report::tickets(&world.stand_ins.odoo);
        }
        println!(
            "\nDrafts are under {}, tickets at {}",
            out.folder().display(),
            world.places.odoo_url()
        );
    }
    let unfinished = delivered.len() - ended.len();
    if arguments.once {
        if unfinished > 0 {
            let log = out.folder().join("functions.log");
            std::fs::copy(world.aws.log(), &log)?;
            eprintln!(
                "{unfinished} mails are not in a terminal state after {PATIENCE:?}; what the functions \
                 said is in {}",
                log.display()
            );
            return Ok(ExitCode::FAILURE);
        }
        return Ok(ExitCode::SUCCESS);
    }
    stay(&world, &delivered).await
}

/// Tells the stories until all mails have ended, or patience has.
async fn follow(
    world: &World,
    delivered: &[Delivered],
    out: &Out,
    json: bool,
) -> anyhow::Result<Vec<Ended>> {
    let began = Instant::now();
    let mut story = Story::begin();
    let mut ended = Vec::new();
    while ended.len() < delivered.len() && began.elapsed() < PATIENCE {
        for mail in delivered {
            let (lines, end) = story.look(&world.ledger, &mail.file, &mail.key).await?;
            for line in lines {
                if json {
                    eprintln!("{line}");
                } else {
                    println!("{line}");
                }
            }
            if let Some(record) = end {
                let end = out.keep(mail, &record, &world.stand_ins.gmail)?;
                if json {
                    println!("{}", serde_json::to_string(&end)?);
                }
                ended.push(end);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(ended)
}

/// Stays up for a person to play with, telling the stories of mails that come later.
async fn stay(world: &World, delivered: &[Delivered]) -> anyhow::Result<ExitCode> {
    let (health, host) = world.aws.function_url(&world.outputs, "HealthUrl")?;
    eprintln!(
        "\nStill running; Ctrl-C ends it. Send another mail with\n  \
         curl --data-binary @mail.eml {}/_control/mails\n\
         and ask whether all is ready with\n  \
         curl -H 'Host: {host}' {health}readyz",
        world.places.gmail_url()
    );
    let mut story = Story::begin();
    let first: Vec<&MailKey> = delivered.iter().map(|mail| &mail.key).collect();
    loop {
        for key in world.ledger.recent(world.mailbox).await? {
            if first.contains(&&key) {
                continue;
            }
            let (lines, _) = story.look(&world.ledger, &key.to_string(), &key).await?;
            for line in lines {
                println!("{line}");
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The folder where data is left, emptied: the mailbox begins anew with every run, and the ledger of
/// another mailbox would not fit it.
fn kept_data() -> anyhow::Result<PathBuf> {
    let folder = std::env::current_dir()?.join(".local/data");
    let postgres = folder_for_data(&folder.join("postgres"));
    for old in [&folder, &postgres] {
        if old.exists() {
            std::fs::remove_dir_all(old)
                .with_context(|| format!("cannot empty {}", old.display()))?;
        }
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    eprintln!(
        "the ledger will be left in {}, the knowledge base in {}",
        postgres.display(),
        folder.join("qdrant").display()
    );
    Ok(folder)
}

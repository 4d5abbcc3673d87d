//! `helpdesk backup`: what backups there are, whether they are whole, and bringing one back.

use std::fs::{self, File};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use archive_s3::S3Archive;
use clap::{Args, Subcommand};
use desk::backup::{self, Damage, Kind, Manifest};
use serde_json::json;
use time::OffsetDateTime;

use crate::knowledge::Base;

/// What can be done with backups. The function backup makes them.
#[derive(Subcommand)]
pub enum Backup {
    /// List backups, the oldest first: what is in them, what they build on, and how large they are
    List {
        #[command(flatten)]
        place: Bucket,
        /// Print one JSON object a backup
        #[arg(long)]
        json: bool,
    },
    /// Read a backup, with those that it builds on, and hold every file against the manifests
    Verify {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        place: Bucket,
    },
    /// Make the knowledge base what it was: the pieces of the backup and no others. With --tickets or --dump write what
    /// there is of Odoo to a file instead, for a person: nothing is ever put into Odoo
    Restore {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        place: Bucket,
        #[command(flatten)]
        base: Base,
        /// Only write the tickets to this folder, each as it was last, as tickets.jsonl
        #[arg(long, value_name = "DIR")]
        tickets: Option<PathBuf>,
        /// Only write Odoo's dump of its database to this file, a zip archive
        #[arg(long, value_name = "FILE", conflicts_with = "tickets")]
        dump: Option<PathBuf>,
        /// Say what would be done, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Where backups are.
#[derive(Args)]
pub struct Bucket {
    /// The bucket with the backups; AWS is reached with the credentials of the environment
    #[arg(long, env = "BACKUP_BUCKET")]
    bucket: String,
}

/// One backup.
#[derive(Args)]
pub struct Which {
    /// Its name, such as 2026-11-24T03-00-12Z; the last one without it
    name: Option<String>,
}

/// Does what is asked.
pub async fn run(what: Backup) -> anyhow::Result<ExitCode> {
    match what {
        Backup::List { place, json } => list(&place, json).await,
        Backup::Verify { which, place } => verify(&which, &place).await,
        Backup::Restore {
            which,
            place,
            base,
            tickets,
            dump,
            dry_run,
            yes,
        } => {
            let archive = place.open().await;
            let manifest = which.manifest(&archive).await?;
            match (tickets, dump) {
                (Some(folder), _) => write_tickets(&archive, &manifest, &folder).await,
                (None, Some(file)) => write_dump(&archive, &manifest, &file).await,
                (None, None) => restore(&archive, &manifest, &base, dry_run, yes).await,
            }
        }
    }
}

impl Bucket {
    async fn open(&self) -> S3Archive {
        S3Archive::connect(&self.bucket).await
    }
}

impl Which {
    async fn manifest(&self, archive: &S3Archive) -> anyhow::Result<Manifest> {
        let name = match &self.name {
            Some(name) => name.clone(),
            None => backup::list(archive)
                .await?
                .pop()
                .context("there is no backup yet: the function backup makes one a day")?,
        };
        Ok(backup::manifest(archive, &name).await?)
    }
}

fn megabytes(octets: u64) -> String {
    let tenths = octets.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// What a backup has of Odoo.
fn of_odoo(manifest: &Manifest) -> String {
    let has = match &manifest.tickets {
        Kind::Full => "all tickets".to_owned(),
        Kind::Increment { builds_on } => format!("builds on {builds_on}"),
        Kind::Dump => "Odoo's dump".to_owned(),
    };
    match &manifest.stopped {
        Some(stopped) => format!("{has}, not complete above ticket id {}", stopped.after),
        None => has,
    }
}

fn in_words(manifest: &Manifest) -> String {
    let took = manifest.ended_at - manifest.began_at;
    let tickets = manifest
        .living()
        .map_or_else(|| "-".to_owned(), |living| living.to_string());
    let embedded = manifest.knowledge.as_ref().map_or_else(
        || "-".to_owned(),
        |source| format!("{} in {} dimensions", source.model, source.dimensions),
    );
    format!(
        "{:<22} {:>8} {tickets:>8} {:>10} {took:>7} s  {embedded}; {}",
        manifest.name,
        manifest.rows("knowledge"),
        megabytes(manifest.octets()),
        of_odoo(manifest)
    )
}

async fn list(place: &Bucket, json: bool) -> anyhow::Result<ExitCode> {
    let archive = place.open().await;
    let names = backup::list(&archive).await?;
    if names.is_empty() {
        eprintln!("there is no backup yet: the function backup makes one a day");
    } else if !json {
        println!(
            "{:<22} {:>8} {:>8} {:>10} {:>9}  embedded by; what there is of Odoo",
            "backup", "pieces", "tickets", "size", "took"
        );
    }
    let mut all_read = true;
    for name in names {
        match backup::manifest(&archive, &name).await {
            Ok(manifest) if json => println!(
                "{}",
                json!({
                    "backup": manifest.name,
                    "began_at": manifest.began_at,
                    "ended_at": manifest.ended_at,
                    "pieces": manifest.rows("knowledge"),
                    "tickets": manifest.living(),
                    "has": manifest.tickets,
                    "complete": manifest.stopped.is_none(),
                    "octets": manifest.octets(),
                    "files": manifest.files,
                })
            ),
            Ok(manifest) => println!("{}", in_words(&manifest)),
            Err(damage @ Damage::File { .. }) => {
                eprintln!("{damage}");
                all_read = false;
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(ExitCode::from(u8::from(!all_read)))
}

async fn verify(which: &Which, place: &Bucket) -> anyhow::Result<ExitCode> {
    let archive = place.open().await;
    let manifest = which.manifest(&archive).await?;
    let together = backup::verify(&archive, &manifest).await?;
    let began = OffsetDateTime::from_unix_timestamp(manifest.began_at)?;
    let helpdesk = match &manifest.tickets {
        Kind::Dump => "Odoo's dump".to_owned(),
        Kind::Full => format!("{} tickets", together.tickets),
        Kind::Increment { builds_on } => {
            let tickets = together.tickets;
            format!("{tickets} tickets, together with {builds_on} and what that builds on")
        }
    };
    println!(
        "{} is whole: {} files with {} pieces of documents and {helpdesk}, as they were at {began}",
        manifest.name,
        manifest.files.len(),
        manifest.rows("knowledge"),
    );
    say_what_is_lacking(&manifest, together.lacking);
    Ok(ExitCode::SUCCESS)
}

/// Where time ran out on the tickets, that it did.
fn say_what_is_lacking(manifest: &Manifest, lacking: u64) {
    let Some(stopped) = &manifest.stopped else {
        return;
    };
    let after = stopped.after;
    let rest = match lacking {
        0 => format!("tickets above id {after} are as they were earlier"),
        lacking => format!("{lacking} tickets above id {after} are not in it"),
    };
    println!(
        "it is not complete, for its time ran out: {rest}. The next backup goes on there; `helpdesk backup list` tells \
         which are complete"
    );
}

async fn restore(
    archive: &S3Archive,
    manifest: &Manifest,
    base: &Base,
    dry_run: bool,
    yes: bool,
) -> anyhow::Result<ExitCode> {
    let knowledge = base.knowledge()?;
    let (kept, there) = backup::compare(archive, &*knowledge, manifest).await?;
    println!(
        "{} holds {kept} pieces; the knowledge base holds {there} of the same embedding model",
        manifest.name
    );
    if dry_run {
        println!("nothing was changed");
        return Ok(ExitCode::SUCCESS);
    }
    if !yes && !is_meant()? {
        println!("nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    let restored = backup::restore(archive, &*knowledge, manifest).await?;
    println!(
        "{} pieces were put back and {} that came later removed; answers are drawn from {} now",
        restored.pieces, restored.removed, restored.space
    );
    println!(
        "the next run of index_knowledge brings them in step with the documents in the bucket"
    );
    Ok(ExitCode::SUCCESS)
}

fn is_meant() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("the knowledge base would be made what it was; say so with --yes");
    }
    print!("Make the knowledge base what it was? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

/// Writes a file that is there when all of it is.
struct Whole {
    part: PathBuf,
    to: PathBuf,
    content: BufWriter<File>,
}

impl Whole {
    fn create(to: &Path) -> anyhow::Result<Self> {
        let mut part = to.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        let file = made.and_then(|()| File::create(&part));
        let file = file.with_context(|| format!("writing {}", part.display()))?;
        Ok(Self {
            part,
            to: to.to_owned(),
            content: BufWriter::new(file),
        })
    }

    fn done(mut self) -> anyhow::Result<()> {
        let written = self.content.flush();
        written
            .and_then(|()| fs::rename(&self.part, &self.to))
            .with_context(|| format!("writing {}", self.to.display()))
    }
}

async fn write_tickets(
    archive: &S3Archive,
    manifest: &Manifest,
    folder: &Path,
) -> anyhow::Result<ExitCode> {
    let path = folder.join("tickets.jsonl");
    let mut file = Whole::create(&path)?;
    let mut write = |line: &str| writeln!(file.content, "{line}");
    let together = backup::tickets(archive, manifest, &mut write).await?;
    file.done()?;
    println!(
        "{} tickets with their messages stand in {}, one a line, with Odoo's names of fields; what becomes of them \
         in Odoo is yours to decide",
        together.tickets,
        path.display()
    );
    say_what_is_lacking(manifest, together.lacking);
    Ok(ExitCode::SUCCESS)
}

async fn write_dump(
    archive: &S3Archive,
    manifest: &Manifest,
    path: &Path,
) -> anyhow::Result<ExitCode> {
    let mut file = Whole::create(path)?;
    let mut write = |part: &[u8]| file.content.write_all(part);
    let dump = backup::write_dump(archive, manifest, &mut write).await?;
    file.done()?;
    println!(
        "Odoo's dump stands in {}, {}, and is what was written (SHA-256 {}). Odoo's database manager restores it under \
         another name (/web/database/manager), and so does `odoo db load NAME FILE` on its host; restore it neutralized \
         while you only look at it, for a copy sends the mails that wait in it",
        path.display(),
        megabytes(dump.octets),
        dump.sha256
    );
    Ok(ExitCode::SUCCESS)
}

//! `helpdesk backup`: what backups there are, whether they are whole, and bringing one back.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use archive_s3::S3Archive;
use clap::{Args, Subcommand};
use desk::backup::{self, Damage, Manifest};
use serde_json::json;
use time::OffsetDateTime;

use crate::knowledge::Base;

/// What can be done with backups. The function backup makes them.
#[derive(Subcommand)]
pub enum Backup {
    /// List backups, the oldest first: what is in them, and how large they are
    List {
        #[command(flatten)]
        place: Bucket,
        /// Print one JSON object a backup
        #[arg(long)]
        json: bool,
    },
    /// Read a backup and hold every file against its manifest
    Verify {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        place: Bucket,
    },
    /// Make the knowledge base what it was: the pieces of the backup and no others. With --tickets also write the
    /// tickets to a folder, for a person: nothing is ever put into Odoo
    Restore {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        place: Bucket,
        #[command(flatten)]
        base: Base,
        /// Only write the tickets to this folder, as tickets.jsonl
        #[arg(long)]
        tickets: Option<PathBuf>,
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
            dry_run,
            yes,
        } => {
            let archive = place.open().await;
            let manifest = which.manifest(&archive).await?;
            match tickets {
                Some(folder) => write_tickets(&archive, &manifest, &folder).await,
                None => restore(&archive, &manifest, &base, dry_run, yes).await,
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

fn in_words(manifest: &Manifest) -> String {
    let took = manifest.ended_at - manifest.began_at;
    format!(
        "{:<22} {:>8} {:>8} {:>10} {:>7} s  {}",
        manifest.name,
        manifest.rows("knowledge"),
        manifest.rows("tickets"),
        megabytes(manifest.octets()),
        took,
        manifest.knowledge.as_ref().map_or_else(
            || "-".to_owned(),
            |source| format!("{} in {} dimensions", source.model, source.dimensions)
        )
    )
}

async fn list(place: &Bucket, json: bool) -> anyhow::Result<ExitCode> {
    let archive = place.open().await;
    let names = backup::list(&archive).await?;
    if names.is_empty() {
        eprintln!("there is no backup yet: the function backup makes one a day");
    } else if !json {
        println!(
            "{:<22} {:>8} {:>8} {:>10} {:>9}  embedded by",
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
                    "tickets": manifest.rows("tickets"),
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
    backup::check(&archive, &manifest).await?;
    let began = OffsetDateTime::from_unix_timestamp(manifest.began_at)?;
    println!(
        "{} is whole: {} files with {} pieces of documents and {} tickets, as they were at {began}",
        manifest.name,
        manifest.files.len(),
        manifest.rows("knowledge"),
        manifest.rows("tickets"),
    );
    Ok(ExitCode::SUCCESS)
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

async fn write_tickets(
    archive: &S3Archive,
    manifest: &Manifest,
    folder: &Path,
) -> anyhow::Result<ExitCode> {
    let tickets = backup::tickets(archive, manifest).await?;
    let file = folder.join("tickets.jsonl");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, &tickets))
        .with_context(|| format!("writing {}", file.display()))?;
    println!(
        "{} tickets with their messages stand in {}, one a line, with Odoo's names of fields; what becomes of them \
         in Odoo is yours to decide",
        tickets.lines().count(),
        file.display()
    );
    Ok(ExitCode::SUCCESS)
}

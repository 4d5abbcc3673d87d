//! `helpdesk forget`: a customer's data goes from what the helpdesk stores (GDPR, article 17).

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Args;
use desk::triage::sender_digest;
use domain::{Address, MailKey};
use ports::{Clock, SystemClock};
use secrecy::SecretString;
use store_postgres::{Forgotten, Store};

/// Who is forgotten.
#[derive(Args)]
pub struct Forget {
    /// The customer's e-mail address
    address: String,
    /// Another mail of theirs, by its key (1-18c2f3ab); may be given several times. Mails with several authors are
    /// found by this alone
    #[arg(long)]
    mail: Vec<String>,
    #[arg(
        long,
        help = "postgres://user:password@host/database",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: String,
    /// Say what would be forgotten, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Forgets, and says what is left elsewhere.
pub async fn run(forget: Forget) -> anyhow::Result<ExitCode> {
    let address = forget.address.trim();
    ensure!(
        address.split('@').filter(|part| !part.is_empty()).count() == 2,
        "{address} is no e-mail address"
    );
    let author = Address {
        name: None,
        address: address.to_owned(),
    };
    let sender = sender_digest(&[author]);
    let keys = forget.mail.iter().map(|key| MailKey::parse(key));
    let besides: Vec<MailKey> = keys
        .collect::<Result<_, _>>()
        .context("--mail takes keys such as 1-18c2f3ab")?;
    let store =
        Store::new(&SecretString::from(forget.database_url)).context("opening the ledger")?;
    let now = SystemClock.now();
    let would = store.forget_sender(&sender, &besides, false, now).await;
    let would = would.context("reading the ledger")?;
    if !would.unfinished.is_empty() {
        bail!(
            "{} still being worked, and would be read and written down again: let {} end first (`helpdesk mail KEY`)",
            in_words(&would.unfinished),
            if would.unfinished.len() == 1 {
                "it"
            } else {
                "them"
            }
        );
    }
    if would.mails.is_empty() {
        println!(
            "The ledger knows no mail that {address} alone wrote. Mails with several authors are named with --mail."
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", told(&would));
    if forget.dry_run {
        println!("Nothing was changed.");
        return Ok(ExitCode::SUCCESS);
    }
    if !forget.yes && !is_meant(would.mails.len())? {
        println!("Nothing was changed.");
        return Ok(ExitCode::FAILURE);
    }
    let done = store.forget_sender(&sender, &besides, true, now).await;
    let done = done.context("writing the ledger")?;
    if !done.unfinished.is_empty() {
        bail!("a mail came meanwhile: call it again when it has ended");
    }
    println!(
        "{} forgotten.\n\n{}",
        in_words(&done.mails),
        elsewhere(&done)
    );
    Ok(ExitCode::SUCCESS)
}

fn in_words(mails: &[String]) -> String {
    match mails {
        [one] => format!("Mail {one} is"),
        mails => format!("{} mails are", mails.len()),
    }
}

fn told(found: &Forgotten) -> String {
    let rows = found.rows.iter().filter(|(_, rows)| *rows > 0);
    let rows: Vec<String> = rows
        .map(|(table, rows)| format!("  {table:<16} {rows:>6}"))
        .collect();
    format!(
        "What the ledger holds of {}:\n{}",
        found.mails.join(", "),
        rows.join("\n")
    )
}

/// What this command does not reach.
fn elsewhere(done: &Forgotten) -> String {
    let list = |ids: &[String]| match ids {
        [] => "none".to_owned(),
        ids => ids.join(", "),
    };
    format!(
        "Left to you, for other systems keep it:\n\
         \x20 Gmail    the threads {}\n\
         \x20 Odoo     the tickets {}, and the contact\n\
         \x20 bank     the customer, where there is one\n\
         \x20 traces   what was shown to LangSmith, Langfuse or another service, by the ticket's reference\n\
         Gone by itself: statements in the bucket within a day, logs (which hold no content) after LogRetentionDays,\n\
         the tickets in backups after BackupDays.",
        list(&done.threads),
        list(&done.tickets)
    )
}

fn is_meant(mails: usize) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("{mails} mails would be forgotten for good; say so with --yes");
    }
    print!("Forget this for good? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

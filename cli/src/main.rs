//! `helpdesk`: what an operator does from a terminal.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

mod explain;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use secrecy::SecretString;

#[derive(Parser)]
#[command(
    name = "helpdesk",
    version,
    about = "Works a support mailbox down to the human decision"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what triage would make of mails, without side effects and with nothing running
    Explain {
        /// RFC 5322 messages (.eml)
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print one JSON object a file instead of text
        #[arg(long)]
        json: bool,
        /// A ticket reference as your Odoo writes them
        #[arg(long, env = "TICKET_SAMPLE", default_value = "HT00012")]
        ticket_sample: String,
        /// The support mailbox, whose own mail is never answered
        #[arg(long, env = "GMAIL_ADDRESS", default_value = "support@bank.test")]
        address: String,
    },
    /// Bring the ledger's tables up to date
    Migrate {
        #[arg(
            long,
            help = "postgres://user:password@host/database",
            env = "DATABASE_URL",
            hide_env_values = true
        )]
        database_url: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Explain {
            files,
            json,
            ticket_sample,
            address,
        } => {
            let options = explain::Options::new(&ticket_sample, address, json)?;
            explain::run(files, options).await
        }
        Command::Migrate { database_url } => {
            let url = SecretString::from(database_url);
            let applied = store_postgres::migrate(&url)
                .await
                .context("migrating the ledger")?;
            for name in &applied {
                println!("applied {name}");
            }
            println!("the ledger is up to date");
            Ok(ExitCode::SUCCESS)
        }
    }
}

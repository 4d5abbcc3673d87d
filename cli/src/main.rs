//! `helpdesk`: what an operator does from a terminal.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

mod ages;
mod backup;
mod bank;
mod cost;
mod dead;
mod deployed;
mod doctor;
mod drafts;
mod env;
mod explain;
mod forget;
mod graph;
mod knowledge;
mod llm;
mod mail;
mod manual;
mod needs;
mod odoo;
mod reach;
mod replay;
mod setup;
mod stats;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use domain::sender::{SenderPolicy, Trust};
use ports::release;
use secrecy::SecretString;

/// What `--version` says.
static BUILD: LazyLock<String> =
    LazyLock::new(|| format!("{} ({})", release::VERSION, release::COMMIT));

#[derive(Parser)]
#[command(
    name = "helpdesk",
    version = BUILD.as_str(),
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
        /// Whose Authentication-Results are believed
        #[arg(long, env = "AUTHSERV_ID", default_value = "mx.google.com")]
        authserv_id: String,
        /// What proves a sender
        #[arg(long, env = "SENDER_PROOF", default_value = "dmarc", value_parser = ["dmarc", "dmarc-or-dkim"])]
        sender_proof: String,
    },
    /// Answer a question from the knowledge base as a draft would, and say what was left out
    Ask {
        #[command(flatten)]
        question: knowledge::Question,
        #[command(flatten)]
        place: knowledge::Place,
        /// The hosts that links in answers may lead to, with commas
        #[arg(long, env = "ANSWER_LINK_HOSTS", default_value = "")]
        link_hosts: String,
    },
    /// Try prompts and models on mails that were worked before
    Eval {
        #[command(subcommand)]
        what: Evaluating,
    },
    /// Look after the documents that answers are drawn from
    Knowledge {
        #[command(subcommand)]
        what: knowledge::Knowledge,
    },
    /// See what backups there are and whether they are whole, and bring one back
    Backup {
        #[command(subcommand)]
        what: backup::Backup,
    },
    /// Look after the customer database
    Bank {
        #[command(subcommand)]
        what: Banking,
    },
    /// Print what lets a shell complete commands and options
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Say what a month costs, service by service; asks nobody
    Cost(Box<cost::Cost>),
    /// Say what is wrong with the helpdesk, or a part of it, and what to do about it; changes nothing
    #[command(args_conflicts_with_subcommands = true)]
    Doctor {
        #[command(subcommand)]
        part: Option<Doctored>,
        #[command(flatten)]
        whole: doctor::Whole,
    },
    /// Say how many drafts people send as they are, by intent and by what made them
    Drafts {
        #[arg(
            long,
            help = "postgres://user:password@host/database",
            env = "DATABASE_URL",
            hide_env_values = true
        )]
        database_url: String,
        /// Print one JSON object a row instead of the table
        #[arg(long)]
        json: bool,
    },
    /// Look after dead letters: mails whose tries are used up
    Dlq {
        #[command(subcommand)]
        what: dead::Dead,
    },
    /// Look after the error queue: mails that could not be read
    Errors {
        #[command(subcommand)]
        what: dead::Dead,
    },
    /// Print what a deployed stack is told as variables: `eval "$(helpdesk env)"` gives every other command its settings
    Env(env::Env),
    /// Delete a customer's data from what the helpdesk stores, and say what other systems keep
    Forget(forget::Forget),
    /// Draw the ways that mails can take, with how many took each
    Graph(graph::Graph),
    /// Look at what models were asked, and show it again where it could not be shown
    Llm {
        #[command(subcommand)]
        what: llm::Llm,
    },
    /// Tell what happened to one mail, or let it go on
    Mail {
        #[command(subcommand)]
        what: mail::Mail,
    },
    /// Write the manual pages, one a command
    Man {
        /// Where they go, such as ~/.local/share/man/man1
        folder: PathBuf,
    },
    /// Make what a deployed stack lacks, step by step; a second run changes nothing. `--client` or `--service-account`
    /// says how the helpdesk may into the mailbox
    Setup(Box<setup::Setup>),
    /// Tell today and the last 30 days: mails and what became of them, times, what models cost, drafts, what waits
    Stats(stats::Stats),
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

#[derive(Subcommand)]
enum Evaluating {
    /// Play recorded (masked) mails under another prompt or model, and say what would change; changes nothing
    Replay(Box<replay::Replay>),
}

#[derive(Subcommand)]
enum Banking {
    /// Take in customers.csv, accounts.csv and transactions.csv of a folder, all or none; what is there
    /// is brought up to date, but for passwords
    Import {
        /// The folder; `events/bank` is an example
        folder: PathBuf,
        #[arg(
            long,
            help = "postgres://user:password@host/database",
            env = "DATABASE_URL",
            hide_env_values = true
        )]
        database_url: String,
        /// Read and check the files, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum Doctored {
    /// Address, key, rights, app, team, fields, stages. The key is read from `ODOO_API_KEY`
    Odoo {
        #[command(flatten)]
        place: odoo::Where,
        /// Print one JSON object a check
        #[arg(long)]
        json: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The words of the command line. `helpdesk mail ID` is `helpdesk mail show ID`.
fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let names_a_mail = |word: &OsString| {
        let word = word.to_string_lossy();
        !word.starts_with('-') && !["show", "retry", "help"].contains(&&*word)
    };
    if words.get(1).is_some_and(|word| word == "mail") && words.get(2).is_some_and(names_a_mail) {
        words.insert(2, "show".into());
    }
    words
}

async fn run() -> anyhow::Result<ExitCode> {
    match Cli::parse_from(words()).command {
        Command::Explain {
            files,
            json,
            ticket_sample,
            address,
            authserv_id,
            sender_proof,
        } => {
            let trust = match sender_proof.as_str() {
                "dmarc-or-dkim" => Trust::DmarcOrDkim,
                _ => Trust::Dmarc,
            };
            let sender = SenderPolicy { authserv_id, trust };
            let options = explain::Options::new(&ticket_sample, address, sender, json)?;
            explain::run(files, options).await
        }
        Command::Ask {
            question,
            place,
            link_hosts,
        } => knowledge::ask(&question, &place, &link_hosts).await,
        Command::Eval {
            what: Evaluating::Replay(replay),
        } => replay::run(*replay).await,
        Command::Knowledge { what } => knowledge::run(what).await,
        Command::Backup { what } => backup::run(what).await,
        Command::Bank {
            what:
                Banking::Import {
                    folder,
                    database_url,
                    dry_run,
                },
        } => bank::import(&folder, database_url, dry_run).await,
        Command::Completions { shell } => manual::completions(shell, Cli::command()),
        Command::Man { folder } => manual::pages(&folder, Cli::command()),
        Command::Cost(cost) => cost::run(&cost),
        Command::Doctor {
            part: Some(Doctored::Odoo { place, json }),
            ..
        } => odoo::doctor(place, json).await,
        Command::Doctor { part: None, whole } => Box::pin(doctor::run(whole)).await,
        Command::Drafts { database_url, json } => drafts::run(database_url, json).await,
        Command::Dlq { what } => dead::run(dead::Kind::DeadLetters, what).await,
        Command::Env(env) => env::run(env).await,
        Command::Errors { what } => dead::run(dead::Kind::Errors, what).await,
        Command::Forget(forget) => forget::run(forget).await,
        Command::Graph(graph) => graph::run(graph).await,
        Command::Llm { what } => llm::run(what).await,
        Command::Mail { what } => mail::run(what).await,
        Command::Setup(setup) => Box::pin(setup::run(*setup)).await,
        Command::Stats(stats) => stats::run(stats).await,
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

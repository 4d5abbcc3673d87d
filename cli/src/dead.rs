//! `helpdesk dlq` and `helpdesk errors`: what could not be worked, and what could not be read.
//!
//! Replaying asks the ledger what is left to do: a mail goes to the queue that its state names, one that
//! has ended meanwhile needs nothing. Letters are hidden from others while they are looked at, and given
//! back at the end, also where something failed.

mod bar;
mod choice;
mod replaying;
mod report;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use futures_util::future::join_all;
use ports::QueueName;
use queue_sqs::SqsQueue;
use queue_sqs::dead::{DeadLetters, Letter};
use secrecy::SecretString;
use store_postgres::Store;
use time::OffsetDateTime;

use crate::dead::choice::Choice;
use crate::dead::report::{Known, counted};

/// What can be done about letters that lie there.
#[derive(Subcommand)]
pub enum Dead {
    /// Say what lies there, with the state of each mail and what went wrong with it last
    List {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        choice: Choice,
        /// Print one JSON object a letter
        #[arg(long)]
        json: bool,
    },
    /// Tell the whole stories of the mails that lie there
    Show {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        choice: Choice,
        /// Print one JSON object a letter
        #[arg(long)]
        json: bool,
    },
    /// Let the mails go on from the first step that is not done; what has ended meanwhile is cleared away
    Replay {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        choice: Choice,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// How many letters a second
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
        rate: u32,
    },
    /// Delete letters for good; the mails stay as they are
    Discard {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        choice: Choice,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Every letter there is
        #[arg(long)]
        all: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Where the letters and the ledger are. AWS is found by the usual variables of its environment.
#[derive(Args)]
pub struct Place {
    /// The stack's name
    #[arg(long, env = "HELPDESK_STACK", default_value = "helpdesk")]
    stack: String,
    #[arg(
        long,
        help = "postgres://user:password@host/database",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: String,
}

/// Which queues are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The dead-letter queues.
    DeadLetters,
    /// The error queue.
    Errors,
}

struct Desk {
    store: Store,
    dead: DeadLetters,
    kind: Kind,
}

/// Does what is asked.
pub async fn run(kind: Kind, what: Dead) -> anyhow::Result<ExitCode> {
    match what {
        Dead::List {
            place,
            choice,
            json,
        } => {
            let desk = Desk::open(kind, &place).await?;
            let chosen = desk.look(&choice).await?;
            report::list(&chosen, json);
            desk.dead.give_back(&letters(chosen)).await?;
            Ok(ExitCode::SUCCESS)
        }
        Dead::Show {
            place,
            choice,
            json,
        } => {
            let desk = Desk::open(kind, &place).await?;
            let chosen = desk.look(&choice).await?;
            let told = report::stories(&desk.store, &chosen, json).await;
            desk.dead.give_back(&letters(chosen)).await?;
            told?;
            Ok(ExitCode::SUCCESS)
        }
        Dead::Replay {
            place,
            choice,
            dry_run,
            rate,
        } => {
            let desk = Desk::open(kind, &place).await?;
            if dry_run {
                return replaying::rehearse(&desk, desk.look(&choice).await?).await;
            }
            let queue = SqsQueue::of_stack(&place.stack).await;
            let queue = queue.context("finding the queues")?;
            replaying::replay(&desk, &queue, desk.look(&choice).await?, rate).await
        }
        Dead::Discard {
            place,
            choice,
            dry_run,
            all,
            yes,
        } => {
            if choice.is_everything() && !all {
                bail!("say which letters: --queue, --mail, --older-than, --error …, or --all");
            }
            let desk = Desk::open(kind, &place).await?;
            desk.discard(&choice, dry_run, yes).await
        }
    }
}

fn letters(chosen: Vec<Known>) -> Vec<Letter> {
    chosen.into_iter().map(|known| known.letter).collect()
}

impl Desk {
    async fn open(kind: Kind, place: &Place) -> anyhow::Result<Self> {
        let url = SecretString::from(place.database_url.clone());
        Ok(Self {
            store: Store::new(&url).context("opening the ledger")?,
            dead: DeadLetters::of_stack(&place.stack)
                .await
                .context("finding the queues")?,
            kind,
        })
    }

    /// The letters that are chosen, with what the ledger knows of them. The others are given back.
    async fn look(&self, choice: &Choice) -> anyhow::Result<Vec<Known>> {
        let queues = choice.queues(self.kind)?;
        // Each takes its seconds, for SQS is asked until it has nothing more.
        let looks = queues.iter().map(|queue| self.dead.look(*queue));
        let (mut lying, mut failed) = (vec![], None);
        for (queue, looked) in queues.iter().zip(join_all(looks).await) {
            match looked {
                Ok(looked) => {
                    warn(*queue, looked.more, looked.elsewhere);
                    lying.extend(looked.letters);
                }
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            // The first failure is the one that helps.
            self.dead.give_back(&lying).await.unwrap_or_default();
            return Err(error).context("looking into the queues");
        }
        match self.choose(choice, &lying).await {
            Ok((chosen, others)) => {
                self.dead.give_back(&others).await?;
                Ok(chosen)
            }
            Err(error) => {
                self.dead.give_back(&lying).await.unwrap_or_default();
                Err(error.context("asking the ledger"))
            }
        }
    }

    async fn choose(
        &self,
        choice: &Choice,
        lying: &[Letter],
    ) -> anyhow::Result<(Vec<Known>, Vec<Letter>)> {
        let (mut chosen, mut others) = (vec![], vec![]);
        let now = OffsetDateTime::now_utc();
        for letter in lying {
            let known = Known::of(&self.store, letter.clone()).await?;
            if choice.takes(&known, now) && !choice.is_full(chosen.len()) {
                chosen.push(known);
            } else {
                others.push(known.letter);
            }
        }
        Ok((chosen, others))
    }

    async fn discard(&self, choice: &Choice, dry_run: bool, yes: bool) -> anyhow::Result<ExitCode> {
        let chosen = self.look(choice).await?;
        report::list(&chosen, false);
        let is_meant = match (dry_run || chosen.is_empty(), yes) {
            (true, _) => Ok(false),
            (false, true) => Ok(true),
            (false, false) => asked(chosen.len()),
        };
        if !matches!(is_meant, Ok(true)) {
            self.dead.give_back(&letters(chosen)).await?;
            is_meant?;
            println!("nothing was changed");
            return Ok(ExitCode::SUCCESS);
        }
        for (number, known) in chosen.iter().enumerate() {
            if let Err(error) = self.dead.delete(&known.letter).await {
                let rest: Vec<Known> = chosen.into_iter().skip(number).collect();
                self.dead
                    .give_back(&letters(rest))
                    .await
                    .unwrap_or_default();
                let told = format!("{} deleted, the others lie there still", counted(number));
                return Err(error).context(told);
            }
            println!("{}", known.deleted());
        }
        println!("\n{} deleted", counted(chosen.len()));
        Ok(ExitCode::SUCCESS)
    }
}

/// Says what was not seen. The counts are SQS's own, which are rough.
fn warn(queue: QueueName, more: usize, elsewhere: usize) {
    let name = queue.as_str();
    if more > 0 && queue == QueueName::Errors {
        eprintln!("about {more} more lie in {name}; do this again to see them");
    } else if more > 0 {
        eprintln!(
            "about {more} more lie in {name} behind others of their threads; do this again when those are gone"
        );
    }
    if elsewhere > 0 {
        eprintln!(
            "about {elsewhere} more in {name} are being looked at elsewhere, or were by something that broke \
             off; they are back within five minutes"
        );
    }
}

fn asked(count: usize) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("{} would be deleted; say so with --yes", counted(count));
    }
    print!("Delete {} for good? [y/N] ", counted(count));
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

//! `helpdesk dlq` and `helpdesk errors`: what could not be worked, and what could not be read.
//!
//! Replaying asks the ledger what is left to do: a mail goes to the queue that its state names, one that
//! has ended meanwhile needs nothing. The ledger is written first and the letter deleted after, so that
//! breaking off at any point and doing it again is safe.

mod choice;
mod report;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use desk::outbox;
use futures_util::future::try_join_all;
use ports::{Ledger, QueueName, SystemClock, Upkeep};
use queue_sqs::SqsQueue;
use queue_sqs::dead::{DeadLetters, Letter};
use secrecy::SecretString;
use store_postgres::Store;
use time::OffsetDateTime;

use crate::dead::choice::Choice;
use crate::dead::report::Known;

/// How long sending on may take at the end.
const SENDING: time::Duration = time::Duration::minutes(5);

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
        #[arg(long, default_value_t = 5)]
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
            let (chosen, others) = desk.look(&choice).await?;
            report::list(&chosen, json);
            desk.dead.give_back(&letters(chosen, others)).await?;
            Ok(ExitCode::SUCCESS)
        }
        Dead::Show { place, choice } => {
            let desk = Desk::open(kind, &place).await?;
            let (chosen, others) = desk.look(&choice).await?;
            for known in &chosen {
                report::story(&desk.store, known).await?;
            }
            desk.dead.give_back(&letters(chosen, others)).await?;
            Ok(ExitCode::SUCCESS)
        }
        Dead::Replay {
            place,
            choice,
            dry_run,
            rate,
        } => {
            let desk = Desk::open(kind, &place).await?;
            desk.replay(&place.stack, &choice, dry_run, rate).await
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

fn letters(chosen: Vec<Known>, others: Vec<Letter>) -> Vec<Letter> {
    chosen
        .into_iter()
        .map(|known| known.letter)
        .chain(others)
        .collect()
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

    /// The letters that are chosen, with what the ledger knows of them, and the others.
    async fn look(&self, choice: &Choice) -> anyhow::Result<(Vec<Known>, Vec<Letter>)> {
        let (mut chosen, mut others) = (vec![], vec![]);
        let now = OffsetDateTime::now_utc();
        let queues = choice.queues(self.kind)?;
        // Each takes its seconds, for SQS is asked until it has nothing more.
        let looks = queues.iter().map(|queue| self.dead.look(*queue));
        let looked = try_join_all(looks)
            .await
            .context("looking into the queues")?;
        for (queue, lying) in queues.into_iter().zip(looked) {
            if lying.more > 0 {
                eprintln!(
                    "{} more lie in {} behind others of their threads; do this again when those are gone",
                    lying.more,
                    queue.as_str()
                );
            }
            for letter in lying.letters {
                let known = Known::of(&self.store, letter).await?;
                if choice.takes(&known, now) && !choice.is_full(chosen.len()) {
                    chosen.push(known);
                } else {
                    others.push(known.letter);
                }
            }
        }
        Ok((chosen, others))
    }

    async fn replay(
        &self,
        stack: &str,
        choice: &Choice,
        dry_run: bool,
        rate: u32,
    ) -> anyhow::Result<ExitCode> {
        let (chosen, others) = self.look(choice).await?;
        self.dead.give_back(&others).await?;
        let pause = Duration::from_secs(1) / rate.max(1);
        let (mut sent, mut cleared, mut kept) = (0, 0, vec![]);
        for (number, known) in chosen.iter().enumerate() {
            if dry_run {
                println!("{}", known.would());
                kept.push(known.letter.clone());
                continue;
            }
            match self.replayed(known).await? {
                Replayed::Sent(queue) => {
                    sent += 1;
                    println!("{} goes to {}", known.name(), queue.as_str());
                }
                Replayed::Ended => {
                    cleared += 1;
                    println!("{} is {}: cleared away", known.name(), known.state());
                }
                Replayed::Kept(why) => {
                    kept.push(known.letter.clone());
                    println!("{} is kept: {why}", known.name());
                }
            }
            progress(number + 1, chosen.len());
            tokio::time::sleep(pause).await;
        }
        self.dead.give_back(&kept).await?;
        if dry_run {
            println!("\n{} letters; nothing was changed", chosen.len());
            return Ok(ExitCode::SUCCESS);
        }
        let queue = SqsQueue::of_stack(stack)
            .await
            .context("finding the queues")?;
        let until = OffsetDateTime::now_utc() + SENDING;
        outbox::relay(&self.store, &queue, &SystemClock, until)
            .await
            .context(
                "sending to the queues; the schedule does it within minutes, or do this again: it is safe",
            )?;
        println!(
            "\n{sent} sent on, {cleared} cleared away, {} kept",
            kept.len()
        );
        Ok(if kept.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn replayed(&self, known: &Known) -> anyhow::Result<Replayed> {
        let Some(mail) = &known.letter.mail else {
            return Ok(Replayed::Kept("it names no mail; `discard` deletes it"));
        };
        if self.store.mail(mail).await?.is_none() {
            return Ok(Replayed::Kept("the ledger does not know its mail"));
        }
        let sent = self.store.send_again(mail).await;
        let sent = sent.with_context(|| format!("replaying {mail}; doing it again is safe"))?;
        self.dead
            .delete(&known.letter)
            .await
            .with_context(|| format!("clearing {mail} away; doing it again is safe"))?;
        Ok(match sent {
            Some(queue) => Replayed::Sent(queue),
            None => Replayed::Ended,
        })
    }

    async fn discard(&self, choice: &Choice, dry_run: bool, yes: bool) -> anyhow::Result<ExitCode> {
        let (chosen, others) = self.look(choice).await?;
        self.dead.give_back(&others).await?;
        report::list(&chosen, false);
        let is_meant = match (dry_run, yes) {
            (true, _) => Ok(false),
            (false, true) => Ok(true),
            (false, false) => asked(chosen.len()),
        };
        if !matches!(is_meant, Ok(true)) {
            self.dead.give_back(&letters(chosen, vec![])).await?;
            is_meant?;
            println!("nothing was changed");
            return Ok(ExitCode::SUCCESS);
        }
        for known in &chosen {
            self.dead.delete(&known.letter).await?;
            println!("{} of {} is deleted", known.letter.id, known.name());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What came of replaying a letter.
enum Replayed {
    Sent(QueueName),
    Ended,
    Kept(&'static str),
}

fn asked(count: usize) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("{count} letters would be deleted; say so with --yes");
    }
    print!("Delete these {count} letters for good? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

/// A bar on a terminal, nothing elsewhere.
fn progress(done: usize, of: usize) {
    const WIDTH: usize = 30;
    if !std::io::stderr().is_terminal() || of == 0 {
        return;
    }
    let full = done * WIDTH / of;
    let end = if done == of { "\n" } else { "" };
    eprint!(
        "\r[{}{}] {done} of {of}{end}",
        "#".repeat(full),
        " ".repeat(WIDTH - full)
    );
}

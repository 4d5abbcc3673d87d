//! How long it takes to look a conversation up among millions. `cargo xtask bench memory` runs it.
#![expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use domain::{GmailMessageId, MailKey, MailboxId, TicketId};
use local::postgres::Postgres;
use ports::Ledger;
use secrecy::SecretString;
use store_postgres::{Store, migrate};
use tokio_postgres::NoTls;

/// Turns where no other number is given.
const TURNS: i64 = 10_000_000;
/// Turns of one ticket, about.
const TURNS_A_TICKET: i64 = 12;
/// Lookups of each kind that are measured, and those before that are not.
const LOOKUPS: usize = 5_000;
const WARM_UP: usize = 500;
/// How many of a ticket's turns are looked up.
const LAST: usize = 12;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let turns = match std::env::args().nth(1) {
        Some(number) => number.parse().context("the number of turns is no number")?,
        None => TURNS,
    };
    ensure!(turns >= 1_000, "fewer than 1000 turns tell nothing");
    let server = Postgres::for_tests()?;
    let url = SecretString::from(server.url());
    migrate(&url).await?;
    let tickets = turns / TURNS_A_TICKET;
    let began = Instant::now();
    fill(&server.url(), turns, tickets).await?;
    let took = began.elapsed().as_secs();
    println!("{turns} turns on {tickets} tickets, loaded in {took} s\n");
    let store = Store::new(&url)?;
    measure(&store, turns, tickets).await?;
    let plans = store
        .plans(TicketId(tickets / 2), &mail(turns / 2)?)
        .await?;
    for (name, plan) in &plans {
        println!("\n{name}:\n{plan}");
    }
    let scans = plans.iter().any(|(_, plan)| plan.contains("Seq Scan"));
    ensure!(!scans, "a lookup reads a whole table");
    Ok(())
}

/// Turns as years of mail leave them: those of one ticket lie far apart in the table.
async fn fill(url: &str, turns: i64, tickets: i64) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let driver = tokio::spawn(connection);
    let statements = format!(
        "insert into helpdesk.mailboxes (address) values ('support@bank.test');
         drop index helpdesk.turns_by_ticket;
         -- The mails are made beside the turns: checking each of them would only take time.
         set session_replication_role = replica;
         insert into helpdesk.mails (mailbox, message, thread, state, intent, route)
         select 1, lpad(to_hex(i), 16, '0'), 't' || i % {tickets}, 'answered', 'general_query', 'general_query'
           from generate_series(1, {turns}) i;
         insert into helpdesk.turns (ticket_id, mailbox, message, direction, intent, confidence, text, at)
         select 1 + i::bigint * 7919 % {tickets}, 1, lpad(to_hex(i), 16, '0'), 'incoming', 'general_query', 0.9,
                md5(i::text) || repeat(' and the customer goes on to ask about it', 6),
                timestamptz '2020-01-01' + i * interval '20 seconds'
           from generate_series(1, {turns}) i;
         insert into helpdesk.summaries (ticket_id, through, text)
         select i, 1, repeat('What was said before, in short. ', 12) from generate_series(1, {tickets}, 4) i;
         create index turns_by_ticket on helpdesk.turns (ticket_id, at desc, id desc);
         vacuum analyze helpdesk.turns; analyze helpdesk.mails; analyze helpdesk.summaries;"
    );
    for statement in statements
        .split(';')
        .map(str::trim)
        .filter(|s| !s.is_empty())
    {
        client.execute(statement, &[]).await?;
    }
    drop(client);
    driver.await??;
    Ok(())
}

fn mail(number: i64) -> anyhow::Result<MailKey> {
    let message = GmailMessageId::parse(&format!("{number:016x}"))?;
    Ok(MailKey::new(MailboxId(1), message))
}

/// Numbers that lie anywhere, the same in every run.
struct Anywhere(u64);

impl Anywhere {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let limit = u64::try_from(limit).unwrap_or(1);
        i64::try_from((self.0 >> 33) % limit).unwrap_or_default()
    }
}

async fn measure(store: &Store, turns: i64, tickets: i64) -> anyhow::Result<()> {
    let mut anywhere = Anywhere(7);
    let (mut by_ticket, mut by_mail, mut summaries) = (vec![], vec![], vec![]);
    for round in 0..WARM_UP + LOOKUPS {
        let ticket = TicketId(1 + anywhere.below(tickets));
        let mail = mail(1 + anywhere.below(turns))?;
        let began = Instant::now();
        let found = store.turns(ticket, LAST).await?.len();
        let first = began.elapsed();
        let began = Instant::now();
        let of_mail = store.turns_of(&mail).await?.len();
        let second = began.elapsed();
        let began = Instant::now();
        store.summary(ticket).await?;
        let third = began.elapsed();
        ensure!(found > 0 && of_mail == 1, "a turn was not found");
        if round >= WARM_UP {
            by_ticket.push(first);
            by_mail.push(second);
            summaries.push(third);
        }
    }
    println!("lookup (milliseconds)    median     p95     p99     max");
    row("turns of a ticket", by_ticket);
    row("turns of a mail", by_mail);
    row("summary of a ticket", summaries);
    Ok(())
}

fn row(name: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |percent: usize| {
        let place = (took.len() * percent / 100).min(took.len() - 1);
        took[place].as_secs_f64() * 1_000.0
    };
    println!(
        "{name:<22} {:>8.3} {:>7.3} {:>7.3} {:>7.3}",
        at(50),
        at(95),
        at(99),
        at(100)
    );
}

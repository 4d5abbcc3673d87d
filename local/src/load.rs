//! `load`: how many mails a second go through the product on this machine, with how many in the ledger,
//! and where the time goes.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use domain::MailKey;
use local::world::{ADDRESS, World};
use tokio_postgres::{Client, NoTls};

use crate::stage::Stage;

const PATIENCE: Duration = Duration::from_mins(20);

/// What `cargo xtask bench load` takes.
#[derive(Args)]
pub struct Arguments {
    /// How many mails come at once, each time
    #[arg(long, default_value_t = 100)]
    mails: usize,
    /// How many mails are in the ledger before, each time
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 5_000, 20_000])]
    ledger: Vec<i32>,
    #[command(flatten)]
    stage: Stage,
}

/// Fills the ledger with mails that were answered, each with its steps, its turn and its visits.
const FILL: &str = "
    insert into helpdesk.mails (mailbox, message, thread, state, intent, route, ticket_id, ticket_ref)
    select 1, 'old' || n, 'oldthread' || n / 3, 'answered', 'general_query', 'general_query', n,
           'OLD' || n
      from generate_series((select count(*) + 1 from helpdesk.mails where message like 'old%'), $1::int4) n;";
const FILL_BESIDE: &str = "
    insert into helpdesk.steps (mailbox, message, step, state, attempt, external_id)
    select 1, message, step, 'done', 1, 'x' from helpdesk.mails,
           unnest(array['ticket', 'turn', 'draft', 'note']) step where message like 'old%'
    on conflict do nothing;
    insert into helpdesk.turns (ticket_id, mailbox, message, direction, intent, text, at)
    select ticket_id, 1, message, 'incoming', 'general_query', repeat('word ', 60), seen_at
      from helpdesk.mails where message like 'old%' on conflict do nothing;
    insert into helpdesk.outbox (queue, mailbox, message, thread, sent_at)
    select 'mail', 1, message, thread, now() from helpdesk.mails where message like 'old%'
    on conflict do nothing;
    insert into helpdesk.visits (mailbox, message, queue, try, at, took_ms, outcome)
    select 1, message, 'mail', 1, now(), 20, 'routed' from helpdesk.mails m where message like 'old%'
       and not exists (select 1 from helpdesk.visits v where v.message = m.message);
    analyze;";

/// How long each function worked on a mail, and how long mails took in all, in milliseconds (medians).
const TIMES: &str = "
    select v.queue, percentile_cont(0.5) within group (order by v.took_ms)::float8 as took,
           count(*) as visits
      from helpdesk.visits v where v.message not like 'old%' and v.at > $1 group by v.queue order by v.queue";
const AGES: &str = "
    select percentile_cont(0.5) within group (order by age)::float8 as median,
           percentile_cont(0.95) within group (order by age)::float8 as most
      from (select extract(epoch from changed_at - seen_at) * 1000 as age from helpdesk.mails
             where message not like 'old%' and seen_at > $1) ages";

/// Measures.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let tell = |line: &str| eprintln!("{:6.1}s  {line}", began.elapsed().as_secs_f32());
    let world = arguments.stage.world((60, 90), &tell).await?;
    let url = world.postgres.as_ref().map(local::postgres::Postgres::url);
    let (client, connection) = tokio_postgres::connect(&url.unwrap_or_default(), NoTls).await?;
    tokio::spawn(connection);
    let mut number = 0;
    tell("warming up");
    come(&world, 10, &mut number).await?;
    println!(
        "{:>9} {:>8} {:>9} {:>12} {:>12}  where the time goes (medians)",
        "in ledger", "mails", "mails/s", "median age", "95 % under"
    );
    for ledger in arguments.ledger {
        tell(&format!("{ledger} mails in the ledger"));
        client.execute(FILL, &[&ledger]).await?;
        client.batch_execute(FILL_BESIDE).await?;
        let since = time::OffsetDateTime::now_utc();
        let seconds = come(&world, arguments.mails, &mut number).await?;
        #[expect(clippy::cast_precision_loss, reason = "some hundred mails")]
        let speed = arguments.mails as f64 / seconds;
        let (median, most, parts) = times(&client, since).await?;
        println!(
            "{ledger:>9} {:>8} {speed:>9.1} {median:>9.0} ms {most:>9.0} ms  {parts}",
            arguments.mails
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// So many mails come at once. Returns after how many seconds the last one has ended.
async fn come(world: &World, mails: usize, number: &mut usize) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut keys: Vec<MailKey> = vec![];
    for _ in 0..mails {
        *number += 1;
        let raw = format!(
            "From: Customer {number} <load{number}@customer.test>\r\nTo: {ADDRESS}\r\n\
             Subject: Replacement card {number}\r\nMessage-ID: <load{number}@customer.test>\r\n\r\n\
             How much does a replacement card cost, please?\r\n"
        );
        keys.push(world.deliver(raw.as_bytes()).1);
    }
    anyhow::ensure!(
        world.settle(&keys, PATIENCE).await?,
        "not all mails ended within {PATIENCE:?}"
    );
    Ok(began.elapsed().as_secs_f64())
}

async fn times(client: &Client, since: time::OffsetDateTime) -> anyhow::Result<(f64, f64, String)> {
    let mut parts = vec![];
    let mut worked = 0.0;
    for row in client.query(TIMES, &[&since]).await? {
        let (queue, took): (String, f64) = (row.try_get("queue")?, row.try_get("took")?);
        worked += took;
        parts.push(format!("{queue} {took:.0} ms"));
    }
    let row = client.query_one(AGES, &[&since]).await?;
    let (median, most): (f64, f64) = (row.try_get("median")?, row.try_get("most")?);
    parts.push(format!("waiting in queues {:.0} ms", median - worked));
    Ok((median, most, parts.join(", ")))
}

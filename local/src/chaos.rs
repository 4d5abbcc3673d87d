//! Chaos on the deployed product: mails come while everything around the functions fails at random, and
//! afterwards nothing is lost and nothing is there twice.
//!
//! The faults of every service, the kinds of mails and the mishaps are drawn from one seed. What comes of
//! them depends on the machine's timing as well, so a seed brings the same weather, not the same run.

mod judge;
mod report;
mod traffic;
mod weather;

use std::time::{Duration, Instant};

use anyhow::Context;
use domain::MailKey;
use ports::Ledger;
use testkit::storm::Chance;

use crate::world::World;

pub use judge::Verdict;
pub use report::Report;

use traffic::Traffic;
use weather::Weather;

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many mails come.
    pub mails: usize,
    /// The share of calls that meet a fault, from 0 to 1.
    pub faults: f64,
    /// How long the mails come and the storm lasts.
    pub storm: Duration,
    /// How long may pass afterwards until all mails have ended.
    pub patience: Duration,
    /// What everything is drawn from.
    pub seed: u64,
}

/// A mail that came.
#[derive(Debug, Clone)]
pub struct Came {
    /// Its key.
    pub key: MailKey,
    /// What it asks for.
    pub kind: traffic::Kind,
    /// Who wrote it, where a password depends on it.
    pub customer: Option<String>,
    /// When it came.
    pub at: Instant,
}

/// One look at the weather and the mails a second.
const TICK: Duration = Duration::from_secs(1);
/// How often the schedules' work is done by hand afterwards, so that nobody waits for them.
const ROUND: Duration = Duration::from_secs(10);

/// Plays a run on a world and judges it. `tell` is given a line now and then.
pub async fn run(mut world: World, plan: &Plan, tell: &dyn Fn(&str)) -> anyhow::Result<Report> {
    let mut traffic = Traffic::new(plan);
    traffic.prepare(&world).await.context("making customers")?;
    let mut weather = Weather::new(plan, world.postgres.take());
    weather.rises(&world);
    let began = Instant::now();
    let mut came: Vec<Came> = vec![];
    let mut chance = Chance::seeded(plan.seed ^ 0x7ac);
    while began.elapsed() < plan.storm {
        let due = share_of(plan.mails, began.elapsed(), plan.storm);
        while came.len() < due {
            came.push(traffic.delivers(&world));
        }
        weather.ticks(&world, &came, &mut chance).await;
        tokio::time::sleep(TICK).await;
    }
    while came.len() < plan.mails {
        came.push(traffic.delivers(&world));
    }
    weather.falls(&world);
    tell(&format!(
        "{} mails came, the storm is over; waiting until all have ended",
        came.len()
    ));
    let ended = wait(&world, &came, plan.patience, tell).await?;
    let verdict = judge::judge(&world, &came, &traffic).await?;
    let ages = traffic.ages().await?;
    let report = Report::of(plan, &came, weather.told(), ended, verdict, &ages);
    // It goes last: the ledger's connections end with it.
    drop(weather);
    Ok(report)
}

fn share_of(mails: usize, passed: Duration, whole: Duration) -> usize {
    let share = passed.as_secs_f64() / whole.as_secs_f64().max(0.001);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "thousands of mails"
    )]
    let due = (mails as f64 * share).ceil() as usize;
    due.min(mails)
}

/// Waits until every mail has ended. Returns how long after the storm that was, or nothing where
/// patience ended first.
async fn wait(
    world: &World,
    came: &[Came],
    patience: Duration,
    tell: &dyn Fn(&str),
) -> anyhow::Result<Option<Duration>> {
    let began = Instant::now();
    loop {
        world.poll().await?;
        // A round that meets a service which is left alone says so, and the next one goes on.
        if let Err(error) = world.sweep().await {
            tell(&format!("the sweep says: {error:#}"));
        }
        let mut open = 0;
        for mail in came {
            let record = world.ledger.mail(&mail.key).await?;
            open += usize::from(!record.is_some_and(|record| record.state.is_terminal()));
        }
        if open == 0 {
            return Ok(Some(began.elapsed()));
        }
        if began.elapsed() > patience {
            return Ok(None);
        }
        tell(&format!("{open} mails have not ended"));
        tokio::time::sleep(ROUND).await;
    }
}

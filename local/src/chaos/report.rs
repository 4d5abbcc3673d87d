//! What is told of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::judge::Verdict;
use super::traffic::Kind;
use super::weather::Told;
use super::{Came, Plan};

/// A run and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What everything was drawn from.
    pub seed: u64,
    /// The share of calls that were to meet a fault.
    pub share_of_faults: f64,
    /// How long the storm lasted, in seconds.
    pub storm_s: u64,
    /// How many mails of each kind came.
    pub came: BTreeMap<Kind, usize>,
    /// What was done to the product.
    pub done_to_it: Told,
    /// How many seconds after the storm the last mail ended. Nothing: not all of them did.
    pub recovered_after_s: Option<f64>,
    /// How old mails were at their end, in seconds: the median, the 95th percentile, the oldest.
    pub ages_s: [f64; 3],
    /// What was found.
    pub verdict: Verdict,
}

impl Report {
    pub(super) fn of(
        plan: &Plan,
        came: &[Came],
        done_to_it: Told,
        recovered: Option<Duration>,
        verdict: Verdict,
        ages: &[f64],
    ) -> Self {
        let mut kinds = BTreeMap::new();
        for mail in came {
            *kinds.entry(mail.kind).or_default() += 1;
        }
        let at = |percent: usize| {
            let place = (ages.len() * percent / 100).min(ages.len().saturating_sub(1));
            ages.get(place).copied().unwrap_or_default()
        };
        Self {
            seed: plan.seed,
            share_of_faults: plan.faults,
            storm_s: plan.storm.as_secs(),
            came: kinds,
            done_to_it,
            recovered_after_s: recovered.map(|after| after.as_secs_f64()),
            ages_s: [at(50), at(95), at(100)],
            verdict,
        }
    }

    /// Whether nothing was lost and nothing is there twice.
    pub fn is_clean(&self) -> bool {
        self.verdict.is_clean() && self.recovered_after_s.is_some()
    }

    /// The report for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![];
        let mails: usize = self.came.values().sum();
        lines.push(format!(
            "seed {}: {mails} mails in {} s, {:.0} % of calls meet a fault",
            self.seed,
            self.storm_s,
            self.share_of_faults * 100.0
        ));
        for (service, faults) in &self.done_to_it.faults {
            let sum: u32 = faults.values().sum();
            let kinds: Vec<String> = faults.iter().map(|(k, n)| format!("{n} {k}")).collect();
            lines.push(format!(
                "  {service:<8} {sum:>5} faults: {}",
                kinds.join(", ")
            ));
        }
        let told = &self.done_to_it;
        let killed: u32 = told.killed.values().sum();
        lines.push(format!(
            "  {killed} functions killed, {} database restarts, {} messages delivered again, pushes \
             lost for {} s and doubled for {} s",
            told.restarts,
            told.delivered_again,
            told.seconds_without_pushes,
            told.seconds_of_double_pushes
        ));
        let states = &self.verdict.states;
        let states: Vec<String> = states.iter().map(|(s, n)| format!("{n} {s}")).collect();
        lines.push(format!("  ended: {}", states.join(", ")));
        lines.push(match self.recovered_after_s {
            Some(seconds) => format!(
                "  the last mail ended {seconds:.0} s after the storm; mails were {:.0} s old at their \
                 end (median), 95 % of them under {:.0} s, the oldest {:.0} s",
                self.ages_s[0], self.ages_s[1], self.ages_s[2]
            ),
            None => "  not all mails ended in time".to_owned(),
        });
        let verdict = &self.verdict;
        for (what, wrong) in [
            ("lost", &verdict.lost),
            ("tickets", &verdict.tickets),
            ("drafts", &verdict.drafts),
            ("notes", &verdict.notes),
            ("passwords", &verdict.passwords),
            ("alerts", &verdict.alerts),
            ("dead letters", &verdict.dead_letters),
        ] {
            lines.push(format!("  {what:<12} {} wrong", wrong.len()));
            lines.extend(wrong.iter().map(|one| format!("    {one}")));
        }
        lines.push(format!(
            "  {} alerts were repeated and said so; customers saw {} messages",
            verdict.marked_repeats, verdict.seen_by_customers
        ));
        lines
    }
}

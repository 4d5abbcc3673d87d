//! Faults at random, the same ones for the same seed.

use std::collections::BTreeMap;

use crate::Fault;

/// A small generator of numbers that look random (`SplitMix64`, Steele and others, 2014).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A generator that gives the same numbers for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is at least 1.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Whether something happens that does so in this share of cases, from 0 to 1.
    pub fn happens(&mut self, share: f64) -> bool {
        let thousandths = u32::try_from(self.below(1_000_000)).unwrap_or_default();
        f64::from(thousandths) < share * 1_000_000.0
    }
}

/// A storm over one service.
#[derive(Debug)]
pub(crate) struct Storm {
    chance: Chance,
    share: f64,
    pub(crate) brought: BTreeMap<&'static str, u32>,
}

impl Storm {
    pub(crate) fn new(seed: u64, share: f64) -> Self {
        Self {
            chance: Chance::seeded(seed),
            share,
            brought: BTreeMap::new(),
        }
    }

    /// What the next call meets.
    pub(crate) fn blows(&mut self) -> Option<Fault> {
        if !self.chance.happens(self.share) {
            return None;
        }
        let (name, fault) = match self.chance.below(12) {
            0..3 => ("connection reset", Fault::Refuse),
            3..6 => ("500", Fault::ServerError),
            6..8 => ("429", Fault::RateLimited(1)),
            8..10 => ("slow", Fault::Delay(200 + self.chance.below(1_500))),
            10 => ("malformed", Fault::Malformed),
            _ => ("no answer", Fault::TimeOutAfterSuccess),
        };
        *self.brought.entry(name).or_default() += 1;
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(seed: u64) -> Vec<Option<Fault>> {
        let mut storm = Storm::new(seed, 0.2);
        (0..1_000).map(|_| storm.blows()).collect()
    }

    #[test]
    fn the_same_seed_brings_the_same_faults() {
        assert_eq!(faults(1), faults(1));
        assert_ne!(faults(1), faults(2));
    }

    #[test]
    fn about_as_many_calls_meet_a_fault_as_were_asked_for() {
        let met = faults(7).into_iter().flatten().count();
        assert!((150..250).contains(&met), "{met}");
    }
}

//! What a mail wants: logistic regression over its [`features`], trained when it is first needed.
//!
//! The cases of `cases/` are learnt in a fixed order, so that every machine learns the same.
//! Held-out cases in `cases/test.jsonl` are never learnt; a test measures on them.

use domain::{Classification, Intent};
use ports::ClassifyRequest;
use serde::Deserialize;

use crate::entities::entities;
use crate::features::{Features, PLACES, features};
use crate::language::language;

const CASES: [&str; 5] = [
    include_str!("../cases/en.jsonl"),
    include_str!("../cases/de.jsonl"),
    include_str!("../cases/fr.jsonl"),
    include_str!("../cases/es.jsonl"),
    include_str!("../cases/it.jsonl"),
];

const INTENTS: usize = Intent::ALL.len();
/// Rounds of learning.
const ROUNDS: u8 = 4;
/// How far one mistake moves the weights.
const RATE: f32 = 0.5;
/// Mistakes smaller than this teach nothing, which keeps the start short.
const SMALL: f32 = 0.03;
/// Features have length one, so scores are small; this makes them logits.
const SCALE: f32 = 5.0;
/// Recognised content words at which a mail counts as fully understood.
const ENOUGH_KNOWN: f32 = 2.0;

/// One invented mail with its intent.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// What it wants.
    pub intent: Intent,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// Reads cases, one JSON object a line. A line that is none is left out; a test holds that none is.
pub fn cases(lines: &str) -> impl Iterator<Item = Case> {
    lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
}

/// The trained classifier.
pub struct Classifier {
    weights: Vec<[f32; INTENTS]>,
    /// Places that learning has seen.
    known: Vec<bool>,
}

impl Classifier {
    /// Learns the cases.
    pub fn train() -> Self {
        let mut learnt: Vec<(Features, usize)> = CASES
            .into_iter()
            .flat_map(cases)
            .map(|case| (features(&case.subject, &case.text), number(case.intent)))
            .collect();
        // The files are sorted by intent. Learning is not to end with one.
        learnt.sort_by_key(|(f, _)| f.weighted.first().map(|(place, _)| *place));
        let mut classifier = Self {
            weights: vec![[0.0; INTENTS]; PLACES],
            known: vec![false; PLACES],
        };
        for (features, _) in &learnt {
            for (place, _) in &features.weighted {
                classifier.known[*place] = true;
            }
        }
        let mut rate = RATE;
        for _ in 0..ROUNDS {
            for (features, intent) in &learnt {
                classifier.learn(features, *intent, rate);
            }
            rate *= 0.8;
        }
        classifier
    }

    fn learn(&mut self, features: &Features, intent: usize, rate: f32) {
        let mut step = self.shares(features);
        step[intent] -= 1.0;
        if step.iter().all(|s| s.abs() < SMALL) {
            return;
        }
        for (place, strength) in &features.weighted {
            let move_by = rate * strength;
            for (weight, step) in self.weights[*place].iter_mut().zip(step) {
                *weight -= move_by * step;
            }
        }
    }

    /// The likelihood of each intent, by what was learnt alone.
    fn shares(&self, features: &Features) -> [f32; INTENTS] {
        let mut scores = [0.0; INTENTS];
        for (place, strength) in &features.weighted {
            for (score, weight) in scores.iter_mut().zip(self.weights[*place]) {
                *score += SCALE * strength * weight;
            }
        }
        let top = scores.iter().copied().fold(f32::MIN, f32::max);
        let odds = scores.map(|score| (score - top).exp());
        let all: f32 = odds.iter().sum();
        odds.map(|odd| odd / all)
    }

    /// How much of a mail is known, 0 to 1. A text of strange words is like none seen before,
    /// whatever its few known words suggest.
    fn understood(&self, features: &Features) -> f32 {
        let is_known = |place: &usize| self.known[*place];
        let known = features
            .content
            .iter()
            .filter(|(word, notion)| is_known(word) || notion.as_ref().is_some_and(is_known));
        let known = known.count();
        let share = ratio(known, features.content.len());
        (share * 2.0).min(1.0) * (ratio(known, 1) / ENOUGH_KNOWN).min(1.0)
    }

    /// What the mail wants.
    pub fn classify(&self, mail: &ClassifyRequest) -> Classification {
        let features = features(&mail.subject, &mail.text);
        let understood = self.understood(&features);
        let even = ratio(1, INTENTS);
        let mut ranked: Vec<(Intent, f32)> = Intent::ALL
            .into_iter()
            .zip(self.shares(&features))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (_, share) in &mut ranked {
            *share = even + (*share - even) * understood;
        }
        let (intent, confidence) = if features.content.is_empty() {
            (Intent::FallbackHuman, even)
        } else {
            ranked[0]
        };
        ranked.retain(|(other, _)| *other != intent);
        let urgency = ranked
            .iter()
            .find(|(other, _)| *other == Intent::UrgentHuman);
        Classification {
            intent,
            confidence,
            entities: entities(&features.words, &mail.text, mail.on),
            language: language(&mail.text, &features.words).to_owned(),
            urgent: urgency.is_none_or(|(_, share)| features.hurry && *share > even),
            alternatives: ranked,
        }
    }
}

fn number(intent: Intent) -> usize {
    Intent::ALL
        .iter()
        .position(|i| *i == intent)
        .unwrap_or_default()
}

/// Counts here stay far below what f32 holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts of words in one mail")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

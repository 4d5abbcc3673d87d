//! All that is judged, as figures.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Intent;
use domain::route::Thresholds;
use serde::Serialize;

use crate::curve::{Point, points, share};
use crate::mails::{Detail, Judged};
use crate::questions::Answered;

/// The figures of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Figures about mails.
    pub mails: MailFigures,
    /// Figures about questions.
    pub questions: QuestionFigures,
}

/// How well mails are understood.
#[derive(Debug, Clone, Serialize)]
pub struct MailFigures {
    /// How many there were.
    pub count: usize,
    /// The share whose intent the model names rightly.
    pub accuracy: f32,
    /// The same by language.
    pub by_language: BTreeMap<String, f32>,
    /// The same by what is special about a mail.
    pub by_kind: BTreeMap<String, f32>,
    /// How often which intent was taken for which: the right one, then the model's.
    pub confusion: BTreeMap<IntentName, BTreeMap<IntentName, usize>>,
    /// The share of mails that are for a person and that no machine handles.
    pub out_of_scope_recall: f32,
    /// The share of urgent mails that reach a person at once or at all.
    pub urgent_to_a_person: f32,
    /// The share of mails that a machine handles although they are something else.
    pub wrongly_handled: f32,
    /// The share of details found that are right, and of details said that are found, by name.
    pub details: BTreeMap<&'static str, PrecisionRecall>,
    /// What other thresholds would do.
    pub curve: Vec<Point>,
    /// The threshold in use.
    pub threshold: f32,
    /// How long a mail takes.
    pub took: Took,
    /// What a mail costs, in US dollars by the price table.
    pub cost: f64,
}

/// An intent by its name, in the order of [`Intent::ALL`].
pub type IntentName = &'static str;

/// Two shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrecisionRecall {
    /// Of what was found, what is right.
    pub precision: f32,
    /// Of what is there, what was found.
    pub recall: f32,
}

/// Durations in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Took {
    /// Half take no longer.
    pub p50: f64,
    /// One in twenty takes longer.
    pub p95: f64,
}

/// How well questions are answered.
#[derive(Debug, Clone, Serialize)]
pub struct QuestionFigures {
    /// Questions that a document answers.
    pub answerable: usize,
    /// Questions that none does.
    pub unanswerable: usize,
    /// The share whose answering passage is found first.
    pub hit_at_1: f32,
    /// The share whose answering passage is among the first five.
    pub hit_at_5: f32,
    /// The share of answerable questions that are answered.
    pub answered: f32,
    /// The share of answers that cite an answering passage and say what a right answer says.
    pub right: f32,
    /// Cited passages that answer, and answering passages that are cited, of what is answered.
    pub citations: PrecisionRecall,
    /// The share of unanswerable questions that are not answered.
    pub abstained: f32,
    /// The share of the model's sentences that the checks refused.
    pub refused_sentences: f32,
    /// The share of sentences in drafts that do not stand word for word in a passage they cite: an upper
    /// bound of what is unsupported.
    pub not_word_for_word: f32,
    /// How long an answer takes.
    pub took: Took,
    /// What an answer costs, in US dollars by the price table.
    pub cost: f64,
}

/// The figures about mails, which cost this much together.
pub fn of_mails(judged: &[Judged], cost: f64) -> MailFigures {
    let right = |one: &&Judged| one.said.intent == one.case.intent;
    let for_people = judged.iter().filter(|one| one.case.intent.is_a_persons());
    let urgent = judged
        .iter()
        .filter(|one| one.case.intent == Intent::UrgentHuman);
    let to_a_person = |one: &&Judged| one.route.is_a_persons();
    let handled = |one: &&Judged| !one.route.is_a_persons() && one.route != one.case.intent;
    let mut confusion: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for one in judged {
        let row = confusion.entry(one.case.intent.as_str()).or_default();
        *row.entry(one.said.intent.as_str()).or_default() += 1;
    }
    let sure: Vec<(f32, bool)> = judged
        .iter()
        .map(|one| (one.said.confidence, one.said.intent == one.case.intent))
        .collect();
    MailFigures {
        count: judged.len(),
        accuracy: share(judged.iter().filter(right).count(), judged.len()),
        by_language: by(judged, |one| one.case.language.clone()),
        by_kind: by(judged, |one| one.case.kind.clone()),
        confusion,
        out_of_scope_recall: share(
            for_people.clone().filter(to_a_person).count(),
            for_people.count(),
        ),
        urgent_to_a_person: share(urgent.clone().filter(to_a_person).count(), urgent.count()),
        wrongly_handled: share(judged.iter().filter(handled).count(), judged.len()),
        details: details(judged),
        curve: points(&sure),
        threshold: Thresholds::default().answer,
        took: took(judged.iter().map(|one| one.took)),
        cost: cost / f64::from(u32::try_from(judged.len().max(1)).unwrap_or(u32::MAX)),
    }
}

fn by(judged: &[Judged], key: impl Fn(&Judged) -> String) -> BTreeMap<String, f32> {
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for one in judged {
        let (right, all) = groups.entry(key(one)).or_default();
        *right += usize::from(one.said.intent == one.case.intent);
        *all += 1;
    }
    let shares = groups
        .into_iter()
        .map(|(key, (right, all))| (key, share(right, all)));
    shares.collect()
}

fn details(judged: &[Judged]) -> BTreeMap<&'static str, PrecisionRecall> {
    let mut counts: BTreeMap<&'static str, Vec<Detail>> = BTreeMap::new();
    for (name, detail) in judged.iter().flat_map(Judged::details) {
        counts.entry(name).or_default().push(detail);
    }
    let figures = counts.into_iter().map(|(name, details)| {
        let count = |wanted: &[Detail]| details.iter().filter(|d| wanted.contains(d)).count();
        let right = count(&[Detail::Right]);
        let found = count(&[Detail::Right, Detail::Wrong, Detail::Invented]);
        let there = count(&[Detail::Right, Detail::Wrong, Detail::Missed]);
        let figure = PrecisionRecall {
            precision: share(right, found),
            recall: share(right, there),
        };
        (name, figure)
    });
    figures.collect()
}

/// The figures about questions, which cost this much together.
pub fn of_questions(all: &[Answered], cost: f64) -> QuestionFigures {
    let answerable: Vec<&Answered> = all.iter().filter(|one| one.is_answerable()).collect();
    let unanswerable: Vec<&Answered> = all.iter().filter(|one| !one.is_answerable()).collect();
    let answered: Vec<&&Answered> = answerable
        .iter()
        .filter(|one| one.outcome.answer.is_ok())
        .collect();
    let sum = |of: &dyn Fn(&Answered) -> usize| answered.iter().map(|one| of(one)).sum::<usize>();
    let kept: usize = all.iter().map(|one| one.sentences().0).sum();
    let quoted: usize = all.iter().map(|one| one.sentences().1).sum();
    let refused: usize = all.iter().map(|one| one.outcome.refused.len()).sum();
    let count =
        |holds: &dyn Fn(&Answered) -> bool| answerable.iter().filter(|one| holds(one)).count();
    let abstained = unanswerable
        .iter()
        .filter(|one| one.outcome.answer.is_err())
        .count();
    QuestionFigures {
        answerable: answerable.len(),
        unanswerable: unanswerable.len(),
        hit_at_1: share(count(&|one| one.hit(1)), answerable.len()),
        hit_at_5: share(count(&|one| one.hit(5)), answerable.len()),
        answered: share(answered.len(), answerable.len()),
        right: share(sum(&|one| usize::from(one.is_right())), answered.len()),
        citations: PrecisionRecall {
            precision: share(sum(&Answered::cited_rightly), sum(&|one| one.cited().len())),
            recall: share(
                sum(&Answered::expected_and_cited),
                sum(&|one| one.case.expects.len()),
            ),
        },
        abstained: share(abstained, unanswerable.len()),
        refused_sentences: 1.0 - share(kept, kept + refused),
        not_word_for_word: 1.0 - share(quoted, kept),
        took: took(all.iter().map(|one| one.took)),
        cost: cost / f64::from(u32::try_from(all.len().max(1)).unwrap_or(u32::MAX)),
    }
}

fn took(all: impl Iterator<Item = Duration>) -> Took {
    let mut sorted: Vec<f64> = all.map(|one| one.as_secs_f64() * 1_000.0).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(place).copied().unwrap_or_default()
    };
    Took {
        p50: at(50),
        p95: at(95),
    }
}

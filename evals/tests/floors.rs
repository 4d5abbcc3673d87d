//! The stand-in's figures on the held-out part do not fall, and the cases are what they say.

use std::collections::{BTreeMap, BTreeSet};

use domain::Intent;
use evals::cases::{Part, mails, questions};
use evals::figures::{MailFigures, QuestionFigures, of_mails, of_questions};
use evals::world::World;
use serde::Deserialize;

#[derive(Deserialize)]
struct Floors {
    at_least: BTreeMap<String, f32>,
    at_most: BTreeMap<String, f32>,
}

fn figure(name: &str, m: &MailFigures, q: &QuestionFigures) -> f32 {
    if let Some(detail) = name.strip_suffix("_recall")
        && let Some(figure) = m.details.get(detail)
    {
        return figure.recall;
    }
    match name {
        "accuracy" => m.accuracy,
        "out_of_scope_recall" => m.out_of_scope_recall,
        "urgent_to_a_person" => m.urgent_to_a_person,
        "wrongly_handled" => m.wrongly_handled,
        "hit_at_1" => q.hit_at_1,
        "hit_at_5" => q.hit_at_5,
        "answered" => q.answered,
        "right" => q.right,
        "citation_precision" => q.citations.precision,
        "citation_recall" => q.citations.recall,
        "abstained" => q.abstained,
        "refused_sentences" => q.refused_sentences,
        "not_word_for_word" => q.not_word_for_word,
        other => panic!("floors.json names {other}, which is no figure"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_figure_falls_below_its_floor() {
    let floors: Floors = serde_json::from_str(include_str!("../floors.json")).unwrap();
    assert!(floors.at_least.len() >= 12 && floors.at_most.len() >= 3);
    let world = World::start(None).await.unwrap();
    let judged = evals::mails::judge(&world, mails(Part::Test).unwrap()).await;
    let answered = evals::questions::answer(&world, questions(Part::Test).unwrap()).await;
    let m = of_mails(&judged.unwrap(), 0.0);
    let q = of_questions(&answered.unwrap(), 0.0);
    let mut fallen = vec![];
    for (name, floor) in &floors.at_least {
        let is = figure(name, &m, &q);
        if is < *floor {
            fallen.push(format!("{name} is {is:.3}, its floor is {floor}"));
        }
    }
    for (name, ceiling) in &floors.at_most {
        let is = figure(name, &m, &q);
        if is > *ceiling {
            fallen.push(format!("{name} is {is:.3}, at most it is {ceiling}"));
        }
    }
    assert!(fallen.is_empty(), "{fallen:#?}");
}

#[test]
fn there_are_mails_of_every_intent_language_and_kind() {
    let all = [Part::Dev, Part::Test].map(|part| mails(part).unwrap());
    let all: Vec<_> = all.into_iter().flatten().collect();
    assert!(all.len() >= 400);
    let intents: BTreeSet<&str> = all.iter().map(|case| case.intent.as_str()).collect();
    assert_eq!(intents.len(), Intent::ALL.len());
    let languages: BTreeSet<&str> = all.iter().map(|case| case.language.as_str()).collect();
    assert_eq!(languages, ["de", "en", "es", "fr", "it"].into());
    let kinds: BTreeSet<&str> = all.iter().map(|case| case.kind.as_str()).collect();
    for kind in [
        "typos",
        "forward",
        "signature",
        "two_intents",
        "off_topic",
        "abuse",
        "out_of_scope",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
    let texts: BTreeSet<(&str, &str)> = all
        .iter()
        .map(|case| (case.subject.as_str(), case.text.as_str()))
        .collect();
    assert_eq!(texts.len(), all.len(), "no mail is in both parts");
}

#[test]
fn there_are_questions_with_and_without_an_answer() {
    let all = [Part::Dev, Part::Test].map(|part| questions(part).unwrap());
    let all: Vec<_> = all.into_iter().flatten().collect();
    let answerable = all.iter().filter(|case| !case.expects.is_empty()).count();
    assert!(answerable >= 150 && all.len() - answerable >= 50);
    for case in all.iter().filter(|case| case.expects.is_empty()) {
        assert!(
            case.why.is_some(),
            "{} does not say why nothing answers it",
            case.id
        );
    }
    let documents = std::fs::read_dir(evals::cases::folder().join("knowledge")).unwrap();
    assert!(documents.count() >= 60);
}

#[test]
fn the_stand_in_was_trained_on_none_of_these() {
    let cases = evals::cases::folder().join("../shared/model_standin/cases");
    let mut learnt = BTreeSet::new();
    for language in ["en", "de", "fr", "es", "it"] {
        let lines = std::fs::read_to_string(cases.join(format!("{language}.jsonl"))).unwrap();
        for line in lines.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            learnt.insert(case["text"].as_str().unwrap().to_owned());
        }
    }
    assert!(learnt.len() >= 300);
    for case in [Part::Dev, Part::Test]
        .into_iter()
        .flat_map(|part| mails(part).unwrap())
    {
        assert!(!learnt.contains(&case.text), "{}", case.id);
    }
}

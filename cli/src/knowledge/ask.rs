//! `helpdesk ask`: the answer that a draft would give, with what was left out of it.

use std::sync::Arc;

use std::process::ExitCode;

use anyhow::Context;
use desk::grounded::{Asked, Grounded, Outcome};
use grounding::LinkHosts;
use ports::{Memory, Passage};
use serde_json::{Value, json};

use super::{Place, Question, begins};

pub(super) async fn run(
    question: &Question,
    place: &Place,
    hosts: &str,
) -> anyhow::Result<ExitCode> {
    let query = question.query();
    let grounded = Grounded {
        retrieval: place.base.retrieval(place.model())?,
        model: place.model(),
        hosts: LinkHosts::parse(hosts).context("the setting ANSWER_LINK_HOSTS")?,
        journal: Arc::new(ports::NoJournal),
    };
    let asked = Asked {
        texts: vec![query.text],
        language: query.language.unwrap_or_else(|| "en".to_owned()),
        on: question.day(),
        memory: Memory::default(),
    };
    let outcome = grounded.answer(&asked).await.context("answering")?;
    if question.json {
        println!("{}", as_json(&outcome));
    } else {
        print(&outcome);
    }
    Ok(match outcome.answer {
        Ok(_) => ExitCode::SUCCESS,
        // A person would get the question.
        Err(_) => ExitCode::from(2),
    })
}

fn print(outcome: &Outcome) {
    match &outcome.answer {
        Ok(answer) => {
            for (text, sources) in &answer.sentences {
                let marks: String = sources.iter().map(|n| format!("[{n}]")).collect();
                println!("{text} {marks}");
            }
            println!("\nSources:");
            for (at, source) in answer.sources.iter().enumerate() {
                let place = source.link.as_deref().unwrap_or(&source.document);
                println!("[{}] {}: {place}", at + 1, source.title);
            }
            println!("\nconfidence {:.0} %", answer.confidence * 100.0);
        }
        Err(why) => println!("no answer: {why}; a person would get the question"),
    }
    for (text, why) in &outcome.refused {
        println!("left out: “{text}” ({why})");
    }
    for question in &outcome.questions {
        println!("would ask back: {question}");
    }
    println!("\nfound:");
    for passage in &outcome.found {
        println!("- {}: {}", passage.title, begins(&passage.text, 160));
    }
}

fn as_json(outcome: &Outcome) -> Value {
    let passage = |passage: &Passage| {
        json!({ "id": passage.id, "document": passage.document, "title": passage.title,
            "link": passage.link, "text": passage.text })
    };
    let passages = |all: &[Passage]| all.iter().map(passage).collect::<Vec<Value>>();
    let refused = |(text, why): &(String, desk::grounded::Refusal)| json!({ "text": text, "why": why.to_string() });
    let sentence =
        |(text, sources): &(String, Vec<usize>)| json!({ "text": text, "sources": sources });
    let (answer, why) = match &outcome.answer {
        Ok(answer) => (Some(answer), None),
        Err(why) => (None, Some(why.to_string())),
    };
    json!({
        "answered": answer.is_some(),
        "why_not": why,
        "sentences": answer.map(|a| a.sentences.iter().map(sentence).collect::<Vec<Value>>()),
        "sources": answer.map(|a| passages(&a.sources)),
        "confidence": answer.map(|a| a.confidence),
        "left_out": outcome.refused.iter().map(refused).collect::<Vec<Value>>(),
        "questions": outcome.questions,
        "found": passages(&outcome.found),
    })
}

//! `helpdesk knowledge search`: what is found, and why.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, bail};
use desk::retrieval::{By, Query};
use ports::Passage;
use serde::Serialize;

use super::{Place, Question, begins};

/// A passage with what speaks for it.
#[derive(Serialize)]
struct Shown {
    title: String,
    document: String,
    link: Option<String>,
    language: Option<String>,
    /// Its place among the pieces found by meaning, from 1, and its cosine similarity.
    by_meaning: Option<(usize, f32)>,
    /// Its place among the pieces found by words, from 1, and its score.
    by_words: Option<(usize, f32)>,
    /// The words of the question that stand in it.
    words: Vec<String>,
    text: String,
}

pub(super) async fn run(question: &Question, place: &Place) -> anyhow::Result<ExitCode> {
    let retrieval = place.base.retrieval(place.model())?;
    let (query, on) = (question.query(), question.day());
    let serving = retrieval.knowledge.serving().await;
    let Some(space) = serving.context("asking which documents are indexed")? else {
        bail!("nothing is indexed yet: run `helpdesk knowledge sync`");
    };
    let asked = std::slice::from_ref(&query);
    let found = retrieval.find(asked, on).await.context("searching")?;
    let ranked = async |by| retrieval.ranked(&space, &query, on, by).await;
    let by_meaning = ranked(By::Meaning).await.context("searching by meaning")?;
    let by_words = ranked(By::Words).await.context("searching by words")?;
    let show = |passage: Passage| Shown {
        by_meaning: place_in(&by_meaning, &passage),
        by_words: place_in(&by_words, &passage),
        words: common_words(&query, &passage),
        title: passage.title,
        document: passage.document,
        link: passage.link,
        language: passage.language,
        text: passage.text,
    };
    let shown: Vec<Shown> = found.unwrap_or_default().into_iter().map(show).collect();
    if question.json {
        println!("{}", serde_json::to_string(&shown)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("searched on {on} by {space}: {} passages\n", shown.len());
    for (at, passage) in shown.iter().enumerate() {
        print(at + 1, passage);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(number: usize, passage: &Shown) {
    let place = passage.link.as_deref().unwrap_or(&passage.document);
    println!("{number}. {}\n   {place}", passage.title);
    let rank = |how: &str, found: Option<(usize, f32)>| match found {
        Some((place, score)) => format!("{how} no. {place} ({score:.2})"),
        None => format!("{how} not among the first"),
    };
    println!(
        "   {}, {}; common words: {}",
        rank("by meaning", passage.by_meaning),
        rank("by words", passage.by_words),
        match &passage.words[..] {
            [] => "none".to_owned(),
            words => words.join(", "),
        }
    );
    println!("   {}\n", begins(&passage.text, 220));
}

fn place_in(ranked: &[Passage], passage: &Passage) -> Option<(usize, f32)> {
    let at = ranked.iter().position(|one| one.id == passage.id)?;
    Some((at + 1, ranked[at].score))
}

/// The words of the question that stand in a passage in any of their forms.
fn common_words(query: &Query, passage: &Passage) -> Vec<String> {
    let language = passage.language.as_deref();
    let there: BTreeSet<String> = [&passage.title, &passage.text]
        .into_iter()
        .flat_map(|text| words::terms(text, language))
        .collect();
    let mut common = vec![];
    for word in words::words(&query.text) {
        let stem = words::stem(word, query.language.as_deref());
        let small = words::is_stop_word(word, query.language.as_deref());
        if !small && there.contains(&stem) && !common.iter().any(|known| known == word) {
            common.push(word.to_owned());
        }
    }
    common
}

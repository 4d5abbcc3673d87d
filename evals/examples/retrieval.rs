//! How fast documents are indexed and passages found, by the number of pieces: `cargo xtask bench
//! retrieval`. The embeddings are the stand-in's, made in this process, and are timed apart.
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use desk::retrieval::{Query, Retrieval};
use desk::terms;
use evals::cases;
use knowledge_qdrant::{Qdrant, QdrantSettings};
use model_standin::StandIn;
use ports::{Chunk, EmbedPurpose, Knowledge, Model, Space};
use time::macros::date;
use tokio::net::TcpListener;

const BATCH: usize = 500;
/// Words of a piece.
const LENGTH: usize = 90;

/// Numbers that are the same in every run (`SplitMix64`, Steele et al. 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap_or_default()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let pieces: usize = argument(1, 100_000)?;
    let searches: usize = argument(2, 500)?;
    let folder = tempfile::tempdir()?;
    let (knowledge, server) = qdrant(folder.path()).await?;
    let model = Arc::new(StandIn::new());
    let space = Space {
        model: model.answering(),
        dimensions: 768,
    };
    knowledge.prepare(&space).await?;
    let words = vocabulary()?;
    let mut numbers = Numbers(1);
    let (mut embedding, mut storing) = (Duration::ZERO, Duration::ZERO);
    let mut stored = 0;
    while stored < pieces {
        let count = BATCH.min(pieces - stored);
        let batch: Vec<Chunk> = (stored..stored + count)
            .map(|at| piece(at, &words, &mut numbers))
            .collect();
        let texts: Vec<String> = batch.iter().map(|chunk| chunk.text.clone()).collect();
        let began = Instant::now();
        let vectors = model.embed(&space, EmbedPurpose::Document, &texts).await?;
        embedding += began.elapsed();
        let with = |(chunk, vector)| Chunk { vector, ..chunk };
        let batch: Vec<Chunk> = batch.into_iter().zip(vectors).map(with).collect();
        let began = Instant::now();
        knowledge.put(&space, &batch).await?;
        storing += began.elapsed();
        stored += count;
    }
    knowledge.serve(&space).await?;
    println!("{pieces} pieces of {LENGTH} words in {server}, 768 dimensions");
    println!(
        "embedded {:>10.0} pieces a second (stand-in)",
        rate(pieces, embedding)
    );
    println!("stored   {:>10.0} pieces a second", rate(pieces, storing));
    let retrieval = Retrieval {
        knowledge,
        model,
        product: None,
    };
    measure(&retrieval, searches).await
}

async fn measure(retrieval: &Retrieval, searches: usize) -> Result<()> {
    let questions = cases::questions(cases::Part::Dev)?;
    let mut took = vec![];
    for at in 0..searches {
        let case = &questions[at % questions.len()];
        let query = Query {
            text: case.question.clone(),
            language: Some(case.language.clone()),
        };
        let began = Instant::now();
        let found = retrieval.find(&[query], date!(2026 - 11 - 23)).await?;
        took.push(began.elapsed());
        anyhow::ensure!(
            found.is_some_and(|found| !found.is_empty()),
            "nothing was found"
        );
    }
    took.sort();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    println!(
        "searched {} times: p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms (embedding included)",
        took.len(),
        milliseconds(at(50)),
        milliseconds(at(95)),
        milliseconds(at(99))
    );
    Ok(())
}

fn argument(number: usize, usual: usize) -> Result<usize> {
    match std::env::args().nth(number) {
        Some(text) => text
            .parse()
            .with_context(|| format!("{text} is not a number")),
        None => Ok(usual),
    }
}

/// A server of its own, or the one that `QDRANT_URL` names.
async fn qdrant(folder: &std::path::Path) -> Result<(Arc<Qdrant>, String)> {
    let (url, server) = if let Ok(url) = std::env::var("QDRANT_URL") {
        (url, "the Qdrant of QDRANT_URL".to_owned())
    } else {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = local::qdrant::Qdrant::open(folder, "")?;
        local::qdrant::serve_on(listener, Arc::new(server));
        (
            url,
            "the local stand-in for Qdrant (exact search)".to_owned(),
        )
    };
    let settings = QdrantSettings {
        url,
        collection: format!("bench-{}", std::process::id()),
        timeout: Duration::from_mins(1),
    };
    let key = std::env::var("QDRANT_API_KEY").ok();
    Ok((
        Arc::new(Qdrant::connect(settings, key.map(Into::into))?),
        server,
    ))
}

/// The words of the sample documents.
fn vocabulary() -> Result<Vec<String>> {
    let mut all = vec![];
    for entry in std::fs::read_dir(cases::folder().join("knowledge"))? {
        let text = std::fs::read(entry?.path())?;
        let text = String::from_utf8_lossy(&text);
        all.extend(words::words(&text).map(str::to_owned));
    }
    Ok(all)
}

/// Words in a row from the sample documents, so that common ones are common here too.
fn piece(number: usize, words: &[String], numbers: &mut Numbers) -> Chunk {
    let mut text = String::new();
    while text.split(' ').count() < LENGTH {
        let from = numbers.below(words.len() - 12);
        text.push_str(&words[from..from + 10].join(" "));
        text.push(' ');
    }
    let languages = words::LANGUAGES;
    let language = languages[numbers.below(languages.len())];
    Chunk {
        id: format!("00000000-0000-8000-8000-{number:012x}"),
        document: format!("knowledge/{}.md", number / 8),
        position: u32::try_from(number % 8).unwrap_or_default(),
        title: format!("Document {}", number / 8),
        link: None,
        terms: terms::of_document(&text, Some(language)),
        text,
        language: Some(language.to_owned()),
        product: None,
        valid_from: None,
        valid_until: None,
        vector: vec![],
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of pieces")]
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn milliseconds(of: Duration) -> f64 {
    of.as_secs_f64() * 1_000.0
}

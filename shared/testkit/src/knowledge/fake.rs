//! A knowledge base in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ports::{CallError, Chunk, Knowledge, Passage, Search, Space};

use crate::faults::lock;
use crate::{Fault, Faults};

const SERVICE: &str = "qdrant";
/// What keeps a first rank from outweighing all others, in reciprocal rank fusion: Qdrant's default.
const RRF_K: f32 = 2.0;

/// A knowledge base in memory.
#[derive(Debug, Default)]
pub struct FakeKnowledge {
    /// What goes wrong with which call, named as the Qdrant of `local` names them: `points.query`,
    /// `points.upsert`, `points.delete`, `points.scroll`, `collections.create`,
    /// `collections.update_aliases`.
    pub faults: Arc<Faults>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spaces: BTreeMap<Space, BTreeMap<String, Chunk>>,
    serving: Option<Space>,
}

impl State {
    fn chunks(&self, space: &Space) -> Result<&BTreeMap<String, Chunk>, CallError> {
        self.spaces.get(space).ok_or_else(missing)
    }

    fn chunks_mut(&mut self, space: &Space) -> Result<&mut BTreeMap<String, Chunk>, CallError> {
        self.spaces.get_mut(space).ok_or_else(missing)
    }
}

fn missing() -> CallError {
    CallError::NotFound {
        service: SERVICE,
        what: "collection",
    }
}

impl FakeKnowledge {
    /// An empty knowledge base with these fault switches.
    pub fn with_faults(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            state: Mutex::default(),
        }
    }

    /// A knowledge base in which this space is serving with these pieces.
    pub fn serving_with(space: Space, chunks: Vec<Chunk>) -> Self {
        let held = chunks.into_iter().map(|chunk| (chunk.id.clone(), chunk));
        let state = State {
            spaces: [(space.clone(), held.collect())].into(),
            serving: Some(space),
        };
        Self {
            faults: Arc::default(),
            state: Mutex::new(state),
        }
    }

    async fn call<T>(
        &self,
        operation: &str,
        perform: impl FnOnce(&mut State) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let fault = self.faults.meet(operation);
        if let Some(Fault::Delay(milliseconds)) = fault {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
        let happens = fault.is_none_or(Fault::lets_it_happen);
        let done = happens.then(|| perform(&mut lock(&self.state)));
        match (fault.and_then(|fault| fault.on_read(SERVICE)), done) {
            (Some(error), _) => Err(error),
            (None, Some(done)) => done,
            (None, None) => Err(CallError::unreachable(SERVICE, "nothing happened")),
        }
    }
}

#[async_trait]
impl Knowledge for FakeKnowledge {
    async fn serving(&self) -> Result<Option<Space>, CallError> {
        self.call("collections.list_aliases", |state| {
            Ok(state.serving.clone())
        })
        .await
    }

    async fn spaces(&self) -> Result<BTreeSet<Space>, CallError> {
        self.call("collections.list", |state| {
            Ok(state.spaces.keys().cloned().collect())
        })
        .await
    }

    async fn prepare(&self, space: &Space) -> Result<(), CallError> {
        self.call("collections.create", |state| {
            state.spaces.entry(space.clone()).or_default();
            Ok(())
        })
        .await
    }

    async fn serve(&self, space: &Space) -> Result<(), CallError> {
        self.call("collections.update_aliases", |state| {
            state.chunks(space)?;
            state.serving = Some(space.clone());
            Ok(())
        })
        .await
    }

    async fn retire(&self, space: &Space) -> Result<(), CallError> {
        self.call("collections.delete", |state| {
            if state.serving.as_ref() == Some(space) {
                return Err(CallError::rejected(SERVICE, format!("{space} is serving")));
            }
            state.spaces.remove(space);
            Ok(())
        })
        .await
    }

    async fn held(&self, space: &Space) -> Result<BTreeMap<String, BTreeSet<String>>, CallError> {
        self.call("points.scroll", |state| {
            let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for chunk in state.chunks(space)?.values() {
                let ids = held.entry(chunk.document.clone()).or_default();
                ids.insert(chunk.id.clone());
            }
            Ok(held)
        })
        .await
    }

    async fn pieces(&self, space: &Space, document: &str) -> Result<Vec<Chunk>, CallError> {
        self.call("points.scroll", |state| {
            let all = state.chunks(space)?.values();
            let of = all.filter(|chunk| chunk.document == document).cloned();
            let mut chunks: Vec<Chunk> = of.collect();
            chunks.sort_by_key(|chunk| chunk.position);
            Ok(chunks)
        })
        .await
    }

    async fn put(&self, space: &Space, chunks: &[Chunk]) -> Result<(), CallError> {
        self.call("points.upsert", |state| {
            let all = state.chunks_mut(space)?;
            for chunk in chunks {
                check_dimension(space, &chunk.vector)?;
                all.insert(chunk.id.clone(), chunk.clone());
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, space: &Space, ids: &[String]) -> Result<(), CallError> {
        self.call("points.delete", |state| {
            let all = state.chunks_mut(space)?;
            all.retain(|id, _| !ids.contains(id));
            Ok(())
        })
        .await
    }

    async fn search(&self, space: &Space, search: &Search) -> Result<Vec<Passage>, CallError> {
        self.call("points.query", |state| {
            let all = state.chunks(space)?;
            if !search.vector.is_empty() {
                check_dimension(space, &search.vector)?;
            }
            Ok(found(all, search))
        })
        .await
    }
}

fn check_dimension(space: &Space, vector: &[f32]) -> Result<(), CallError> {
    if vector.len() == space.dimensions {
        return Ok(());
    }
    let (wanted, got) = (space.dimensions, vector.len());
    let reason = format!("Vector dimension error: expected dim: {wanted}, got {got}");
    Err(CallError::rejected(SERVICE, reason))
}

fn found(all: &BTreeMap<String, Chunk>, search: &Search) -> Vec<Passage> {
    let fits = |chunk: &&Chunk| {
        let product = chunk.product.is_none() || search.product.is_none();
        (product || chunk.product == search.product)
            && chunk.valid_from.is_none_or(|day| day <= search.on)
            && chunk.valid_until.is_none_or(|day| search.on <= day)
    };
    let fitting: Vec<&Chunk> = all.values().filter(fits).collect();
    let mut rankings: Vec<Vec<(&Chunk, f32)>> = vec![];
    if !search.vector.is_empty() {
        rankings.push(ranked(&fitting, |chunk| {
            Some(cosine(&chunk.vector, &search.vector))
        }));
    }
    if !search.terms.is_empty() {
        rankings.push(ranked(&fitting, |chunk| by_words(chunk, search, all)));
    }
    if let [only] = &rankings[..] {
        let best = only.iter().take(search.limit);
        return best.map(|(chunk, score)| passage(chunk, *score)).collect();
    }
    if search.language.is_some() {
        let mut own = rankings.clone();
        for ranking in &mut own {
            ranking.retain(|(chunk, _)| chunk.language == search.language);
        }
        rankings.extend(own);
    }
    fused(rankings, search.limit)
}

/// Cosine similarity. A vector without a length is like none.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (product(one, one) * product(other, other)).sqrt();
    if lengths > 0.0 {
        product(one, other) / lengths
    } else {
        0.0
    }
}

fn ranked<'a>(
    chunks: &[&'a Chunk],
    score: impl Fn(&Chunk) -> Option<f32>,
) -> Vec<(&'a Chunk, f32)> {
    let scored = chunks
        .iter()
        .filter_map(|chunk| Some((*chunk, score(chunk)?)));
    let mut ranked: Vec<(&Chunk, f32)> = scored.collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.id.cmp(&b.0.id)));
    ranked
}

/// What the words of a piece weigh for a search, each by how rare it is.
fn by_words(chunk: &Chunk, search: &Search, all: &BTreeMap<String, Chunk>) -> Option<f32> {
    let weights: HashMap<u32, f32> = chunk.terms.iter().copied().collect();
    let common = search
        .terms
        .iter()
        .filter_map(|(term, asked)| Some((*term, asked * weights.get(term)?)));
    let score: f32 = common
        .map(|(term, weight)| weight * rarity(term, all))
        .sum();
    (score > 0.0).then_some(score)
}

fn rarity(term: u32, all: &BTreeMap<String, Chunk>) -> f32 {
    let has = |chunk: &&Chunk| chunk.terms.iter().any(|(known, _)| *known == term);
    let having = number(all.values().filter(has).count());
    (1.0 + (number(all.len()) - having + 0.5) / (having + 0.5)).ln()
}

fn fused(rankings: Vec<Vec<(&Chunk, f32)>>, limit: usize) -> Vec<Passage> {
    let mut scores: BTreeMap<&str, (f32, &Chunk)> = BTreeMap::new();
    for ranking in rankings {
        for (rank, (chunk, _)) in ranking.into_iter().take(limit * 3).enumerate() {
            scores.entry(&chunk.id).or_insert((0.0, chunk)).0 += 1.0 / (RRF_K + number(rank));
        }
    }
    let mut all: Vec<(f32, &Chunk)> = scores.into_values().collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.id.cmp(&b.1.id)));
    let best = all.into_iter().take(limit);
    best.map(|(score, chunk)| passage(chunk, score)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "pieces of a test")]
fn number(of: usize) -> f32 {
    of as f32
}

fn passage(chunk: &Chunk, score: f32) -> Passage {
    let chunk = chunk.clone();
    Passage {
        id: chunk.id,
        document: chunk.document,
        position: chunk.position,
        title: chunk.title,
        link: chunk.link,
        text: chunk.text,
        language: chunk.language,
        score,
    }
}

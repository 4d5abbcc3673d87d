//! The knowledge base: Qdrant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use async_trait::async_trait;
use time::Date;

use crate::CallError;

/// The vectors that one embedding model makes. Those of two do not mix, so each space has an index of
/// its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Space {
    /// The model's name, such as `gemini-embedding-2`.
    pub model: String,
    /// How long its vectors are.
    pub dimensions: usize,
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} dimensions", self.model, self.dimensions)
    }
}

/// What a text says as weighted words: numbers of terms, each at most once, and how much each counts.
pub type Terms = Vec<(u32, f32)>;

/// A piece of a document, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Deterministic: the same piece of the same document gives the same id (a UUID).
    pub id: String,
    /// The document's key, such as `knowledge/cards.md`.
    pub document: String,
    /// Which piece of the document it is, from 0.
    pub position: u32,
    /// The document's title and the headings above the piece.
    pub title: String,
    /// Where a person reads it, if the document says so.
    pub link: Option<String>,
    /// The text.
    pub text: String,
    /// The language of the text as ISO 639-1, where it is known.
    pub language: Option<String>,
    /// The product that it speaks of. None: it holds for all.
    pub product: Option<String>,
    /// The first day on which it holds.
    pub valid_from: Option<Date>,
    /// The last day on which it holds.
    pub valid_until: Option<Date>,
    /// Its embedding.
    pub vector: Vec<f32>,
    /// Its words.
    pub terms: Terms,
}

/// A piece of a document that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The chunk's id.
    pub id: String,
    /// The document's key.
    pub document: String,
    /// Which piece of the document it is, from 0.
    pub position: u32,
    /// The document's title and the headings above the piece.
    pub title: String,
    /// Where a person reads it.
    pub link: Option<String>,
    /// The text.
    pub text: String,
    /// The language of the text as ISO 639-1, where it is known.
    pub language: Option<String>,
    /// How well it fits, the more the better. Scores of two searches do not compare.
    pub score: f32,
}

impl Eq for Passage {}

/// What is searched for, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The embedding of what is asked. Empty: only words are searched.
    pub vector: Vec<f32>,
    /// The words of what is asked. Empty: only meaning is searched.
    pub terms: Terms,
    /// Pieces in this language rank higher, as ISO 639-1. Others are found too.
    pub language: Option<String>,
    /// Leaves out pieces that speak of another product.
    pub product: Option<String>,
    /// Leaves out pieces that do not hold on this day.
    pub on: Date,
    /// The most pieces that are found.
    pub limit: usize,
}

/// A store of document pieces, searched by meaning and by words. Each [`Space`] has an index of its own;
/// one of them is serving. A space that was never prepared is `NotFound`.
#[async_trait]
pub trait Knowledge: Send + Sync {
    /// The space that answers are drawn from now. None where nothing was ever indexed.
    async fn serving(&self) -> Result<Option<Space>, CallError>;

    /// All spaces that have an index, serving or not.
    async fn spaces(&self) -> Result<BTreeSet<Space>, CallError>;

    /// Makes the index of a space if it is missing. `Rejected` where it exists with other vectors.
    async fn prepare(&self, space: &Space) -> Result<(), CallError>;

    /// Lets a prepared space serve from now on, in one step: there is no moment without a serving space.
    async fn serve(&self, space: &Space) -> Result<(), CallError>;

    /// Removes a space with its index, if it is there. `Rejected` while it is serving.
    async fn retire(&self, space: &Space) -> Result<(), CallError>;

    /// The documents that a space holds, with the ids of their pieces.
    async fn held(&self, space: &Space) -> Result<BTreeMap<String, BTreeSet<String>>, CallError>;

    /// All pieces of a document, in order, as they were put.
    async fn pieces(&self, space: &Space, document: &str) -> Result<Vec<Chunk>, CallError>;

    /// Puts pieces in place of those with the same ids.
    async fn put(&self, space: &Space, chunks: &[Chunk]) -> Result<(), CallError>;

    /// Removes pieces, if they are there.
    async fn remove(&self, space: &Space, ids: &[String]) -> Result<(), CallError>;

    /// The pieces that fit best, best first: by meaning and by words, their ranks fused. Empty where
    /// nothing is stored.
    async fn search(&self, space: &Space, search: &Search) -> Result<Vec<Passage>, CallError>;
}

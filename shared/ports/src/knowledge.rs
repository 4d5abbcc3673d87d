//! The knowledge base: Qdrant.

use async_trait::async_trait;

use crate::CallError;

/// A piece of a document, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Deterministic: the same document, place and text give the same id (a UUID).
    pub id: String,
    /// The document's key, such as `knowledge/cards.md`.
    pub document: String,
    /// The document's title and the headings above the piece.
    pub title: String,
    /// Where a person reads it, if the document says so.
    pub link: Option<String>,
    /// The text.
    pub text: String,
    /// Its embedding.
    pub vector: Vec<f32>,
}

/// A piece of a document that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The chunk's id.
    pub id: String,
    /// The document's key.
    pub document: String,
    /// The document's title and the headings above the piece.
    pub title: String,
    /// Where a person reads it.
    pub link: Option<String>,
    /// The text.
    pub text: String,
    /// Cosine similarity to the query, -1 to 1.
    pub score: f32,
}

impl Eq for Passage {}

/// A store of document pieces, searched by meaning.
#[async_trait]
pub trait Knowledge: Send + Sync {
    /// Makes the collection if it is missing. `Rejected` where it exists with another dimension.
    async fn prepare(&self, dimension: usize) -> Result<(), CallError>;

    /// Puts a document's pieces in place of all it had before. Pieces that stay keep their ids.
    async fn replace(&self, document: &str, chunks: &[Chunk]) -> Result<(), CallError>;

    /// The pieces nearest to the vector, nearest first. Empty where nothing is stored.
    async fn search(&self, vector: &[f32], limit: usize) -> Result<Vec<Passage>, CallError>;
}

//! `index_knowledge`: the operator's documents become pieces that can be found.
//!
//! What a piece is decides its id, so an index is in step with a document when it holds the ids of its
//! pieces and no others: whatever broke off before, the next run goes on from there, and what stands
//! already is not embedded again. Another embedding model gets an index of its own beside the old
//! one, and serves once it holds every document.

mod reconcile;
mod upload;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use documents::{Document, Limits, Piece, Unreadable};
use ports::{Archive, CallError, Chunk, Clock, EmbedPurpose, Knowledge, Model, Space};
use sha2::{Digest, Sha256};
use time::Date;

use crate::terms;

pub use reconcile::Reconciled;
pub use upload::{Uploaded, upload};

/// Where documents lie in the bucket.
pub const FOLDER: &str = "knowledge/";
/// Pieces that are embedded and stored at once.
const BATCH: usize = 100;

/// The index use case.
pub struct Indexing {
    /// Where the documents lie.
    pub archive: Arc<dyn Archive>,
    /// What embeds them.
    pub model: Arc<dyn Model>,
    /// Where the pieces go.
    pub knowledge: Arc<dyn Knowledge>,
    /// The time, by which a run ends itself.
    pub clock: Arc<dyn Clock>,
    /// The space that is wanted: the embedding model of the settings.
    pub space: Space,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Indexed {
    /// The index was in step with it.
    Unchanged {
        /// Its pieces.
        pieces: usize,
    },
    /// The index was brought in step with it.
    Changed {
        /// Its pieces.
        pieces: usize,
        /// How many of them had to be embedded.
        embedded: usize,
        /// Pieces that are gone.
        removed: usize,
    },
    /// There is no such document, and nothing of it in the index any more.
    Gone,
    /// It cannot be read. Nothing of it is in the index: what it said before may hold no more.
    Unreadable(Unreadable),
}

impl Indexing {
    /// Brings the index in step with one document: in the wanted space, and where another one is still
    /// serving, in that one too. The first document ever makes the wanted space serve.
    pub async fn document(&self, key: &str) -> Result<Indexed, CallError> {
        self.knowledge.prepare(&self.space).await?;
        let read = self.read(key).await?;
        let serving = self.knowledge.serving().await?;
        if serving.is_none() {
            self.knowledge.serve(&self.space).await?;
        }
        let serving = serving.unwrap_or_else(|| self.space.clone());
        if serving != self.space {
            self.bring_in_step(&serving, key, &read).await?;
        }
        self.bring_in_step(&self.space, key, &read).await
    }

    /// What a document says now.
    async fn read(&self, key: &str) -> Result<Read, CallError> {
        Ok(match self.archive.read(key).await {
            Ok(octets) => match documents::read(key, &octets, Limits::default()) {
                Ok(document) => Read::Pieces(Box::new(document)),
                Err(unreadable) => Read::Unreadable(unreadable),
            },
            Err(CallError::NotFound { what: "object", .. }) => Read::Gone,
            Err(error) => return Err(error),
        })
    }

    async fn bring_in_step(
        &self,
        space: &Space,
        key: &str,
        read: &Read,
    ) -> Result<Indexed, CallError> {
        let wanted = match read {
            Read::Pieces(document) => planned(key, document),
            Read::Gone | Read::Unreadable(_) => vec![],
        };
        let held = self.knowledge.pieces(space, key).await?;
        let (removed, embedded) = self.exchange(space, held, &wanted).await?;
        Ok(match read {
            Read::Gone => Indexed::Gone,
            Read::Unreadable(unreadable) => Indexed::Unreadable(unreadable.clone()),
            Read::Pieces(_) if (removed, embedded) == (0, None) => Indexed::Unchanged {
                pieces: wanted.len(),
            },
            Read::Pieces(_) => Indexed::Changed {
                pieces: wanted.len(),
                embedded: embedded.unwrap_or_default(),
                removed,
            },
        })
    }

    /// Puts what is missing, then removes what is no more: a document is never missing meanwhile. A
    /// text that was embedded before keeps its vector. Tells how many pieces were removed, and, if any
    /// were put, how many had to be embedded.
    async fn exchange(
        &self,
        space: &Space,
        held: Vec<Chunk>,
        wanted: &[Chunk],
    ) -> Result<(usize, Option<usize>), CallError> {
        let ids: BTreeSet<&str> = wanted.iter().map(|chunk| chunk.id.as_str()).collect();
        let old: Vec<String> = held.iter().map(|chunk| chunk.id.clone()).collect();
        let stands: BTreeSet<&str> = old.iter().map(String::as_str).collect();
        let mut vectors: HashMap<(String, String), Vec<f32>> = HashMap::new();
        for chunk in held {
            vectors.insert((chunk.title, chunk.text), chunk.vector);
        }
        let missing = wanted.iter().filter(|c| !stands.contains(c.id.as_str()));
        let missing: Vec<&Chunk> = missing.collect();
        let mut embedded = None;
        for batch in missing.chunks(BATCH) {
            *embedded.get_or_insert(0) += self.put(space, batch, &vectors).await?;
        }
        let gone = old.iter().filter(|id| !ids.contains(id.as_str())).cloned();
        let gone: Vec<String> = gone.collect();
        if !gone.is_empty() {
            self.knowledge.remove(space, &gone).await?;
        }
        Ok((gone.len(), embedded))
    }

    /// Stores pieces, with the vectors that are known of their texts. Returns how many were embedded.
    async fn put(
        &self,
        space: &Space,
        batch: &[&Chunk],
        known: &HashMap<(String, String), Vec<f32>>,
    ) -> Result<usize, CallError> {
        let key = |chunk: &Chunk| (chunk.title.clone(), chunk.text.clone());
        let new: Vec<&Chunk> = batch
            .iter()
            .copied()
            .filter(|chunk| !known.contains_key(&key(chunk)))
            .collect();
        let texts: Vec<String> = new.iter().map(|chunk| embedded_text(chunk)).collect();
        let made = if texts.is_empty() {
            vec![]
        } else {
            let document = EmbedPurpose::Document;
            self.model.embed(space, document, &texts).await?
        };
        if made.len() != texts.len() {
            let reason = format!("{} texts were embedded as {}", texts.len(), made.len());
            return Err(CallError::rejected("the embedding model", reason));
        }
        let fresh: BTreeMap<&str, Vec<f32>> = new
            .iter()
            .map(|chunk| chunk.id.as_str())
            .zip(made)
            .collect();
        let chunks: Vec<Chunk> = batch
            .iter()
            .map(|chunk| {
                let vector = fresh
                    .get(chunk.id.as_str())
                    .or_else(|| known.get(&key(chunk)));
                let vector = vector.cloned().unwrap_or_default();
                let chunk = Chunk::clone(chunk);
                Chunk { vector, ..chunk }
            })
            .collect();
        self.knowledge.put(space, &chunks).await?;
        Ok(texts.len())
    }
}

/// What a document says, or why it says nothing.
enum Read {
    Pieces(Box<Document>),
    Gone,
    Unreadable(Unreadable),
}

/// The pieces of a document as they should stand in the index, but for their vectors.
pub fn planned(key: &str, document: &Document) -> Vec<Chunk> {
    let pieces = documents::pieces(document);
    let chunk = |(position, piece): (u32, Piece)| {
        let (valid_from, valid_until) = (document.valid_from, document.valid_until);
        let mut chunk = Chunk {
            id: String::new(),
            document: key.to_owned(),
            position,
            title: piece.title,
            link: piece.link,
            text: piece.text,
            language: piece.language,
            product: document.product.clone(),
            valid_from,
            valid_until,
            vector: vec![],
            terms: vec![],
        };
        chunk.id = id_of(&chunk);
        chunk.terms = terms::of_document(&embedded_text(&chunk), chunk.language.as_deref());
        chunk
    };
    (0..).zip(pieces).map(chunk).collect()
}

fn embedded_text(chunk: &Chunk) -> String {
    format!("{}\n\n{}", chunk.title, chunk.text)
}

/// A UUID (version 8, RFC 9562) of all that a piece is: a piece that changes in anything is another
/// one.
fn id_of(chunk: &Chunk) -> String {
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let link = chunk.link.as_deref().unwrap_or_default();
    let language = chunk.language.as_deref().unwrap_or_default();
    let product = chunk.product.as_deref().unwrap_or_default();
    let parts = [
        &chunk.document,
        &chunk.position.to_string(),
        &chunk.title,
        link,
        &chunk.text,
        language,
        product,
        &day(chunk.valid_from),
        &day(chunk.valid_until),
    ];
    let mut hash = Sha256::digest(parts.join("\0"));
    hash[6] = (hash[6] & 0x0f) | 0x80;
    hash[8] = (hash[8] & 0x3f) | 0x80;
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let lengths = [8, 4, 4, 4, 12];
    let mut rest = hex.as_str();
    let parts = lengths.map(|length| {
        let (part, after) = rest.split_at(length);
        rest = after;
        part
    });
    parts.join("-")
}

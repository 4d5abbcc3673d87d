//! A vector store in memory: collections of points with dense and sparse vectors, searched exactly.
//! It is the state behind the Qdrant of `local`, and [`FakeKnowledge`] is one collection of it as a
//! `Knowledge`.
//!
//! Everything that changes a store is a [`Change`]: whoever keeps the changes can make the store
//! again. Nothing here reads a clock or a disk.

mod collection;
mod dense;
mod fake;
mod filter;
mod fusion;
mod moment;
mod packed;
mod search;
mod sparse;
mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::collection::{Collection, Record};
pub use self::fake::FakeKnowledge;
pub use self::filter::{Bounds, Condition, Filter};
pub use self::fusion::Rrf;
pub use self::search::{Query, Search};
pub use self::sparse::{SparseVector, Weighting};
pub use self::store::{AliasAction, AliasRefusal, Store};

/// Which vectors the points of a collection may have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The dimension of each dense vector. The one without a name is named by an empty text.
    pub vectors: BTreeMap<String, usize>,
    /// How the terms of each sparse vector are weighted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sparse: BTreeMap<String, Weighting>,
}

impl From<BTreeMap<String, usize>> for Schema {
    fn from(vectors: BTreeMap<String, usize>) -> Self {
        let sparse = BTreeMap::new();
        Self { vectors, sparse }
    }
}

/// A point on its way into a store, or out of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// A UUID, or a number in digits.
    pub id: String,
    /// Its dense vectors by name. A store keeps their directions alone, as Qdrant does for cosine.
    #[serde(with = "packed::dense")]
    pub vectors: BTreeMap<String, Vec<f32>>,
    /// Its sparse vectors by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sparse: BTreeMap<String, SparseVector>,
    /// What is stored along with it.
    pub payload: Map<String, Value>,
}

/// One change of a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A collection begins.
    Created {
        /// Its name.
        collection: String,
        /// Which vectors its points may have.
        #[serde(flatten)]
        schema: Schema,
    },
    /// A collection ends with all its points and aliases.
    Dropped {
        /// Its name.
        collection: String,
    },
    /// The words under a key of the payload are looked up from now on, not read point by point.
    Indexed {
        /// The name of its collection.
        collection: String,
        /// The key.
        key: String,
    },
    /// A point stands in place of what had its id.
    Put {
        /// The name of its collection.
        collection: String,
        /// The point.
        point: Point,
    },
    /// A point is gone.
    Removed {
        /// The name of its collection.
        collection: String,
        /// Its id.
        id: String,
    },
    /// All aliases there are, with the collections that they stand for. One change, so that a call
    /// that switches several is kept as a whole or not at all.
    Aliased {
        /// The name of the collection under each alias.
        aliases: BTreeMap<String, String>,
    },
}

/// Why a store does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such collection.
    NoCollection(String),
    /// There is such a collection already.
    CollectionExists(String),
    /// A vector does not fit the collection.
    BadVector(String),
}

//! A vector store in memory: collections of points, searched exactly. It is the state behind the
//! Qdrant of `local`, and [`FakeKnowledge`] is one collection of it as a [`Knowledge`].
//!
//! Everything that changes a store is a [`Change`]: whoever keeps the changes can make the store
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ports::{CallError, Chunk, Knowledge, Passage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::faults::lock;
use crate::{Fault, Faults};

const SERVICE: &str = "qdrant";
const COLLECTION: &str = "knowledge";
const DENSE: &str = "dense";

/// The collections of a vector store.
#[derive(Debug, Default)]
pub struct Store(BTreeMap<String, Collection>);

/// Points that have the same kinds of vectors.
#[derive(Debug, Default)]
pub struct Collection {
    /// The dimension of each named vector. The one without a name is named by an empty text.
    pub vectors: BTreeMap<String, usize>,
    /// The points by their ids.
    pub points: BTreeMap<String, Point>,
}

/// A point with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// A UUID, or a number in digits.
    pub id: String,
    /// Its vectors by name.
    pub vectors: BTreeMap<String, Vec<f32>>,
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
        /// The dimension of each named vector.
        vectors: BTreeMap<String, usize>,
    },
    /// A collection ends with all its points.
    Dropped {
        /// Its name.
        collection: String,
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

/// Which points are meant. An empty one means all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// All of these hold.
    pub must: Vec<Condition>,
    /// None of these holds.
    pub must_not: Vec<Condition>,
    /// One of these holds, if there are any.
    pub should: Vec<Condition>,
}

/// What may hold of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The payload under this key is one of these values, or a list that holds one of them.
    OneOf(String, Vec<Value>),
    /// The id is one of these.
    HasId(BTreeSet<String>),
    /// Another filter holds.
    All(Filter),
}

impl Filter {
    /// Whether the point is meant.
    pub fn holds(&self, point: &Point) -> bool {
        self.must.iter().all(|condition| condition.holds(point))
            && !self.must_not.iter().any(|condition| condition.holds(point))
            && (self.should.is_empty()
                || self.should.iter().any(|condition| condition.holds(point)))
    }
}

impl Condition {
    fn holds(&self, point: &Point) -> bool {
        match self {
            Self::OneOf(key, wanted) => match point.payload.get(key) {
                Some(Value::Array(values)) => values.iter().any(|value| wanted.contains(value)),
                Some(value) => wanted.contains(value),
                None => false,
            },
            Self::HasId(ids) => ids.contains(&point.id),
            Self::All(filter) => filter.holds(point),
        }
    }
}

impl Store {
    /// The names of all collections.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A collection by its name.
    pub fn collection(&self, name: &str) -> Result<&Collection, Refusal> {
        self.0
            .get(name)
            .ok_or_else(|| Refusal::NoCollection(name.to_owned()))
    }

    /// What makes a collection.
    pub fn create(
        &self,
        name: &str,
        vectors: BTreeMap<String, usize>,
    ) -> Result<Vec<Change>, Refusal> {
        match self.collection(name) {
            Ok(_) => Err(Refusal::CollectionExists(name.to_owned())),
            Err(_) => Ok(vec![Change::Created {
                collection: name.to_owned(),
                vectors,
            }]),
        }
    }

    /// What puts these points into a collection.
    pub fn put(&self, name: &str, points: Vec<Point>) -> Result<Vec<Change>, Refusal> {
        let collection = self.collection(name)?;
        for point in &points {
            for (vector, values) in &point.vectors {
                collection.check(vector, values)?;
            }
        }
        let put = |point| Change::Put {
            collection: name.to_owned(),
            point,
        };
        Ok(points.into_iter().map(put).collect())
    }

    /// What removes the points that a filter means.
    pub fn remove(&self, name: &str, filter: &Filter) -> Result<Vec<Change>, Refusal> {
        let meant = self
            .collection(name)?
            .points
            .values()
            .filter(|point| filter.holds(point));
        let removed = |point: &Point| Change::Removed {
            collection: name.to_owned(),
            id: point.id.clone(),
        };
        Ok(meant.map(removed).collect())
    }

    /// Makes a change. One that has nothing to change is passed over.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Created {
                collection,
                vectors,
            } => {
                let points = BTreeMap::new();
                self.0.insert(collection, Collection { vectors, points });
            }
            Change::Dropped { collection } => {
                self.0.remove(&collection);
            }
            Change::Put { collection, point } => {
                if let Some(collection) = self.0.get_mut(&collection) {
                    collection.points.insert(point.id.clone(), point);
                }
            }
            Change::Removed { collection, id } => {
                if let Some(collection) = self.0.get_mut(&collection) {
                    collection.points.remove(&id);
                }
            }
        }
    }

    /// The fewest changes that make this store.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.0.iter().flat_map(|(name, collection)| {
            let vectors = collection.vectors.clone();
            let put = |point: &Point| Change::Put {
                collection: name.clone(),
                point: point.clone(),
            };
            std::iter::once(Change::Created {
                collection: name.clone(),
                vectors,
            })
            .chain(collection.points.values().map(put))
        })
    }
}

impl Collection {
    fn check(&self, vector: &str, values: &[f32]) -> Result<(), Refusal> {
        match self.vectors.get(vector) {
            None => Err(Refusal::BadVector(format!(
                "Not existing vector name: {vector}"
            ))),
            Some(dimension) if *dimension != values.len() => Err(Refusal::BadVector(format!(
                "Vector dimension error: expected dim: {dimension}, got {}",
                values.len()
            ))),
            Some(_) => Ok(()),
        }
    }

    /// The points nearest to a vector by cosine, nearest first.
    pub fn nearest(
        &self,
        vector: &str,
        to: &[f32],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(f32, &Point)>, Refusal> {
        self.check(vector, to)?;
        let meant = self.points.values().filter(|point| filter.holds(point));
        let mut found: Vec<(f32, &Point)> = meant
            .filter_map(|point| Some((cosine(point.vectors.get(vector)?, to), point)))
            .collect();
        found.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.id.cmp(&other.1.id)));
        found.truncate(limit);
        Ok(found)
    }
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

/// A knowledge base in memory.
#[derive(Debug, Default)]
pub struct FakeKnowledge {
    /// What goes wrong with which call, named as the Qdrant of `local` names them: `points.query`,
    /// `points.upsert`, `points.delete`, `collections.create`.
    pub faults: Arc<Faults>,
    store: Mutex<Store>,
}

impl FakeKnowledge {
    /// An empty knowledge base with these fault switches.
    pub fn with_faults(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            store: Mutex::default(),
        }
    }

    async fn call<T>(
        &self,
        operation: &str,
        perform: impl FnOnce(&mut Store) -> Result<T, Refusal>,
    ) -> Result<T, CallError> {
        let fault = self.faults.meet(operation);
        if let Some(Fault::Delay(milliseconds)) = fault {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
        let happens = fault.is_none_or(Fault::lets_it_happen);
        let done = happens.then(|| perform(&mut lock(&self.store)));
        match (fault.and_then(|fault| fault.on_read(SERVICE)), done) {
            (Some(error), _) => Err(error),
            (None, Some(done)) => done.map_err(as_call_error),
            (None, None) => Err(CallError::unreachable(SERVICE, "nothing happened")),
        }
    }
}

fn as_call_error(refusal: Refusal) -> CallError {
    match refusal {
        Refusal::NoCollection(_) => CallError::NotFound {
            service: SERVICE,
            what: "collection",
        },
        Refusal::CollectionExists(name) => {
            CallError::rejected(SERVICE, format!("there is a collection {name} already"))
        }
        Refusal::BadVector(why) => CallError::rejected(SERVICE, why),
    }
}

fn apply_all(store: &mut Store, changes: Vec<Change>) {
    for change in changes {
        store.apply(change);
    }
}

#[async_trait]
impl Knowledge for FakeKnowledge {
    async fn prepare(&self, dimension: usize) -> Result<(), CallError> {
        let dimensions = BTreeMap::from([(DENSE.to_owned(), dimension)]);
        self.call("collections.create", |store| {
            if let Ok(collection) = store.collection(COLLECTION) {
                return match collection.vectors.get(DENSE) {
                    Some(size) if *size == dimension => Ok(()),
                    size => Err(Refusal::BadVector(format!(
                        "the collection holds vectors of {} dimensions, and {dimension} are wanted",
                        size.copied().unwrap_or_default()
                    ))),
                };
            }
            let changes = store.create(COLLECTION, dimensions)?;
            apply_all(store, changes);
            Ok(())
        })
        .await
    }

    async fn replace(&self, document: &str, chunks: &[Chunk]) -> Result<(), CallError> {
        let points: Vec<Point> = chunks.iter().map(|chunk| point(document, chunk)).collect();
        let kept = points.iter().map(|point| point.id.clone()).collect();
        if !points.is_empty() {
            self.call("points.upsert", |store| {
                let changes = store.put(COLLECTION, points)?;
                apply_all(store, changes);
                Ok(())
            })
            .await?;
        }
        let old = Filter {
            must: vec![Condition::OneOf(
                "document".to_owned(),
                vec![json!(document)],
            )],
            must_not: vec![Condition::HasId(kept)],
            should: vec![],
        };
        self.call("points.delete", |store| {
            let changes = store.remove(COLLECTION, &old).unwrap_or_default();
            apply_all(store, changes);
            Ok(())
        })
        .await
    }

    async fn search(&self, vector: &[f32], limit: usize) -> Result<Vec<Passage>, CallError> {
        self.call("points.query", |store| {
            let Ok(collection) = store.collection(COLLECTION) else {
                return Ok(vec![]);
            };
            let found = collection.nearest(DENSE, vector, &Filter::default(), limit)?;
            Ok(found
                .into_iter()
                .map(|(score, point)| passage(score, point))
                .collect())
        })
        .await
    }
}

fn point(document: &str, chunk: &Chunk) -> Point {
    let payload = json!({
        "document": document,
        "title": chunk.title,
        "link": chunk.link,
        "text": chunk.text,
    });
    Point {
        id: chunk.id.clone(),
        vectors: BTreeMap::from([(DENSE.to_owned(), chunk.vector.clone())]),
        payload: payload.as_object().cloned().unwrap_or_default(),
    }
}

fn passage(score: f32, point: &Point) -> Passage {
    let text = |key: &str| {
        point
            .payload
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    Passage {
        id: point.id.clone(),
        document: text("document").unwrap_or_default(),
        title: text("title").unwrap_or_default(),
        link: text("link"),
        text: text("text").unwrap_or_default(),
        score,
    }
}

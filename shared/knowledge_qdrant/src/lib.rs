//! The knowledge base in Qdrant, over gRPC.
//!
//! A document's pieces are points of one collection, found by the cosine of their one vector, named
//! `dense`. New pieces are stored before old ones go, so a document is never missing while it is
//! replaced. Every call here is the same however often it is made, so all are repeated.

mod failure;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use ports::{CallError, Chunk, Knowledge, Passage};
use qdrant_client::config::QdrantConfig;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vectors_config::Config;
use qdrant_client::qdrant::{
    Condition, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, DeletePointsBuilder,
    Distance, FieldType, Filter, GetCollectionInfoResponse, NamedVectors, PointId, PointStruct,
    QueryPointsBuilder, ScoredPoint, UpsertPointsBuilder, Value, VectorParamsBuilder, Vectors,
    VectorsConfigBuilder,
};
use qdrant_client::{Payload, QdrantError};
use resilience::{Effect, Policy};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use secrecy::{ExposeSecret, SecretString};

use crate::failure::{failed, unauthorized};

const SERVICE: &str = "qdrant";
const DENSE: &str = "dense";
/// How many points go in one call: at 3,072 dimensions about a megabyte.
const BATCH: usize = 100;
const LONGEST_CONNECT: Duration = Duration::from_secs(3);

/// Where the knowledge base is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QdrantSettings {
    /// The address of the gRPC API, such as `https://qdrant.example:6334`.
    pub url: String,
    /// The name of the collection. It should tell the embedding model: vectors of two do not mix.
    pub collection: String,
    /// How long one call may take.
    pub timeout: Duration,
}

/// A collection in Qdrant.
pub struct Qdrant {
    client: qdrant_client::Qdrant,
    collection: String,
}

impl fmt::Debug for Qdrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Qdrant({}, key redacted)", self.collection)
    }
}

impl Qdrant {
    /// The collection that the settings name. Nothing is called before it is needed. An empty key is
    /// none. `Rejected` where the address is malformed, `Unauthorized` where the key is.
    pub fn connect(settings: QdrantSettings, key: Option<SecretString>) -> Result<Self, CallError> {
        let key = key.map(|key| key.expose_secret().trim().to_owned());
        let key = key.filter(|key| !key.is_empty());
        // The client would repeat a malformed key in its error.
        if !key
            .iter()
            .all(|key| key.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(unauthorized());
        }
        let url = settings.url.trim();
        let web = url.starts_with("http://") || url.starts_with("https://");
        if !web {
            return Err(not_an_address());
        }
        choose_tls();
        let config = QdrantConfig {
            uri: url.to_owned(),
            timeout: settings.timeout,
            connect_timeout: settings.timeout.min(LONGEST_CONNECT),
            api_key: key,
            // It prints to standard output and calls the service before anyone asked it to.
            check_compatibility: false,
            ..QdrantConfig::default()
        };
        let client = config.build().map_err(|_| not_an_address())?;
        Ok(Self {
            client,
            collection: settings.collection,
        })
    }

    /// Makes a call, again where it did not get through.
    async fn call<T, Fut>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> Fut,
    ) -> Result<T, CallError>
    where
        Fut: Future<Output = Result<T, QdrantError>>,
    {
        let attempt = || async { attempt().await.map_err(failed) };
        resilience::call(operation, Effect::None, Policy::default(), attempt).await
    }

    /// Makes the collection, or finds that another caller did.
    async fn create(&self, dimension: usize) -> Result<(), CallError> {
        let mut vectors = VectorsConfigBuilder::default();
        let params = VectorParamsBuilder::new(dimension as u64, Distance::Cosine);
        vectors.add_named_vector_params(DENSE, params);
        let created = self
            .call("qdrant.collections.create", || {
                let new = CreateCollectionBuilder::new(&self.collection);
                self.client
                    .create_collection(new.vectors_config(vectors.clone()))
            })
            .await;
        let Err(error) = created else {
            return Ok(());
        };
        if self.exists().await? {
            Ok(())
        } else {
            Err(error)
        }
    }

    async fn exists(&self) -> Result<bool, CallError> {
        self.call("qdrant.collections.exists", || {
            self.client.collection_exists(&self.collection)
        })
        .await
    }

    async fn upsert(&self, points: Vec<PointStruct>) -> Result<(), CallError> {
        self.call("qdrant.points.upsert", || {
            let points = UpsertPointsBuilder::new(&self.collection, points.clone());
            self.client.upsert_points(points.wait(true))
        })
        .await
        .map(drop)
    }
}

#[async_trait]
impl Knowledge for Qdrant {
    async fn prepare(&self, dimension: usize) -> Result<(), CallError> {
        if !self.exists().await? {
            self.create(dimension).await?;
        }
        let info = self
            .call("qdrant.collections.get", || {
                self.client.collection_info(&self.collection)
            })
            .await?;
        check_dimension(&self.collection, dense_size(info), dimension)?;
        self.call("qdrant.points.create_field_index", || {
            let index = CreateFieldIndexCollectionBuilder::new(
                &self.collection,
                "document",
                FieldType::Keyword,
            );
            self.client.create_field_index(index.wait(true))
        })
        .await
        .map(drop)
    }

    async fn replace(&self, document: &str, chunks: &[Chunk]) -> Result<(), CallError> {
        for batch in chunks.chunks(BATCH) {
            let points = batch.iter().map(|chunk| point(document, chunk)).collect();
            self.upsert(points).await?;
        }
        let kept: Vec<PointId> = chunks.iter().map(|chunk| chunk.id.clone().into()).collect();
        let old = Filter {
            must: vec![Condition::matches("document", document.to_owned())],
            must_not: vec![Condition::has_id(kept)],
            ..Filter::default()
        };
        let removed = self
            .call("qdrant.points.delete", || {
                let points = DeletePointsBuilder::new(&self.collection);
                self.client
                    .delete_points(points.points(old.clone()).wait(true))
            })
            .await;
        match removed {
            // Where there is no collection, there is nothing old.
            Err(CallError::NotFound { .. }) if chunks.is_empty() => Ok(()),
            removed => removed.map(drop),
        }
    }

    async fn search(&self, vector: &[f32], limit: usize) -> Result<Vec<Passage>, CallError> {
        let found = self
            .call("qdrant.points.query", || {
                let query = QueryPointsBuilder::new(&self.collection)
                    .query(vector.to_vec())
                    .using(DENSE)
                    .limit(limit as u64)
                    .with_payload(true);
                self.client.query(query)
            })
            .await;
        match found {
            Ok(found) => Ok(found.result.into_iter().map(passage).collect()),
            Err(CallError::NotFound { .. }) => Ok(vec![]),
            Err(error) => Err(error),
        }
    }
}

fn not_an_address() -> CallError {
    let reason = "the setting QDRANT_URL is not an address that begins with http:// or https://";
    CallError::rejected(SERVICE, reason)
}

/// The client links a second TLS provider, ring, and would use it wherever the process has named
/// none; and with two linked, rustls panics for callers that count on a single one. So the one of
/// everything else here is named, unless the program chose before.
fn choose_tls() {
    if CryptoProvider::get_default().is_none() {
        // It fails only where another thread has just named one, which serves as well.
        aws_lc_rs::default_provider().install_default().ok();
    }
}

fn dense_size(info: GetCollectionInfoResponse) -> Option<u64> {
    let params = info.result?.config?.params?;
    match params.vectors_config?.config? {
        Config::ParamsMap(named) => named.map.get(DENSE).map(|params| params.size),
        Config::Params(_) => None,
    }
}

fn check_dimension(collection: &str, has: Option<u64>, wanted: usize) -> Result<(), CallError> {
    let reason = match has {
        Some(size) if size == wanted as u64 => return Ok(()),
        Some(size) => format!(
            "the collection {collection} holds vectors of {size} dimensions, and the embedding \
             model makes {wanted}: name another collection, or set the model's dimensions to {size}"
        ),
        None => format!(
            "the collection {collection} has no vector named {DENSE}: it was not made by this \
             program, so name another"
        ),
    };
    Err(CallError::rejected(SERVICE, reason))
}

fn point(document: &str, chunk: &Chunk) -> PointStruct {
    let mut payload = Payload::new();
    payload.insert("document", document);
    payload.insert("title", chunk.title.as_str());
    payload.insert("text", chunk.text.as_str());
    if let Some(link) = &chunk.link {
        payload.insert("link", link.as_str());
    }
    let vectors: Vectors = NamedVectors::default()
        .add_vector(DENSE, chunk.vector.clone())
        .into();
    PointStruct::new(chunk.id.clone(), vectors, payload)
}

fn passage(found: ScoredPoint) -> Passage {
    let mut payload = found.payload;
    Passage {
        id: found.id.map(id).unwrap_or_default(),
        document: text(&mut payload, "document").unwrap_or_default(),
        title: text(&mut payload, "title").unwrap_or_default(),
        link: text(&mut payload, "link"),
        text: text(&mut payload, "text").unwrap_or_default(),
        score: found.score,
    }
}

fn id(id: PointId) -> String {
    use qdrant_client::qdrant::point_id::PointIdOptions::{Num, Uuid};
    match id.point_id_options {
        Some(Uuid(text)) => text,
        Some(Num(number)) => number.to_string(),
        None => String::new(),
    }
}

fn text(payload: &mut HashMap<String, Value>, key: &str) -> Option<String> {
    match payload.remove(key)?.kind? {
        Kind::StringValue(text) => Some(text),
        _ => None,
    }
}

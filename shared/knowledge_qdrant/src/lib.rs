//! The knowledge base in Qdrant, over gRPC.
//!
//! Each space is a collection of its own, named after the embedding model, and an alias leads to the
//! one that is serving. A piece is a point with two vectors: `dense` is its embedding, `words` its
//! weighted words, to which the server adds how rare each is. A search ranks by both and lets the
//! server fuse the ranks. Every call here is the same however often it is made, so all are repeated.

mod failure;
mod names;
mod points;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ports::{CallError, Chunk, Knowledge, Limits, Passage, Search, Space};
use qdrant_client::QdrantError;
use qdrant_client::config::QdrantConfig;
use qdrant_client::qdrant::vectors_config::Config;
use qdrant_client::qdrant::{
    Condition, CreateAliasBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
    DeletePointsBuilder, Distance, FieldType, Filter, GetCollectionInfoResponse, Modifier, PointId,
    PointStruct, RetrievedPoint, ScrollPointsBuilder, SparseVectorParamsBuilder,
    SparseVectorsConfigBuilder, UpsertPointsBuilder, VectorParamsBuilder, VectorsConfigBuilder,
};
use resilience::{Effect, Gate, Op};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use secrecy::{ExposeSecret, SecretString};

use crate::failure::{failed, unauthorized};
use crate::names::Names;

const SERVICE: &str = "qdrant";
const DENSE: &str = "dense";
const WORDS: &str = "words";
/// How many points go in one call: at 3,072 dimensions about a megabyte.
const BATCH: usize = 100;
/// How many points are asked for at once where only a part of each is wanted.
const PAGE: u32 = 1_000;
/// What a search filters by. A server in strict mode filters by nothing that has no index.
const INDEXES: [(&str, FieldType); 5] = [
    ("document", FieldType::Keyword),
    ("language", FieldType::Keyword),
    ("product", FieldType::Keyword),
    ("valid_from", FieldType::Integer),
    ("valid_until", FieldType::Integer),
];
const LONGEST_CONNECT: Duration = Duration::from_secs(3);

/// Where the knowledge base is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QdrantSettings {
    /// The address of the gRPC API, such as `https://qdrant.example:6334`.
    pub url: String,
    /// The name of the alias, with which the names of the collections begin.
    pub collection: String,
    /// How long one call may take.
    pub timeout: Duration,
}

/// The collections of one knowledge base in Qdrant.
pub struct Qdrant {
    client: qdrant_client::Qdrant,
    names: Names,
    gate: Gate,
}

impl fmt::Debug for Qdrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Qdrant({}, key redacted)", self.names.alias())
    }
}

impl Qdrant {
    /// The knowledge base that the settings name. Nothing is called before it is needed. An empty key is
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
            names: Names::beginning_with(settings.collection),
            gate: Gate::open(SERVICE),
        })
    }

    /// The same knowledge base, whose gate all functions keep together. Its server sets no limits.
    #[must_use]
    pub fn guarded(self, limits: Arc<dyn Limits>) -> Self {
        let gate = self.gate.kept_by(limits, self.names.alias(), []);
        Self { gate, ..self }
    }

    /// The version of the server, such as `1.20.0`.
    pub async fn version(&self) -> Result<String, CallError> {
        let told = self
            .call("qdrant.health_check", || self.client.health_check())
            .await?;
        Ok(told.version)
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
        let op = Op::new(operation, Effect::None);
        self.gate.call(op, attempt).await
    }

    /// Makes the collection, or finds that another caller did.
    async fn create(&self, collection: &str, dimensions: usize) -> Result<(), CallError> {
        let mut dense = VectorsConfigBuilder::default();
        let params = VectorParamsBuilder::new(dimensions as u64, Distance::Cosine);
        dense.add_named_vector_params(DENSE, params);
        let mut words = SparseVectorsConfigBuilder::default();
        let params = SparseVectorParamsBuilder::default().modifier(Modifier::Idf);
        words.add_named_vector_params(WORDS, params);
        let created = self
            .call("qdrant.collections.create", || {
                let new = CreateCollectionBuilder::new(collection)
                    .vectors_config(dense.clone())
                    .sparse_vectors_config(words.clone());
                self.client.create_collection(new)
            })
            .await;
        let Err(error) = created else {
            return Ok(());
        };
        if self.exists(collection).await? {
            Ok(())
        } else {
            Err(error)
        }
    }

    async fn exists(&self, collection: &str) -> Result<bool, CallError> {
        self.call("qdrant.collections.exists", || {
            self.client.collection_exists(collection)
        })
        .await
    }

    /// The collection behind the alias.
    async fn behind_alias(&self) -> Result<Option<String>, CallError> {
        let listed = self
            .call("qdrant.collections.list_aliases", || {
                self.client.list_aliases()
            })
            .await?;
        let mut aliases = listed.aliases.into_iter();
        let ours = aliases.find(|alias| alias.alias_name == self.names.alias());
        Ok(ours.map(|alias| alias.collection_name))
    }

    /// Every point that a filter means, page by page.
    async fn scrolled(
        &self,
        collection: &str,
        page: impl Fn(ScrollPointsBuilder) -> ScrollPointsBuilder,
    ) -> Result<Vec<RetrievedPoint>, CallError> {
        let mut all = vec![];
        let mut next: Option<PointId> = None;
        loop {
            let scroll = page(ScrollPointsBuilder::new(collection));
            let scroll = match &next {
                Some(from) => scroll.offset(from.clone()),
                None => scroll,
            };
            let scroll = scroll.build();
            let answer = self
                .call("qdrant.points.scroll", || {
                    self.client.scroll(scroll.clone())
                })
                .await?;
            all.extend(answer.result);
            next = answer.next_page_offset;
            if next.is_none() {
                return Ok(all);
            }
        }
    }
}

#[async_trait]
impl Knowledge for Qdrant {
    async fn serving(&self) -> Result<Option<Space>, CallError> {
        let Some(collection) = self.behind_alias().await? else {
            return Ok(None);
        };
        let space = self.names.space(&collection).ok_or_else(|| {
            let alias = self.names.alias();
            let reason = format!(
                "the alias {alias} leads to the collection {collection}, which this program did not \
                 make: set KNOWLEDGE_COLLECTION to another name"
            );
            CallError::rejected(SERVICE, reason)
        });
        space.map(Some)
    }

    async fn spaces(&self) -> Result<BTreeSet<Space>, CallError> {
        let listed = self
            .call("qdrant.collections.list", || self.client.list_collections())
            .await?;
        let names = listed.collections.into_iter().map(|one| one.name);
        Ok(names.filter_map(|name| self.names.space(&name)).collect())
    }

    async fn prepare(&self, space: &Space) -> Result<(), CallError> {
        let collection = self.names.collection(space);
        if !self.exists(&collection).await? {
            self.create(&collection, space.dimensions).await?;
        }
        let info = self
            .call("qdrant.collections.get", || {
                self.client.collection_info(&collection)
            })
            .await?;
        check_vectors(&collection, info, space.dimensions)?;
        for (field, kind) in INDEXES {
            self.call("qdrant.points.create_field_index", || {
                let index = CreateFieldIndexCollectionBuilder::new(&collection, field, kind);
                self.client.create_field_index(index.wait(true))
            })
            .await?;
        }
        Ok(())
    }

    async fn serve(&self, space: &Space) -> Result<(), CallError> {
        let collection = self.names.collection(space);
        if !self.exists(&collection).await? {
            return Err(CallError::NotFound {
                service: SERVICE,
                what: "collection",
            });
        }
        // An alias that stands is moved by the same call: it leads somewhere at any moment.
        self.call("qdrant.collections.update_aliases", || {
            let alias = CreateAliasBuilder::new(&collection, self.names.alias());
            self.client.create_alias(alias)
        })
        .await
        .map(drop)
    }

    async fn retire(&self, space: &Space) -> Result<(), CallError> {
        let collection = self.names.collection(space);
        if self.behind_alias().await?.as_ref() == Some(&collection) {
            let reason = format!("the collection {collection} is serving");
            return Err(CallError::rejected(SERVICE, reason));
        }
        self.call("qdrant.collections.delete", || {
            self.client.delete_collection(&collection)
        })
        .await
        .map(drop)
    }

    async fn held(&self, space: &Space) -> Result<BTreeMap<String, BTreeSet<String>>, CallError> {
        let collection = self.names.collection(space);
        let documents = vec!["document".to_owned()];
        let found = self
            .scrolled(&collection, |page| {
                page.limit(PAGE)
                    .with_payload(points::only(documents.clone()))
                    .with_vectors(false)
            })
            .await?;
        let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for point in found {
            let (document, id) = points::place(point);
            held.entry(document).or_default().insert(id);
        }
        Ok(held)
    }

    async fn pieces(&self, space: &Space, document: &str) -> Result<Vec<Chunk>, CallError> {
        let collection = self.names.collection(space);
        let of = Filter::must([Condition::matches("document", document.to_owned())]);
        let batch = u32::try_from(BATCH).unwrap_or(PAGE);
        let found = self
            .scrolled(&collection, |page| {
                page.filter(of.clone())
                    .limit(batch)
                    .with_payload(true)
                    .with_vectors(true)
            })
            .await?;
        let mut chunks: Vec<Chunk> = found.into_iter().map(points::chunk).collect();
        chunks.sort_by_key(|chunk| chunk.position);
        Ok(chunks)
    }

    async fn put(&self, space: &Space, chunks: &[Chunk]) -> Result<(), CallError> {
        let collection = self.names.collection(space);
        for batch in chunks.chunks(BATCH) {
            let points: Vec<PointStruct> = batch.iter().map(points::point).collect();
            self.call("qdrant.points.upsert", || {
                let points = UpsertPointsBuilder::new(&collection, points.clone());
                self.client.upsert_points(points.wait(true))
            })
            .await?;
        }
        Ok(())
    }

    async fn remove(&self, space: &Space, ids: &[String]) -> Result<(), CallError> {
        let collection = self.names.collection(space);
        let ids: Vec<PointId> = ids.iter().map(|id| id.clone().into()).collect();
        self.call("qdrant.points.delete", || {
            let points = DeletePointsBuilder::new(&collection).points(ids.clone());
            self.client.delete_points(points.wait(true))
        })
        .await
        .map(drop)
    }

    async fn search(&self, space: &Space, search: &Search) -> Result<Vec<Passage>, CallError> {
        let collection = self.names.collection(space);
        let Some(query) = search::query(&collection, search) else {
            return Ok(vec![]);
        };
        let found = self
            .call("qdrant.points.query", || self.client.query(query.clone()))
            .await?;
        Ok(found.result.into_iter().map(points::passage).collect())
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

/// Whether a collection holds the vectors that are put into it.
fn check_vectors(
    collection: &str,
    info: GetCollectionInfoResponse,
    wanted: usize,
) -> Result<(), CallError> {
    let params = info.result.and_then(|info| info.config?.params);
    let (dense, sparse) = params
        .map(|params| (params.vectors_config, params.sparse_vectors_config))
        .unwrap_or_default();
    let size = match dense.and_then(|dense| dense.config) {
        Some(Config::ParamsMap(named)) => named.map.get(DENSE).map(|params| params.size),
        _ => None,
    };
    let has_words = sparse.is_some_and(|sparse| sparse.map.contains_key(WORDS));
    let reason = match size {
        Some(size) if size == wanted as u64 && has_words => return Ok(()),
        Some(size) if has_words => format!(
            "the collection {collection} holds vectors of {size} dimensions, and the embedding \
             model makes {wanted}: remove the collection, or set KNOWLEDGE_COLLECTION to another name"
        ),
        _ => format!(
            "the collection {collection} has no vectors named {DENSE} and {WORDS}: it was not made by \
             this version of the program, so remove it, or set KNOWLEDGE_COLLECTION to another name"
        ),
    };
    Err(CallError::rejected(SERVICE, reason))
}

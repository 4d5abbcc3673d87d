//! The methods on collections.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "every method has the signature that the services hand calls to"
)]

use std::collections::{BTreeMap, HashMap};

use qdrant_client::qdrant::vectors_config::Config;
use qdrant_client::qdrant::{
    CollectionConfig, CollectionDescription, CollectionExists, CollectionExistsRequest,
    CollectionExistsResponse, CollectionInfo, CollectionOperationResponse, CollectionParams,
    CollectionStatus, CreateCollection, DeleteCollection, Distance, GetCollectionInfoRequest,
    GetCollectionInfoResponse, ListCollectionsRequest, ListCollectionsResponse, Modifier,
    OptimizerStatus, PayloadSchemaInfo, PayloadSchemaType, SparseVectorConfig, SparseVectorParams,
    VectorParams, VectorParamsMap, VectorsConfig,
};
use testkit::knowledge::{Change, Collection, Schema, Store, Weighting};
use tonic::Status;

use super::Done;
use super::wire::{DONE, bad, refused, unserved};

pub(super) fn exists(
    store: &Store,
    request: CollectionExistsRequest,
) -> Result<CollectionExistsResponse, Status> {
    let exists = store.collection(&request.collection_name).is_ok();
    let result = Some(CollectionExists { exists });
    Ok(CollectionExistsResponse { result, time: 0.0 })
}

pub(super) fn list(
    store: &Store,
    _: ListCollectionsRequest,
) -> Result<ListCollectionsResponse, Status> {
    let named = |name: &str| CollectionDescription {
        name: name.to_owned(),
    };
    let collections = store.names().map(named).collect();
    Ok(ListCollectionsResponse {
        collections,
        time: 0.0,
    })
}

pub(super) fn create(
    store: &Store,
    request: CreateCollection,
) -> Done<CollectionOperationResponse> {
    let schema = Schema {
        vectors: dense(request.vectors_config)?,
        sparse: sparse(request.sparse_vectors_config)?,
    };
    if let Some(name) = schema
        .sparse
        .keys()
        .find(|name| schema.vectors.contains_key(*name))
    {
        return Err(bad(&format!(
            "Dense and sparse vector names must be unique - duplicated name {name}"
        )));
    }
    let name = &request.collection_name;
    if store.aliases().any(|(alias, _)| alias == name) {
        return Err(bad(&format!(
            "Can't create collection with name {name}. Alias with the same name already exists"
        )));
    }
    let changes = store.create(name, schema).map_err(refused)?;
    Ok((changes, DONE))
}

fn dense(config: Option<VectorsConfig>) -> Result<BTreeMap<String, usize>, Status> {
    let named: HashMap<String, VectorParams> = match config.and_then(|vectors| vectors.config) {
        Some(Config::Params(one)) => HashMap::from([(String::new(), one)]),
        Some(Config::ParamsMap(named)) => named.map,
        None => HashMap::new(),
    };
    let dimension = |(name, params): (String, VectorParams)| {
        if params.distance() != Distance::Cosine {
            return Err(unserved("a distance other than cosine"));
        }
        if params.multivector_config.is_some() {
            return Err(unserved("a vector of several vectors"));
        }
        match usize::try_from(params.size) {
            Ok(size @ 1..=65_536) => Ok((name, size)),
            _ => Err(bad("the dimension of a vector is from 1 to 65536")),
        }
    };
    named.into_iter().map(dimension).collect()
}

fn sparse(config: Option<SparseVectorConfig>) -> Result<BTreeMap<String, Weighting>, Status> {
    let weighting = |(name, params): (String, SparseVectorParams)| match params.modifier() {
        Modifier::None => (name, Weighting::Plain),
        Modifier::Idf => (name, Weighting::Idf),
    };
    let named = config.unwrap_or_default().map;
    if named.contains_key("") {
        return Err(bad("a sparse vector has no name"));
    }
    Ok(named.into_iter().map(weighting).collect())
}

/// As in the server, an alias does not end its collection.
pub(super) fn delete(
    store: &Store,
    request: DeleteCollection,
) -> Done<CollectionOperationResponse> {
    let collection = request.collection_name;
    if store.names().any(|name| name == collection) {
        return Ok((vec![Change::Dropped { collection }], DONE));
    }
    let result = false;
    Ok((vec![], CollectionOperationResponse { result, ..DONE }))
}

pub(super) fn get(
    store: &Store,
    request: GetCollectionInfoRequest,
) -> Result<GetCollectionInfoResponse, Status> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    let keyword = PayloadSchemaInfo {
        data_type: PayloadSchemaType::Keyword.into(),
        ..PayloadSchemaInfo::default()
    };
    let indexed = collection.indexed();
    let info = CollectionInfo {
        status: CollectionStatus::Green.into(),
        optimizer_status: Some(OptimizerStatus {
            ok: true,
            error: String::new(),
        }),
        segments_count: 1,
        points_count: Some(collection.len() as u64),
        config: Some(config(collection)),
        payload_schema: indexed
            .map(|key| (key.to_owned(), keyword.clone()))
            .collect(),
        ..CollectionInfo::default()
    };
    let result = Some(info);
    Ok(GetCollectionInfoResponse { result, time: 0.0 })
}

fn config(collection: &Collection) -> CollectionConfig {
    let sparse = described_sparse(&collection.schema.sparse);
    CollectionConfig {
        params: Some(CollectionParams {
            shard_number: 1,
            vectors_config: Some(described(&collection.schema.vectors)),
            sparse_vectors_config: (!sparse.map.is_empty()).then_some(sparse),
            ..CollectionParams::default()
        }),
        ..CollectionConfig::default()
    }
}

fn described(vectors: &BTreeMap<String, usize>) -> VectorsConfig {
    let params = |size: usize| VectorParams {
        size: size as u64,
        distance: Distance::Cosine.into(),
        ..VectorParams::default()
    };
    let config = match vectors.get("") {
        Some(size) => Config::Params(params(*size)),
        None => Config::ParamsMap(VectorParamsMap {
            map: vectors
                .iter()
                .map(|(name, size)| (name.clone(), params(*size)))
                .collect(),
        }),
    };
    VectorsConfig {
        config: Some(config),
    }
}

fn described_sparse(vectors: &BTreeMap<String, Weighting>) -> SparseVectorConfig {
    let params = |weighting: &Weighting| SparseVectorParams {
        modifier: match weighting {
            Weighting::Plain => None,
            Weighting::Idf => Some(Modifier::Idf.into()),
        },
        ..SparseVectorParams::default()
    };
    let named = vectors.iter();
    SparseVectorConfig {
        map: named
            .map(|(name, weighting)| (name.clone(), params(weighting)))
            .collect(),
    }
}

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
    GetCollectionInfoResponse, ListCollectionsRequest, ListCollectionsResponse, OptimizerStatus,
    VectorParams, VectorParamsMap, VectorsConfig,
};
use testkit::knowledge::{Change, Store};
use tonic::Status;

use super::Done;
use super::wire::{bad, refused};

const DONE: CollectionOperationResponse = CollectionOperationResponse {
    result: true,
    time: 0.0,
};

pub(super) fn exists(
    store: &Store,
    request: CollectionExistsRequest,
) -> Done<CollectionExistsResponse> {
    let exists = store.collection(&request.collection_name).is_ok();
    let result = Some(CollectionExists { exists });
    Ok((vec![], CollectionExistsResponse { result, time: 0.0 }))
}

pub(super) fn list(store: &Store, _: ListCollectionsRequest) -> Done<ListCollectionsResponse> {
    let named = |name: &str| CollectionDescription {
        name: name.to_owned(),
    };
    let collections = store.names().map(named).collect();
    Ok((
        vec![],
        ListCollectionsResponse {
            collections,
            time: 0.0,
        },
    ))
}

pub(super) fn create(
    store: &Store,
    request: CreateCollection,
) -> Done<CollectionOperationResponse> {
    if request.sparse_vectors_config.is_some() {
        return Err(Status::unimplemented(
            "sparse vectors are not served on this machine",
        ));
    }
    let config = request.vectors_config.and_then(|vectors| vectors.config);
    let named: HashMap<String, VectorParams> = match config {
        Some(Config::Params(one)) => HashMap::from([(String::new(), one)]),
        Some(Config::ParamsMap(named)) => named.map,
        None => HashMap::new(),
    };
    let dimension = |(name, params): (String, VectorParams)| {
        if params.distance() != Distance::Cosine {
            return Err(Status::unimplemented(
                "only cosine distance is served on this machine",
            ));
        }
        match usize::try_from(params.size) {
            Ok(size @ 1..=65_536) => Ok((name, size)),
            _ => Err(bad("the dimension of a vector is from 1 to 65536")),
        }
    };
    let vectors = named.into_iter().map(dimension).collect::<Result<_, _>>()?;
    let changes = store
        .create(&request.collection_name, vectors)
        .map_err(refused)?;
    Ok((changes, DONE))
}

pub(super) fn delete(
    store: &Store,
    request: DeleteCollection,
) -> Done<CollectionOperationResponse> {
    let collection = request.collection_name;
    let result = store.collection(&collection).is_ok();
    let answer = CollectionOperationResponse { result, ..DONE };
    Ok((vec![Change::Dropped { collection }], answer))
}

pub(super) fn get(
    store: &Store,
    request: GetCollectionInfoRequest,
) -> Done<GetCollectionInfoResponse> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    let info = CollectionInfo {
        status: CollectionStatus::Green.into(),
        optimizer_status: Some(OptimizerStatus {
            ok: true,
            error: String::new(),
        }),
        segments_count: 1,
        points_count: Some(collection.points.len() as u64),
        config: Some(CollectionConfig {
            params: Some(CollectionParams {
                shard_number: 1,
                vectors_config: Some(described(&collection.vectors)),
                ..CollectionParams::default()
            }),
            ..CollectionConfig::default()
        }),
        ..CollectionInfo::default()
    };
    let result = Some(info);
    Ok((vec![], GetCollectionInfoResponse { result, time: 0.0 }))
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

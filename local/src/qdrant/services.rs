//! Which methods of Qdrant's services are answered here, and that all others are not.

use qdrant_client::qdrant::collections_server::Collections;
use qdrant_client::qdrant::points_server::Points;
use qdrant_client::qdrant::qdrant_server::Qdrant as Health;
use qdrant_client::qdrant::{self, HealthCheckReply, HealthCheckRequest};
use tonic::{Request, Response, Status};

use super::{Qdrant, VERSION, aliases, collections, points, query};

/// Implements a service: `answer` hands a call to a function under the faults of its operation, to
/// `read` or to `change` what is kept; `refuse` says that the method is not served here.
macro_rules! service {
    ($service:ident {
        $(answer $how:ident $method:ident($request:ident) -> $answer:ident as $operation:literal by $handle:path;)*
        $(refuse $refused:ident($of:ident) -> $never:ident;)*
    }) => {
        #[tonic::async_trait]
        impl $service for Qdrant {
            $(async fn $method(&self, request: Request<qdrant::$request>) -> Result<Response<qdrant::$answer>, Status> {
                self.answer($operation, request, |kept, request| kept.$how(request, $handle)).await
            })*
            $(async fn $refused(&self, _: Request<qdrant::$of>) -> Result<Response<qdrant::$never>, Status> {
                Err(Status::unimplemented(concat!(
                    "the Qdrant of this machine does not serve ",
                    stringify!($service), "/", stringify!($refused),
                )))
            })*
        }
    };
}

#[tonic::async_trait]
impl Health for Qdrant {
    async fn health_check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckReply>, Status> {
        Ok(Response::new(HealthCheckReply {
            title: "qdrant of AutoMailHelpdesk's local world".to_owned(),
            version: VERSION.to_owned(),
            commit: None,
        }))
    }
}

service!(Collections {
    answer read get(GetCollectionInfoRequest) -> GetCollectionInfoResponse as "collections.get" by collections::get;
    answer read list(ListCollectionsRequest) -> ListCollectionsResponse as "collections.list" by collections::list;
    answer change create(CreateCollection) -> CollectionOperationResponse as "collections.create" by collections::create;
    answer change delete(DeleteCollection) -> CollectionOperationResponse as "collections.delete" by collections::delete;
    answer read collection_exists(CollectionExistsRequest) -> CollectionExistsResponse as "collections.exists" by collections::exists;
    answer change update_aliases(ChangeAliases) -> CollectionOperationResponse as "collections.update_aliases" by aliases::update;
    answer read list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse as "collections.list_collection_aliases" by aliases::of_collection;
    answer read list_aliases(ListAliasesRequest) -> ListAliasesResponse as "collections.list_aliases" by aliases::all;
    refuse update(UpdateCollection) -> CollectionOperationResponse;
    refuse collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
    refuse update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
    refuse create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
    refuse delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
    refuse list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
});

service!(Points {
    answer change upsert(UpsertPoints) -> PointsOperationResponse as "points.upsert" by points::upsert;
    answer change delete(DeletePoints) -> PointsOperationResponse as "points.delete" by points::delete;
    answer read get(GetPoints) -> GetResponse as "points.get" by points::get;
    answer read scroll(ScrollPoints) -> ScrollResponse as "points.scroll" by points::scroll;
    answer read count(CountPoints) -> CountResponse as "points.count" by points::count;
    answer read query(QueryPoints) -> QueryResponse as "points.query" by query::query;
    answer change create_field_index(CreateFieldIndexCollection) -> PointsOperationResponse as "points.create_field_index" by points::create_field_index;
    refuse update_vectors(UpdatePointVectors) -> PointsOperationResponse;
    refuse delete_vectors(DeletePointVectors) -> PointsOperationResponse;
    refuse set_payload(SetPayloadPoints) -> PointsOperationResponse;
    refuse overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
    refuse delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
    refuse clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
    refuse delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
    refuse create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
    refuse delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
    refuse search(SearchPoints) -> SearchResponse;
    refuse search_batch(SearchBatchPoints) -> SearchBatchResponse;
    refuse search_groups(SearchPointGroups) -> SearchGroupsResponse;
    refuse recommend(RecommendPoints) -> RecommendResponse;
    refuse recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
    refuse recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
    refuse discover(DiscoverPoints) -> DiscoverResponse;
    refuse discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
    refuse update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
    refuse query_batch(QueryBatchPoints) -> QueryBatchResponse;
    refuse query_groups(QueryPointGroups) -> QueryGroupsResponse;
    refuse facet(FacetCounts) -> FacetResponse;
    refuse search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
    refuse search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
});

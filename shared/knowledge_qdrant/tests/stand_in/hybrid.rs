//! Hybrid queries: a dense and a sparse search in one call, fused by their ranks.

use qdrant_client::qdrant::{
    Condition, Filter, Fusion, NamedVectors, PointStruct, PrefetchQueryBuilder, Query,
    QueryPointsBuilder, RrfBuilder, UpsertPointsBuilder, VectorInput,
};
use qdrant_client::{Payload, Qdrant};
use tempfile::TempDir;
use tonic::Code;

use super::sparse::make;
use super::{ALL, assert_near, assert_refused, ids, scores, serve};

/// Terms with their weights.
type Terms = &'static [(u32, f32)];

/// Points whose order is 1, 2, 3 by meaning, and 3, 1, 4 by words. The even ones are loans.
async fn stocked() -> (Qdrant, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let (client, _) = serve(&folder).await;
    make(&client).await;
    let rows: [(u64, f32, Terms); 4] = [
        (1, 0.1, &[(7, 2.0)]),
        (2, 0.2, &[(8, 9.0)]),
        (3, 0.3, &[(7, 3.0)]),
        (4, 1.5, &[(7, 1.0)]),
    ];
    let points = rows.map(|(id, angle, terms)| {
        let vectors = NamedVectors::default()
            .add_vector("dense", vec![angle.cos(), angle.sin()])
            .add_vector("words", terms);
        let mut payload = Payload::new();
        payload.insert(
            "document",
            if id % 2 == 0 { "loans.md" } else { "cards.md" },
        );
        PointStruct::new(id, vectors, payload)
    });
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, points.to_vec()))
        .await
        .expect("they are stored");
    (client, folder)
}

fn by_meaning() -> PrefetchQueryBuilder {
    PrefetchQueryBuilder::default()
        .query(vec![1.0, 0.0])
        .using("dense")
        .limit(3_u64)
}

fn by_words() -> PrefetchQueryBuilder {
    PrefetchQueryBuilder::default()
        .query(VectorInput::new_sparse(vec![7], vec![1.0]))
        .using("words")
        .limit(3_u64)
}

fn both() -> QueryPointsBuilder {
    QueryPointsBuilder::new(ALL)
        .add_prefetch(by_meaning())
        .add_prefetch(by_words())
}

fn document(name: &str) -> Filter {
    Filter::must([Condition::matches("document", name.to_owned())])
}

/// The server's k is 2, and its first rank 0. 1: 1/2 + 1/3. 3: 1/4 + 1/2. 2: 1/3. 4: 1/4.
#[tokio::test]
async fn two_searches_are_fused_by_their_ranks() {
    let (client, _folder) = stocked().await;
    let found = scores(&client, both().query(Fusion::Rrf)).await;
    let expected = [(1, 0.833_333), (3, 0.75), (2, 0.333_333), (4, 0.25)];
    assert_near(&found, &expected);
}

/// 1: 1/60 + 1/61. 3: 1/62 + 1/60.
#[tokio::test]
async fn the_k_of_a_fusion_is_the_callers() {
    let (client, _folder) = stocked().await;
    let query = Query::new_rrf(RrfBuilder::with_k(60));
    let found = scores(&client, both().query(query).limit(2)).await;
    assert_near(&found, &[(1, 0.033_060), (3, 0.032_796)]);
}

#[tokio::test]
async fn without_a_k_it_is_two() {
    let (client, _folder) = stocked().await;
    let query = Query::new_rrf(RrfBuilder::new());
    let found = scores(&client, both().query(query).limit(1)).await;
    assert_near(&found, &[(1, 0.833_333)]);
}

/// The words at three times the weight. 1: 1/2 + 1/(2/3 + 1). 3: 1/4 + 1/(1/3 + 1).
/// 4: 1/(3/3 + 1). 2: 1/3.
#[tokio::test]
async fn one_search_may_weigh_more_than_the_other() {
    let (client, _folder) = stocked().await;
    let query = Query::new_rrf(RrfBuilder::new().weights(vec![1.0, 3.0]));
    let found = scores(&client, both().query(query)).await;
    let expected = [(1, 1.1), (3, 1.0), (4, 0.5), (2, 0.333_333)];
    assert_near(&found, &expected);
}

#[tokio::test]
async fn each_search_has_a_weight_or_none_has() {
    let (client, _folder) = stocked().await;
    let query = Query::new_rrf(RrfBuilder::new().weights(vec![1.0]));
    let answer = client.query(both().query(query)).await;
    assert_refused(answer, Code::InvalidArgument, "got 1, expected 2");
}

/// Among the loans, 2 is first by meaning, then 4; by words there is 4 alone.
#[tokio::test]
async fn the_filter_at_the_top_holds_in_every_search() {
    let (client, _folder) = stocked().await;
    let query = both().query(Fusion::Rrf).filter(document("loans.md"));
    let expected = [(4, 0.833_333), (2, 0.5)];
    assert_near(&scores(&client, query).await, &expected);
}

/// By words, among the loans, there is 4 alone.
#[tokio::test]
async fn the_filter_of_a_search_holds_there_alone() {
    let (client, _folder) = stocked().await;
    let query = QueryPointsBuilder::new(ALL)
        .add_prefetch(by_meaning())
        .add_prefetch(by_words().filter(document("loans.md")))
        .query(Fusion::Rrf);
    let expected = [(1, 0.5), (4, 0.5), (2, 0.333_333), (3, 0.25)];
    assert_near(&scores(&client, query).await, &expected);
}

#[tokio::test]
async fn what_a_search_leaves_out_is_not_fused() {
    let (client, _folder) = stocked().await;
    let query = QueryPointsBuilder::new(ALL)
        .add_prefetch(by_meaning().limit(1_u64))
        .add_prefetch(by_words().score_threshold(2.5))
        .query(Fusion::Rrf);
    assert_near(&scores(&client, query).await, &[(1, 0.5), (3, 0.5)]);
}

/// A fusion keeps what is as good as the threshold, a search only what is better: the server
/// compares so.
#[tokio::test]
async fn offset_and_threshold_hold_for_what_is_fused() {
    let (client, _folder) = stocked().await;
    let query = both().query(Fusion::Rrf).score_threshold(0.25).offset(1);
    assert_eq!(ids(&client, query).await, [3, 2, 4]);
    let query = both().query(Fusion::Rrf).score_threshold(0.26).limit(2);
    assert_eq!(ids(&client, query).await, [1, 3]);
}

/// The three best by words, in the order of their meaning.
#[tokio::test]
async fn what_one_search_found_is_put_in_order_by_another() {
    let (client, _folder) = stocked().await;
    let query = QueryPointsBuilder::new(ALL)
        .add_prefetch(by_words())
        .query(vec![0.0, 1.0])
        .using("dense");
    assert_eq!(ids(&client, query).await, [4, 3, 1]);
}

/// The inner fusion has 1 and 3 first; 2 is first in the outer search.
#[tokio::test]
async fn searches_may_stand_within_searches() {
    let (client, _folder) = stocked().await;
    let inner = PrefetchQueryBuilder::default()
        .add_prefetch(by_meaning())
        .add_prefetch(by_words())
        .query(Fusion::Rrf)
        .limit(2_u64);
    let other = PrefetchQueryBuilder::default()
        .query(VectorInput::new_sparse(vec![8], vec![1.0]))
        .using("words");
    let query = QueryPointsBuilder::new(ALL)
        .add_prefetch(inner)
        .add_prefetch(other)
        .query(Fusion::Rrf);
    let expected = [(1, 0.5), (2, 0.5), (3, 0.333_333)];
    assert_near(&scores(&client, query).await, &expected);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_as_the_server_does() {
    let (client, _folder) = stocked().await;
    let without_query = client.query(both()).await;
    assert_refused(
        without_query,
        Code::InvalidArgument,
        "cannot have prefetches without a query",
    );
    let without_sources = QueryPointsBuilder::new(ALL).query(Fusion::Rrf);
    assert_refused(
        client.query(without_sources).await,
        Code::InvalidArgument,
        "cannot apply Fusion without prefetches",
    );
}

#[tokio::test]
async fn another_kind_of_fusion_is_not_served() {
    let (client, _folder) = stocked().await;
    let answer = client.query(both().query(Fusion::Dbsf)).await;
    assert_refused(answer, Code::Unimplemented, "not served");
}

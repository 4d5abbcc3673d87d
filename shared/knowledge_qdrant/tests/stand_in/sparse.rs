//! Sparse vectors: kept, refused, and searched with and without the frequency of terms.

use std::collections::HashMap;

use qdrant_client::qdrant::vector_output::Vector as Out;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::{
    CreateCollectionBuilder, Distance, GetPointsBuilder, Modifier, NamedVectors, PointStruct,
    QueryPointsBuilder, ScrollPointsBuilder, SparseIndices, SparseVectorParamsBuilder,
    SparseVectorsConfigBuilder, UpsertPointsBuilder, Vector, VectorInput, VectorParamsBuilder,
    Vectors, VectorsConfigBuilder, VectorsSelector,
};
use qdrant_client::{Payload, Qdrant};
use tempfile::TempDir;
use tonic::Code;

use super::{ALL, assert_near, assert_refused, scores, serve};

/// Makes a collection with the vectors `dense`, `words` (as they are) and `terms` (by frequency).
pub(super) async fn make(client: &Qdrant) {
    let mut dense = VectorsConfigBuilder::default();
    dense.add_named_vector_params("dense", VectorParamsBuilder::new(2, Distance::Cosine));
    let mut sparse = SparseVectorsConfigBuilder::default();
    sparse.add_named_vector_params("words", SparseVectorParamsBuilder::default());
    let by_frequency = SparseVectorParamsBuilder::default().modifier(Modifier::Idf);
    sparse.add_named_vector_params("terms", by_frequency);
    let collection = CreateCollectionBuilder::new(ALL)
        .vectors_config(dense)
        .sparse_vectors_config(sparse);
    client
        .create_collection(collection)
        .await
        .expect("it is made");
}

/// A point with the same terms in both sparse vectors.
fn point(id: u64, terms: &[(u32, f32)]) -> PointStruct {
    let vectors = NamedVectors::default()
        .add_vector("dense", vec![1.0, 0.0])
        .add_vector("words", terms)
        .add_vector("terms", terms);
    PointStruct::new(id, vectors, Payload::new())
}

/// Three points with terms, and one without a sparse vector.
async fn stocked() -> (Qdrant, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let (client, _) = serve(&folder).await;
    make(&client).await;
    let dense = NamedVectors::default().add_vector("dense", vec![0.0, 1.0]);
    let points = vec![
        point(1, &[(2, 2.0), (1, 1.0)]),
        point(2, &[(2, 1.0)]),
        point(3, &[(3, 4.0)]),
        PointStruct::new(4, dense, Payload::new()),
    ];
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, points))
        .await
        .expect("they are stored");
    (client, folder)
}

fn query(using: &str, terms: &[(u32, f32)]) -> QueryPointsBuilder {
    let (indices, values): (Vec<u32>, Vec<f32>) = terms.iter().copied().unzip();
    QueryPointsBuilder::new(ALL)
        .query(VectorInput::new_sparse(indices, values))
        .using(using)
}

/// 1: 1 · 1 + 2 · 2. 2: 1 · 2. The others share no term with it.
#[tokio::test]
async fn a_score_is_the_product_of_the_terms_that_both_have() {
    let (client, _folder) = stocked().await;
    let found = scores(&client, query("words", &[(1, 1.0), (2, 2.0), (9, 5.0)])).await;
    assert_near(&found, &[(1, 5.0), (2, 2.0)]);
}

/// Of three points with terms, one has the term 1: ln(1 + 2.5 / 1.5) = 0.980829; two have the
/// term 2: ln(1 + 1.5 / 2.5) = 0.470004. So 1: 0.980829 + 2 · 0.470004; 2: 0.470004.
#[tokio::test]
async fn a_term_counts_the_more_the_fewer_points_have_it() {
    let (client, _folder) = stocked().await;
    let found = scores(&client, query("terms", &[(1, 1.0), (2, 1.0)])).await;
    assert_near(&found, &[(1, 1.920_837), (2, 0.470_004)]);
}

#[tokio::test]
async fn frequencies_follow_what_is_stored() {
    let (client, _folder) = stocked().await;
    let again = UpsertPointsBuilder::new(ALL, vec![point(2, &[(3, 1.0)])]);
    client.upsert_points(again).await.expect("it is stored");
    // One of three has the term 2 now.
    let found = scores(&client, query("terms", &[(2, 1.0)])).await;
    assert_near(&found, &[(1, 1.961_658)]);
}

#[tokio::test]
async fn a_sparse_search_keeps_to_limit_and_threshold() {
    let (client, _folder) = stocked().await;
    let wide = || query("words", &[(2, 1.0), (3, 1.0)]);
    assert_near(
        &scores(&client, wide().limit(2)).await,
        &[(3, 4.0), (1, 2.0)],
    );
    assert_near(
        &scores(&client, wide().score_threshold(2.0)).await,
        &[(3, 4.0)],
    );
    assert_near(&scores(&client, wide().offset(2)).await, &[(2, 1.0)]);
}

#[tokio::test]
async fn a_query_without_terms_finds_nothing() {
    let (client, _folder) = stocked().await;
    assert_near(&scores(&client, query("terms", &[])).await, &[]);
}

/// The form of clients before 1.16.
#[tokio::test]
async fn terms_sent_in_the_old_form_are_kept_as_well() {
    let (client, _folder) = stocked().await;
    #[expect(deprecated, reason = "this is the old form")]
    let old = Vector {
        data: vec![7.0],
        indices: Some(SparseIndices { data: vec![5] }),
        ..Vector::default()
    };
    let named = NamedVectors {
        vectors: HashMap::from([("words".to_owned(), old)]),
    };
    let vectors = Vectors {
        vectors_options: Some(VectorsOptions::Vectors(named)),
    };
    let point = PointStruct::new(5, vectors, Payload::new());
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, vec![point]))
        .await
        .expect("it is stored");
    let found = scores(&client, query("words", &[(5, 1.0)])).await;
    assert_near(&found, &[(5, 7.0)]);
}

#[tokio::test]
async fn terms_may_come_in_any_order_but_each_once() {
    let (client, _folder) = stocked().await;
    let upsert = |terms: &[(u32, f32)]| {
        let point = point(6, terms);
        client.upsert_points(UpsertPointsBuilder::new(ALL, vec![point]))
    };
    upsert(&[(9, 1.0), (4, 2.0)]).await.expect("it is stored");
    let twice = upsert(&[(4, 1.0), (4, 2.0)]).await;
    assert_refused(twice, Code::InvalidArgument, "must be unique");
}

#[tokio::test]
async fn a_query_is_held_to_the_same_rules() {
    let (client, _folder) = stocked().await;
    let twice = client.query(query("terms", &[(4, 1.0), (4, 2.0)])).await;
    assert_refused(twice, Code::InvalidArgument, "must be unique");
    let uneven = VectorInput::new_sparse(vec![1, 2], vec![1.0]);
    let uneven = QueryPointsBuilder::new(ALL).query(uneven).using("terms");
    assert_refused(
        client.query(uneven).await,
        Code::InvalidArgument,
        "must be the same length",
    );
}

#[tokio::test]
async fn a_vector_that_the_collection_does_not_have_is_refused() {
    let (client, _folder) = stocked().await;
    let found = client.query(query("titles", &[(1, 1.0)])).await;
    assert_refused(found, Code::InvalidArgument, "titles");
    let vectors = NamedVectors::default().add_vector("titles", &[(1_u32, 1.0_f32)][..]);
    let points = vec![
        point(7, &[(1, 1.0)]),
        PointStruct::new(8, vectors, Payload::new()),
    ];
    let stored = client.upsert_points(UpsertPointsBuilder::new(ALL, points));
    assert_refused(stored.await, Code::InvalidArgument, "titles");
    let get = GetPointsBuilder::new(ALL, vec![7.into()]);
    let found = client.get_points(get).await.expect("it is asked").result;
    assert!(found.is_empty(), "nothing of a refused call is kept");
}

#[tokio::test]
async fn a_dense_vector_is_not_taken_for_a_sparse_one() {
    let (client, _folder) = stocked().await;
    let vectors = NamedVectors::default().add_vector("terms", vec![1.0, 2.0]);
    let point = PointStruct::new(8, vectors, Payload::new());
    let stored = client.upsert_points(UpsertPointsBuilder::new(ALL, vec![point]));
    assert_refused(stored.await, Code::InvalidArgument, "terms");
}

#[tokio::test]
async fn a_collection_tells_its_sparse_vectors() {
    let (client, _folder) = stocked().await;
    let info = client.collection_info(ALL).await.expect("it is told");
    let params = info.result.and_then(|info| info.config?.params);
    let sparse = params.and_then(|params| params.sparse_vectors_config);
    let sparse = sparse.expect("it has them").map;
    assert_eq!(sparse.len(), 2);
    assert_eq!(sparse["words"].modifier(), Modifier::None);
    assert_eq!(sparse["terms"].modifier(), Modifier::Idf);
}

#[tokio::test]
async fn one_name_is_not_for_two_vectors() {
    let folder = TempDir::new().expect("a folder");
    let (client, _) = serve(&folder).await;
    let mut dense = VectorsConfigBuilder::default();
    dense.add_named_vector_params("same", VectorParamsBuilder::new(2, Distance::Cosine));
    let mut sparse = SparseVectorsConfigBuilder::default();
    sparse.add_named_vector_params("same", SparseVectorParamsBuilder::default());
    let collection = CreateCollectionBuilder::new(ALL)
        .vectors_config(dense)
        .sparse_vectors_config(sparse);
    assert_refused(
        client.create_collection(collection).await,
        Code::InvalidArgument,
        "must be unique",
    );
}

#[tokio::test]
async fn both_kinds_of_vectors_come_back_by_name() {
    let (client, _folder) = stocked().await;
    let scroll = ScrollPointsBuilder::new(ALL).limit(1).with_vectors(true);
    let page = client.scroll(scroll).await.expect("it is scrolled").result;
    let vectors = page[0].vectors.as_ref().expect("they were asked for");
    let Some(Out::Dense(dense)) = vectors.get_vector_by_name("dense") else {
        panic!("{vectors:?}");
    };
    assert_eq!(dense.data, [1.0, 0.0]);
    let Some(Out::Sparse(terms)) = vectors.get_vector_by_name("terms") else {
        panic!("{vectors:?}");
    };
    assert_eq!(terms.indices, [1, 2]);
    assert_eq!(terms.values, [1.0, 2.0]);
    let only = ScrollPointsBuilder::new(ALL)
        .limit(1)
        .with_vectors(VectorsSelector {
            names: vec!["words".to_owned()],
        });
    let page = client.scroll(only).await.expect("it is scrolled").result;
    let vectors = page[0].vectors.as_ref().expect("one was asked for");
    assert!(vectors.get_vector_by_name("words").is_some());
    assert!(vectors.get_vector_by_name("dense").is_none());
}

#[tokio::test]
async fn sparse_vectors_outlive_the_server() {
    let folder = TempDir::new().expect("a folder");
    let (client, task) = serve(&folder).await;
    make(&client).await;
    let points = vec![point(1, &[(1, 1.0), (2, 2.0)]), point(2, &[(2, 1.0)])];
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, points))
        .await
        .expect("they are stored");
    let before = scores(&client, query("terms", &[(1, 1.0), (2, 1.0)])).await;
    task.abort();
    for _ in 0..2 {
        let (client, task) = serve(&folder).await;
        let after = scores(&client, query("terms", &[(1, 1.0), (2, 1.0)])).await;
        assert_eq!(after, before);
        task.abort();
    }
}

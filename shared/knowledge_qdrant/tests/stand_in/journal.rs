//! What the server finds on its folder when it starts.

use std::fs;

use qdrant_client::qdrant::{
    CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, DeletePointsBuilder, Distance,
    FieldType, PointId, PointStruct, QueryPointsBuilder, UpsertPointsBuilder, VectorParamsBuilder,
};
use qdrant_client::{Payload, Qdrant};
use tempfile::TempDir;

use super::{ALL, assert_near, ids, scores, serve};

const JOURNAL: &str = "changes.jsonl";

async fn put(client: &Qdrant, points: impl IntoIterator<Item = u64>) {
    let points = points.into_iter();
    let points = points.map(|id| PointStruct::new(id, vec![1.0, 0.0], Payload::new()));
    let points: Vec<PointStruct> = points.collect();
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, points))
        .await
        .expect("they are stored");
}

async fn make(client: &Qdrant) {
    let vectors = VectorParamsBuilder::new(2, Distance::Cosine);
    let collection = CreateCollectionBuilder::new(ALL).vectors_config(vectors);
    client
        .create_collection(collection)
        .await
        .expect("it is made");
}

/// How many lines the journal in a folder has.
fn lines(folder: &TempDir) -> usize {
    let written = fs::read_to_string(folder.path().join(JOURNAL)).expect("a journal");
    written.lines().count()
}

/// It was written before there were sparse vectors, with vectors in digits.
#[tokio::test]
async fn an_old_journal_is_read() {
    let folder = TempDir::new().expect("a folder");
    let old = concat!(
        r#"{"created":{"collection":"all","vectors":{"":2}}}"#,
        "\n",
        r#"{"put":{"collection":"all","point":{"id":"5","vectors":{"":[0.6,0.8]},"payload":{}}}}"#,
        "\n",
    );
    fs::write(folder.path().join(JOURNAL), old).expect("it is written");
    let (client, _) = serve(&folder).await;
    let query = QueryPointsBuilder::new(ALL).query(vec![1.0, 0.0]);
    assert_near(&scores(&client, query).await, &[(5, 0.6)]);
}

/// The call that it belonged to was never answered.
#[tokio::test]
async fn a_last_line_that_broke_off_is_left_out() {
    let folder = TempDir::new().expect("a folder");
    let (client, task) = serve(&folder).await;
    make(&client).await;
    put(&client, [1, 2]).await;
    task.abort();
    let path = folder.path().join(JOURNAL);
    let written = fs::read(&path).expect("a journal");
    fs::write(&path, &written[..written.len() - 9]).expect("it is written");
    let (client, task) = serve(&folder).await;
    put(&client, [3]).await;
    task.abort();
    let (client, _) = serve(&folder).await;
    assert_eq!(ids(&client, QueryPointsBuilder::new(ALL)).await, [1, 3]);
}

#[tokio::test]
async fn a_line_in_the_middle_that_cannot_be_read_stops_the_start() {
    let folder = TempDir::new().expect("a folder");
    let (client, task) = serve(&folder).await;
    make(&client).await;
    task.abort();
    let path = folder.path().join(JOURNAL);
    let mut written = fs::read_to_string(&path).expect("a journal");
    written.insert_str(0, "no change\n");
    fs::write(&path, written).expect("it is written");
    assert!(local::qdrant::Qdrant::open(folder.path(), "").is_err());
}

#[tokio::test]
async fn what_is_no_more_is_left_out_at_the_next_start() {
    let folder = TempDir::new().expect("a folder");
    let (client, task) = serve(&folder).await;
    make(&client).await;
    put(&client, 0..20).await;
    put(&client, 0..20).await;
    let index = CreateFieldIndexCollectionBuilder::new(ALL, "document", FieldType::Keyword);
    client.create_field_index(index).await.expect("it is made");
    let gone: Vec<PointId> = (0..15).map(PointId::from).collect();
    client
        .delete_points(DeletePointsBuilder::new(ALL).points(gone))
        .await
        .expect("they go");
    task.abort();
    assert_eq!(lines(&folder), 1 + 20 + 20 + 1 + 15);
    let (client, task) = serve(&folder).await;
    assert_eq!(lines(&folder), 1 + 1 + 5);
    put(&client, [30]).await;
    task.abort();
    let (client, _) = serve(&folder).await;
    let expected = [15, 16, 17, 18, 19, 30];
    assert_eq!(ids(&client, QueryPointsBuilder::new(ALL)).await, expected);
}

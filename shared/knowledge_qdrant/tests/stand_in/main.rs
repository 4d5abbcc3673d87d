//! What the Qdrant of `local` answers to calls of the real client, whether the adapter makes them or
//! not.

mod aliases;
mod filters;
mod hybrid;
mod journal;
mod points;
mod sparse;

use std::net::SocketAddr;
use std::sync::Arc;

use qdrant_client::qdrant::{PointId, QueryPoints, ScoredPoint};
use qdrant_client::{Qdrant, QdrantError};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The name of the collection in every test.
const ALL: &str = "all";

/// The address of a server on this folder, and the task that ends it.
async fn listen(folder: &TempDir) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    let server = local::qdrant::Qdrant::open(folder.path(), "").expect("a folder");
    (address, local::qdrant::serve_on(listener, Arc::new(server)))
}

fn connect(address: SocketAddr) -> Qdrant {
    let client = Qdrant::from_url(&format!("http://{address}")).skip_compatibility_check();
    client.build().expect("an address")
}

/// A client of a server on this folder, and the task that ends the server.
async fn serve(folder: &TempDir) -> (Qdrant, JoinHandle<()>) {
    let (address, task) = listen(folder).await;
    (connect(address), task)
}

/// What a search finds.
async fn found(client: &Qdrant, query: impl Into<QueryPoints>) -> Vec<ScoredPoint> {
    let found = client.query(query).await.expect("it is searched");
    found.result
}

/// The ids that a search finds with their scores.
async fn scores(client: &Qdrant, query: impl Into<QueryPoints>) -> Vec<(u64, f32)> {
    let found = found(client, query).await;
    let scores: Vec<f32> = found.iter().map(|point| point.score).collect();
    let ids = numbers(found.into_iter().map(|point| point.id));
    ids.into_iter().zip(scores).collect()
}

/// The ids that a search finds.
async fn ids(client: &Qdrant, query: impl Into<QueryPoints>) -> Vec<u64> {
    let found = found(client, query).await;
    numbers(found.into_iter().map(|point| point.id))
}

#[track_caller]
fn assert_near(found: &[(u64, f32)], expected: &[(u64, f32)]) {
    let same = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(one, other)| one.0 == other.0 && (one.1 - other.1).abs() < 1e-5);
    assert!(same, "{found:?}, not {expected:?}");
}

/// That a call was refused with these words.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(
    answer: Result<T, QdrantError>,
    code: tonic::Code,
    why: &str,
) {
    let error = answer.expect_err(why);
    let QdrantError::ResponseError { status } = error else {
        panic!("{error}");
    };
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(why), "{status}");
}

fn numbers(ids: impl IntoIterator<Item = Option<PointId>>) -> Vec<u64> {
    use qdrant_client::qdrant::point_id::PointIdOptions::Num;
    let options = ids.into_iter().filter_map(|id| id?.point_id_options);
    options
        .filter_map(|id| {
            if let Num(number) = id {
                Some(number)
            } else {
                None
            }
        })
        .collect()
}

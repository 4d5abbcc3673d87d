//! The adapter upholds what every knowledge base must, over gRPC: against the Qdrant of `local`, and
//! against a real one where `QDRANT_URL` (and `QDRANT_API_KEY`) name it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use knowledge_qdrant::{Qdrant, QdrantSettings};
use ports::{CallError, Chunk, Knowledge, Search, Space};
use tempfile::TempDir;
use testkit::Fault;
use testkit::contract::knowledge::{World, upholds};
use time::macros::date;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const KEY: &str = "a-secret-of-tests";

fn settings(url: String, collection: &str) -> QdrantSettings {
    QdrantSettings {
        url,
        collection: collection.to_owned(),
        timeout: Duration::from_millis(400),
    }
}

/// A server on a folder, with the task that ends it.
async fn serve(folder: &TempDir) -> (String, Arc<local::qdrant::Qdrant>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let server = Arc::new(local::qdrant::Qdrant::open(folder.path(), KEY).expect("a folder"));
    let task = local::qdrant::serve_on(listener, server.clone());
    (url, server, task)
}

fn connect(url: String, key: &str) -> Qdrant {
    Qdrant::connect(settings(url, "knowledge"), Some(key.to_owned().into())).expect("an address")
}

fn space() -> Space {
    Space {
        model: "embedding-1".to_owned(),
        dimensions: 2,
    }
}

fn chunk() -> Chunk {
    Chunk {
        id: "00000000-0000-8000-8000-000000000001".to_owned(),
        document: "cards.md".to_owned(),
        position: 0,
        title: "Cards".to_owned(),
        link: None,
        text: "A card costs 5 EUR.".to_owned(),
        language: None,
        product: None,
        valid_from: None,
        valid_until: None,
        vector: vec![1.0, 0.0],
        terms: vec![(1, 1.0)],
    }
}

fn search() -> Search {
    Search {
        vector: vec![1.0, 0.0],
        terms: vec![(1, 1.0)],
        language: None,
        product: None,
        on: date!(2026 - 11 - 23),
        limit: 5,
    }
}

#[tokio::test]
async fn qdrant_upholds_the_contract() {
    let folder = TempDir::new().expect("a folder");
    let next = AtomicU32::new(0);
    let upheld = upholds(async || {
        let own = folder
            .path()
            .join(next.fetch_add(1, Ordering::Relaxed).to_string());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let server = Arc::new(local::qdrant::Qdrant::open(&own, KEY).expect("a folder"));
        local::qdrant::serve_on(listener, server.clone());
        World {
            knowledge: Arc::new(connect(url, KEY)),
            faults: Some(server.faults.clone()),
        }
    })
    .await;
    assert_eq!(upheld.len(), 40);
}

#[tokio::test]
async fn a_real_qdrant_upholds_the_contract() {
    let Ok(url) = std::env::var("QDRANT_URL") else {
        return;
    };
    let key = std::env::var("QDRANT_API_KEY").ok();
    let made = AtomicU32::new(0);
    let run = std::process::id();
    upholds(async || {
        let name = format!("contract-{run}-{}", made.fetch_add(1, Ordering::Relaxed));
        let mut settings = settings(url.clone(), &name);
        settings.timeout = Duration::from_secs(10);
        let knowledge = Qdrant::connect(settings, key.clone().map(Into::into));
        World {
            knowledge: Arc::new(knowledge.expect("an address")),
            faults: None,
        }
    })
    .await;
    let client = qdrant_client::Qdrant::from_url(&url)
        .api_key(key)
        .skip_compatibility_check();
    let client = client.build().expect("an address");
    let ours = format!("contract-{run}-");
    let aliases = client.list_aliases().await.expect("a list").aliases;
    for alias in aliases.iter().filter(|a| a.alias_name.starts_with(&ours)) {
        let removed = client.delete_alias(&alias.alias_name).await;
        removed.expect("the alias is removed");
    }
    let collections = client.list_collections().await.expect("a list").collections;
    for collection in collections.iter().filter(|c| c.name.starts_with(&ours)) {
        let removed = client.delete_collection(&collection.name).await;
        removed.expect("the collection is removed");
    }
}

#[tokio::test]
async fn what_was_stored_outlives_the_server() {
    let folder = TempDir::new().expect("a folder");
    let (url, _, task) = serve(&folder).await;
    let before = connect(url, KEY);
    before.prepare(&space()).await.expect("it is prepared");
    before
        .put(&space(), &[chunk()])
        .await
        .expect("it is replaced");
    task.abort();
    let (url, server, _) = serve(&folder).await;
    let found = connect(url, KEY)
        .search(&space(), &search())
        .await
        .expect("it is searched");
    assert_eq!(found.len(), 1);
    assert_eq!(server.documents(), 1);
}

#[tokio::test]
async fn a_wrong_key_asks_a_person_to_act() {
    let folder = TempDir::new().expect("a folder");
    let (url, _, _) = serve(&folder).await;
    for key in ["another", "", " \n"] {
        let error = connect(url.clone(), key)
            .search(&space(), &search())
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
        assert!(error.to_string().contains("QDRANT_SECRET"), "{error}");
    }
}

#[tokio::test]
async fn no_error_shows_the_key() {
    let nobody_listens = connect("http://127.0.0.1:9".to_owned(), KEY);
    let error = nobody_listens
        .search(&space(), &search())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
    let malformed = Some(format!("{KEY}\nanother").into());
    let refused = Qdrant::connect(settings("http://127.0.0.1:9".to_owned(), "c"), malformed);
    let refused = refused.unwrap_err();
    let all = format!("{nobody_listens:?} {error} {error:?} {refused} {refused:?}");
    assert!(!all.contains("secret-of"), "{all}");
}

#[tokio::test]
async fn an_address_that_is_none_names_the_setting() {
    for url in [
        "not an address",
        "localhost:6334",
        "ftp://localhost",
        "http://",
    ] {
        let error = Qdrant::connect(settings(url.to_owned(), "knowledge"), None).unwrap_err();
        assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
        assert!(error.to_string().contains("QDRANT_URL"), "{error}");
    }
}

#[tokio::test]
async fn a_passing_failure_is_not_seen_by_the_caller() {
    let folder = TempDir::new().expect("a folder");
    let (url, server, _) = serve(&folder).await;
    let knowledge = connect(url, KEY);
    knowledge.prepare(&space()).await.expect("it is prepared");
    for fault in [
        Fault::Refuse,
        Fault::ServerError,
        Fault::RateLimited(0),
        Fault::TimeOutAfterSuccess,
    ] {
        server.faults.arm("points.query", fault, 2);
        let found = knowledge.search(&space(), &search()).await;
        assert!(found.is_ok(), "{fault:?}: {found:?}");
        server.faults.clear();
    }
}

#[tokio::test]
async fn after_connecting_the_process_has_one_tls_provider() {
    connect("http://127.0.0.1:9".to_owned(), KEY);
    // It panics where two are linked and none is chosen.
    drop(rustls::ClientConfig::builder());
}

/// A server without TLS cannot be mistaken for one with it.
#[tokio::test]
async fn an_https_address_is_spoken_to_in_tls_alone() {
    let folder = TempDir::new().expect("a folder");
    let (url, _, _) = serve(&folder).await;
    let tls = connect(url.replace("http://", "https://"), KEY);
    let error = tls.search(&space(), &search()).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
}

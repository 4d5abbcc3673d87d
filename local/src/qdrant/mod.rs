//! Qdrant's gRPC API on the server modules of its own client, for a mailbox on one machine: exact
//! search in memory, kept in a journal on disk. What it does not do, it refuses as unimplemented.
//!
//! What it knows is a [`Store`]. Calls that change nothing go on while others write. Fault switches are named by service and method: `points.query`.

mod aliases;
mod collections;
mod filters;
mod journal;
mod points;
mod query;
mod services;
mod wire;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use anyhow::Context;
use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::QdrantServer;
use testkit::faults::{Fault, Faults, lock};
use testkit::knowledge::{Change, Collection, Store};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use self::journal::Journal;

/// The version that it answers to. The client wants one at most one minor away from its own.
const VERSION: &str = "1.20.0";
/// The largest message it takes, as the real one does.
const LARGEST_MESSAGE: usize = 32 * 1024 * 1024;

/// The work of a handler that changes something: what, and what to answer once that is kept.
type Done<Answer> = Result<(Vec<Change>, Answer), Status>;

/// The server's state.
pub struct Qdrant {
    /// What goes wrong with which call.
    pub faults: Arc<Faults>,
    /// Who sends another key is turned away. Empty: nobody is.
    key: String,
    kept: Arc<Kept>,
}

struct Kept {
    store: RwLock<Store>,
    /// Who holds it is the only one who changes the store.
    journal: Mutex<Journal>,
}

impl Kept {
    fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a call that changes nothing.
    fn read<Q, A>(
        &self,
        request: Q,
        handle: fn(&Store, Q) -> Result<A, Status>,
    ) -> Result<A, Status> {
        handle(&self.store(), request)
    }

    /// Performs a call, its changes kept on disk before it is answered. Others may read meanwhile.
    fn change<Q, A>(&self, request: Q, handle: fn(&Store, Q) -> Done<A>) -> Result<A, Status> {
        let mut journal = lock(&self.journal);
        let (changes, answer) = handle(&self.store(), request)?;
        journal
            .append(&changes)
            .map_err(|error| Status::internal(format!("the journal: {error}")))?;
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            store.apply(change);
        }
        Ok(answer)
    }
}

impl Qdrant {
    /// What a folder holds, which is made if it is missing. With an empty key, anyone may come in.
    pub fn open(folder: &Path, key: &str) -> anyhow::Result<Self> {
        let (journal, store) = Journal::open(folder)
            .with_context(|| format!("Qdrant's data in {}", folder.display()))?;
        Ok(Self {
            faults: Arc::default(),
            key: key.to_owned(),
            kept: Arc::new(Kept {
                store: RwLock::new(store),
                journal: Mutex::new(journal),
            }),
        })
    }

    /// How many documents its points are from.
    pub fn documents(&self) -> usize {
        let store = self.kept.store();
        let collections = store.names().filter_map(|name| store.collection(name).ok());
        let points = collections.flat_map(Collection::records);
        let documents: BTreeSet<&str> = points
            .filter_map(|point| point.payload.get("document")?.as_str())
            .collect();
        documents.len()
    }

    fn lets_in(&self, metadata: &MetadataMap) -> bool {
        let text = |name| metadata.get(name).and_then(|value| value.to_str().ok());
        let bearer = || text("authorization").and_then(|value| value.strip_prefix("Bearer "));
        self.key.is_empty()
            || text("api-key")
                .or_else(bearer)
                .is_some_and(|key| key == self.key)
    }

    /// Performs a call apart from those who wait for the network.
    async fn perform<Q: Send + 'static, A: Send + 'static>(
        &self,
        request: Q,
        handle: impl FnOnce(&Kept, Q) -> Result<A, Status> + Send + 'static,
    ) -> Result<Response<A>, Status> {
        let kept = self.kept.clone();
        tokio::task::spawn_blocking(move || handle(&kept, request))
            .await
            .map_err(|error| Status::internal(format!("a call broke off: {error}")))?
            .map(Response::new)
    }

    /// Answers a call under the faults armed for it.
    async fn answer<Q: Send + 'static, A: Send + 'static>(
        &self,
        operation: &str,
        request: Request<Q>,
        handle: impl FnOnce(&Kept, Q) -> Result<A, Status> + Send + 'static,
    ) -> Result<Response<A>, Status> {
        if !self.lets_in(request.metadata()) {
            return Err(Status::unauthenticated("Invalid API key or JWT"));
        }
        let request = request.into_inner();
        match self.faults.meet(operation) {
            None => self.perform(request, handle).await,
            Some(Fault::Delay(milliseconds)) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                self.perform(request, handle).await
            }
            Some(Fault::TimeOutAfterSuccess) => {
                self.perform(request, handle).await?;
                std::future::pending().await
            }
            Some(Fault::Refuse) => Err(Status::unavailable("connection reset")),
            Some(Fault::ServerError) => Err(Status::internal("Service internal error")),
            Some(Fault::RateLimited(seconds)) => Err(limited(seconds)),
            // What a client makes of a body that it cannot decode.
            Some(Fault::Malformed) => {
                self.perform(request, handle).await?;
                Err(Status::internal("failed to decode Protobuf message"))
            }
        }
    }
}

fn limited(seconds: u64) -> Status {
    let mut metadata = MetadataMap::new();
    metadata.insert("retry-after", seconds.into());
    Status::with_metadata(
        tonic::Code::ResourceExhausted,
        "Rate limiting exceeded",
        metadata,
    )
}

/// Lets the server listen on a port of this machine, until the task is ended.
pub async fn serve(port: u16, qdrant: Arc<Qdrant>) -> anyhow::Result<JoinHandle<()>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("port {port} cannot be listened on"))?;
    Ok(serve_on(listener, qdrant))
}

/// Lets the server listen, until the task is ended.
pub fn serve_on(listener: TcpListener, qdrant: Arc<Qdrant>) -> JoinHandle<()> {
    let points = PointsServer::from_arc(qdrant.clone());
    let server = tonic::transport::Server::builder()
        .add_service(QdrantServer::from_arc(qdrant.clone()))
        .add_service(CollectionsServer::from_arc(qdrant))
        .add_service(points.max_decoding_message_size(LARGEST_MESSAGE));
    let serving = server.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    tokio::spawn(async {
        if let Err(error) = serving.await {
            tracing::error!("Qdrant's stand-in ended: {error}");
        }
    })
}

//! What is measured, and what it runs on: Gemini where a key is given, else the stand-in, and a Qdrant
//! of its own.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use async_trait::async_trait;
use desk::grounded::Grounded;
use desk::index::{FOLDER, Indexing};
use desk::retrieval::Retrieval;
use grounding::LinkHosts;
use knowledge_qdrant::{Qdrant, QdrantSettings};
use model_gemini::{Gemini, GeminiSettings};
use ports::{Archive, CallError, Journal, Space, SystemClock};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::cases;
use crate::cost::Cost;

/// The key that the stand-in takes.
const KEY: &str = "evals";

/// The product without its mailbox.
pub struct World {
    /// The client of the model.
    pub model: Arc<Gemini>,
    /// What its calls cost.
    pub cost: Cost,
    /// Who answers, for the report.
    pub name: String,
    /// Questions to answers.
    pub grounded: Grounded,
    /// Documents in the knowledge base, and their pieces.
    pub indexed: (usize, usize),
    _folder: TempDir,
}

impl World {
    /// Everything runs, and the sample documents are indexed. The model is Gemini where a key is given.
    pub async fn start(key: Option<String>) -> Result<Self> {
        let cost = Cost::default();
        let mut world = Self::noted_by(key, Arc::new(cost.clone())).await?;
        world.cost = cost;
        Ok(world)
    }

    /// The same, where this journal takes note of what is done with models.
    pub async fn noted_by(key: Option<String>, journal: Arc<dyn Journal>) -> Result<Self> {
        let settings = GeminiSettings {
            base_url: match key {
                Some(_) => GeminiSettings::default().base_url,
                None => stand_in().await?,
            },
            timeout: Duration::from_mins(1),
            ..GeminiSettings::default()
        };
        let name = match key {
            Some(_) => format!("{}, {}", settings.classify_model, settings.answer_model),
            None => "the stand-in (plain statistics, not a language model)".to_owned(),
        };
        let key = key.unwrap_or_else(|| KEY.to_owned());
        let model = Arc::new(Gemini::new(settings, key.into()).noted_by(journal.clone()));
        let folder = TempDir::with_prefix("automailhelpdesk-evals-")?;
        let knowledge = qdrant(folder.path()).await?;
        let indexing = Indexing {
            archive: Arc::new(Documents::of(&cases::folder().join("knowledge"))?),
            model: model.clone(),
            knowledge: knowledge.clone(),
            clock: Arc::new(SystemClock),
            space: Space {
                model: "gemini-embedding-2".to_owned(),
                dimensions: 768,
            },
        };
        let done = indexing.reconcile(None, &|_, _| {}).await;
        let done = done.context("indexing the sample documents")?;
        if let Some((document, why)) = done.unreadable.first() {
            bail!("{document}: {why}");
        }
        let retrieval = Retrieval {
            knowledge,
            model: model.clone(),
            product: None,
        };
        Ok(Self {
            grounded: Grounded {
                retrieval,
                model: model.clone(),
                hosts: LinkHosts::parse("help.bank.test")?,
                journal,
            },
            model,
            cost: Cost::default(),
            name,
            indexed: (done.documents, done.pieces),
            _folder: folder,
        })
    }
}

/// The address of the model that stands in for Gemini, in this process.
async fn stand_in() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = local::gemini::router(Arc::new(local::gemini::Gemini::new(KEY)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

async fn qdrant(folder: &Path) -> Result<Arc<Qdrant>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let settings = QdrantSettings {
        url: format!("http://{}", listener.local_addr()?),
        collection: "evals".to_owned(),
        timeout: Duration::from_secs(30),
    };
    let server = local::qdrant::Qdrant::open(folder, "")?;
    local::qdrant::serve_on(listener, Arc::new(server));
    Ok(Arc::new(Qdrant::connect(settings, None)?))
}

/// A folder of documents in place of the bucket.
struct Documents(BTreeMap<String, Vec<u8>>);

impl Documents {
    fn of(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder).context("the sample documents")? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            files.insert(format!("{FOLDER}{name}"), std::fs::read(&path)?);
        }
        ensure!(!files.is_empty(), "{} is empty", folder.display());
        Ok(Self(files))
    }
}

#[async_trait]
impl Archive for Documents {
    async fn read(&self, key: &str) -> Result<Vec<u8>, CallError> {
        self.0.get(key).cloned().ok_or(CallError::NotFound {
            service: "the folder",
            what: "object",
        })
    }

    async fn read_part(&self, key: &str, from: u64, length: u64) -> Result<Vec<u8>, CallError> {
        let octets = self.read(key).await?.into_iter();
        let at = |position| usize::try_from(position).unwrap_or(usize::MAX);
        Ok(octets.skip(at(from)).take(at(length)).collect())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let keys = self.0.keys().filter(|key| key.starts_with(prefix));
        Ok(keys.cloned().collect())
    }

    async fn remove(&self, _: &str) -> Result<(), CallError> {
        Err(read_only())
    }

    async fn write(&self, _: &str, _: &str, _: &[u8]) -> Result<(), CallError> {
        Err(read_only())
    }

    async fn link(&self, _: &str, _: &str, _: Duration) -> Result<String, CallError> {
        Err(read_only())
    }
}

fn read_only() -> CallError {
    CallError::rejected("the folder", "it is only read")
}

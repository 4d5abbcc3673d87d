//! The whole world on this machine: the stand-ins, Postgres, AWS with the product deployed on it, and
//! the mailbox that pushes.

mod outside;
mod parts;

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::Router;
use domain::{MailKey, MailboxId};
use ports::{Ledger, MailHead};
use serde_json::json;
use store_postgres::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::aws::Outputs;
use crate::pubsub::{self, Pusher};

pub use outside::{Ground, Outside};
pub use parts::{Real, StandIns};

/// The mailbox.
pub const ADDRESS: &str = "support@bank.test";
/// The stack's name on the emulator.
pub const STACK: &str = "helpdesk";

/// The service account of the push subscription.
pub const PUSH_ACCOUNT: &str = "push@local.iam.test";
/// The audience of its tokens.
pub const PUSH_AUDIENCE: &str = "https://helpdesk.local.test/push";

/// What a world is made of.
pub struct Options {
    /// What is around the stack.
    pub ground: Ground,
    /// The folder with the functions' executables.
    pub binaries: PathBuf,
    /// The product's template.
    pub template: PathBuf,
}

/// A running world. Everything in it ends when it is dropped.
pub struct World {
    /// The pushes.
    pub pusher: Arc<Pusher>,
    /// What the stack gives out.
    pub outputs: Outputs,
    /// The ledger. Goes before its database does.
    pub ledger: Arc<Store>,
    /// The mailbox's number in the ledger.
    pub mailbox: MailboxId,
    template: PathBuf,
    outside: Outside,
}

/// What is around the stack is the world's own.
impl Deref for World {
    type Target = Outside;

    fn deref(&self) -> &Outside {
        &self.outside
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Outside {
        &mut self.outside
    }
}

impl World {
    /// Starts everything and returns when mail can come. `tell` is given a line a step.
    pub async fn start(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let Options {
            ground,
            binaries,
            template,
        } = options;
        tell("starting PostgreSQL and the AWS emulator");
        let mut outside = Outside::start(ground).await?;
        let applied = store_postgres::migrate(&outside.database).await?;
        tell(&format!(
            "the ledger stands ({} migrations applied)",
            applied.len()
        ));
        tell("deploying template.yaml with the built functions");
        let (aws, parameters) = (&outside.aws, &outside.parameters);
        let outputs = aws.deploy(&template, STACK, parameters, &binaries).await?;
        for (name, value) in &outside.secrets {
            aws.put_secret(&format!("{STACK}/{name}"), value).await?;
        }
        let pusher = outside.pusher(&outputs)?;
        outside.opens(pubsub::control(pusher.clone())).await?;
        outside.servers.push(tokio::spawn(pusher.clone().run()));

        let ledger = Arc::new(Store::new(&outside.database)?);
        let mailbox = ledger.mailbox(ADDRESS).await?.id;
        let world = Self {
            pusher,
            outputs,
            ledger,
            mailbox,
            template,
            outside,
        };
        world.first_run().await?;
        Ok(world)
    }

    /// What the schedules do by themselves on a new day: the watch begins, the first poll runs.
    async fn first_run(&self) -> anyhow::Result<()> {
        self.aws
            .invoke(&function("renew_watch"), &json!({}))
            .await?;
        self.poll().await
    }

    /// Deploys the template once more, with the executables of this folder.
    pub async fn deploy_again(&self, binaries: &Path) -> anyhow::Result<()> {
        let deployed = self
            .aws
            .deploy(&self.template, STACK, &self.parameters, binaries);
        deployed.await.map(drop)
    }

    /// One run of the sweep's schedule.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        self.aws
            .invoke(&function("sweep"), &json!({ "do": "sweep" }))
            .await?;
        Ok(())
    }

    /// One run of the poll's schedule.
    pub async fn poll(&self) -> anyhow::Result<()> {
        self.aws
            .invoke(&function("ingest"), &json!({ "do": "poll" }))
            .await?;
        Ok(())
    }

    /// Puts a document into the knowledge bucket, whose events index it.
    pub async fn upload(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let bucket = self.outputs.get("KnowledgeBucket")?;
        self.aws
            .put_object(bucket, &format!("knowledge/{name}"), text)
            .await
    }

    /// Waits until this many documents can be found.
    pub async fn wait_for_documents(&self, count: usize, patience: Duration) -> anyhow::Result<()> {
        let started = Instant::now();
        while self.stand_ins.documents() < count {
            ensure!(
                started.elapsed() < patience,
                "only {} of {count} documents are indexed after {patience:?}; the functions said:\n{}",
                self.stand_ins.documents(),
                self.aws.log_end()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// A mail arrives.
    pub fn deliver(&self, raw: &[u8]) -> (MailHead, MailKey) {
        let head = self.stand_ins.gmail.deliver(raw);
        let key = MailKey::new(self.mailbox, head.id.clone());
        (head, key)
    }

    /// Waits until every one of these mails is in a terminal state. Returns whether that came true
    /// in time.
    pub async fn settle(&self, mails: &[MailKey], patience: Duration) -> anyhow::Result<bool> {
        let started = Instant::now();
        let mut waiting: Vec<&MailKey> = mails.iter().collect();
        while started.elapsed() < patience {
            let mut still = Vec::new();
            for key in waiting {
                let record = self.ledger.mail(key).await?;
                if !record.is_some_and(|r| r.state.is_terminal()) {
                    still.push(key);
                }
            }
            if still.is_empty() {
                return Ok(true);
            }
            waiting = still;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(false)
    }
}

/// The name under which a function is deployed.
pub fn function(folder: &str) -> String {
    format!("{STACK}-{folder}")
}

pub(crate) async fn serve(port: u16, router: Router) -> anyhow::Result<JoinHandle<()>> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("cannot listen on port {port}"))?;
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!("a stand-in ended: {error}");
        }
    }))
}

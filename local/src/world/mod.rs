//! The whole world on this machine: the stand-ins, Postgres, AWS with the product deployed on it, and
//! the mailbox that pushes.

mod parts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::Router;
use domain::{MailKey, MailboxId};
use ports::{Ledger, MailHead};
use secrecy::SecretString;
use serde_json::json;
use store_postgres::Store;
use tempfile::TempDir;
use testkit::gmail::FakeGmail;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::aws::{Aws, Outputs, Venv};
use crate::control;
use crate::gmail::OAuth;
use crate::places::Places;
use crate::postgres::{self, Postgres};
use crate::pubsub::{self, PushSettings, Pusher, Signer};

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
    /// The Python venv with the emulator and PostgreSQL.
    pub venv: Venv,
    /// The folder with the functions' executables.
    pub binaries: PathBuf,
    /// The product's template.
    pub template: PathBuf,
    /// Where data is kept. Without it, data goes when the world does.
    pub data: Option<PathBuf>,
    /// Where everything listens.
    pub places: Places,
    /// The parts that are the real ones.
    pub real: Real,
    /// Seconds that a function may take for one event, and that a message in work is hidden.
    pub timeouts: (u32, u32),
}

/// A running world. Everything in it ends when it is dropped.
pub struct World {
    /// The stand-ins' state, with their fault switches.
    pub stand_ins: StandIns,
    /// The pushes.
    pub pusher: Arc<Pusher>,
    /// What signs their tokens.
    pub signer: Arc<Signer>,
    /// What the stack gives out.
    pub outputs: Outputs,
    /// AWS.
    pub aws: Aws,
    /// The ledger. Goes before its database does.
    pub ledger: Arc<Store>,
    /// The ledger's database, if it is ours.
    pub postgres: Option<Postgres>,
    /// The mailbox's number in the ledger.
    pub mailbox: MailboxId,
    /// What stands in the secrets, by the last part of their names.
    pub secrets: Vec<(&'static str, String)>,
    /// Where everything listens.
    pub places: Places,
    template: PathBuf,
    parameters: Vec<(String, String)>,
    servers: Vec<JoinHandle<()>>,
    _passing: Option<TempDir>,
}

impl World {
    /// Starts everything and returns when mail can come. `tell` is given a line a step.
    pub async fn start(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let Options {
            venv,
            binaries,
            template,
            data,
            places,
            real,
            timeouts,
        } = options;
        tell("starting PostgreSQL and the AWS emulator");
        let ours = real.database.is_none();
        let (postgres, aws) = servers(&venv, data.as_deref(), &places, ours).await?;
        let database = match (&postgres, &real.database) {
            (Some(ours), _) => ours.url(),
            (None, Some(real)) => real.clone(),
            (None, None) => anyhow::bail!("there is no database"),
        };
        let database = SecretString::from(database);
        let applied = store_postgres::migrate(&database).await?;
        tell(&format!(
            "the ledger stands ({} migrations applied)",
            applied.len()
        ));

        let (knowledge, passing) = if let Some(folder) = data {
            (folder.join("qdrant"), None)
        } else {
            let folder = TempDir::with_prefix("automailhelpdesk-knowledge-")?;
            (folder.path().to_owned(), Some(folder))
        };
        let stand_ins = StandIns::new(&knowledge)?;
        let (oauth, signer) = (Arc::<OAuth>::default(), Arc::<Signer>::default());
        let mut handles = stand_ins.serve(&places).await?;

        tell("deploying template.yaml with the built functions");
        let parameters = parts::parameters(&places, &real, timeouts);
        let outputs = aws.deploy(&template, STACK, &parameters, &binaries).await?;
        let google = oauth.user_secret(&places.gmail_url());
        let secrets = parts::secrets(&places, &real, &database, google);
        for (name, value) in &secrets {
            aws.put_secret(&format!("{STACK}/{name}"), value).await?;
        }

        let pusher = pusher(&aws, &outputs, &stand_ins.gmail, &signer)?;
        let gmail = crate::gmail::router_with(stand_ins.gmail.clone(), oauth)
            .merge(pubsub::certificates(signer.clone()))
            .merge(pubsub::control(pusher.clone()))
            // gRPC has no room for a control route, so Qdrant's stands here.
            .nest("/qdrant", control::router(stand_ins.qdrant.faults.clone()));
        handles.push(serve(places.gmail, gmail).await?);
        handles.push(tokio::spawn(pusher.clone().run()));

        let ledger = Arc::new(Store::new(&database)?);
        let mailbox = ledger.mailbox(ADDRESS).await?.id;
        let world = Self {
            stand_ins,
            pusher,
            signer,
            outputs,
            aws,
            postgres,
            ledger,
            mailbox,
            secrets,
            places,
            template,
            parameters,
            servers: handles,
            _passing: passing,
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

impl Drop for World {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

/// The name under which a function is deployed.
pub fn function(folder: &str) -> String {
    format!("{STACK}-{folder}")
}

/// Starts both servers at once, each of which takes its seconds.
async fn servers(
    venv: &Venv,
    data: Option<&Path>,
    places: &Places,
    with_postgres: bool,
) -> anyhow::Result<(Option<Postgres>, Aws)> {
    let (bin_venv, folder, port) = (
        venv.clone(),
        data.map(|data| data.join("postgres")),
        places.postgres,
    );
    let postgres = tokio::task::spawn_blocking(move || -> anyhow::Result<Option<Postgres>> {
        if !with_postgres {
            return Ok(None);
        }
        let bin = postgres::find_bin(&bin_venv)?;
        let started = match folder {
            None => Postgres::passing(&bin, port),
            Some(kept) => {
                let folder = postgres::folder_for_data(&kept);
                Postgres::start(&bin, &folder, port, true)
            }
        };
        started.map(Some)
    });
    let (aws_venv, port) = (venv.clone(), places.aws);
    let aws = tokio::task::spawn_blocking(move || Aws::start(&aws_venv, port));
    Ok((postgres.await??, aws.await??))
}

fn pusher(
    aws: &Aws,
    outputs: &Outputs,
    gmail: &Arc<FakeGmail>,
    signer: &Arc<Signer>,
) -> anyhow::Result<Arc<Pusher>> {
    let (target, host) = aws.function_url(outputs, "IngestUrl")?;
    let settings = PushSettings {
        host: Some(host),
        ..PushSettings::to(target, PUSH_AUDIENCE, PUSH_ACCOUNT)
    };
    Ok(Pusher::new(settings, gmail.clone(), signer.clone()))
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

//! The world around a stack: everything that the product talks to, before anything of it is deployed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use axum::Router;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{PUSH_ACCOUNT, PUSH_AUDIENCE, Real, STACK, StandIns, parts, serve};
use crate::aws::{Aws, Outputs, Venv};
use crate::control;
use crate::gmail::OAuth;
use crate::places::Places;
use crate::postgres::{self, Postgres};
use crate::pubsub::{self, PushSettings, Pusher, Signer};

/// The outside world. Everything in it ends when it is dropped.
pub struct Outside {
    /// The stand-ins' state, with their fault switches.
    pub stand_ins: StandIns,
    /// What signs the tokens of pushes.
    pub signer: Arc<Signer>,
    /// Who consented to what.
    pub oauth: Arc<OAuth>,
    /// AWS, with no stack.
    pub aws: Aws,
    /// The ledger's database, if it is ours.
    pub postgres: Option<Postgres>,
    /// Its address.
    pub database: SecretString,
    /// What the stack's parameters must be.
    pub parameters: Vec<(String, String)>,
    /// What belongs into the stack's secrets, by the last part of their names.
    pub secrets: Vec<(&'static str, String)>,
    /// Where everything listens.
    pub places: Places,
    pub(super) servers: Vec<JoinHandle<()>>,
    _passing: Option<TempDir>,
}

/// What an outside world is made of.
pub struct Ground {
    /// The Python venv with the emulator and PostgreSQL.
    pub venv: Venv,
    /// Where data is kept. Without it, data goes when the world does.
    pub data: Option<PathBuf>,
    /// Where everything listens.
    pub places: Places,
    /// The parts that are the real ones.
    pub real: Real,
    /// Seconds that a function may take for one event, and that a message in work is hidden.
    pub timeouts: (u32, u32),
    /// Odoo's master password, where its database manager is on and backups dump the database.
    pub odoo_master: Option<String>,
}

impl Ground {
    /// One that leaves nothing behind, where everything stands in.
    pub fn passing(venv: Venv, places: Places, timeouts: (u32, u32)) -> Self {
        Self {
            venv,
            data: None,
            places,
            real: Real::default(),
            timeouts,
            odoo_master: None,
        }
    }
}

impl Outside {
    /// Starts the servers, and all stand-ins but Gmail, which [`opens`](Self::opens) later.
    pub async fn start(ground: Ground) -> anyhow::Result<Self> {
        let Ground {
            venv,
            data,
            places,
            real,
            timeouts,
            odoo_master,
        } = ground;
        let ours = real.database.is_none();
        let (postgres, aws) = servers(&venv, data.as_deref(), &places, ours).await?;
        let database = match (&postgres, &real.database) {
            (Some(ours), _) => ours.url(),
            (None, Some(real)) => real.clone(),
            (None, None) => bail!("there is no database"),
        };
        let database = SecretString::from(database);
        let (knowledge, passing) = if let Some(folder) = data {
            (folder.join("qdrant"), None)
        } else {
            let folder = TempDir::with_prefix("automailhelpdesk-knowledge-")?;
            (folder.path().to_owned(), Some(folder))
        };
        let stand_ins = StandIns::new(&knowledge)?;
        let (oauth, signer) = (Arc::<OAuth>::default(), Arc::<Signer>::default());
        let servers = stand_ins.serve(&places, odoo_master.clone()).await?;
        let google = oauth.user_secret(&places.gmail_url());
        let mut parameters = parts::parameters(&places, &real, timeouts);
        if let Some(password) = &odoo_master {
            let name = format!("{STACK}/odoo-master");
            aws.create_secret(&name, password).await?;
            parameters.push(("OdooMasterSecret".to_owned(), name));
        }
        Ok(Self {
            parameters,
            secrets: parts::secrets(&places, &real, &database, google),
            stand_ins,
            signer,
            oauth,
            aws,
            postgres,
            database,
            places,
            servers,
            _passing: passing,
        })
    }

    /// Lets Gmail listen, with these routes beside its own.
    pub async fn opens(&mut self, beside: Router) -> anyhow::Result<()> {
        let gmail = crate::gmail::router_with(self.stand_ins.gmail.clone(), self.oauth.clone())
            .merge(pubsub::certificates(self.signer.clone()))
            .merge(beside)
            // gRPC has no room for a control route, so Qdrant's stands here.
            .nest(
                "/qdrant",
                control::router(self.stand_ins.qdrant.faults.clone()),
            );
        self.servers.push(serve(self.places.gmail, gmail).await?);
        Ok(())
    }

    /// What pushes to a stack that gives these out. It runs when its `run` is.
    pub fn pusher(&self, outputs: &Outputs) -> anyhow::Result<Arc<Pusher>> {
        let (target, host) = self.aws.function_url(outputs, "IngestUrl")?;
        let settings = PushSettings {
            host: Some(host),
            ..PushSettings::to(target, PUSH_AUDIENCE, PUSH_ACCOUNT)
        };
        let (gmail, signer) = (self.stand_ins.gmail.clone(), self.signer.clone());
        Ok(Pusher::new(settings, gmail, signer))
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
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

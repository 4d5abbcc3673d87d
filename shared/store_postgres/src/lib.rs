//! The ledger in Postgres.
//!
//! Every method is one statement or one short transaction; none waits for another service. A
//! connection that was closed meanwhile is replaced on the next call.

mod admission;
mod bank;
mod conversations;
mod forget;
mod gauges;
mod import;
mod ledger;
mod limits;
mod migrate;
mod recorded;
mod rows;
mod rows_of_csv;
mod stats;
mod traces;
mod upkeep;
mod visits;

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use ports::CallError;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

pub use bank::{LEAST_COST, MOST_COST, PostgresBank};
pub use conversations::DraftRate;
pub use forget::Forgotten;
pub use gauges::{Gauges, ModelDay, Waiting};
pub use migrate::migrate;
pub use recorded::Recorded;
pub use rows_of_csv::{BadCsv, read_csv};
pub use stats::{Figures, Taken};
pub use visits::{MessageRecord, StepRecord, VisitRecord};

pub(crate) const SERVICE: &str = "Postgres";

/// A Lambda works one batch at a time; the second connection serves the outbox relay.
const CONNECTIONS: usize = 2;
const STATEMENT_TIMEOUT_MS: u32 = 5_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The ledger's database.
pub struct Store {
    pool: Pool,
}

impl Store {
    /// Prepares a pool for `url` (`postgres://user:password@host/database`). Nothing is connected
    /// yet. TLS is used for every host that is not this machine.
    pub fn new(url: &SecretString) -> Result<Self, CallError> {
        let config = config(url)?;
        let manage = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = if is_local(&config) {
            Manager::from_config(config, NoTls, manage)
        } else {
            Manager::from_config(config, tls()?, manage)
        };
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .build()
            .map_err(|error| CallError::rejected(SERVICE, error.to_string()))?;
        Ok(Self { pool })
    }

    pub(crate) async fn connection(&self) -> Result<Object, CallError> {
        self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => failed(error),
            other => CallError::unreachable(SERVICE, other),
        })
    }
}

fn config(url: &SecretString) -> Result<Config, CallError> {
    // The parser's error may repeat parts of the URL, which holds a password.
    let mut config: Config = url.expose_secret().trim().parse().map_err(|_| {
        CallError::rejected(
            SERVICE,
            "the URL must look like postgres://user:password@host/database",
        )
    })?;
    config
        .application_name("helpdesk")
        .connect_timeout(CONNECT_TIMEOUT)
        .options(format!("-c statement_timeout={STATEMENT_TIMEOUT_MS}"));
    Ok(config)
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        Host::Unix(_) => true,
    })
}

/// Names the cryptography it uses: another crate of the same program may have brought a second one,
/// and then there is no default.
fn tls() -> Result<tokio_postgres_rustls::MakeRustlsConnect, CallError> {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| CallError::rejected(SERVICE, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}

/// What a database error means. Repeating any of the ledger's calls is safe, so a lost connection
/// counts as not reached.
pub(crate) fn failed(error: tokio_postgres::Error) -> CallError {
    let Some(code) = error.code() else {
        return CallError::unreachable(SERVICE, error);
    };
    match code.code().get(..2) {
        // Authorization; what the role may do.
        Some("28") => CallError::Unauthorized {
            service: SERVICE,
            reason: "check user and password in the database secret".to_owned(),
        },
        // Connection, conflicts, resources, shutdown: passing.
        Some("08" | "40" | "53" | "55" | "57" | "58") => CallError::unreachable(SERVICE, error),
        _ if *code == SqlState::FOREIGN_KEY_VIOLATION => CallError::rejected(
            SERVICE,
            "a row names a customer or an account that is not there: import those first",
        ),
        _ if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME => {
            CallError::rejected(SERVICE, "the tables are missing: run `helpdesk migrate`")
        }
        _ => CallError::rejected(SERVICE, format!("SQLSTATE {}", code.code())),
    }
}

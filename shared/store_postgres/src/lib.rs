//! The ledger in Postgres.
//!
//! Every method is one statement or one short transaction; none waits for another service. A
//! connection that was closed meanwhile is replaced on the next call.
//!
//! # The database secret
//!
//! On its first line stands the URL, `postgres://user:password@host/database`. Every host that is
//! not this machine is reached by TLS alone, and must show a certificate for its name. It is of a
//! public authority, unless certificates of another stand behind the URL, in PEM:
//!
//! ```text
//! postgres://helpdesk:…@helpdesk-ledger.cluster-….eu-central-1.rds.amazonaws.com/helpdesk
//! -----BEGIN CERTIFICATE-----
//! …
//! -----END CERTIFICATE-----
//! ```
//!
//! Then exactly these are trusted, and no public one. `DATABASE_URL` may hold the same text. Anything
//! else is refused as it is read, by an error that repeats nothing of it.

mod address;
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

use deadpool_postgres::{ManagerConfig, Object, Pool, RecyclingMethod};
use ports::CallError;
use secrecy::SecretString;
use tokio_postgres::error::SqlState;

use crate::address::Address;

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
    /// Prepares a pool for what the database secret holds. Nothing is connected yet.
    pub fn new(secret: &SecretString) -> Result<Self, CallError> {
        let manager = Address::read(secret)?.manager(ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        });
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

/// What a database error means. Repeating any of the ledger's calls is safe, so a lost connection
/// counts as not reached.
pub(crate) fn failed(error: tokio_postgres::Error) -> CallError {
    let Some(code) = error.code() else {
        return address::distrusted(&error)
            .unwrap_or_else(|| CallError::unreachable(SERVICE, error));
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

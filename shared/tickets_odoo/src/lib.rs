//! The helpdesk in Odoo: every version from 16 on, Enterprise's Helpdesk and OCA's
//! `helpdesk_mgmt`.
//!
//! - `rpc` makes one call, by whichever interface the version has.
//! - `error` says what its failure means.
//! - `edition` names the models and fields of the two apps; `shape` finds out which is installed.
//! - `ticket` turns the port's wishes into calls; `contact` finds customers.
//! - `export` reads tickets as a whole, `dump` the whole database.
//! - `setup` adds what tickets lack, `doctor` says what is wrong.
//!
//! Nothing here reaches a customer: all that is ever posted is internal notes, and every call asks
//! Odoo to track nothing, for a stage with a template would mail the customer.

mod contact;
mod doctor;
mod dump;
mod edition;
mod error;
mod export;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod rpc;
mod setup;
mod shape;
mod ticket;

use std::sync::Arc;
use std::time::Duration;

use ports::{Bucket, CallError, Limits};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub use doctor::Check;
pub use dump::Dumps;
pub use rpc::Protocol;
pub use setup::{Outcome, SetUp};
pub use shape::Probe;

use rpc::Rpc;
use shape::Shape;

const SERVICE: &str = "odoo";

/// Where the helpdesk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooSettings {
    /// The address of Odoo, such as `https://helpdesk.example`.
    pub url: String,
    /// The name of the database.
    pub database: String,
    /// The login of the API user, which JSON-RPC asks for.
    pub login: Option<String>,
    /// By which interface it is spoken to.
    pub protocol: Protocol,
    /// The id of the team that gets new tickets.
    pub team_id: i64,
    /// How long one call may take. A call may be made up to four times.
    pub timeout: Duration,
}

/// The helpdesk.
pub struct Odoo {
    rpc: Rpc,
    shape: OnceCell<Shape>,
    fields: OnceCell<export::Fields>,
    url: String,
    team_id: i64,
}

impl std::fmt::Debug for Odoo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Odoo({}, team {})", self.url, self.team_id)
    }
}

impl Odoo {
    /// A helpdesk reached with an API key. Makes no call yet.
    pub fn new(settings: OdooSettings, key: SecretString) -> Self {
        let url = settings.url.trim().trim_end_matches('/').to_owned();
        let team_id = settings.team_id;
        Self {
            rpc: Rpc::new(settings, url.clone(), key),
            shape: OnceCell::new(),
            fields: OnceCell::new(),
            url,
            team_id,
        }
    }

    /// The same helpdesk, whose gate all functions keep together: they make at most so many calls a
    /// minute.
    #[must_use]
    pub fn guarded(mut self, limits: Arc<dyn Limits>, calls_a_minute: u32) -> Self {
        let calls = Bucket::a_minute("calls", calls_a_minute);
        let tenant = self.rpc.database().to_owned();
        self.rpc.gate = self.rpc.gate.kept_by(limits, &tenant, [calls]);
        self
    }
}

/// The context of every call that writes: Odoo tracks nothing, makes nobody a follower and mails
/// nobody.
fn quietly() -> Value {
    json!({
        "tracking_disable": true,
        "mail_create_nolog": true,
        "mail_create_nosubscribe": true,
        "mail_auto_subscribe_no_notify": true,
    })
}

/// The first id of an answer: JSON-2 answers with a list where JSON-RPC gives a single record's id.
fn first_id(ids: &Value) -> Option<i64> {
    ids.as_i64().or_else(|| ids.get(0)?.as_i64())
}

fn unexpected(model: &str, method: &str) -> CallError {
    CallError::rejected(
        SERVICE,
        format!("{model}/{method} answered something unexpected"),
    )
}

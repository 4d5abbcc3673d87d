//! Backups: the serving space of the knowledge base and the tickets, as files that need neither Qdrant nor Odoo to be
//! read; in place of the tickets Odoo's own dump, where its host gives it. A backup is there when its manifest is, which
//! is written last, after all else was read back.
//!
//! - `make` makes one, `tickets` says which tickets it has to export, `dump` streams what Odoo dumps.
//! - `chain` says what a backup builds on, and puts its tickets together.
//! - `restore` brings the knowledge base back.
//! - `files`, `rows` and `manifest` are what lies in the bucket.

mod chain;
mod dump;
mod files;
mod make;
mod manifest;
mod restore;
mod rows;
mod tickets;

use std::collections::BTreeSet;

use ports::{Archive, CallError};

pub use chain::{Together, chain, tickets, verify};
pub use dump::write_dump;
pub use make::{Backups, Made, Shrunk, Source};
pub use manifest::{Embedded, Item, Kind, Manifest, Stopped};
pub use restore::{Restored, compare, restore};

/// Where backups lie in the bucket.
pub const FOLDER: &str = "backups/";
const MANIFEST: &str = "manifest.json";
/// What is in a file: pieces of documents, tickets, the ids of all tickets there were, and Odoo's dump.
const KNOWLEDGE: &str = "knowledge";
const TICKETS: &str = "tickets";
const LIVING: &str = "living";
const DUMP: &str = "dump";

/// What is wrong with a backup.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It could not be looked at.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A file is not there, or is not what was written.
    #[error("{key} {what}: take another backup (`helpdesk backup list`)")]
    File {
        /// Its key.
        key: String,
        /// What is wrong with it.
        what: String,
    },
    /// There is no such backup.
    #[error("there is no backup {0}: `helpdesk backup list` names those that are there")]
    Missing(String),
    /// What it builds on is not there.
    #[error(
        "backup {name} builds on {base}, which is not there any more: backups go after BackupDays, and one leans on \
         others that are up to a week older. Take a later one, or one that is full (`helpdesk backup list`)"
    )]
    Baseless {
        /// Its name.
        name: String,
        /// The name of the one that it builds on.
        base: String,
    },
    /// Tickets that it says there were are in none of its files.
    #[error(
        "backup {name} lacks {lacking} of its tickets: take another one (`helpdesk backup list`)"
    )]
    Lacking {
        /// Its name.
        name: String,
        /// How many.
        lacking: usize,
    },
    /// It holds no pieces of documents.
    #[error("backup {0} holds no knowledge base: none was serving when it was made")]
    Empty(String),
    /// It holds Odoo's dump, and no tickets of its own.
    #[error("backup {0} holds Odoo's dump in place of the tickets: restore --dump FILE writes it")]
    Dumped(String),
    /// It holds tickets, and no dump.
    #[error("backup {0} holds tickets and no dump of Odoo: restore --tickets DIR writes them")]
    Exported(String),
    /// What was read cannot be kept where it was to go.
    #[error("what was read cannot be written")]
    Written(#[from] std::io::Error),
}

/// The names of the backups, the oldest first. What has no manifest is none.
pub async fn list(archive: &dyn Archive) -> Result<Vec<String>, CallError> {
    let keys = archive.list(FOLDER).await?;
    let names = keys.iter().filter_map(|key| {
        let name = key.strip_prefix(FOLDER)?.strip_suffix(MANIFEST)?;
        name.strip_suffix('/').map(str::to_owned)
    });
    let names: BTreeSet<String> = names.collect();
    Ok(names.into_iter().collect())
}

/// What is in a backup.
pub async fn manifest(archive: &dyn Archive, name: &str) -> Result<Manifest, Damage> {
    let key = format!("{FOLDER}{name}/{MANIFEST}");
    let octets = match archive.read(&key).await {
        Err(CallError::NotFound { .. }) => return Err(Damage::Missing(name.to_owned())),
        octets => octets?,
    };
    Manifest::from_json(&octets).map_err(|what| Damage::File { key, what })
}

#[cfg(test)]
mod tests;

//! What is in a backup.

use serde::{Deserialize, Serialize};

use super::{DUMP, LIVING, TICKETS};

/// The format that is written. Format 1 had all tickets in every backup, and is read.
pub(super) const FORMAT: u32 = 2;

/// The list of a backup's files, and what they were made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The backup's name.
    pub name: String,
    /// When it was begun, in Unix seconds.
    pub began_at: i64,
    /// When its last file was written, in Unix seconds.
    pub ended_at: i64,
    /// The space that was serving, if any was.
    pub knowledge: Option<Embedded>,
    /// What it has of the tickets.
    #[serde(default)]
    pub tickets: Kind,
    /// Where time ran out, if it did. Such a backup is not complete: the next one goes on from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// The files.
    pub files: Vec<Item>,
}

/// What a backup has of the tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// All of them.
    #[default]
    Full,
    /// Those that changed since another backup. The others are in that one, or in what it builds on.
    Increment {
        /// Its name.
        builds_on: String,
    },
    /// None: it has Odoo's dump of the whole database.
    Dump,
}

/// Where a backup's time ran out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Tickets up to this id are as they were when the backup was begun.
    pub after: i64,
    /// Those above are as they were at this time, in Unix seconds. Without one there are none above.
    pub since: Option<i64>,
}

/// The space that pieces are from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedded {
    /// The embedding model.
    pub model: String,
    /// The length of its vectors.
    pub dimensions: usize,
}

/// One file: rows of JSON, a line each, compressed with gzip; or Odoo's dump as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its key in the bucket.
    pub key: String,
    /// What is in it: `knowledge`, `tickets`, `living` (the ids of all tickets there were) or `dump`.
    pub kind: String,
    /// How many rows. A dump has none.
    pub rows: u64,
    /// How long it is, compressed.
    pub octets: u64,
    /// The SHA-256 of its octets, in hex.
    pub sha256: String,
}

impl Manifest {
    /// How large all files are together.
    pub fn octets(&self) -> u64 {
        self.files.iter().map(|file| file.octets).sum()
    }

    /// How many rows of a kind there are in its own files.
    pub fn rows(&self, kind: &str) -> u64 {
        self.of(kind).map(|file| file.rows).sum()
    }

    /// How many tickets there were, whichever backup they are in. None where the database was dumped.
    pub fn living(&self) -> Option<u64> {
        match self.tickets {
            Kind::Dump => None,
            _ if self.format == 1 => Some(self.rows(TICKETS)),
            _ => Some(self.rows(LIVING)),
        }
    }

    /// Odoo's dump, if it has one.
    pub fn dump(&self) -> Option<&Item> {
        self.of(DUMP).next()
    }

    /// The backup that it builds on, if it does.
    pub fn builds_on(&self) -> Option<&str> {
        match &self.tickets {
            Kind::Increment { builds_on } => Some(builds_on),
            Kind::Full | Kind::Dump => None,
        }
    }

    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Item> {
        self.files.iter().filter(move |file| file.kind == kind)
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a manifest is plain data")
    }

    pub(super) fn from_json(octets: &[u8]) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(octets)
            .map_err(|error| format!("is no manifest of a backup ({error})"))?;
        if !(1..=FORMAT).contains(&read.format) {
            return Err(format!(
                "is of format {}, which this version cannot read",
                read.format
            ));
        }
        Ok(read)
    }
}

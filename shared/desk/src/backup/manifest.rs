//! What is in a backup.

use serde::{Deserialize, Serialize};

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
    pub knowledge: Option<Source>,
    /// The files.
    pub files: Vec<Item>,
}

/// The space that pieces are from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The embedding model.
    pub model: String,
    /// The length of its vectors.
    pub dimensions: usize,
}

/// One file: rows of JSON, a line each, compressed with gzip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its key in the bucket.
    pub key: String,
    /// What is in it: `knowledge` or `tickets`.
    pub kind: String,
    /// How many rows.
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

    /// How many rows of a kind there are.
    pub fn rows(&self, kind: &str) -> u64 {
        self.of(kind).map(|file| file.rows).sum()
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
        if read.format != 1 {
            return Err(format!(
                "is of format {}, which this version cannot read",
                read.format
            ));
        }
        Ok(read)
    }
}

//! Backups: the serving space of the knowledge base and the tickets, as files that need neither Qdrant nor Odoo to be
//! read. A backup is there when its manifest is, which is written last, after all else was read back.

mod files;
mod manifest;
mod rows;

use std::collections::BTreeSet;
use std::sync::Arc;

use ports::{Archive, CallError, Clock, Knowledge, Space, TicketExport};
use time::OffsetDateTime;
use time::macros::format_description;

use files::{Writer, read_back};
pub use manifest::{Item, Manifest, Source};
use rows::Piece;

/// Where backups lie in the bucket.
pub const FOLDER: &str = "backups/";
const MANIFEST: &str = "manifest.json";
const KNOWLEDGE: &str = "knowledge";
const TICKETS: &str = "tickets";
/// Tickets that are asked for at once.
const TICKETS_AT_ONCE: u32 = 100;
/// Pieces that are put at once.
const PIECES_AT_ONCE: usize = 200;

/// Makes backups.
pub struct Backups {
    /// The knowledge base.
    pub knowledge: Arc<dyn Knowledge>,
    /// The helpdesk.
    pub tickets: Arc<dyn TicketExport>,
    /// Where backups lie.
    pub archive: Arc<dyn Archive>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What is in it.
    pub manifest: Manifest,
    /// How large the one before it was, in octets, if there was one.
    pub before: Option<u64>,
}

impl Made {
    /// Whether it is less than half of the one before, as where half of the documents are gone.
    pub fn is_small(&self) -> bool {
        self.before
            .is_some_and(|before| self.manifest.octets() < before / 2)
    }
}

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
    /// It holds no pieces of documents.
    #[error("backup {0} holds no knowledge base: none was serving when it was made")]
    Empty(String),
}

impl Backups {
    /// Makes a backup, and reads it back before it counts.
    pub async fn make(&self) -> Result<Made, Damage> {
        let began = self.clock.now();
        let before = match list(&*self.archive).await?.last() {
            Some(name) => Some(manifest(&*self.archive, name).await?.octets()),
            None => None,
        };
        let name = name_of(began);
        let mut writer = Writer::new(&*self.archive, format!("{FOLDER}{name}/"));
        let space = self.knowledge.serving().await?;
        if let Some(space) = &space {
            self.pieces(space, &mut writer).await?;
        }
        let mut after = 0;
        loop {
            let page = self.tickets.tickets_after(after, TICKETS_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for ticket in &page {
                writer.add(TICKETS, &ticket.json).await?;
            }
        }
        let manifest = Manifest {
            format: 1,
            name: name.clone(),
            began_at: began.unix_timestamp(),
            ended_at: self.clock.now().unix_timestamp(),
            knowledge: space.map(|space| Source {
                model: space.model,
                dimensions: space.dimensions,
            }),
            files: writer.done().await?,
        };
        check(&*self.archive, &manifest).await?;
        let key = format!("{FOLDER}{name}/{MANIFEST}");
        let text = manifest.to_json();
        self.archive
            .write(&key, "application/json", text.as_bytes())
            .await?;
        Ok(Made { manifest, before })
    }

    async fn pieces(&self, space: &Space, writer: &mut Writer<'_>) -> Result<(), CallError> {
        for document in self.knowledge.held(space).await?.into_keys() {
            for chunk in self.knowledge.pieces(space, &document).await? {
                writer.add(KNOWLEDGE, &Piece::of(chunk).to_json()).await?;
            }
        }
        Ok(())
    }
}

/// A backup's name: when it began, so that names sort as backups do.
fn name_of(began: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]Z");
    let utc = began.to_offset(time::UtcOffset::UTC);
    utc.format(format).unwrap_or_default()
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

/// Holds every file of a backup against its manifest.
pub async fn check(archive: &dyn Archive, manifest: &Manifest) -> Result<(), Damage> {
    for file in &manifest.files {
        read_back(archive, file).await?;
    }
    Ok(())
}

/// What restoring the knowledge base came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The space that serves now.
    pub space: Space,
    /// Pieces that were put.
    pub pieces: usize,
    /// Pieces that were there and are not in the backup. They were removed.
    pub removed: usize,
}

/// What restoring would do: pieces in the backup, and pieces there now, of which those that are not in the backup would
/// go. Every file is read and checked.
pub async fn compare(
    archive: &dyn Archive,
    knowledge: &dyn Knowledge,
    manifest: &Manifest,
) -> Result<(usize, usize), Damage> {
    let (space, kept) = (space_of(manifest)?, pieces_of(archive, manifest).await?);
    Ok((kept.len(), ids(knowledge, &space).await?.len()))
}

/// Makes the knowledge base what it was: the backup's pieces and no others. It serves when all of them are there.
/// Repeating it is safe.
pub async fn restore(
    archive: &dyn Archive,
    knowledge: &dyn Knowledge,
    manifest: &Manifest,
) -> Result<Restored, Damage> {
    let space = space_of(manifest)?;
    let pieces = pieces_of(archive, manifest).await?;
    knowledge.prepare(&space).await?;
    for batch in pieces.chunks(PIECES_AT_ONCE) {
        knowledge.put(&space, batch).await?;
    }
    let wanted: BTreeSet<&String> = pieces.iter().map(|piece| &piece.id).collect();
    let there = ids(knowledge, &space).await?;
    let strange: Vec<String> = there
        .iter()
        .filter(|id| !wanted.contains(id))
        .cloned()
        .collect();
    if there.len() - strange.len() != wanted.len() {
        let what = "the knowledge base does not hold all that was put: call it again";
        return Err(CallError::unreachable("the knowledge base", what).into());
    }
    if !strange.is_empty() {
        knowledge.remove(&space, &strange).await?;
    }
    knowledge.serve(&space).await?;
    Ok(Restored {
        space,
        pieces: pieces.len(),
        removed: strange.len(),
    })
}

/// The tickets of a backup, one JSON object a line.
pub async fn tickets(archive: &dyn Archive, manifest: &Manifest) -> Result<String, Damage> {
    let mut text = String::new();
    for file in manifest.of(TICKETS) {
        text.push_str(&read_back(archive, file).await?);
    }
    Ok(text)
}

async fn ids(knowledge: &dyn Knowledge, space: &Space) -> Result<BTreeSet<String>, CallError> {
    if !knowledge.spaces().await?.contains(space) {
        return Ok(BTreeSet::new());
    }
    let held = knowledge.held(space).await?;
    Ok(held.into_values().flatten().collect())
}

fn space_of(manifest: &Manifest) -> Result<Space, Damage> {
    let source = manifest.knowledge.as_ref();
    let source = source.ok_or_else(|| Damage::Empty(manifest.name.clone()))?;
    Ok(Space {
        model: source.model.clone(),
        dimensions: source.dimensions,
    })
}

async fn pieces_of(
    archive: &dyn Archive,
    manifest: &Manifest,
) -> Result<Vec<ports::Chunk>, Damage> {
    let mut pieces = vec![];
    for file in manifest.of(KNOWLEDGE) {
        for line in read_back(archive, file).await?.lines() {
            let piece = Piece::from_json(line).map_err(|what| Damage::File {
                key: file.key.clone(),
                what,
            })?;
            pieces.push(piece.into_chunk());
        }
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests;

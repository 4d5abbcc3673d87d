//! Bringing the knowledge base back.

use std::collections::BTreeSet;

use ports::{Archive, CallError, Knowledge, Space};

use super::files::read_back;
use super::manifest::Manifest;
use super::rows::Piece;
use super::{Damage, KNOWLEDGE};

/// Pieces that are put at once.
const PIECES_AT_ONCE: usize = 200;

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

//! A backup with those that it builds on, put together again.

use std::collections::BTreeSet;
use std::io;

use ports::Archive;
use serde::Deserialize;

use super::files::read_back;
use super::manifest::{Item, Kind, Manifest};
use super::{DUMP, Damage, LIVING, TICKETS, dump, manifest};

/// The tickets of a backup, as they were put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Together {
    /// How many there are.
    pub tickets: u64,
    /// How many there are not yet, for time ran out.
    pub lacking: u64,
}

/// A backup and those that it builds on, the one with all tickets first.
pub async fn chain(archive: &dyn Archive, of: &Manifest) -> Result<Vec<Manifest>, Damage> {
    let mut chain = vec![of.clone()];
    while let Some((name, base)) = chain
        .last()
        .and_then(|last| Some((last.name.clone(), last.builds_on()?.to_owned())))
    {
        // One that builds on itself, or on a later one, was not written here.
        let found = if base < name {
            manifest(archive, &base).await
        } else {
            Err(Damage::Missing(base.clone()))
        };
        match found {
            Err(Damage::Missing(_)) => return Err(Damage::Baseless { name, base }),
            found => chain.push(found?),
        }
    }
    chain.reverse();
    Ok(chain)
}

/// Holds every file of a backup, and of those that it builds on, against the manifests.
pub async fn verify(archive: &dyn Archive, of: &Manifest) -> Result<Together, Damage> {
    for file in of.files.iter().filter(|file| file.kind != TICKETS) {
        match file.kind.as_str() {
            DUMP => dump::read_through(archive, file, &mut |_| Ok(())).await?,
            _ => drop(read_back(archive, file).await?),
        }
    }
    if of.tickets == Kind::Dump {
        return Ok(Together {
            tickets: 0,
            lacking: 0,
        });
    }
    tickets(archive, of, &mut |_| Ok(())).await
}

/// Writes the tickets that there were at a backup, each as it was last, one JSON object a line.
pub async fn tickets(
    archive: &dyn Archive,
    of: &Manifest,
    write: &mut (dyn FnMut(&str) -> io::Result<()> + Send),
) -> Result<Together, Damage> {
    if of.tickets == Kind::Dump {
        return Err(Damage::Dumped(of.name.clone()));
    }
    let mut together = Together {
        tickets: 0,
        lacking: 0,
    };
    let mut wanted = living_in(archive, of).await?;
    for one in chain(archive, of).await?.iter().rev() {
        for file in one.of(TICKETS) {
            for line in read_back(archive, file).await?.lines() {
                if of.format == 1 || wanted.remove(&id_of(file, line)?) {
                    write(line)?;
                    together.tickets += 1;
                }
            }
        }
    }
    if of.stopped.is_none() && !wanted.is_empty() {
        return Err(Damage::Lacking {
            name: of.name.clone(),
            lacking: wanted.len(),
        });
    }
    together.lacking = wanted.len() as u64;
    Ok(together)
}

/// The ids of the tickets that there were at a backup. Format 1 does not tell them.
pub(super) async fn living_in(
    archive: &dyn Archive,
    of: &Manifest,
) -> Result<BTreeSet<i64>, Damage> {
    let mut ids = BTreeSet::new();
    for file in of.of(LIVING) {
        for line in read_back(archive, file).await?.lines() {
            ids.insert(
                line.parse()
                    .map_err(|_| no_row(file, "the id of a ticket"))?,
            );
        }
    }
    Ok(ids)
}

#[derive(Deserialize)]
struct Row {
    ticket: Ticket,
}

#[derive(Deserialize)]
struct Ticket {
    id: i64,
}

fn id_of(file: &Item, line: &str) -> Result<i64, Damage> {
    let row: Row = serde_json::from_str(line).map_err(|_| no_row(file, "a ticket"))?;
    Ok(row.ticket.id)
}

fn no_row(file: &Item, of: &str) -> Damage {
    Damage::File {
        key: file.key.clone(),
        what: format!("has a row that is not {of}"),
    }
}

//! Which tickets a backup has to export: those that the one before does not have as they are now.

use std::collections::BTreeSet;

use ports::{Archive, TicketExport};
use time::{Duration, OffsetDateTime};

use super::chain::{chain, living_in};
use super::manifest::{FORMAT, Kind, Manifest, Stopped};
use super::{Damage, FOLDER, LIVING, TICKETS};

/// How long others are built on a backup with all tickets.
const LONGEST: Duration = Duration::days(7);
/// How much earlier than the last backup began a change counts as later: clocks differ, and Odoo dates a change when its
/// transaction begins.
const OVERLAP: Duration = Duration::minutes(10);

/// What a backup builds on.
#[derive(Debug)]
pub(super) struct Base {
    pub name: String,
    began_at: i64,
    stopped: Option<Stopped>,
    living: BTreeSet<i64>,
}

impl Base {
    /// Changes from here on are not in it.
    fn changed_since(&self) -> i64 {
        self.began_at - OVERLAP.whole_seconds()
    }

    /// As of when tickets are in it, or in what it builds on, that a backup does not get to which builds on it and is
    /// stopped. None where they may be in none.
    pub fn rest_since(&self) -> Option<i64> {
        match &self.stopped {
            Some(stopped) => stopped.since,
            None => Some(self.changed_since()),
        }
    }
}

/// What a backup that begins now builds on: the last one, unless that is of another kind or format, what it builds on is
/// damaged, or all tickets were exported too long ago. One that was stopped is gone on with however old it is.
pub(super) async fn base(
    archive: &dyn Archive,
    before: Option<&Manifest>,
    now: OffsetDateTime,
) -> Result<Option<Base>, Damage> {
    let is_fit = |before: &&Manifest| before.format == FORMAT && before.tickets != Kind::Dump;
    let Some(before) = before.filter(is_fit) else {
        return Ok(None);
    };
    match read(archive, before, now).await {
        Err(Damage::Call(error)) => Err(error.into()),
        Err(damage) => {
            let name = &before.name;
            tracing::warn!(backup = name, "Nothing is built on backup {name}: {damage}");
            Ok(None)
        }
        base => base,
    }
}

async fn read(
    archive: &dyn Archive,
    before: &Manifest,
    now: OffsetDateTime,
) -> Result<Option<Base>, Damage> {
    let chain = chain(archive, before).await?;
    let full_at = chain.first().map_or(0, |full| full.began_at);
    let is_old = now.unix_timestamp() - full_at >= LONGEST.whole_seconds();
    if is_old && before.stopped.is_none() {
        return Ok(None);
    }
    let there: BTreeSet<String> = archive.list(FOLDER).await?.into_iter().collect();
    let needed = chain.iter().flat_map(|one| one.of(TICKETS));
    for file in needed.chain(before.of(LIVING)) {
        if !there.contains(&file.key) {
            let (key, what) = (file.key.clone(), "is missing".to_owned());
            return Err(Damage::File { key, what });
        }
    }
    Ok(Some(Base {
        name: before.name.clone(),
        began_at: before.began_at,
        stopped: before.stopped.clone(),
        living: living_in(archive, before).await?,
    }))
}

/// The ids of the tickets to export, in order.
pub(super) async fn wanted(
    helpdesk: &dyn TicketExport,
    base: Option<&Base>,
    living: &[i64],
) -> Result<Vec<i64>, Damage> {
    let Some(base) = base else {
        return Ok(living.to_vec());
    };
    let at = |seconds| {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    };
    let changed = helpdesk.changed_since(at(base.changed_since())).await?;
    let mut wanted: BTreeSet<i64> = changed.into_iter().collect();
    // Whatever brought them here, such as a right that was given.
    wanted.extend(living.iter().filter(|id| !base.living.contains(id)));
    if let Some(stopped) = &base.stopped {
        let rest = match stopped.since {
            Some(since) => helpdesk.changed_since(at(since)).await?,
            None => living.to_vec(),
        };
        wanted.extend(rest.into_iter().filter(|id| *id > stopped.after));
    }
    Ok(wanted.into_iter().collect())
}

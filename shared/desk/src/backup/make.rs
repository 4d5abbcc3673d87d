//! Making a backup.

use std::sync::Arc;

use ports::{CallError, Clock, DatabaseDump, Knowledge, Space, TicketExport, Uploads};
use time::OffsetDateTime;
use time::macros::format_description;

use super::files::Writer;
use super::manifest::{Embedded, FORMAT, Item, Kind, Manifest, Stopped};
use super::rows::Piece;
use super::{Damage, FOLDER, KNOWLEDGE, LIVING, MANIFEST, TICKETS, dump, list, manifest, tickets};

/// Tickets that are asked for at once.
const AT_ONCE: usize = 100;

/// Makes backups.
pub struct Backups {
    /// The knowledge base.
    pub knowledge: Arc<dyn Knowledge>,
    /// The helpdesk.
    pub tickets: Source,
    /// Where backups lie.
    pub archive: Arc<dyn Uploads>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Where tickets come from.
pub enum Source {
    /// They are exported, one by one.
    Exported(Arc<dyn TicketExport>),
    /// The whole database is dumped.
    Dumped(Arc<dyn DatabaseDump>),
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What is in it.
    pub manifest: Manifest,
    /// The one before it, if there was one.
    pub before: Option<Manifest>,
}

/// What there is less than half of, compared with the backup before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    /// What.
    pub what: &'static str,
    /// How much there is now.
    pub now: u64,
    /// How much there was.
    pub before: u64,
}

impl Made {
    /// What there is less than half of, as where half of the documents are gone. Tickets are counted, not weighed: most
    /// backups hold those alone that changed.
    pub fn shrunk(&self) -> Option<Shrunk> {
        let (now, before) = (&self.manifest, self.before.as_ref()?);
        let dumped = |manifest: &Manifest| manifest.dump().map(|dump| dump.octets);
        let pieces = |manifest: &Manifest| Some(manifest.rows(KNOWLEDGE));
        [
            ("pieces of documents", pieces(now), pieces(before)),
            ("tickets", now.living(), before.living()),
            ("octets of Odoo's dump", dumped(now), dumped(before)),
        ]
        .into_iter()
        .find_map(|(what, now, before)| {
            // What only one of the two has cannot be compared.
            let (now, before) = (now?, before?);
            (now.saturating_mul(2) < before).then_some(Shrunk { what, now, before })
        })
    }
}

impl Backups {
    /// Makes a backup, and reads it back before it counts. Tickets are exported until this time: what is left then, the
    /// next backup goes on with. A dump that takes longer fails.
    pub async fn make(&self, until: OffsetDateTime) -> Result<Made, Damage> {
        let began = self.clock.now();
        let before = self.last().await?;
        let name = name_of(began);
        let folder = format!("{FOLDER}{name}/");
        let mut writer = Writer::new(&*self.archive, folder.clone());
        let space = self.knowledge.serving().await?;
        if let Some(space) = &space {
            self.pieces(space, &mut writer).await?;
        }
        let (kind, stopped, dumped) = match &self.tickets {
            Source::Exported(tickets) => {
                let (kind, stopped) = self
                    .export(&**tickets, before.as_ref(), began, until, &mut writer)
                    .await?;
                (kind, stopped, None)
            }
            Source::Dumped(odoo) => {
                let left = (until - self.clock.now()).try_into().unwrap_or_default();
                let dumped = dump::stream(&**odoo, left, &*self.archive, &folder).await?;
                (Kind::Dump, None, Some(dumped))
            }
        };
        let mut files: Vec<Item> = writer.done().await?;
        files.extend(dumped);
        let manifest = Manifest {
            format: FORMAT,
            name,
            began_at: began.unix_timestamp(),
            ended_at: self.clock.now().unix_timestamp(),
            knowledge: space.map(|space| Embedded {
                model: space.model,
                dimensions: space.dimensions,
            }),
            tickets: kind,
            stopped,
            files,
        };
        let (key, text) = (format!("{folder}{MANIFEST}"), manifest.to_json());
        self.archive
            .write(&key, "application/json", text.as_bytes())
            .await?;
        Ok(Made { manifest, before })
    }

    /// The last backup. One whose manifest cannot be read hinders nobody from making the next.
    async fn last(&self) -> Result<Option<Manifest>, CallError> {
        let Some(name) = list(&*self.archive).await?.pop() else {
            return Ok(None);
        };
        match manifest(&*self.archive, &name).await {
            Ok(manifest) => Ok(Some(manifest)),
            Err(Damage::Call(error)) => Err(error),
            Err(damage) => {
                tracing::warn!(backup = name, "Nothing is built on backup {name}: {damage}");
                Ok(None)
            }
        }
    }

    async fn pieces(&self, space: &Space, writer: &mut Writer<'_>) -> Result<(), Damage> {
        for document in self.knowledge.held(space).await?.into_keys() {
            for chunk in self.knowledge.pieces(space, &document).await? {
                writer.add(KNOWLEDGE, &Piece::of(chunk).to_json()).await?;
            }
        }
        Ok(())
    }

    /// Writes the tickets that the last backup does not have as they are now, and the ids of all that there are.
    async fn export(
        &self,
        helpdesk: &dyn TicketExport,
        before: Option<&Manifest>,
        began: OffsetDateTime,
        until: OffsetDateTime,
        writer: &mut Writer<'_>,
    ) -> Result<(Kind, Option<Stopped>), Damage> {
        let base = tickets::base(&*self.archive, before, began).await?;
        let mut living = helpdesk.living().await?;
        let wanted = tickets::wanted(helpdesk, base.as_ref(), &living).await?;
        let mut stopped = None;
        for ids in wanted.chunks(AT_ONCE) {
            if self.clock.now() >= until {
                stopped = ids.first().map(|next| Stopped {
                    after: next - 1,
                    since: base.as_ref().and_then(tickets::Base::rest_since),
                });
                break;
            }
            let exported = helpdesk.export(ids).await?;
            for ticket in &exported {
                writer.add(TICKETS, &ticket.json).await?;
            }
            let is_gone = |id: &i64| {
                ids.binary_search(id).is_ok() && !exported.iter().any(|ticket| ticket.id == *id)
            };
            if exported.len() < ids.len() {
                living.retain(|id| !is_gone(id));
            }
        }
        for id in &living {
            writer.add(LIVING, &id.to_string()).await?;
        }
        let kind = base.map_or(Kind::Full, |base| Kind::Increment {
            builds_on: base.name,
        });
        Ok((kind, stopped))
    }
}

/// A backup's name: when it began, so that names sort as backups do.
fn name_of(began: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]Z");
    let utc = began.to_offset(time::UtcOffset::UTC);
    utc.format(format).unwrap_or_default()
}

//! What is backed up besides the knowledge base: Odoo's tickets, or its whole database.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::CallError;

/// A ticket as Odoo has it, for safekeeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedTicket {
    /// Its record id.
    pub id: i64,
    /// A JSON object on one line: `ticket`, `messages` and `attachments`, with Odoo's names of fields. Files are
    /// named, and not in it.
    pub json: String,
}

/// A helpdesk whose tickets can be read as a whole. It speaks of one team's tickets, closed and archived
/// ones included.
#[async_trait]
pub trait TicketExport: Send + Sync {
    /// The ids of all tickets, in order.
    async fn living(&self) -> Result<Vec<i64>, CallError>;

    /// The ids of the tickets that were changed, written on or given files at this second or later, in order.
    async fn changed_since(&self, since: OffsetDateTime) -> Result<Vec<i64>, CallError>;

    /// The tickets with these ids, in order, as they are now. Those that are gone are left out.
    async fn export(&self, ids: &[i64]) -> Result<Vec<ExportedTicket>, CallError>;
}

/// A helpdesk that gives away its whole database, where its host allows that.
#[async_trait]
pub trait DatabaseDump: Send + Sync {
    /// Begins a dump that has to be over within this time.
    async fn dump(&self, within: Duration) -> Result<Box<dyn Octets>, CallError>;
}

/// Octets that come piece by piece.
#[async_trait]
pub trait Octets: Send {
    /// The next piece. None after the last, and only where all came that was to come.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError>;
}

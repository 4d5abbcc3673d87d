//! What is backed up besides the knowledge base: Odoo's tickets.

use async_trait::async_trait;

use crate::CallError;

/// A ticket as Odoo has it, for safekeeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedTicket {
    /// Its record id.
    pub id: i64,
    /// A JSON object: `ticket`, `messages` and `attachments`, with Odoo's names of fields. Files are named, and
    /// not in it.
    pub json: String,
}

/// A helpdesk whose tickets can be read as a whole.
#[async_trait]
pub trait TicketExport: Send + Sync {
    /// The team's tickets with ids above this one, closed and archived ones included, in the order of their
    /// ids; at most `limit`. Empty where there are no more.
    async fn tickets_after(&self, id: i64, limit: u32) -> Result<Vec<ExportedTicket>, CallError>;
}

//! The helpdesk: Odoo.

use async_trait::async_trait;
use domain::{Address, Intent, MailKey, TicketId, TicketRef};

use crate::CallError;

/// A ticket to be opened.
#[derive(Clone, PartialEq, Eq)]
pub struct NewTicket {
    /// The mail it stands for. One key opens one ticket, however often it is asked.
    pub key: MailKey,
    /// The subject, as plain text.
    pub subject: String,
    /// The description, as safe HTML.
    pub description: String,
    /// Who wrote.
    pub customer: Address,
    /// What the mail is about.
    pub intent: Intent,
}

impl std::fmt::Debug for NewTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewTicket({}, {})", self.key, self.intent)
    }
}

/// A ticket as it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The record's id.
    pub id: TicketId,
    /// What people see.
    pub reference: TicketRef,
    /// The customer's address, in lower case.
    pub owner: Option<String>,
    /// Whether the ticket is closed.
    pub closed: bool,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ticket({}, {})", self.id, self.reference)
    }
}

/// An internal note on a ticket. Never mailed to anyone.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// A Message-ID of our making with angle brackets, by which the note is found again.
    pub message_id: String,
    /// The text, as safe HTML.
    pub html: String,
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Note({})", self.message_id)
    }
}

/// The helpdesk.
#[async_trait]
pub trait Tickets: Send + Sync {
    /// Opens the ticket of a mail, or returns the one that this mail opened before. Idempotent,
    /// also under races.
    async fn open(&self, new: &NewTicket) -> Result<Ticket, CallError>;

    /// The ticket with this reference, if there is one.
    async fn find(&self, reference: &TicketRef) -> Result<Option<Ticket>, CallError>;

    /// Adds an internal note. Not idempotent: after `OutcomeUnknown`, ask
    /// [`has_note`](Self::has_note). `NotFound` where the ticket was deleted.
    async fn note(&self, ticket: TicketId, note: &Note) -> Result<(), CallError>;

    /// Whether the ticket has a note with this Message-ID (with angle brackets).
    async fn has_note(&self, ticket: TicketId, message_id: &str) -> Result<bool, CallError>;

    /// Raises the priority to urgent (`3`), or high (`2`) where not urgent, and adds the tag of
    /// the intent. Idempotent.
    async fn escalate(&self, ticket: TicketId, urgent: bool) -> Result<(), CallError>;

    /// The address where a person opens the ticket.
    fn link(&self, ticket: TicketId) -> String;
}

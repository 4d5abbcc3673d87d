//! The helpdesk: Odoo.

use async_trait::async_trait;
use domain::attachments::File;
use domain::{Address, Intent, MailKey, TicketId, TicketRef};

use crate::CallError;

/// A ticket to be opened.
#[derive(Clone, PartialEq)]
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
    /// How sure the classifier was of it, 0 to 1, where it was asked.
    pub confidence: Option<f32>,
}

impl std::fmt::Debug for NewTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewTicket({}, {})", self.key, self.intent)
    }
}

/// A further mail that a ticket takes in: what its fields say of the last mail from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct LastMail {
    /// The mail.
    pub key: MailKey,
    /// What it is about.
    pub intent: Intent,
    /// How sure the classifier was of it, 0 to 1, where it was asked.
    pub confidence: Option<f32>,
}

/// Whose mails count as the ticket's customer's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Owners {
    /// The ticket's contact alone.
    #[default]
    Contact,
    /// Every contact of the same company (Odoo's commercial entity).
    Company,
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
    /// Files that hang on the note.
    pub files: Vec<File>,
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

    /// The latest tickets that tell of a last mail of ours, with that mail's key as it stands there:
    /// at most `most`. None where tickets have no field for it.
    async fn last_mails(&self, most: u32) -> Result<Vec<(TicketRef, String)>, CallError>;

    /// Whether mails from this address (in lower case) are the ticket's customer's: it is the address
    /// of the ticket's contact, or of another contact of the same company where `owners` says so.
    /// `false` where the ticket is gone.
    async fn is_owned_by(
        &self,
        ticket: TicketId,
        address: &str,
        owners: Owners,
    ) -> Result<bool, CallError>;

    /// Takes a further mail into a ticket: its fields tell of this mail from now on, and a closed
    /// ticket is opened again where a stage allows it without telling the customer. Idempotent.
    /// `NotFound` where the ticket was deleted.
    async fn resume(&self, ticket: TicketId, last: &LastMail) -> Result<(), CallError>;

    /// Adds an internal note with its files. Not idempotent: after `OutcomeUnknown`, ask
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

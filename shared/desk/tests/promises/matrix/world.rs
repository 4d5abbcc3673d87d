//! All that a helpdesk leaves in the world, for comparing what faults left with what a run without
//! faults leaves.

use domain::{MailKey, MailState};
use ports::mailbox::DRAFT_HEADER;
use ports::{Ledger, QueueName};
use testkit::gmail::headers;

use crate::house::{ADDRESS, House, NEW};

/// What an alert says that may have been delivered before.
const REPEAT: &str = "\nThis may be a repeat.";

/// What one helpdesk left, without times and without the numbers of tickets.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    pub mails: Vec<(MailKey, MailState)>,
    pub tickets: Vec<SeenTicket>,
    pub drafts: Vec<SeenDraft>,
    /// Labels of each mail that came in.
    pub labels: Vec<Vec<String>>,
    pub has_new_password: bool,
    /// How many passwords were compared or hashed.
    pub hashed: usize,
    pub slack: Vec<String>,
    pub email: Vec<String>,
    /// Keys of the archive.
    pub archived: Vec<String>,
    /// Messages about mails that nobody can read.
    pub errors: usize,
    /// Whether the cursor is where the mailbox is.
    pub is_synced: bool,
    /// Which way each turn of the conversations went, and what it said.
    pub turns: Vec<String>,
    pub seen_by_customers: usize,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenTicket {
    pub name: String,
    pub priority: String,
    pub tags: Vec<String>,
    /// Ids of its notes, in order.
    pub notes: Vec<String>,
}

/// A draft.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenDraft {
    pub answers: String,
    pub text: String,
    pub files: usize,
}

impl World {
    pub async fn of(house: &House) -> Self {
        let mails = house.book.mails();
        let mut turns = vec![];
        for mail in &mails {
            for turn in house.book.turns_of(&mail.key).await.unwrap() {
                turns.push(format!("{} {:?}", turn.mail, turn.direction));
            }
        }
        let mailbox = house.book.mailbox(ADDRESS).await.unwrap();
        let shown = |channel: &testkit::alerts::FakeAlerts| {
            let delivered = channel.delivered().into_iter();
            delivered.map(|alert| alert.shown).collect()
        };
        let is_error = |message: &ports::Outgoing| message.queue == QueueName::Errors;
        let waiting = house.queue.waiting();
        Self {
            labels: mails
                .iter()
                .filter_map(|mail| house.gmail.message(mail.key.message()))
                .map(|message| message.head.labels)
                .collect(),
            mails: mails
                .into_iter()
                .map(|mail| (mail.key, mail.state))
                .collect(),
            tickets: tickets(house),
            drafts: drafts(house),
            has_new_password: house.bank.has_password("c1", NEW),
            hashed: house.bank.hashed(),
            slack: shown(&house.slack),
            email: shown(&house.email),
            archived: house.archive.keys(),
            errors: waiting.iter().filter(|message| is_error(message)).count(),
            is_synced: mailbox.cursor == Some(house.gmail.place()),
            turns,
            seen_by_customers: house.odoo.customer_visible_messages(),
        }
    }

    /// The same without alerts: those may be repeated, and are looked at by themselves.
    pub fn without_alerts(&self) -> Self {
        Self {
            slack: vec![],
            email: vec![],
            ..self.clone()
        }
    }

    /// Notes that this step left for the last mail.
    pub fn notes_of(&self, step: &str) -> usize {
        let Some((last, _)) = self.mails.last() else {
            return 0;
        };
        let id = format!("<helpdesk.{last}.{step}@bank.test>");
        let notes = self.tickets.iter().flat_map(|ticket| &ticket.notes);
        notes.filter(|note| **note == id).count()
    }

    /// Labels for mails with passwords.
    pub fn labelled(&self) -> usize {
        let labels = self.labels.iter().flatten();
        labels
            .filter(|label| label.contains("contains-credentials"))
            .count()
    }

    /// Changes of the password: each compares one and hashes one.
    pub fn password_changes(&self) -> usize {
        usize::from(self.has_new_password) * self.hashed / 2
    }

    /// Tickets that were made urgent.
    pub fn escalated(&self) -> usize {
        let tags = |ticket: &SeenTicket| {
            ticket
                .tags
                .iter()
                .filter(|tag| *tag == "urgent_human")
                .count()
        };
        let urgent = self.tickets.iter().filter(|ticket| ticket.priority == "3");
        urgent.map(tags).sum()
    }

    /// Staged statements of customers' first accounts.
    pub fn first_statements(&self) -> usize {
        let keys = self.archived.iter();
        keys.filter(|key| key.ends_with("/1.pdf")).count()
    }
}

/// Takes the mark of a possible repeat from an alert, and tells whether it was there.
pub fn unmarked(alert: &str) -> (&str, bool) {
    match alert.strip_suffix(REPEAT) {
        Some(rest) => (rest, true),
        None => (alert, false),
    }
}

fn tickets(house: &House) -> Vec<SeenTicket> {
    let tickets = house.odoo.tickets().into_iter();
    tickets
        .map(|ticket| {
            let notes = house.odoo.notes(ticket.id).into_iter();
            SeenTicket {
                notes: notes.map(|note| note.message_id).collect(),
                name: ticket.name,
                priority: ticket.priority,
                tags: ticket.tags,
            }
        })
        .collect()
}

fn drafts(house: &House) -> Vec<SeenDraft> {
    let raw = house.gmail.drafts().into_iter().map(|(_, _, raw)| raw);
    let read = house.drafts().into_iter();
    raw.zip(read)
        .map(|(raw, mail)| {
            let answers = headers(&raw)
                .into_iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(DRAFT_HEADER));
            SeenDraft {
                answers: answers.map(|(_, value)| value).unwrap_or_default(),
                text: mail.new_text,
                files: mail.attachments.len(),
            }
        })
        .collect()
}

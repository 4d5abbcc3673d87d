//! Notes on tickets: how they are named, and how one is put there once.

use std::ops::ControlFlow;

use domain::mail::domain_of;
use domain::step::StepName;
use domain::{MailKey, TicketId};
use ports::{Note, Tickets};

use crate::Failure;
use crate::once::{Outcome, Steps};

/// The Message-ID of the note that a step leaves, with angle brackets.
pub(crate) fn note_id(key: &MailKey, step: StepName, own_address: &str) -> String {
    let domain = domain_of(own_address);
    format!("<helpdesk.{key}.{step}@{domain}>")
}

/// Puts a note on a ticket, once.
pub(crate) async fn post_note(
    tickets: &dyn Tickets,
    steps: &Steps,
    key: &MailKey,
    step: StepName,
    ticket: TicketId,
    note: &Note,
) -> Result<(), Failure> {
    let noted = steps
        .once::<(), _, _, _, _>(
            key,
            step,
            || async {
                let there = tickets.has_note(ticket, &note.message_id).await?;
                Ok(there.then(|| note.message_id.clone()))
            },
            |_| async {
                tickets.note(ticket, note).await?;
                Ok(Outcome::Continue(note.message_id.clone()))
            },
        )
        .await?;
    let (ControlFlow::Continue(_) | ControlFlow::Break(())) = noted;
    Ok(())
}

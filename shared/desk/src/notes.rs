//! Notes on tickets: how they are named, and how one is put there once.

use std::ops::ControlFlow;

use domain::mail::domain_of;
use domain::step::StepName;
use domain::{MailKey, TicketId};
use ports::{CallError, Note, Tickets};

use crate::Failure;
use crate::once::{Outcome, Steps};

/// The Message-ID of the note that a step leaves, with angle brackets.
pub(crate) fn note_id(key: &MailKey, step: StepName, own_address: &str) -> String {
    let domain = domain_of(own_address);
    format!("<helpdesk.{key}.{step}@{domain}>")
}

/// Puts a note on a ticket, once. A ticket that was deleted meanwhile takes none, and the mail goes
/// on without.
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
        .await;
    match noted {
        Ok(ControlFlow::Continue(_) | ControlFlow::Break(())) => Ok(()),
        Err(failure) => unless_deleted(failure, steps, key, step, ticket).await,
    }
}

/// Gives a step up whose ticket was deleted; any other failure stays one.
pub(crate) async fn unless_deleted(
    failure: Failure,
    steps: &Steps,
    key: &MailKey,
    step: StepName,
    ticket: TicketId,
) -> Result<(), Failure> {
    match failure {
        Failure::Call {
            cause: CallError::NotFound { what: "ticket", .. },
            ..
        } => {
            tracing::warn!(mail = %key, %ticket, %step, "Ticket {ticket} was deleted in Odoo; mail {key} goes on without its {step} step");
            let reason = format!("ticket {ticket} was deleted in Odoo");
            steps.abandon(key, step, &reason).await
        }
        Failure::Abandoned { .. } => Ok(()),
        other => Err(other),
    }
}

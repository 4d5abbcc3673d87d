//! What the handlers of routed mail share: whose a mail is, its draft, its end, and handing it on.

use domain::mail::domain_of;
use domain::reply::Reply;
use domain::{Intent, Mail, MailKey, MailState, TicketId, TicketRef};
use mail_mime::Desk;
use ports::mailbox::DRAFT_HEADER;
use ports::{
    CallError, Change, Direction, Ledger, MailRecord, Mailbox, NewTurn, Outgoing, QueueName,
};
use time::OffsetDateTime;

use crate::{Failure, Worked};

/// A routed mail with its ticket, if it waits in the queue of one of these intents.
pub(crate) fn mine(
    record: Option<MailRecord>,
    intents: &[Intent],
) -> Option<(MailRecord, (TicketId, TicketRef))> {
    let record = record.filter(|r| r.state == MailState::Routed)?;
    record.route.filter(|route| intents.contains(route))?;
    let ticket = record.ticket.clone()?;
    Some((record, ticket))
}

pub(crate) fn drafted_turn(ticket: TicketId, intent: Intent, text: String) -> NewTurn {
    NewTurn {
        ticket,
        direction: Direction::Drafted,
        intent,
        text,
    }
}

pub(crate) async fn find_draft(
    mailbox: &dyn Mailbox,
    record: &MailRecord,
) -> Result<Option<String>, CallError> {
    let found = mailbox.find_draft(&record.thread, &record.key).await?;
    Ok(found.map(|id| id.to_string()))
}

/// Writes a reply to the mail and puts it into the thread as a draft.
pub(crate) async fn create_draft(
    mailbox: &dyn Mailbox,
    desk: &Desk,
    record: &MailRecord,
    mail: &Mail,
    ticket: &TicketRef,
    text: String,
    now: OffsetDateTime,
) -> Result<String, CallError> {
    let own_domain = domain_of(&desk.address);
    let reply = Reply::to_mail(&record.key, mail, ticket, own_domain, text)
        .map_err(|error| CallError::rejected("the reply", error.to_string()))?;
    let mime = mail_mime::write(&reply, desk, DRAFT_HEADER, now)
        .map_err(|error| CallError::rejected("the reply", error.to_string()))?;
    Ok(mailbox
        .create_draft(&record.thread, &mime)
        .await?
        .to_string())
}

pub(crate) async fn finish(
    ledger: &dyn Ledger,
    key: &MailKey,
    to: MailState,
    now: OffsetDateTime,
) -> Result<Worked, Failure> {
    apply(ledger, key, &Change::to(&["routed"], to), now).await
}

/// Applies a change to a mail and says so in the log.
pub(crate) async fn apply(
    ledger: &dyn Ledger,
    key: &MailKey,
    change: &Change,
    now: OffsetDateTime,
) -> Result<Worked, Failure> {
    let applied = ledger.apply(key, change, now).await;
    if !applied.map_err(Failure::doing("writing the ledger"))? {
        return Ok(Worked::NothingToDo);
    }
    let state = change.to.name();
    tracing::info!(mail = %key, state, reason = change.to.reason(), "Mail {key} is {state}");
    Ok(Worked::Moved(change.to.clone()))
}

/// Sends a routed mail on to another queue, with the reason. For intents that a person handles, and
/// for answers that could not be found.
pub(crate) async fn reroute(
    ledger: &dyn Ledger,
    record: &MailRecord,
    to: Intent,
    because: &str,
    now: OffsetDateTime,
) -> Result<Worked, Failure> {
    let work = Outgoing {
        queue: QueueName::Intent(to),
        mail: record.key.clone(),
        group: record.thread.clone(),
        reason: None,
    };
    let change = Change {
        route: Some((to, because.to_owned())),
        outbox: vec![work],
        ..Change::to(&["routed"], MailState::Routed)
    };
    let worked = apply(ledger, &record.key, &change, now).await?;
    if worked != Worked::NothingToDo {
        let key = &record.key;
        tracing::info!(mail = %key, intent = %to, because, "Mail {key} is handed on to {to}");
    }
    Ok(worked)
}

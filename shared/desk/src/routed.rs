//! What the handlers of routed mail share: whose a mail is, its end, and handing it on.

use domain::workflow::Place;
use domain::{Intent, MailKey, MailState, TicketId, TicketRef};
use ports::{Change, Ledger, MailRecord, Outgoing, QueueName};
use time::OffsetDateTime;

use crate::drafting::Made;
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

/// Lets the lines that follow about this mail name its ticket.
pub(crate) fn log_from_now_on(ticket: TicketId) {
    tracing::Span::current().record("ticket", ticket.0);
}

pub(crate) async fn finish(
    ledger: &dyn Ledger,
    record: &MailRecord,
    to: MailState,
    now: OffsetDateTime,
) -> Result<Worked, Failure> {
    let change = Change::to(&["routed"], to);
    apply(ledger, &record.key, place_of(record), &change, now).await
}

/// Where a mail is by its record.
pub(crate) fn place_of(record: &MailRecord) -> Place {
    Place::of(&record.state, record.route).unwrap_or(Place::Triage)
}

/// Applies a change to a mail and says so in the log. Of a mail that is routed its caller says where to.
pub(crate) async fn apply(
    ledger: &dyn Ledger,
    key: &MailKey,
    from: Place,
    change: &Change,
    now: OffsetDateTime,
) -> Result<Worked, Failure> {
    let to = Place::of(&change.to, change.route.as_ref().map(|(to, _)| *to));
    debug_assert!(
        to.is_some_and(|to| from.leads_to(to)),
        "the workflow knows no way from {from} to {to:?}"
    );
    let applied = ledger.apply(key, change, now).await;
    if !applied.map_err(Failure::doing("writing the ledger"))? {
        return Ok(Worked::NothingToDo);
    }
    if change.to != MailState::Routed {
        let state = change.to.name();
        tracing::info!(mail = %key, state, reason = change.to.reason(), "Mail {key} is {state}");
    }
    Ok(Worked::Moved {
        to: change.to.clone(),
        settled: change.settled.iter().map(|(_, outcome)| *outcome).collect(),
    })
}

/// Sends a routed mail on to another queue, with the reason, and with its draft where it has one.
pub(crate) async fn reroute(
    ledger: &dyn Ledger,
    record: &MailRecord,
    to: Intent,
    because: &str,
    made: Option<Made>,
    now: OffsetDateTime,
) -> Result<Worked, Failure> {
    let work = Outgoing {
        queue: QueueName::Intent(to),
        mail: record.key.clone(),
        group: record.thread.clone(),
        reason: None,
        times: 0,
        trace: None,
    };
    let change = Change {
        route: Some((to, because.to_owned())),
        settled: made
            .as_ref()
            .map(|made| made.settled.clone())
            .unwrap_or_default(),
        draft: made.map(|made| made.draft),
        outbox: vec![work],
        ..Change::to(&["routed"], MailState::Routed)
    };
    let worked = apply(ledger, &record.key, place_of(record), &change, now).await?;
    if worked != Worked::NothingToDo {
        let key = &record.key;
        tracing::info!(mail = %key, intent = %to, because, "Mail {key} is handed on to {to}");
    }
    Ok(worked)
}

//! Rows of the ledger as the types of the ports.

use domain::step::{Claim, Done, StepName};
use domain::{
    DraftId, Entities, GmailMessageId, Intent, MailKey, MailState, MailboxId, ThreadId, TicketId,
    TicketRef,
};
use ports::{
    CallError, Direction, DraftOutcome, DraftRecord, MailRecord, NewDraft, Outgoing, QueueName,
    Summary, TraceParent, Turn,
};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::{DraftRate, Recorded, SERVICE, failed};

/// A value that no version of this program writes: the database was changed by hand.
pub(crate) fn strange(column: &'static str) -> CallError {
    CallError::rejected(
        SERVICE,
        format!("column {column} holds a value that this version does not know"),
    )
}

pub(crate) fn get<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a Row,
    column: &str,
) -> Result<T, CallError> {
    row.try_get(column).map_err(failed)
}

pub(crate) fn key(row: &Row) -> Result<MailKey, CallError> {
    let message = GmailMessageId::parse(get(row, "message")?).map_err(|_| strange("message"))?;
    Ok(MailKey::new(MailboxId(get(row, "mailbox")?), message))
}

fn thread(row: &Row) -> Result<ThreadId, CallError> {
    ThreadId::parse(get(row, "thread")?).map_err(|_| strange("thread"))
}

fn intent(row: &Row, column: &'static str) -> Result<Option<Intent>, CallError> {
    let name: Option<&str> = get(row, column)?;
    name.map(|name| Intent::parse(name).ok_or_else(|| strange(column)))
        .transpose()
}

fn ticket(row: &Row) -> Result<Option<(TicketId, TicketRef)>, CallError> {
    let id: Option<i64> = get(row, "ticket_id")?;
    let reference: Option<&str> = get(row, "ticket_ref")?;
    let (Some(id), Some(reference)) = (id, reference) else {
        return Ok(None);
    };
    let reference = TicketRef::parse(reference).map_err(|_| strange("ticket_ref"))?;
    Ok(Some((TicketId(id), reference)))
}

pub(crate) fn recorded(row: &Row) -> Result<Recorded, CallError> {
    Ok(Recorded {
        mail: key(row)?,
        ticket: TicketId(get(row, "ticket_id")?),
        text: get(row, "text")?,
        intent: intent(row, "intent")?,
        confidence: get(row, "confidence")?,
        route: intent(row, "route")?,
        state: get(row, "state")?,
        draft: get(row, "draft")?,
        at: get(row, "at")?,
    })
}

pub(crate) fn mail(row: &Row) -> Result<MailRecord, CallError> {
    let state: &str = get(row, "state")?;
    let reason: Option<&str> = get(row, "reason")?;
    let draft: Option<&str> = get(row, "draft")?;
    Ok(MailRecord {
        key: key(row)?,
        thread: thread(row)?,
        state: MailState::from_parts(state, reason).ok_or_else(|| strange("state"))?,
        intent: intent(row, "intent")?,
        route: intent(row, "route")?,
        because: get(row, "because")?,
        confidence: get(row, "confidence")?,
        entities: get::<Option<Json<Entities>>>(row, "entities")?
            .map(|Json(entities)| entities)
            .unwrap_or_default(),
        ticket: ticket(row)?,
        draft: draft
            .map(|d| DraftId::parse(d).map_err(|_| strange("draft")))
            .transpose()?,
        seen_at: get(row, "seen_at")?,
        received_at: get(row, "received_at")?,
    })
}

/// What a claim meets that was not granted. `None` where the step could be claimed after all.
pub(crate) fn refused_claim(row: &Row) -> Result<Option<Claim>, CallError> {
    let state: &str = get(row, "state")?;
    Ok(Some(match state {
        "in_progress" => Claim::Busy(get(row, "lease_until")?),
        "done" => Claim::Done(Done {
            external_id: get(row, "external_id")?,
        }),
        "abandoned" => Claim::Abandoned(get::<Option<String>>(row, "reason")?.unwrap_or_default()),
        _ => return Ok(None),
    }))
}

pub(crate) fn turn(row: &Row) -> Result<Turn, CallError> {
    Ok(Turn {
        id: get(row, "id")?,
        ticket: TicketId(get(row, "ticket_id")?),
        mail: key(row)?,
        direction: Direction::parse(get(row, "direction")?).ok_or_else(|| strange("direction"))?,
        intent: Intent::parse(get(row, "intent")?).ok_or_else(|| strange("intent"))?,
        confidence: get(row, "confidence")?,
        text: get(row, "text")?,
        at: get(row, "at")?,
    })
}

pub(crate) fn summary(row: &Row) -> Result<Summary, CallError> {
    Ok(Summary {
        through: get(row, "through")?,
        text: get(row, "text")?,
    })
}

pub(crate) fn draft(row: &Row) -> Result<DraftRecord, CallError> {
    let mail = key(row)?;
    let answer = |message: &str| {
        let message = GmailMessageId::parse(message).map_err(|_| strange("answers"))?;
        Ok(MailKey::new(mail.mailbox(), message))
    };
    let answers: Vec<&str> = get(row, "answers")?;
    let outcome = DraftOutcome::from_parts(get(row, "outcome")?, get(row, "distance")?);
    Ok(DraftRecord {
        ticket: ticket(row)?,
        intent: intent(row, "intent")?,
        draft: NewDraft {
            id: DraftId::parse(get(row, "draft")?).map_err(|_| strange("draft"))?,
            answers: answers.into_iter().map(answer).collect::<Result<_, _>>()?,
            text: get(row, "text")?,
            digest: get(row, "digest")?,
            made_by: get(row, "made_by")?,
        },
        outcome: outcome.ok_or_else(|| strange("outcome"))?,
        made_at: get(row, "made_at")?,
        mail,
    })
}

pub(crate) fn draft_rate(row: &Row) -> Result<DraftRate, CallError> {
    Ok(DraftRate {
        intent: intent(row, "intent")?.ok_or_else(|| strange("intent"))?,
        made_by: get(row, "made_by")?,
        open: get(row, "open")?,
        replaced: get(row, "replaced")?,
        sent_as_is: get(row, "as_is")?,
        sent_edited: get(row, "edited")?,
        discarded: get(row, "discarded")?,
        median_distance: get(row, "distance")?,
    })
}

pub(crate) fn outgoing(row: &Row) -> Result<(i64, Outgoing), CallError> {
    let message = Outgoing {
        queue: QueueName::parse(get(row, "queue")?).ok_or_else(|| strange("queue"))?,
        mail: key(row)?,
        group: thread(row)?,
        reason: get(row, "reason")?,
        times: u32::try_from(get::<i32>(row, "times")?).map_err(|_| strange("times"))?,
        // Only a hand at the database writes one that is none, and a message must not wait for that.
        trace: TraceParent::parse(get(row, "traceparent")?).ok(),
    };
    Ok((get(row, "id")?, message))
}

pub(crate) fn done_step(row: &Row) -> Result<(StepName, String), CallError> {
    let name: &str = get(row, "step")?;
    let step = StepName::ALL.into_iter().find(|step| step.as_str() == name);
    Ok((
        step.ok_or_else(|| strange("step"))?,
        get(row, "external_id")?,
    ))
}

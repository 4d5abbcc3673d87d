//! The statements.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use domain::step::{Claim, Ending, Lease, StepName};
use domain::{HistoryId, MailKey, MailboxId, ThreadId, TicketId};
use ports::{
    Admission, Budget, CallError, Change, DraftRecord, Ledger, MailRecord, MailboxRecord, NewTurn,
    Outgoing, Seen, Summary, Turn, Visit,
};
use time::{Duration, OffsetDateTime};
use tokio_postgres::types::ToSql;

use crate::{SERVICE, Store, conversations, failed, rows};

/// A claim that meets a step between two states looks again; more often than this it never does.
const CLAIM_LOOKS: usize = 5;

const CLAIM: &str = "
    insert into helpdesk.steps as s (mailbox, message, step, state, attempt, lease_until)
    values ($1, $2, $3, 'in_progress', 1, $5)
    on conflict (mailbox, message, step) do update
       set state = 'in_progress', attempt = s.attempt + 1, lease_until = $5,
           look_first = s.state <> 'pending', changed_at = now()
     where s.state in ('pending', 'unknown') or (s.state = 'in_progress' and s.lease_until <= $4)
    returning attempt, look_first";

const STEP: &str = "
    select state, lease_until, external_id, reason from helpdesk.steps
     where mailbox = $1 and message = $2 and step = $3";

const END: &str = "
    update helpdesk.steps
       set state = $5, external_id = $6, reason = $7, lease_until = null, changed_at = now()
     where mailbox = $1 and message = $2 and step = $3 and state = 'in_progress' and attempt = $4";

const ENTER: &str = "
    with entered as (
        insert into helpdesk.mails (mailbox, message, thread, state, reason)
        select $1, s.message, s.thread, s.state, s.reason
          from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as s (message, thread, state, reason)
        on conflict do nothing
        returning message, thread, state
    ), queued as (
        insert into helpdesk.outbox (queue, mailbox, message, thread)
        select 'mail', $1, message, thread from entered where state = 'received'
    )
    select count(*) from entered";

const CHANGE: &str = "
    update helpdesk.mails
       set state = $4, reason = $5, intent = coalesce(intent, $6), route = coalesce($6, route), because = coalesce($7, because),
           ticket_id = coalesce($8, ticket_id), ticket_ref = coalesce($9, ticket_ref),
           draft = coalesce($10, draft), changed_at = $11, confidence = coalesce($12, confidence),
           entities = coalesce($13, entities), received_at = coalesce($14, received_at)
     where mailbox = $1 and message = $2 and state = any ($3)
    returning thread";

const MAIL: &str = "
    select mailbox, message, thread, state, reason, intent, route, because, confidence, entities,
           ticket_id, ticket_ref, draft, seen_at, received_at
      from helpdesk.mails where mailbox = $1 and message = $2";

const TURN: &str = "
    insert into helpdesk.turns (ticket_id, mailbox, message, direction, intent, confidence, text, at)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";

const QUEUE: &str = "
    insert into helpdesk.outbox (queue, mailbox, message, thread, reason)
    values ($1, $2, $3, $4, $5)
    on conflict (mailbox, message, queue) do update
       set sent_at = null, taken_until = null, reason = excluded.reason, times = outbox.times + 1";

const TAKE: &str = "
    update helpdesk.outbox o set taken_until = $2
      from helpdesk.mails m
     where o.id in (select id from helpdesk.outbox
                     where sent_at is null and (taken_until is null or taken_until <= $1)
                     order by id limit $3 for update skip locked)
       and m.mailbox = o.mailbox and m.message = o.message
    returning o.id, o.queue, o.mailbox, o.message, o.thread, o.reason, o.times, m.traceparent";

pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Store {
    pub(crate) async fn execute(
        &self,
        statement: &str,
        values: Values<'_>,
    ) -> Result<u64, CallError> {
        let client = self.connection().await?;
        let prepared = client.prepare_cached(statement).await.map_err(failed)?;
        client.execute(&prepared, values).await.map_err(failed)
    }

    pub(crate) async fn query(
        &self,
        statement: &str,
        values: Values<'_>,
    ) -> Result<Vec<tokio_postgres::Row>, CallError> {
        let client = self.connection().await?;
        let prepared = client.prepare_cached(statement).await.map_err(failed)?;
        client.query(&prepared, values).await.map_err(failed)
    }
}

impl Store {
    /// The steps of a mail that are done, in the order in which they were, with their external ids.
    pub async fn steps_done(&self, key: &MailKey) -> Result<Vec<(StepName, String)>, CallError> {
        let rows = self
            .query(
                "select step, external_id from helpdesk.steps
                  where mailbox = $1 and message = $2 and state = 'done' order by changed_at",
                &[&key.mailbox().0, &key.message().as_str()],
            )
            .await?;
        rows.iter().map(rows::done_step).collect()
    }

    /// Mails of a mailbox that were seen within the last hour, oldest first.
    pub async fn recent(&self, mailbox: MailboxId) -> Result<Vec<MailKey>, CallError> {
        let rows = self
            .query(
                "select mailbox, message from helpdesk.mails
                  where mailbox = $1 and seen_at > now() - interval '1 hour' order by seen_at",
                &[&mailbox.0],
            )
            .await?;
        rows.iter().map(rows::key).collect()
    }
}

fn history_id(id: HistoryId) -> Result<i64, CallError> {
    i64::try_from(id.0).map_err(|_| CallError::rejected(SERVICE, "the history id is too large"))
}

#[async_trait]
impl Ledger for Store {
    async fn mailbox(&self, address: &str) -> Result<MailboxRecord, CallError> {
        let rows = self
            .query(
                "insert into helpdesk.mailboxes (address) values (lower($1))
                 on conflict (address) do update set address = excluded.address
                 returning id, cursor, synced_at, watch_expires",
                &[&address],
            )
            .await?;
        let row = rows
            .first()
            .ok_or_else(|| CallError::rejected(SERVICE, "no row came back"))?;
        let cursor: Option<i64> = row.try_get("cursor").map_err(failed)?;
        Ok(MailboxRecord {
            id: MailboxId(row.try_get("id").map_err(failed)?),
            cursor: cursor.and_then(|c| u64::try_from(c).ok()).map(HistoryId),
            synced_at: row.try_get("synced_at").map_err(failed)?,
            watch_expires: row.try_get("watch_expires").map_err(failed)?,
        })
    }

    async fn enter(&self, mailbox: MailboxId, seen: &[Seen]) -> Result<usize, CallError> {
        let messages: Vec<&str> = seen.iter().map(|s| s.message.as_str()).collect();
        let threads: Vec<&str> = seen.iter().map(|s| s.thread.as_str()).collect();
        let states: Vec<&str> = seen.iter().map(|s| s.state.name()).collect();
        let reasons: Vec<Option<&str>> = seen.iter().map(|s| s.state.reason()).collect();
        let rows = self
            .query(ENTER, &[&mailbox.0, &messages, &threads, &states, &reasons])
            .await?;
        let count: i64 = match rows.first() {
            Some(row) => row.try_get(0).map_err(failed)?,
            None => 0,
        };
        Ok(usize::try_from(count).unwrap_or_default())
    }

    async fn advance(
        &self,
        mailbox: MailboxId,
        to: HistoryId,
        now: OffsetDateTime,
    ) -> Result<(), CallError> {
        let to = history_id(to)?;
        let advance = "
            update helpdesk.mailboxes
               set cursor = greatest(cursor, $2), synced_at = greatest(synced_at, $3) where id = $1";
        self.execute(advance, &[&mailbox.0, &to, &now])
            .await
            .map(drop)
    }

    async fn admit(
        &self,
        key: &MailKey,
        sender: &str,
        budget: Budget,
        now: OffsetDateTime,
    ) -> Result<Admission, CallError> {
        self.let_in(key, sender, budget, now).await
    }

    async fn visited(&self, key: &MailKey, visit: &Visit) -> Result<(), CallError> {
        self.record_visit(key, visit).await
    }

    async fn watched(&self, mailbox: MailboxId, until: OffsetDateTime) -> Result<(), CallError> {
        self.execute(
            "update helpdesk.mailboxes set watch_expires = $2 where id = $1",
            &[&mailbox.0, &until],
        )
        .await?;
        Ok(())
    }

    async fn mail(&self, key: &MailKey) -> Result<Option<MailRecord>, CallError> {
        let rows = self
            .query(MAIL, &[&key.mailbox().0, &key.message().as_str()])
            .await?;
        rows.first().map(rows::mail).transpose()
    }

    async fn apply(
        &self,
        key: &MailKey,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<bool, CallError> {
        let mut client = self.connection().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        let Some(thread) = change_mail(&transaction, key, change, now).await? else {
            return Ok(false);
        };
        if let Some(draft) = &change.draft {
            conversations::record_draft(&transaction, key, &thread, draft, now).await?;
        }
        for (mail, outcome) in &change.settled {
            conversations::settle(&transaction, mail, *outcome, now).await?;
        }
        if let Some(turn) = &change.turn {
            record_turn(&transaction, key, turn, now).await?;
        }
        for message in &change.outbox {
            queue(&transaction, message).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    async fn claim(
        &self,
        key: &MailKey,
        step: StepName,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Claim, CallError> {
        let until = now + length;
        let (mailbox, message, step) = (key.mailbox().0, key.message().as_str(), step.as_str());
        for _ in 0..CLAIM_LOOKS {
            let granted = self
                .query(CLAIM, &[&mailbox, &message, &step, &now, &until])
                .await?;
            if let Some(row) = granted.first() {
                let attempt: i32 = row.try_get("attempt").map_err(failed)?;
                let look_first = row.try_get("look_first").map_err(failed)?;
                let attempt = u32::try_from(attempt).unwrap_or_default();
                return Ok(Claim::Granted(Lease {
                    attempt,
                    until,
                    look_first,
                }));
            }
            let standing = self.query(STEP, &[&mailbox, &message, &step]).await?;
            if let Some(row) = standing.first()
                && let Some(claim) = rows::refused_claim(row)?
            {
                return Ok(claim);
            }
        }
        Ok(Claim::Busy(until))
    }

    async fn end(
        &self,
        key: &MailKey,
        step: StepName,
        lease: &Lease,
        ending: &Ending,
    ) -> Result<bool, CallError> {
        let (state, external_id, reason) = match ending {
            Ending::Done(done) => ("done", Some(done.external_id.as_str()), None),
            Ending::DidNotHappen => ("pending", None, None),
            Ending::MayHaveHappened => ("unknown", None, None),
            Ending::Abandoned(reason) => ("abandoned", None, Some(reason.as_str())),
        };
        let attempt = i32::try_from(lease.attempt).unwrap_or(i32::MAX);
        let ended = self
            .execute(
                END,
                &[
                    &key.mailbox().0,
                    &key.message().as_str(),
                    &step.as_str(),
                    &attempt,
                    &state,
                    &external_id,
                    &reason,
                ],
            )
            .await?;
        Ok(ended == 1)
    }

    async fn thread(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<MailRecord>, CallError> {
        self.mails_of_thread(mailbox, thread).await
    }

    async fn drafts(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<DraftRecord>, CallError> {
        self.drafts_of_thread(mailbox, thread).await
    }

    async fn hold_thread(
        &self,
        key: &MailKey,
        thread: &ThreadId,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Option<OffsetDateTime>, CallError> {
        self.hold(key, thread, now, now + length).await
    }

    async fn release_thread(&self, key: &MailKey, thread: &ThreadId) -> Result<(), CallError> {
        self.release(key, thread).await
    }

    async fn turns(&self, ticket: TicketId, limit: usize) -> Result<Vec<Turn>, CallError> {
        self.turns_of_ticket(ticket, limit).await
    }

    async fn turns_of(&self, key: &MailKey) -> Result<Vec<Turn>, CallError> {
        self.turns_of_mail(key).await
    }

    async fn summary(&self, ticket: TicketId) -> Result<Option<Summary>, CallError> {
        self.summary_of(ticket).await
    }

    async fn keep_summary(&self, ticket: TicketId, summary: &Summary) -> Result<bool, CallError> {
        self.put_summary(ticket, summary).await
    }

    async fn take_outbox(
        &self,
        limit: usize,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<Vec<(i64, Outgoing)>, CallError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query(TAKE, &[&now, &(now + length), &limit]).await?;
        let mut taken: Vec<_> = rows.iter().map(rows::outgoing).collect::<Result<_, _>>()?;
        taken.sort_by_key(|(id, _)| *id);
        Ok(taken)
    }

    async fn sent(&self, rows: &[i64]) -> Result<(), CallError> {
        self.execute(
            "update helpdesk.outbox set sent_at = now()
              where id = any ($1) and sent_at is null and taken_until is not null",
            &[&rows],
        )
        .await?;
        Ok(())
    }
}

/// Changes the mail's row and gives its thread, or changes nothing where the mail had moved on.
async fn change_mail(
    transaction: &Transaction<'_>,
    key: &MailKey,
    change: &Change,
    now: OffsetDateTime,
) -> Result<Option<String>, CallError> {
    let (route, because) = match &change.route {
        Some((to, because)) => (Some(to.as_str()), Some(because.as_str())),
        None => (None, None),
    };
    let (ticket_id, ticket_ref) = match &change.ticket {
        Some((id, reference)) => (Some(id.0), Some(reference.as_str())),
        None => (None, None),
    };
    let changed = transaction
        .query_opt(
            CHANGE,
            &[
                &key.mailbox().0,
                &key.message().as_str(),
                &change.from,
                &change.to.name(),
                &change.to.reason(),
                &route,
                &because,
                &ticket_id,
                &ticket_ref,
                &change.draft.as_ref().map(|draft| draft.id.as_str()),
                &now,
                &change.confidence,
                &change.entities.as_ref().map(tokio_postgres::types::Json),
                &change.received,
            ],
        )
        .await
        .map_err(failed)?;
    let thread = changed.map(|mail| mail.try_get("thread"));
    thread.transpose().map_err(failed)
}

async fn record_turn(
    transaction: &Transaction<'_>,
    key: &MailKey,
    turn: &NewTurn,
    now: OffsetDateTime,
) -> Result<(), CallError> {
    transaction
        .execute(
            TURN,
            &[
                &turn.ticket.0,
                &key.mailbox().0,
                &key.message().as_str(),
                &turn.direction.as_str(),
                &turn.intent.as_str(),
                &turn.confidence,
                &turn.text,
                &now,
            ],
        )
        .await
        .map_err(failed)?;
    Ok(())
}

async fn queue(transaction: &Transaction<'_>, message: &Outgoing) -> Result<(), CallError> {
    transaction
        .execute(
            QUEUE,
            &[
                &message.queue.as_str(),
                &message.mail.mailbox().0,
                &message.mail.message().as_str(),
                &message.group.as_str(),
                &message.reason,
            ],
        )
        .await
        .map_err(failed)?;
    Ok(())
}

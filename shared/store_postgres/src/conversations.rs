//! Turns, summaries and drafts: what is remembered of a conversation.

use deadpool_postgres::Transaction;
use domain::{Intent, MailKey, MailboxId, ThreadId, TicketId};
use ports::{CallError, DraftOutcome, DraftRecord, MailRecord, NewDraft, Summary, Turn};
use time::OffsetDateTime;

use crate::ledger::Values;
use crate::{Store, failed, rows};

/// The mails of a thread that are looked at.
const LAST_MAILS: i64 = 100;

const TURNS: &str = "
    select id, ticket_id, mailbox, message, direction, intent, confidence, text, at
      from helpdesk.turns where ticket_id = $1 order by at desc, id desc limit $2";

const TURNS_OF_MAIL: &str = "
    select id, ticket_id, mailbox, message, direction, intent, confidence, text, at
      from helpdesk.turns where mailbox = $1 and message = $2 order by id";

const SUMMARY: &str = "select through, text from helpdesk.summaries where ticket_id = $1";

const KEEP_SUMMARY: &str = "
    insert into helpdesk.summaries as s (ticket_id, through, text) values ($1, $2, $3)
    on conflict (ticket_id) do update set through = $2, text = $3, at = now()
     where s.through < $2";

const THREAD: &str = "
    select mailbox, message, thread, state, reason, intent, route, because, confidence, entities,
           ticket_id, ticket_ref, draft, seen_at, received_at
      from helpdesk.mails where mailbox = $1 and thread = $2
     order by seen_at desc, message desc limit $3";

const DRAFTS: &str = "
    select d.mailbox, d.message, m.ticket_id, m.ticket_ref, m.intent, d.draft, d.answers, d.text,
           d.digest, d.made_by, d.outcome, d.distance, d.made_at
      from helpdesk.drafts d join helpdesk.mails m using (mailbox, message)
     where d.mailbox = $1 and d.thread = $2 order by d.made_at, d.message";

const RECORD_DRAFT: &str = "
    insert into helpdesk.drafts
           (mailbox, message, thread, draft, answers, text, digest, made_by, outcome, made_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)
    on conflict do nothing";

/// Until the transaction ends, nobody else records this draft: two that do not see each other's
/// record would both leave theirs open.
const ONE_AT_A_TIME: &str = "select pg_advisory_xact_lock($1, hashtext($2))";

/// Of several records of one draft, the one that answers the most mails is the one that stands; of
/// those that answer as many, the last. A draft does not leave its thread.
const REPLACE_OTHERS: &str = "
    update helpdesk.drafts d set outcome = 'replaced', settled_at = $4
     where mailbox = $1 and thread = $2 and draft = $3 and outcome = 'open'
       and exists (select 1 from helpdesk.drafts o
                    where o.mailbox = $1 and o.thread = $2 and o.draft = $3
                      and (cardinality(o.answers), o.made_at, o.message)
                          > (cardinality(d.answers), d.made_at, d.message))";

/// A draft that seemed to be thrown away can turn out to have been sent; one that was sent stays so.
const SETTLE: &str = "
    update helpdesk.drafts set outcome = $3, distance = $4, settled_at = $5
     where mailbox = $1 and message = $2 and outcome in ('open', 'discarded')";

const HOLD: &str = "
    insert into helpdesk.threads as t (mailbox, thread, held_by, held_until)
    values ($1, $2, $3, $5)
    on conflict (mailbox, thread) do update set held_by = $3, held_until = $5
     where t.held_by = $3 or t.held_until <= $4
    returning held_until";

const HELD: &str = "select held_until from helpdesk.threads where mailbox = $1 and thread = $2";

const RELEASE: &str = "
    delete from helpdesk.threads where mailbox = $1 and thread = $2 and held_by = $3";

const RATES: &str = "
    select m.intent, d.made_by,
           count(*) filter (where outcome = 'open') as open,
           count(*) filter (where outcome = 'replaced') as replaced,
           count(*) filter (where outcome = 'sent_as_is') as as_is,
           count(*) filter (where outcome = 'sent_edited') as edited,
           count(*) filter (where outcome = 'discarded') as discarded,
           percentile_cont(0.5) within group (order by distance) as distance
      from helpdesk.drafts d join helpdesk.mails m using (mailbox, message)
     where m.intent is not null
     group by 1, 2 order by 1, 2";

/// How drafts of one kind fared with the people who read them.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftRate {
    /// What the mails were about.
    pub intent: Intent,
    /// What made the drafts, such as `answer v1`.
    pub made_by: String,
    /// Drafts that wait.
    pub open: i64,
    /// Drafts in whose place one went that answers more. They count for nothing.
    pub replaced: i64,
    /// Drafts that were sent as they were.
    pub sent_as_is: i64,
    /// Drafts that were sent with changes.
    pub sent_edited: i64,
    /// Drafts that were thrown away.
    pub discarded: i64,
    /// The median share of words changed in those sent with changes, 0 to 1.
    pub median_distance: Option<f64>,
}

impl Store {
    /// How drafts fared, by intent and by what made them.
    pub async fn draft_rates(&self) -> Result<Vec<DraftRate>, CallError> {
        let rows = self.query(RATES, &[]).await?;
        rows.iter().map(rows::draft_rate).collect()
    }

    /// How Postgres looks a conversation up: the plan of each lookup with what it cost, as Postgres
    /// prints it.
    pub async fn plans(
        &self,
        ticket: TicketId,
        mail: &MailKey,
    ) -> Result<Vec<(&'static str, String)>, CallError> {
        let (mailbox, message) = (mail.mailbox().0, mail.message().as_str());
        let lookups: [(&str, &str, Values<'_>); 3] = [
            ("turns of a ticket", TURNS, &[&ticket.0, &12_i64]),
            ("turns of a mail", TURNS_OF_MAIL, &[&mailbox, &message]),
            ("summary of a ticket", SUMMARY, &[&ticket.0]),
        ];
        let mut plans = vec![];
        for (name, statement, values) in lookups {
            let explain = format!("explain (analyze, buffers) {statement}");
            let rows = self.query(&explain, values).await?;
            let lines: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
            plans.push((name, lines.map_err(failed)?.join("\n")));
        }
        Ok(plans)
    }

    pub(crate) async fn turns_of_ticket(
        &self,
        ticket: TicketId,
        limit: usize,
    ) -> Result<Vec<Turn>, CallError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query(TURNS, &[&ticket.0, &limit]).await?;
        rows.iter().rev().map(rows::turn).collect()
    }

    pub(crate) async fn turns_of_mail(&self, key: &MailKey) -> Result<Vec<Turn>, CallError> {
        let (mailbox, message) = (key.mailbox().0, key.message().as_str());
        let rows = self.query(TURNS_OF_MAIL, &[&mailbox, &message]).await?;
        rows.iter().map(rows::turn).collect()
    }

    pub(crate) async fn summary_of(&self, ticket: TicketId) -> Result<Option<Summary>, CallError> {
        let rows = self.query(SUMMARY, &[&ticket.0]).await?;
        rows.first().map(rows::summary).transpose()
    }

    pub(crate) async fn put_summary(
        &self,
        ticket: TicketId,
        summary: &Summary,
    ) -> Result<bool, CallError> {
        let values: Values<'_> = &[&ticket.0, &summary.through, &summary.text];
        Ok(self.execute(KEEP_SUMMARY, values).await? == 1)
    }

    pub(crate) async fn mails_of_thread(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<MailRecord>, CallError> {
        let rows = self
            .query(THREAD, &[&mailbox.0, &thread.as_str(), &LAST_MAILS])
            .await?;
        rows.iter().rev().map(rows::mail).collect()
    }

    pub(crate) async fn drafts_of_thread(
        &self,
        mailbox: MailboxId,
        thread: &ThreadId,
    ) -> Result<Vec<DraftRecord>, CallError> {
        let rows = self.query(DRAFTS, &[&mailbox.0, &thread.as_str()]).await?;
        rows.iter().map(rows::draft).collect()
    }

    pub(crate) async fn hold(
        &self,
        key: &MailKey,
        thread: &ThreadId,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, CallError> {
        let (mailbox, thread, holder) = (key.mailbox().0, thread.as_str(), key.to_string());
        let held = self
            .query(HOLD, &[&mailbox, &thread, &holder, &now, &until])
            .await?;
        if !held.is_empty() {
            return Ok(None);
        }
        let rows = self.query(HELD, &[&mailbox, &thread]).await?;
        match rows.first() {
            Some(row) => row.try_get("held_until").map(Some).map_err(failed),
            // It was given free between the two looks: the next try gets it.
            None => Ok(Some(now)),
        }
    }

    pub(crate) async fn release(&self, key: &MailKey, thread: &ThreadId) -> Result<(), CallError> {
        let (mailbox, thread, holder) = (key.mailbox().0, thread.as_str(), key.to_string());
        self.execute(RELEASE, &[&mailbox, &thread, &holder])
            .await
            .map(drop)
    }
}

/// Records a draft that was made for a mail of this thread.
pub(crate) async fn record_draft(
    transaction: &Transaction<'_>,
    key: &MailKey,
    thread: &str,
    draft: &NewDraft,
    now: OffsetDateTime,
) -> Result<(), CallError> {
    let (mailbox, message, id) = (key.mailbox().0, key.message().as_str(), draft.id.as_str());
    let answers = draft.answers.iter().map(|mail| mail.message().as_str());
    let answers: Vec<&str> = answers.collect();
    let (text, digest, made_by) = (&draft.text, &draft.digest, &draft.made_by);
    let statements: [(&str, Values<'_>); 3] = [
        (ONE_AT_A_TIME, &[&mailbox, &id]),
        (
            RECORD_DRAFT,
            &[
                &mailbox, &message, &thread, &id, &answers, text, digest, made_by, &now,
            ],
        ),
        (REPLACE_OTHERS, &[&mailbox, &thread, &id, &now]),
    ];
    for (statement, values) in statements {
        transaction
            .execute(statement, values)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(crate) async fn settle(
    transaction: &Transaction<'_>,
    key: &MailKey,
    outcome: DraftOutcome,
    now: OffsetDateTime,
) -> Result<(), CallError> {
    let distance = match outcome {
        DraftOutcome::SentEdited { distance } => Some(distance),
        _ => None,
    };
    let (mailbox, message) = (key.mailbox().0, key.message().as_str());
    transaction
        .execute(
            SETTLE,
            &[&mailbox, &message, &outcome.name(), &distance, &now],
        )
        .await
        .map_err(failed)?;
    Ok(())
}

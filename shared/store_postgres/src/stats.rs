//! What was done in a time, in figures for people: `helpdesk stats` and `helpdesk graph`.

use domain::Intent;
use domain::state::SENT_BY_PEOPLE;
use ports::CallError;
use time::{Duration, OffsetDateTime};
use tokio_postgres::Row;

use crate::ledger::Values;
use crate::{Store, failed};

/// What people sent from the mailbox is nobody's question.
const MAILS: &str = "
    select intent, state, count(*) as mails from helpdesk.mails
     where seen_at >= $1 and reason is distinct from $2 group by 1, 2";

/// From when Gmail took the mail in, where that is known.
const TO_DRAFT: &str = "
    select percentile_cont(array[0.5, 0.95]) within group (order by extract(epoch from
               d.made_at - coalesce(m.received_at, m.seen_at)))::double precision[] as seconds
      from helpdesk.mails m join helpdesk.drafts d using (mailbox, message)
     where m.seen_at >= $1";

/// Only calls have a cost of their own: what is around them repeats it.
const COST: &str = "
    select coalesce(sum(cost_usd), 0)::double precision as cost,
           count(distinct (mailbox, message)) filter (where message is not null) as mails
      from helpdesk.llm_calls where began_at >= $1 and kind in ('llm', 'embedding')";

const SETTLED: &str = "
    select count(*) filter (where outcome = 'sent_as_is') as as_is,
           count(*) filter (where outcome = 'sent_edited') as edited,
           count(*) filter (where outcome = 'discarded') as discarded
      from helpdesk.drafts where settled_at >= $1";

const OPEN: &str = "
    select count(*) as drafts, min(made_at) as since from helpdesk.drafts where outcome = 'open'";

/// The queues that a mail was sent to, in order, are the way that it took.
const MOVES: &str = "
    with sent as (
        select o.queue, o.decided_at - m.seen_at as after,
               lag(o.queue) over (partition by o.mailbox, o.message order by o.id) as before
          from helpdesk.outbox o join helpdesk.mails m using (mailbox, message)
         where m.seen_at >= $1 and o.queue <> 'errors')
    select before as place, queue as next, count(*) as mails,
           percentile_cont(0.5) within group (order by extract(epoch from after))::double precision
               as seconds
      from sent where before is not null group by 1, 2";

const ENDS: &str = "
    select coalesce(route, 'mail') as place, state as next, count(*) as mails,
           percentile_cont(0.5) within group (order by extract(epoch from changed_at - seen_at))
               ::double precision as seconds
      from helpdesk.mails
     where seen_at >= $1 and state in ('answered', 'handed_off', 'skipped', 'parked')
       and reason is distinct from $2
     group by 1, 2";

/// Mails that came since a moment, and what became of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// How many mails of each intent are in each state, by its name. No intent: it was not decided.
    pub mails: Vec<(Option<Intent>, String, u64)>,
    /// From arrival to draft, of mails that got one: the median, and what 95 of 100 stay below.
    pub to_draft: Option<(Duration, Duration)>,
    /// What models cost, in US dollars, as far as they have prices.
    pub cost: f64,
    /// For how many mails models were asked.
    pub asked_for: u64,
    /// Drafts that people sent as they were.
    pub sent_as_is: u64,
    /// Drafts that people sent with changes.
    pub sent_edited: u64,
    /// Drafts that people threw away.
    pub discarded: u64,
}

/// Mails that went from one place to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The queue that they were worked from.
    pub place: String,
    /// The queue that they were sent on to, or the state in which they ended.
    pub next: String,
    /// How many.
    pub mails: u64,
    /// The median time since ingest saw them.
    pub after: Duration,
}

fn count(row: &Row, name: &str) -> Result<u64, CallError> {
    let number: i64 = row.try_get(name).map_err(failed)?;
    Ok(u64::try_from(number).unwrap_or_default())
}

impl Store {
    /// What was done since then.
    pub async fn figures(&self, since: OffsetDateTime) -> Result<Figures, CallError> {
        let mut mails = vec![];
        for row in self.query(MAILS, &[&since, &SENT_BY_PEOPLE]).await? {
            let intent: Option<&str> = row.try_get("intent").map_err(failed)?;
            let state = row.try_get("state").map_err(failed)?;
            mails.push((intent.and_then(Intent::parse), state, count(&row, "mails")?));
        }
        let row = self.one(TO_DRAFT, since).await?;
        let seconds: Option<Vec<f64>> = row.try_get("seconds").map_err(failed)?;
        let to_draft = match seconds.as_deref() {
            Some([median, most]) => {
                Some((Duration::seconds_f64(*median), Duration::seconds_f64(*most)))
            }
            _ => None,
        };
        let cost = self.one(COST, since).await?;
        let settled = self.one(SETTLED, since).await?;
        Ok(Figures {
            mails,
            to_draft,
            cost: cost.try_get("cost").map_err(failed)?,
            asked_for: count(&cost, "mails")?,
            sent_as_is: count(&settled, "as_is")?,
            sent_edited: count(&settled, "edited")?,
            discarded: count(&settled, "discarded")?,
        })
    }

    /// How many drafts wait for a person, and since when the oldest does.
    pub async fn open_drafts(&self) -> Result<(u64, Option<OffsetDateTime>), CallError> {
        let rows = self.query(OPEN, &[]).await?;
        let row = rows.first().ok_or_else(nothing)?;
        Ok((count(row, "drafts")?, row.try_get("since").map_err(failed)?))
    }

    /// The ways that mails took which came since then.
    pub async fn taken(&self, since: OffsetDateTime) -> Result<Vec<Taken>, CallError> {
        let mut taken = vec![];
        let ways: [(&str, Values<'_>); 2] =
            [(MOVES, &[&since]), (ENDS, &[&since, &SENT_BY_PEOPLE])];
        for (statement, values) in ways {
            for row in self.query(statement, values).await? {
                let seconds: f64 = row.try_get("seconds").map_err(failed)?;
                taken.push(Taken {
                    place: row.try_get("place").map_err(failed)?,
                    next: row.try_get("next").map_err(failed)?,
                    mails: count(&row, "mails")?,
                    after: Duration::seconds_f64(seconds.max(0.0)),
                });
            }
        }
        Ok(taken)
    }

    async fn one(&self, statement: &str, since: OffsetDateTime) -> Result<Row, CallError> {
        let rows = self.query(statement, &[&since]).await?;
        rows.into_iter().next().ok_or_else(nothing)
    }
}

fn nothing() -> CallError {
    CallError::rejected(crate::SERVICE, "a sum came back without a row")
}

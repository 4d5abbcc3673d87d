//! What went astray, as the ledger shows it.

use async_trait::async_trait;
use domain::{MailKey, TicketRef};
use ports::{CallError, Flood, Outage, QueueName, Still, Upkeep};
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::{SERVICE, Store, failed, rows};

/// What waits at most in a queue, and a worker that is at it, have both been heard of by then.
const STILL: &str = "
    select m.mailbox, m.message, m.ticket_ref, o.queue, o.times, v.error,
           coalesce(v.try, 0) as tries,
           greatest(m.changed_at, o.sent_at,
                    v.at + coalesce(v.wait_s, 0) * interval '1 second') as quiet_since
      from helpdesk.mails m
      join helpdesk.outbox o
        on o.mailbox = m.mailbox and o.message = m.message
       and o.queue = case when m.state = 'routed' then m.route else 'mail' end
      left join lateral (
           select at, try, wait_s, error from helpdesk.visits v
            where v.mailbox = m.mailbox and v.message = m.message order by v.id desc limit 1
           ) v on true
     where m.state in ('received', 'routed') and o.sent_at is not null
       and greatest(m.changed_at, o.sent_at,
                    v.at + coalesce(v.wait_s, 0) * interval '1 second') < $1
     order by quiet_since limit $2";

/// The state tells which queue works the mail next.
const SEND_AGAIN: &str = "
    with standing as (
        update helpdesk.mails
           set state = case when state = 'routed' then state else 'received' end, reason = null,
               changed_at = now(),
               sender = case when state = 'skipped' then 'by hand' else sender end,
               admitted_at = case when state = 'skipped' then now() else admitted_at end
         where mailbox = $1 and message = $2
           and (state in ('received', 'routed', 'parked')
                or state = 'skipped' and reason like 'over the budget%')
        returning mailbox, message, thread,
                  case when state = 'routed' then route else 'mail' end as queue
    )
    insert into helpdesk.outbox as o (queue, mailbox, message, thread)
    select queue, mailbox, message, thread from standing
    on conflict (mailbox, message, queue) do update
       set sent_at = null, taken_until = null, times = o.times + 1
    returning queue";

const OUTAGES: &str = "
    select id, gate, since, until from helpdesk.outages
     where until is null or until > $1 order by id";

const FLOODS: &str = "
    select mailbox, min(message) as message, count(*) as mails, reason from helpdesk.mails
     where state = 'skipped' and reason like 'over the budget%' and changed_at > $1
     group by mailbox, thread, reason order by count(*) desc limit 20";

fn queue(row: &Row) -> Result<QueueName, CallError> {
    let name: &str = row.try_get("queue").map_err(failed)?;
    QueueName::parse(name)
        .ok_or_else(|| CallError::rejected(SERVICE, "the outbox names a queue that is not known"))
}

fn still(row: &Row) -> Result<Still, CallError> {
    let number = |name: &str| -> Result<u32, CallError> {
        let number: i32 = row.try_get(name).map_err(failed)?;
        Ok(u32::try_from(number).unwrap_or_default())
    };
    let ticket: Option<&str> = row.try_get("ticket_ref").map_err(failed)?;
    Ok(Still {
        key: rows::key(row)?,
        queue: queue(row)?,
        ticket: ticket.and_then(|reference| TicketRef::parse(reference).ok()),
        since: row.try_get("quiet_since").map_err(failed)?,
        tries: number("tries")?,
        error: row.try_get("error").map_err(failed)?,
        times: number("times")?,
    })
}

fn outage(row: &Row) -> Result<Outage, tokio_postgres::Error> {
    Ok(Outage {
        id: row.try_get("id")?,
        gate: row.try_get("gate")?,
        since: row.try_get("since")?,
        until: row.try_get("until")?,
    })
}

fn flood(row: &Row) -> Result<Flood, CallError> {
    let mails: i64 = row.try_get("mails").map_err(failed)?;
    Ok(Flood {
        example: rows::key(row)?,
        mails: u32::try_from(mails).unwrap_or(u32::MAX),
        reason: row.try_get("reason").map_err(failed)?,
    })
}

#[async_trait]
impl Upkeep for Store {
    async fn standing_still(
        &self,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Still>, CallError> {
        let found = self.query(STILL, &[&before, &i64::from(limit)]).await?;
        found.iter().map(still).collect()
    }

    async fn send_again(&self, key: &MailKey) -> Result<Option<QueueName>, CallError> {
        let (mailbox, message) = (key.mailbox().0, key.message().as_str());
        let sent = self.query(SEND_AGAIN, &[&mailbox, &message]).await?;
        sent.first().map(queue).transpose()
    }

    async fn outages(&self, since: OffsetDateTime) -> Result<Vec<Outage>, CallError> {
        let found = self.query(OUTAGES, &[&since]).await?;
        found
            .iter()
            .map(|row| outage(row).map_err(failed))
            .collect()
    }

    async fn floods(&self, since: OffsetDateTime) -> Result<Vec<Flood>, CallError> {
        let found = self.query(FLOODS, &[&since]).await?;
        found.iter().map(flood).collect()
    }

    async fn is_noted(&self, what: &str) -> Result<bool, CallError> {
        let found = self
            .query("select 1 from helpdesk.noted where what = $1", &[&what])
            .await?;
        Ok(!found.is_empty())
    }

    async fn note(&self, what: &str, now: OffsetDateTime) -> Result<(), CallError> {
        let note = "insert into helpdesk.noted (what, at) values ($1, $2) on conflict do nothing";
        self.execute(note, &[&what, &now]).await.map(drop)
    }
}

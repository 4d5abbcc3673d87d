//! How things stand, in figures that metrics are made of.

use ports::{CallError, QueueName};
use time::{Duration, OffsetDateTime, Time};

use crate::{SERVICE, Store, failed};

const QUEUES: &str = "
    select case when state = 'routed' then route else 'mail' end as queue, count(*) as mails,
           min(changed_at) as since
      from helpdesk.mails where state in ('received', 'routed') group by 1 order by 1";

const OUTAGES: &str = "
    select split_part(gate, '/', 1) as service, count(*) as outages
      from helpdesk.outages where until is null group by 1 order by 1";

/// Only calls have a cost of their own: what is around them repeats it.
const MODELS: &str = "
    select coalesce(model_asked, 'unknown') as model,
           coalesce(sum(coalesce(tokens_in, 0) + coalesce(tokens_out, 0)), 0)::bigint as tokens,
           coalesce(sum(cost_usd), 0)::double precision as cost
      from helpdesk.llm_calls
     where began_at >= $1 and kind in ('llm', 'embedding')
     group by 1 order by 3 desc, 1 limit 20";

/// Mails that wait in one queue, or are being worked from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The queue.
    pub queue: QueueName,
    /// How many mails.
    pub mails: u32,
    /// How long the oldest of them has been there. One that was sent again begins anew.
    pub oldest: Duration,
}

/// What one model was used for since midnight UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelDay {
    /// The model, as it was asked for.
    pub model: String,
    /// Tokens to it and from it.
    pub tokens: u64,
    /// US dollars. 0 for a model without a price.
    pub cost: f64,
}

/// How things stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauges {
    /// The queues in which something waits.
    pub queues: Vec<Waiting>,
    /// The services that are left alone now, with how many of their tenants.
    pub outages: Vec<(String, u32)>,
    /// The models that were used today, the dearest first.
    pub models: Vec<ModelDay>,
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Store {
    /// How things stand now.
    pub async fn gauges(&self, now: OffsetDateTime) -> Result<Gauges, CallError> {
        let midnight = now
            .to_offset(time::UtcOffset::UTC)
            .replace_time(Time::MIDNIGHT);
        let mut gauges = Gauges {
            queues: vec![],
            outages: vec![],
            models: vec![],
        };
        for row in self.query(QUEUES, &[]).await? {
            let name: Option<&str> = row.try_get("queue").map_err(failed)?;
            let queue = name.and_then(QueueName::parse);
            let since: OffsetDateTime = row.try_get("since").map_err(failed)?;
            gauges.queues.push(Waiting {
                queue: queue.ok_or_else(|| {
                    CallError::rejected(SERVICE, "a mail waits in a queue that is not known")
                })?,
                mails: count(row.try_get("mails").map_err(failed)?),
                oldest: (now - since).max(Duration::ZERO),
            });
        }
        for row in self.query(OUTAGES, &[]).await? {
            let service = row.try_get("service").map_err(failed)?;
            let outages = count(row.try_get("outages").map_err(failed)?);
            gauges.outages.push((service, outages));
        }
        for row in self.query(MODELS, &[&midnight]).await? {
            let tokens: i64 = row.try_get("tokens").map_err(failed)?;
            gauges.models.push(ModelDay {
                model: row.try_get("model").map_err(failed)?,
                tokens: u64::try_from(tokens).unwrap_or_default(),
                cost: row.try_get("cost").map_err(failed)?,
            });
        }
        Ok(gauges)
    }
}

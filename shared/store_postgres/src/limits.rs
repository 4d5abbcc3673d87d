//! The gates before the services, and the limits on them: one short statement each.

use std::time::Duration;

use async_trait::async_trait;
use ports::limits::{FAILURES_OF_AN_OUTAGE, FIRST_REST, LONGEST_REST, PROBE};
use ports::{Bucket, CallError, Limits, Pass, Pause};
use time::OffsetDateTime;

use crate::{SERVICE, Store, failed};

const PASS: &str =
    "select verdict, wait, standing from helpdesk.pass($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// A failure counts where the gate is open, or where it is the probe's: calls that were under way when
/// the gate shut say nothing new.
const FAILED: &str = "
    with told (gate, moment, threshold, first, longest, known) as (
        values ($1::text, $2::timestamptz, $3::integer, $4::float8, $5::float8, $6::integer)
    ), counted as (
        insert into helpdesk.gates as g (name, failures) select gate, 1 from told
        on conflict (name) do update
           set failures = g.failures + 1,
               shut_until = case when g.failures + 1 >= $3
                   then $2 + interval '1 second'
                        * least($4 * power(2::float8, least(g.failures + 1 - $3, 20)), $5)
                   else g.shut_until end
         where g.shut_until is null or g.shut_until <= $2 or $6 >= $3
        returning failures
    )
    insert into helpdesk.outages (gate, since)
    select gate, moment from told, counted where failures >= threshold
    on conflict do nothing";

const WORKED: &str = "
    with opened as (
        update helpdesk.gates set failures = 0, shut_until = null where name = $1 and failures > 0
    )
    update helpdesk.outages set until = $2 where gate = $1 and until is null returning since";

const HOLD: &str = "
    insert into helpdesk.gates as g (name, shut_until) values ($1, $2)
    on conflict (name) do update set shut_until = greatest(g.shut_until, $2)";

#[async_trait]
impl Limits for Store {
    async fn pass(
        &self,
        gate: &str,
        draws: &[(Bucket, u32)],
        patience: Duration,
        now: OffsetDateTime,
    ) -> Result<Pass, CallError> {
        let mut draws: Vec<&(Bucket, u32)> = draws.iter().collect();
        draws.sort_by(|one, other| one.0.name.cmp(&other.0.name));
        let names: Vec<&str> = draws.iter().map(|(b, _)| b.name.as_str()).collect();
        let costs: Vec<f64> = draws.iter().map(|(b, cost)| b.drawn(*cost)).collect();
        let emissions: Vec<f64> = draws.iter().map(|(b, _)| b.emission()).collect();
        let tolerances: Vec<f64> = draws.iter().map(|(b, _)| b.tolerance()).collect();
        let (patience, threshold) = (patience.as_secs_f64(), threshold());
        let rows = self
            .query(
                PASS,
                &[
                    &gate,
                    &now,
                    &patience,
                    &names,
                    &costs,
                    &emissions,
                    &tolerances,
                    &threshold,
                    &PROBE.as_secs_f64(),
                ],
            )
            .await?;
        let row = rows
            .first()
            .ok_or_else(|| CallError::rejected(SERVICE, "no row came back"))?;
        let verdict: &str = row.try_get("verdict").map_err(failed)?;
        let seconds: f64 = row.try_get("wait").map_err(failed)?;
        let failures: i32 = row.try_get("standing").map_err(failed)?;
        let wait = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST_REST);
        Ok(match verdict {
            "granted" => Pass::Granted {
                wait,
                failures: u32::try_from(failures).unwrap_or_default(),
            },
            "down" => Pass::Refused {
                why: Pause::Down,
                wait,
            },
            _ => Pass::Refused {
                why: Pause::Limited,
                wait,
            },
        })
    }

    async fn failed(
        &self,
        gate: &str,
        failures: u32,
        now: OffsetDateTime,
    ) -> Result<bool, CallError> {
        let (first, longest) = (FIRST_REST.as_secs_f64(), LONGEST_REST.as_secs_f64());
        let known = i32::try_from(failures).unwrap_or(i32::MAX);
        let begun = self
            .execute(
                FAILED,
                &[&gate, &now, &threshold(), &first, &longest, &known],
            )
            .await?;
        Ok(begun == 1)
    }

    async fn worked(
        &self,
        gate: &str,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, CallError> {
        let ended = self.query(WORKED, &[&gate, &now]).await?;
        let since = ended.first().map(|row| row.try_get("since"));
        since.transpose().map_err(failed)
    }

    async fn hold(
        &self,
        gate: &str,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<(), CallError> {
        let until = now + length.min(LONGEST_REST * 6);
        self.execute(HOLD, &[&gate, &until]).await.map(drop)
    }
}

impl Store {
    /// When a bucket will be as full as it can be, by its name with its gate's, such as `gemini/requests a day`.
    /// `None` where nothing was ever drawn from it.
    pub async fn refilled_at(&self, bucket: &str) -> Result<Option<OffsetDateTime>, CallError> {
        let asked = "select full_at from helpdesk.rate_buckets where name = $1";
        let rows = self.query(asked, &[&bucket]).await?;
        let full_at = rows.first().map(|row| row.try_get("full_at"));
        full_at.transpose().map_err(failed)
    }
}

fn threshold() -> i32 {
    i32::try_from(FAILURES_OF_AN_OUTAGE).unwrap_or(i32::MAX)
}

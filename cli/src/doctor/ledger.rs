//! The ledger, and what it knows: the clock, the watch, the cursor, how much was used of what is limited.

use ports::{Clock, Ledger, SystemClock, Upkeep};
use secrecy::SecretString;
use store_postgres::Store;
use time::{Duration, OffsetDateTime};

use super::Check;
use crate::deployed::{Deployed, asked};

/// A watch that lapses sooner was not renewed for days.
const WATCH_LEFT: Duration = Duration::days(2);
/// History is read each five minutes.
const CURSOR_AGE: Duration = Duration::minutes(30);
/// How far clocks may be apart: tokens are made for a minute that is.
const SKEW: Duration = Duration::minutes(1);
/// From which share of a day's requests on somebody should know.
const MUCH: f64 = 0.8;

/// Looks at all of it. One thing that cannot be read leaves out no other.
pub async fn at(deployed: &Deployed, secret: Option<&SecretString>) -> Vec<Check> {
    let Some(store) = secret.and_then(|url| Store::new(url).ok()) else {
        let unknown = |what| Check::not_looked_at(what, "secret database is bad");
        return [
            "clock",
            "ledger",
            "watch",
            "cursor",
            "quota gemini",
            "outages",
        ]
        .map(unknown)
        .to_vec();
    };
    let now = SystemClock.now();
    let mut checks = vec![clock(&store, now).await, tables(&store).await];
    checks.extend(mailbox(deployed, &store, now).await);
    checks.push(requests(deployed, &store, now).await);
    checks.push(outages(&store, now).await);
    checks
}

async fn clock(store: &Store, now: OffsetDateTime) -> Check {
    match asked(store.clock()).await {
        Ok(theirs) if (theirs - now).abs() > SKEW => Check::bad(
            "clock",
            format!(
                "this machine's clock and the ledger's are {} s apart: Google refuses tokens of a wrong time; set the \
                 clock",
                (theirs - now).abs().whole_seconds()
            ),
        ),
        Ok(_) => Check::ok("clock", "this machine and the ledger agree"),
        Err(why) => Check::not_looked_at("clock", why),
    }
}

async fn tables(store: &Store) -> Check {
    let version = asked(store.server_version()).await;
    let missing = asked(store.missing_migrations()).await;
    match (version, missing) {
        (Err(why), _) | (_, Err(why)) => Check::bad("ledger", why),
        (Ok(version), Ok(missing)) if missing.is_empty() => {
            Check::ok("ledger", format!("PostgreSQL {version}, tables up to date"))
        }
        (_, Ok(missing)) => Check::bad(
            "ledger",
            format!("{} not applied: run `helpdesk migrate`", missing.join(", ")),
        ),
    }
}

async fn mailbox(deployed: &Deployed, store: &Store, now: OffsetDateTime) -> Vec<Check> {
    let both = |why: &str| {
        ["watch", "cursor"]
            .map(|what| Check::not_looked_at(what, why))
            .to_vec()
    };
    let needs = &deployed.needs;
    if let Some(setting) = needs.lack(&["GMAIL_ADDRESS"]) {
        return both(&format!("{setting} is missing or bad"));
    }
    match asked(store.mailbox(&needs.address)).await {
        Ok(mailbox) => vec![
            watch(mailbox.watch_expires, now),
            cursor(mailbox.synced_at, now),
        ],
        Err(why) => both(&why),
    }
}

fn watch(expires: Option<OffsetDateTime>, now: OffsetDateTime) -> Check {
    let renew = "`helpdesk setup watch` (docs/RUNBOOK.md#watch-lapses)";
    match expires {
        None => Check::bad(
            "watch",
            format!("Gmail was never asked to tell of mails: {renew}"),
        ),
        Some(expires) if expires <= now => Check::bad(
            "watch",
            format!("it lapsed at {expires}, mails come late: {renew}"),
        ),
        Some(expires) if expires - now < WATCH_LEFT => Check::warning(
            "watch",
            format!("it lapses at {expires} and was not renewed: {renew}"),
        ),
        Some(expires) => Check::ok("watch", format!("holds until {expires}")),
    }
}

fn cursor(synced: Option<OffsetDateTime>, now: OffsetDateTime) -> Check {
    match synced {
        None => Check::bad(
            "cursor",
            "history was never read: look at the log of ingest",
        ),
        Some(synced) if now - synced > CURSOR_AGE => Check::bad(
            "cursor",
            format!("history was last read at {synced}: look at the log of ingest"),
        ),
        Some(synced) => Check::ok("cursor", format!("history was read at {synced}")),
    }
}

/// How much of a day's requests to the model is used. A bucket that runs out stops every mail.
async fn requests(deployed: &Deployed, store: &Store, now: OffsetDateTime) -> Check {
    let what = "quota gemini";
    let most = f64::from(deployed.needs.model_requests_a_day);
    match asked(store.refilled_at("gemini/requests a day")).await {
        Err(why) => Check::not_looked_at(what, why),
        Ok(full) => {
            let left = full.map_or(Duration::ZERO, |full| (full - now).max(Duration::ZERO));
            let share = left.as_seconds_f64() / Duration::DAY.as_seconds_f64();
            let says = format!("{:.0} of {most} requests a day are used", share * most);
            if share < MUCH {
                Check::ok(what, says)
            } else {
                let says = format!(
                    "{says}; mails wait when all are: deploy with more GeminiRequestsPerDay"
                );
                Check::warning(what, says)
            }
        }
    }
}

async fn outages(store: &Store, now: OffsetDateTime) -> Check {
    match asked(store.outages(now)).await {
        Err(why) => Check::not_looked_at("outages", why),
        Ok(lasting) if lasting.is_empty() => Check::ok("outages", "no service is left alone"),
        Ok(lasting) => {
            let all = lasting
                .iter()
                .map(|outage| format!("{} since {}", outage.gate, outage.since));
            let all: Vec<String> = all.collect();
            let says = format!("left alone, for they kept failing: {}", all.join(", "));
            Check::warning("outages", says)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn a_watch_that_was_not_renewed_is_told_before_it_lapses() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let state = |expires| watch(expires, now).state;
        assert_eq!(state(None), State::Bad);
        assert_eq!(state(Some(now)), State::Bad);
        assert_eq!(state(Some(now + Duration::DAY)), State::Warning);
        assert_eq!(state(Some(now + Duration::days(6))), State::Ok);
    }

    #[test]
    fn history_that_was_not_read_for_half_an_hour_is_bad() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let state = |synced| cursor(synced, now).state;
        assert_eq!(state(None), State::Bad);
        assert_eq!(state(Some(now - Duration::HOUR)), State::Bad);
        assert_eq!(state(Some(now - Duration::MINUTE)), State::Ok);
    }
}

//! How things stand, told as metrics once a round. The whole is told also where it is nothing, so that an
//! alarm ends; a part only where it is something, for `CloudWatch` bills every series.

use lambda_kit::metrics::{
    self, Label, Line, MAILS_WAITING, MODEL_COST_TODAY, MODEL_TOKENS_TODAY, Metric, OLDEST_WAIT,
    OPEN_OUTAGES, WATCH_SECONDS_LEFT,
};
use ports::{CallError, Clock, Ledger, SystemClock};
use store_postgres::{Gauges, Store};
use time::{Duration, OffsetDateTime};

/// Services that can be left alone.
const GUARDED: [&str; 5] = ["gmail", "odoo", "gemini", "qdrant", "slack"];

/// Tells how things stand. A ledger that cannot be read leaves a hole in the metrics, and nothing else.
pub async fn tell(store: &Store, address: &str) {
    let now = SystemClock.now();
    match read(store, address, now).await {
        Ok(lines) => metrics::print(&lines, now),
        Err(error) => tracing::warn!("How things stand is not in the metrics: {error}"),
    }
}

async fn read(store: &Store, address: &str, now: OffsetDateTime) -> Result<Vec<Line>, CallError> {
    let gauges = store.gauges(now).await?;
    let expires = store.mailbox(address).await?.watch_expires;
    let left = expires.map_or(Duration::ZERO, |expires| expires - now);
    Ok(lines(&gauges, left))
}

fn lines(gauges: &Gauges, watch: Duration) -> Vec<Line> {
    let watch = watch.as_seconds_f64().max(0.0);
    let mut lines = vec![Line::new().value(&WATCH_SECONDS_LEFT, watch)];
    lines.extend(queues(gauges));
    lines.extend(outages(gauges));
    lines.extend(models(gauges));
    lines
}

fn queues(gauges: &Gauges) -> Vec<Line> {
    let line = |mails: u32, oldest: Duration| {
        Line::new()
            .value(&MAILS_WAITING, f64::from(mails))
            .value(&OLDEST_WAIT, oldest.as_seconds_f64())
    };
    let all = gauges.queues.iter().map(|waiting| waiting.mails).sum();
    let oldest = gauges.queues.iter().map(|waiting| waiting.oldest).max();
    let each = gauges.queues.iter().map(|waiting| {
        line(waiting.mails, waiting.oldest).only_by(Label::Queue, waiting.queue.as_str())
    });
    std::iter::once(line(all, oldest.unwrap_or_default()))
        .chain(each)
        .collect()
}

fn outages(gauges: &Gauges) -> Vec<Line> {
    let of = |service: &str| -> u32 {
        let found = gauges.outages.iter();
        let found = found.filter(|(name, _)| name.eq_ignore_ascii_case(service));
        found.map(|(_, count)| *count).sum()
    };
    let line = |count: u32| Line::new().value(&OPEN_OUTAGES, f64::from(count));
    let all = gauges.outages.iter().map(|(_, count)| *count).sum();
    let down = GUARDED.into_iter().filter(|service| of(service) > 0);
    let each = down.map(|service| line(of(service)).only_by(Label::Service, service));
    std::iter::once(line(all)).chain(each).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a day's tokens are far below 2^52"
)]
fn models(gauges: &Gauges) -> Vec<Line> {
    let line = |tokens: u64, cost: f64| {
        let told: [(&'static Metric, f64); 2] = [
            (&MODEL_TOKENS_TODAY, tokens as f64),
            (&MODEL_COST_TODAY, cost),
        ];
        told.into_iter().fold(Line::new(), |line, (metric, value)| {
            line.value(metric, value)
        })
    };
    let days = &gauges.models;
    let all = line(
        days.iter().map(|day| day.tokens).sum(),
        days.iter().map(|day| day.cost).sum(),
    );
    let each = days
        .iter()
        .map(|day| line(day.tokens, day.cost).only_by(Label::Model, day.model.as_str()));
    std::iter::once(all).chain(each).collect()
}

#[cfg(test)]
mod tests {
    use lambda_kit::metrics::Source;
    use ports::QueueName;
    use serde_json::Value;
    use store_postgres::{ModelDay, Waiting};

    use super::*;

    fn nothing() -> Gauges {
        Gauges {
            queues: vec![],
            outages: vec![],
            models: vec![],
        }
    }

    /// The value of a metric in the series with these dimensions.
    fn series(gauges: &Gauges, metric: &Metric, by: &[(&str, &str)]) -> Vec<f64> {
        let mut wanted = vec!["Stack"];
        wanted.extend(by.iter().map(|(name, _)| *name));
        let source = Source::new("desk", "desk-sweep");
        let mut found = vec![];
        for line in lines(gauges, Duration::days(6)) {
            let text = line.text(&source, OffsetDateTime::UNIX_EPOCH);
            let line: Value = serde_json::from_str(&text).unwrap();
            let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
            let is_told = directives.iter().any(|directive| {
                let sets = directive["Dimensions"].as_array().unwrap();
                directive["Metrics"][0]["Name"] == metric.name
                    && sets.iter().any(|set| *set == serde_json::json!(wanted))
            });
            if is_told && by.iter().all(|(name, value)| line[*name] == *value) {
                found.push(line[metric.name].as_f64().unwrap());
            }
        }
        found
    }

    #[test]
    fn where_nothing_is_wrong_the_whole_is_told_as_nothing_and_no_part_is() {
        let wholes = [
            &MAILS_WAITING,
            &OLDEST_WAIT,
            &OPEN_OUTAGES,
            &MODEL_COST_TODAY,
            &MODEL_TOKENS_TODAY,
        ];
        for metric in wholes {
            assert_eq!(series(&nothing(), metric, &[]), [0.0], "{}", metric.name);
        }
        assert_eq!(
            lines(&nothing(), Duration::DAY).len(),
            4,
            "the watch, and no parts"
        );
    }

    #[test]
    fn all_queues_together_are_one_series_of_their_own() {
        let waiting = |queue, mails, minutes| Waiting {
            queue,
            mails,
            oldest: Duration::minutes(minutes),
        };
        let gauges = Gauges {
            queues: vec![
                waiting(QueueName::Mail, 2, 10),
                waiting(QueueName::Intent(domain::Intent::GeneralQuery), 1, 30),
            ],
            ..nothing()
        };
        assert_eq!(series(&gauges, &MAILS_WAITING, &[]), [3.0]);
        assert_eq!(series(&gauges, &OLDEST_WAIT, &[]), [1800.0]);
        assert_eq!(series(&gauges, &MAILS_WAITING, &[("Queue", "mail")]), [2.0]);
    }

    #[test]
    fn an_outage_is_told_by_its_service() {
        let gauges = Gauges {
            outages: vec![("odoo".to_owned(), 1)],
            ..nothing()
        };
        assert_eq!(series(&gauges, &OPEN_OUTAGES, &[]), [1.0]);
        assert_eq!(
            series(&gauges, &OPEN_OUTAGES, &[("Service", "odoo")]),
            [1.0]
        );
        assert!(series(&gauges, &OPEN_OUTAGES, &[("Service", "gmail")]).is_empty());
    }

    #[test]
    fn what_models_cost_is_told_together_and_by_model() {
        let day = |model: &str, cost| ModelDay {
            model: model.to_owned(),
            tokens: 100,
            cost,
        };
        let gauges = Gauges {
            models: vec![day("large", 1.5), day("small", 0.25)],
            ..nothing()
        };
        assert_eq!(series(&gauges, &MODEL_COST_TODAY, &[]), [1.75]);
        assert_eq!(
            series(&gauges, &MODEL_COST_TODAY, &[("Model", "small")]),
            [0.25]
        );
        assert_eq!(series(&gauges, &MODEL_TOKENS_TODAY, &[]), [200.0]);
    }

    #[test]
    fn a_watch_that_has_lapsed_has_nothing_left() {
        let told = lines(&nothing(), Duration::hours(-3)).remove(0);
        assert_eq!(told, Line::new().value(&WATCH_SECONDS_LEFT, 0.0));
    }
}

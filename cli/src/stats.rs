//! `helpdesk stats`: how the desk does, today and in the last 30 days.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use domain::Intent;
use ports::{Clock, SystemClock};
use secrecy::SecretString;
use serde_json::{Value, json};
use store_postgres::{Figures, Gauges, Store};
use time::{Duration, OffsetDateTime, Time, UtcOffset};

/// How far the longer period goes back.
const LONG: Duration = Duration::days(30);
/// The states, in the order in which they are shown.
const STATES: [(&str, &str); 6] = [
    ("answered", "answered"),
    ("handed_off", "handed to people"),
    ("skipped", "left alone"),
    ("parked", "unreadable"),
    ("routed", "in work"),
    ("received", "not triaged yet"),
];

/// How the desk does.
#[derive(Args)]
pub struct Stats {
    #[arg(
        long,
        help = "postgres://user:password@host/database",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: String,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
}

/// All that is told.
struct Told {
    now: OffsetDateTime,
    today: Figures,
    long: Figures,
    waiting: Gauges,
    /// Drafts that wait for a person, and since when the oldest does.
    open: (u64, Option<OffsetDateTime>),
}

/// Prints the figures. A day begins at midnight UTC.
pub async fn run(stats: Stats) -> anyhow::Result<ExitCode> {
    let url = SecretString::from(stats.database_url);
    let store = Store::new(&url).context("opening the ledger")?;
    let now = SystemClock.now().to_offset(UtcOffset::UTC);
    let told = read(&store, now).await.context("reading the ledger")?;
    if stats.json {
        println!("{}", as_json(&told));
    } else {
        print!("{}", page(&told));
    }
    Ok(ExitCode::SUCCESS)
}

async fn read(store: &Store, now: OffsetDateTime) -> Result<Told, ports::CallError> {
    Ok(Told {
        now,
        today: store.figures(now.replace_time(Time::MIDNIGHT)).await?,
        long: store.figures(now - LONG).await?,
        waiting: store.gauges(now).await?,
        open: store.open_drafts().await?,
    })
}

fn mails(figures: &Figures, fits: impl Fn(Option<Intent>, &str) -> bool) -> u64 {
    let fitting = figures.mails.iter();
    let fitting = fitting.filter(|(intent, state, _)| fits(*intent, state));
    fitting.map(|(_, _, mails)| mails).sum()
}

fn decided(figures: &Figures) -> u64 {
    figures.sent_as_is + figures.sent_edited + figures.discarded
}

fn per_mail(figures: &Figures) -> Option<f64> {
    let mails = u32::try_from(figures.asked_for).ok()?;
    (mails > 0).then(|| figures.cost / f64::from(mails))
}

fn page(told: &Told) -> String {
    let day = told.now.date();
    let (hour, minute) = (told.now.hour(), told.now.minute());
    let mut text = format!(
        "{:<34} {:>14} {:>14}\n",
        format!("{day} {hour:02}:{minute:02} UTC"),
        "today",
        "30 days"
    );
    let mut row = |name: &str, of: &dyn Fn(&Figures) -> String| {
        let (today, long) = (of(&told.today), of(&told.long));
        text.push_str(&format!("{name:<34} {today:>14} {long:>14}\n"));
    };
    row("mails", &|f| mails(f, |_, _| true).to_string());
    for (state, name) in STATES {
        row(&format!("  {name}"), &|f| {
            mails(f, |_, of| of == state).to_string()
        });
    }
    row("about", &|_| String::new());
    for intent in Intent::ALL.map(Some).into_iter().chain([None]) {
        let name = intent.map_or("not decided", Intent::as_str);
        row(&format!("  {name}"), &|f| {
            mails(f, |of, _| of == intent).to_string()
        });
    }
    row("from arrival to draft, median", &|f| {
        f.to_draft.map_or_else(dash, |(median, _)| span(median))
    });
    row("  19 of 20 within", &|f| {
        f.to_draft.map_or_else(dash, |(_, most)| span(most))
    });
    row("models, USD", &|f| format!("{:.2}", f.cost));
    row("  a mail", &|f| {
        per_mail(f).map_or_else(dash, |cost| format!("{cost:.4}"))
    });
    row("drafts sent as they were", &|f| {
        share(f.sent_as_is, decided(f))
    });
    row("  sent with changes", &|f| share(f.sent_edited, decided(f)));
    row("  thrown away", &|f| share(f.discarded, decided(f)));
    text.push_str("\nDrafts count by when people decided about them, all else by when it came.\n");
    text.push_str(&waits(told));
    text
}

/// What waits now, a line each.
fn waits(told: &Told) -> String {
    let mut text = "\n".to_owned();
    for waiting in &told.waiting.queues {
        text.push_str(&format!(
            "{} in the queue {}, the oldest for {}\n",
            mails_in_words(u64::from(waiting.mails)),
            waiting.queue.as_str(),
            span(waiting.oldest)
        ));
    }
    if told.waiting.queues.is_empty() {
        text.push_str("No mail waits for the helpdesk.\n");
    }
    match told.open {
        (open, Some(since)) => text.push_str(&format!(
            "{open} {} for a person, the oldest for {}\n",
            if open == 1 {
                "draft waits"
            } else {
                "drafts wait"
            },
            span(told.now - since)
        )),
        _ => text.push_str("No draft waits for a person.\n"),
    }
    for (service, _) in &told.waiting.outages {
        text.push_str(&format!("{service} is down: mails that need it wait\n"));
    }
    text
}

fn mails_in_words(number: u64) -> String {
    match number {
        1 => "1 mail waits".to_owned(),
        number => format!("{number} mails wait"),
    }
}

fn dash() -> String {
    "-".to_owned()
}

fn share(part: u64, of: u64) -> String {
    if of == 0 {
        return dash();
    }
    format!("{part} ({} %)", (part * 100 + of / 2) / of)
}

/// A time in its largest fitting unit.
pub fn span(time: Duration) -> String {
    let seconds = time.as_seconds_f64().max(0.0);
    let (number, unit) = match seconds {
        s if s < 1.0 => return format!("{:.0} ms", s * 1_000.0),
        s if s < 120.0 => (s, "s"),
        s if s < 7_200.0 => (s / 60.0, "min"),
        s if s < 172_800.0 => (s / 3_600.0, "h"),
        s => (s / 86_400.0, "days"),
    };
    if number < 10.0 {
        return format!("{number:.1} {unit}");
    }
    format!("{number:.0} {unit}")
}

fn as_json(told: &Told) -> Value {
    let queues = told.waiting.queues.iter().map(|waiting| {
        json!({
            "queue": waiting.queue.as_str(),
            "mails": waiting.mails,
            "oldest_seconds": waiting.oldest.whole_seconds(),
        })
    });
    let (open, since) = told.open;
    json!({
        "at": told.now.unix_timestamp(),
        "today": period(&told.today),
        "last_30_days": period(&told.long),
        "waiting": queues.collect::<Vec<_>>(),
        "open_drafts": open,
        "oldest_draft_seconds": since.map(|since| (told.now - since).whole_seconds()),
        "services_down": told.waiting.outages.iter().map(|(service, _)| service).collect::<Vec<_>>(),
    })
}

fn period(figures: &Figures) -> Value {
    let by = figures.mails.iter().map(|(intent, state, mails)| {
        json!({ "intent": intent.map(Intent::as_str), "state": state, "mails": mails })
    });
    json!({
        "mails": mails(figures, |_, _| true),
        "by_intent_and_state": by.collect::<Vec<_>>(),
        "to_draft_median_seconds": figures.to_draft.map(|(median, _)| median.as_seconds_f64()),
        "to_draft_p95_seconds": figures.to_draft.map(|(_, most)| most.as_seconds_f64()),
        "models_usd": figures.cost,
        "models_usd_a_mail": per_mail(figures),
        "drafts_sent_as_is": figures.sent_as_is,
        "drafts_sent_edited": figures.sent_edited,
        "drafts_discarded": figures.discarded,
    })
}

#[cfg(test)]
mod tests {
    use store_postgres::Waiting;
    use time::macros::datetime;

    use super::*;

    fn figures(mails: Vec<(Option<Intent>, String, u64)>) -> Figures {
        Figures {
            mails,
            to_draft: None,
            cost: 0.0,
            asked_for: 0,
            sent_as_is: 0,
            sent_edited: 0,
            discarded: 0,
        }
    }

    fn told() -> Told {
        let answered = (Some(Intent::GeneralQuery), "answered".to_owned(), 6);
        let skipped = (None, "skipped".to_owned(), 2);
        Told {
            now: datetime!(2026-11-24 09:05 UTC),
            today: figures(vec![]),
            long: Figures {
                to_draft: Some((Duration::milliseconds(2_140), Duration::seconds(61))),
                cost: 0.12,
                asked_for: 6,
                sent_as_is: 3,
                sent_edited: 1,
                ..figures(vec![answered, skipped])
            },
            waiting: Gauges {
                queues: vec![],
                outages: vec![],
                models: vec![],
            },
            open: (0, None),
        }
    }

    #[test]
    fn the_page_tells_both_periods_beside_each_other() {
        let page = page(&told());
        for line in [
            "2026-11-24 09:05 UTC                        today        30 days",
            "mails                                           0              8",
            "  answered                                      0              6",
            "  not decided                                   0              2",
            "from arrival to draft, median                   -          2.1 s",
            "  19 of 20 within                               -           61 s",
            "models, USD                                  0.00           0.12",
            "  a mail                                        -         0.0200",
            "drafts sent as they were                        -       3 (75 %)",
            "No mail waits for the helpdesk.",
        ] {
            assert!(page.contains(line), "{line:?} is missing:\n{page}");
        }
    }

    #[test]
    fn what_waits_is_told_with_how_long() {
        let mut told = told();
        told.waiting.queues = vec![Waiting {
            queue: ports::QueueName::Mail,
            mails: 1,
            oldest: Duration::minutes(4),
        }];
        told.waiting.outages = vec![("odoo".to_owned(), 1)];
        told.open = (2, Some(told.now - Duration::days(3)));
        let page = page(&told);
        for line in [
            "1 mail waits in the queue mail, the oldest for 4.0 min",
            "2 drafts wait for a person, the oldest for 3.0 days",
            "odoo is down",
        ] {
            assert!(page.contains(line), "{line:?} is missing:\n{page}");
        }
    }
}

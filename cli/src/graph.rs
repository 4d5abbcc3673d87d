//! `helpdesk graph`: the ways that mails can take, drawn from the table that the code holds them to, and how many
//! took each.

mod mermaid;
mod svg;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use domain::workflow::Place;
use ports::{Clock, SystemClock};
use secrecy::SecretString;
use store_postgres::{Store, Taken};
use time::Duration;

use crate::stats::span;

/// What is drawn, and how.
#[derive(Args)]
pub struct Graph {
    /// As what
    #[arg(long, value_enum, default_value = "mermaid")]
    format: Format,
    #[arg(
        long,
        help = "postgres://user:password@host/database; with it the arrows say how many mails took them, and the \
                median time since they came",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<String>,
    /// How many days back mails are counted
    #[arg(long, default_value_t = 30)]
    days: u16,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Mermaid,
    Svg,
}

/// A way from one place to the next.
struct Arrow {
    from: Place,
    to: Place,
    /// How many mails took it, and the median time since they came.
    taken: Option<(u64, Duration)>,
}

impl Arrow {
    /// What stands at it.
    fn label(&self) -> Option<String> {
        self.taken.map(|(mails, after)| match mails {
            0 => "0".to_owned(),
            mails => format!("{mails} · {}", span(after)),
        })
    }
}

/// Prints the picture.
pub async fn run(graph: Graph) -> anyhow::Result<ExitCode> {
    let taken = match graph.database_url {
        Some(url) => {
            let store = Store::new(&SecretString::from(url)).context("opening the ledger")?;
            let since = SystemClock.now() - Duration::days(graph.days.into());
            Some(store.taken(since).await.context("reading the ledger")?)
        }
        None => None,
    };
    let told = taken.as_ref().map(|_| {
        format!(
            "Mails of {} days that took a way, and the median time since ingest saw them",
            graph.days
        )
    });
    let arrows = arrows(taken.as_deref());
    print!(
        "{}",
        match graph.format {
            Format::Mermaid => mermaid::drawn(&arrows, told.as_deref()),
            Format::Svg => svg::drawn(&arrows, told.as_deref()),
        }
    );
    Ok(ExitCode::SUCCESS)
}

/// Every way there is, in the order of a mail's journey.
fn arrows(taken: Option<&[Taken]>) -> Vec<Arrow> {
    let count = |from: Place, to: Place| {
        let mut ways = taken?.iter();
        let way = ways.find(|one| one.place == from.as_str() && one.next == to.as_str());
        Some(way.map_or((0, Duration::ZERO), |way| (way.mails, way.after)))
    };
    let from = |from: Place| {
        from.next().iter().map(move |to| Arrow {
            from,
            to: *to,
            taken: count(from, *to),
        })
    };
    Place::ALL.into_iter().flat_map(from).collect()
}

/// What a place is called in a picture.
fn title(place: Place) -> &'static str {
    match place {
        Place::Triage => "triage",
        Place::HandedOff => "handed off",
        place => place.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use domain::Intent;

    use super::*;

    #[test]
    fn every_way_of_the_table_has_one_arrow_and_there_is_no_other() {
        let arrows = arrows(None);
        for place in Place::ALL {
            let of_place = arrows.iter().filter(|arrow| arrow.from == place);
            let to: Vec<Place> = of_place.map(|arrow| arrow.to).collect();
            assert_eq!(to, place.next(), "{place}");
        }
    }

    #[test]
    fn a_way_that_nobody_took_says_so_where_mails_are_counted() {
        let taken = [Taken {
            place: "mail".to_owned(),
            next: "general_query".to_owned(),
            mails: 12,
            after: Duration::milliseconds(2_100),
        }];
        let arrows = arrows(Some(&taken));
        let label = |to: Place| {
            let mut found = arrows.iter();
            found.find(|arrow| arrow.to == to).unwrap().label().unwrap()
        };
        assert_eq!(label(Place::Handler(Intent::GeneralQuery)), "12 · 2.1 s");
        assert_eq!(label(Place::Handler(Intent::UrgentHuman)), "0");
    }
}

//! What is told of letters.

use domain::MailKey;
use ports::{Ledger, MailRecord};
use queue_sqs::dead::Letter;
use serde_json::json;
use store_postgres::Store;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::mail;

/// A letter with what the ledger knows of its mail.
pub struct Known {
    pub letter: Letter,
    pub mail: Option<MailRecord>,
    /// The class of its mail's last failure, and what it was.
    pub error: Option<(String, String)>,
}

impl Known {
    pub async fn of(store: &Store, letter: Letter) -> anyhow::Result<Self> {
        let Some(key) = &letter.mail else {
            return Ok(Self {
                letter,
                mail: None,
                error: None,
            });
        };
        let visits = store.visits_of(key).await?;
        let failed = visits.into_iter().rev();
        let mut failed = failed.filter_map(|visit| visit.error_class.zip(visit.error));
        Ok(Self {
            mail: store.mail(key).await?,
            error: failed.next(),
            letter,
        })
    }

    pub fn name(&self) -> String {
        let key = self.letter.mail.as_ref();
        key.map_or_else(|| "a letter without a mail".to_owned(), MailKey::to_string)
    }

    pub fn state(&self) -> &'static str {
        match &self.mail {
            Some(mail) => mail.state.name(),
            None if self.letter.mail.is_some() => "unknown",
            None => "unreadable",
        }
    }

    /// What replaying it would do.
    pub fn would(&self) -> String {
        let name = self.name();
        match &self.mail {
            None => format!("{name} would be kept: it is {}", self.state()),
            Some(mail) => match (mail.state.name(), mail.route) {
                ("routed", Some(route)) => format!("{name} would go to {route}"),
                ("received" | "parked", _) => format!("{name} would go to mail"),
                (state, _) => format!("{name} is {state}: it would be cleared away"),
            },
        }
    }

    fn why(&self) -> (&str, &str) {
        match (&self.error, &self.letter.reason) {
            (Some((class, said)), _) => (class, said),
            (None, Some(reason)) => ("parked", reason),
            (None, None) => ("-", "no visit was recorded"),
        }
    }
}

fn age(since: OffsetDateTime) -> String {
    let age = OffsetDateTime::now_utc() - since;
    match age.whole_minutes() {
        minutes if minutes < 120 => format!("{minutes} min"),
        minutes if minutes < 48 * 60 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 60 / 24),
    }
}

/// Prints letters, one a line, and how many they are.
pub fn list(letters: &[Known], json: bool) {
    if json {
        for known in letters {
            let (class, said) = known.why();
            let line = json!({
                "queue": known.letter.queue.as_str(), "mail": known.letter.mail.as_ref().map(MailKey::to_string),
                "state": known.state(), "error_class": class, "error": said,
                "sent_at": known.letter.sent_at.format(&Rfc3339).unwrap_or_default(),
                "message": known.letter.id,
            });
            println!("{line}");
        }
        return;
    }
    if letters.is_empty() {
        println!("Nothing lies there.");
        return;
    }
    println!(
        "{:<16} {:<22} {:<11} {:>7}  {:<13} what went wrong last",
        "queue", "mail", "state", "age", "class"
    );
    for known in letters {
        let (class, said) = known.why();
        println!(
            "{:<16} {:<22} {:<11} {:>7}  {class:<13} {said}",
            known.letter.queue.as_str(),
            known.name(),
            known.state(),
            age(known.letter.sent_at),
        );
    }
    let letter = if letters.len() == 1 {
        "letter"
    } else {
        "letters"
    };
    println!("\n{} {letter}", letters.len());
}

/// Prints the story of a letter's mail.
pub async fn story(store: &Store, known: &Known) -> anyhow::Result<()> {
    println!(
        "Letter {} in {}, sent {}",
        known.letter.id,
        known.letter.queue.as_str(),
        known.letter.sent_at
    );
    if let Some(record) = &known.mail {
        return mail::tell(store, &record.key).await;
    }
    println!("  {} ({})\n", known.name(), known.state());
    Ok(())
}

//! What is told of letters.

use desk::replay::{Replay, what_to_do};
use domain::{Intent, MailKey};
use ports::{Ledger, MailRecord};
use queue_sqs::dead::Letter;
use serde_json::{Value, json};
use store_postgres::Store;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::mail;

/// How much of an error stands in a table's line.
const ERROR_WIDTH: usize = 120;

/// A letter with what the ledger knows of its mail.
pub struct Known {
    pub letter: Letter,
    pub mail: Option<MailRecord>,
    /// The class of its mail's last failure, and what it was.
    pub error: Option<(String, String)>,
    /// The steps of its mail that were begun and are not done.
    pub open_steps: Vec<String>,
}

impl Known {
    pub async fn of(store: &Store, letter: Letter) -> anyhow::Result<Self> {
        let Some(key) = &letter.mail else {
            return Ok(Self {
                letter,
                mail: None,
                error: None,
                open_steps: vec![],
            });
        };
        let visits = store.visits_of(key).await?;
        let failed = visits.into_iter().rev();
        let mut failed = failed.filter_map(|visit| visit.error_class.zip(visit.error));
        let steps = store.steps_of(key).await?;
        let open = steps.into_iter().filter(|step| step.state != "done");
        Ok(Self {
            open_steps: open.map(|step| step.step).collect(),
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

    fn to_do(&self) -> Replay {
        what_to_do(self.mail.as_ref(), self.letter.queue)
    }

    /// What replaying it would do.
    pub fn would(&self) -> String {
        let (name, state) = (self.name(), self.state());
        match self.to_do() {
            Replay::Send(queue) => format!("{name} would go to {}", queue.as_str()),
            Replay::Clear => format!("{name} is {state}: it would be cleared away"),
            Replay::Keep => format!("{name} would be kept: it is {state}"),
        }
    }

    /// What is left of it when it is deleted: all that it held.
    pub fn deleted(&self) -> String {
        let Letter {
            id, queue, unread, ..
        } = &self.letter;
        let held = match (unread, &self.letter.reason) {
            (Some(unread), _) => format!(": it said {:?}", unread.0),
            (None, Some(reason)) => format!(": {reason:?}"),
            (None, None) => String::new(),
        };
        format!(
            "{id} of {} is deleted from {}{held}",
            self.name(),
            queue.as_str()
        )
    }

    fn why(&self) -> (&str, &str) {
        match (&self.error, &self.letter.reason) {
            (Some((class, said)), _) => (class, said),
            (None, Some(reason)) => ("parked", reason),
            (None, None) => match self.state() {
                "unreadable" => ("-", "it names no mail"),
                "unknown" => ("-", "the ledger does not know its mail"),
                _ => ("-", "no visit was recorded"),
            },
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

/// Text for one line of a table: what a vendor said may have lines and colours of its own.
fn cell(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut cell: String = text.chars().map(plain).take(ERROR_WIDTH).collect();
    if text.chars().count() > ERROR_WIDTH {
        cell.push('…');
    }
    cell
}

/// So many letters, in words.
pub fn counted(count: usize) -> String {
    match count {
        1 => "1 letter".to_owned(),
        many => format!("{many} letters"),
    }
}

fn as_json(known: &Known) -> Value {
    let (class, said) = known.why();
    let route = known.mail.as_ref().and_then(|mail| mail.route);
    let replay = match known.to_do() {
        Replay::Send(queue) => queue.as_str(),
        Replay::Clear => "clear",
        Replay::Keep => "keep",
    };
    json!({
        "queue": known.letter.queue.as_str(), "mail": known.letter.mail.as_ref().map(MailKey::to_string),
        "state": known.state(), "route": route.map(Intent::as_str), "open_steps": known.open_steps,
        "replay": replay, "error_class": class, "error": said,
        "sent_at": known.letter.sent_at.format(&Rfc3339).unwrap_or_default(),
        "message": known.letter.id, "unread": known.letter.unread.as_ref().map(|unread| &unread.0),
    })
}

/// Prints letters, one a line, and how many they are.
pub fn list(letters: &[Known], json: bool) {
    if json {
        for known in letters {
            println!("{}", as_json(known));
        }
        return;
    }
    if letters.is_empty() {
        println!("Nothing lies there.");
        return;
    }
    println!(
        "{:<16} {:<22} {:<11} {:>7}  {:<16} {:<13} what went wrong last",
        "queue", "mail", "state", "age", "replay goes to", "class"
    );
    for known in letters {
        let (class, said) = known.why();
        let replay = match known.to_do() {
            Replay::Send(queue) => queue.as_str(),
            Replay::Clear => "- (clears it)",
            Replay::Keep => "- (keeps it)",
        };
        let key = known.letter.mail.as_ref().map(MailKey::to_string);
        println!(
            "{:<16} {:<22} {:<11} {:>7}  {replay:<16} {class:<13} {}",
            known.letter.queue.as_str(),
            key.as_deref().unwrap_or("-"),
            known.state(),
            age(known.letter.sent_at),
            cell(said),
        );
    }
    println!("\n{}", counted(letters.len()));
}

/// Prints letters with the stories of their mails.
pub async fn stories(store: &Store, letters: &[Known], json: bool) -> anyhow::Result<()> {
    for known in letters {
        let letter = &known.letter;
        if json {
            let mut told = as_json(known);
            if let Some(record) = &known.mail {
                told["story"] = mail::story(store, &record.key).await?;
            }
            println!("{told}");
            continue;
        }
        let sent = letter.sent_at.format(&Rfc3339).unwrap_or_default();
        let queue = letter.queue.as_str();
        println!("Letter {} in {queue}, sent {sent}", letter.id);
        println!("Replay: {}", known.would());
        if let Some(unread) = &letter.unread {
            println!("It says: {:?}", unread.0);
        }
        match &known.mail {
            Some(record) => mail::tell(store, &record.key).await?,
            None => println!(),
        }
    }
    if !json {
        println!("{}", counted(letters.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_many_lines_stands_in_one() {
        assert_eq!(
            cell("502\r\n\u{1b}[31mBad\tGateway"),
            "502   [31mBad Gateway"
        );
    }

    #[test]
    fn a_long_error_is_cut_in_the_table() {
        let told = cell(&"ä".repeat(500));
        assert_eq!(told.chars().count(), ERROR_WIDTH + 1);
        assert!(told.ends_with('…'));
    }
}

//! Which letters are meant.

use anyhow::{Context, bail};
use clap::Args;
use domain::MailKey;
use ports::QueueName;
use time::{Duration, OffsetDateTime};

use super::Kind;
use super::report::Known;
use crate::ages::age;

/// The classes of failures (`CallError::class`), and what has none of them.
const CLASSES: [&str; 9] = [
    "rate_limited",
    "paused",
    "not_found",
    "rejected",
    "unauthorized",
    "unknown",
    "unreachable",
    "busy",
    "other",
];

/// Filters; all of them must fit.
#[derive(Debug, Default, Args)]
pub struct Choice {
    /// Only from this queue, such as `general_query`; may be given several times
    #[arg(long)]
    queue: Vec<String>,
    /// Only about this mail; may be given several times
    #[arg(long, value_parser = key)]
    mail: Vec<MailKey>,
    /// Only letters that were sent longer ago than this, such as 30m, 2h or 3d
    #[arg(long, value_parser = age)]
    older_than: Option<Duration>,
    /// Only letters that were sent within this time
    #[arg(long, value_parser = age)]
    newer_than: Option<Duration>,
    /// Only mails whose last failure was of this class
    #[arg(long, value_parser = CLASSES)]
    error: Option<String>,
    /// At most so many
    #[arg(long)]
    limit: Option<usize>,
}

fn key(text: &str) -> Result<MailKey, String> {
    MailKey::parse(text).map_err(|_| "a mail's key looks like 1-18c2f3ab".to_owned())
}

impl Choice {
    /// The queues to look into.
    pub(super) fn queues(&self, kind: Kind) -> anyhow::Result<Vec<QueueName>> {
        if kind == Kind::Errors {
            if !self.queue.is_empty() {
                bail!("there is one error queue for all: leave --queue out");
            }
            return Ok(vec![QueueName::Errors]);
        }
        let work = QueueName::ALL
            .into_iter()
            .filter(|queue| *queue != QueueName::Errors);
        if self.queue.is_empty() {
            return Ok(work.collect());
        }
        let names: Vec<&str> = work.map(QueueName::as_str).collect();
        let named = |name: &String| {
            let queue = QueueName::parse(name).filter(|queue| *queue != QueueName::Errors);
            queue.with_context(|| format!("there is no queue {name}: {}", names.join(", ")))
        };
        let mut chosen = vec![];
        for queue in self.queue.iter().map(named) {
            let queue = queue?;
            // Looking twice into one queue would find it empty the second time.
            if !chosen.contains(&queue) {
                chosen.push(queue);
            }
        }
        Ok(chosen)
    }

    /// Whether nothing is left out.
    pub(super) fn is_everything(&self) -> bool {
        self.queue.is_empty()
            && self.mail.is_empty()
            && self.older_than.is_none()
            && self.newer_than.is_none()
            && self.error.is_none()
            && self.limit.is_none()
    }

    pub(super) fn is_full(&self, chosen: usize) -> bool {
        self.limit.is_some_and(|limit| chosen >= limit)
    }

    pub(super) fn takes(&self, known: &Known, now: OffsetDateTime) -> bool {
        let age = now - known.letter.sent_at;
        let is_named = |mail: &MailKey| known.letter.mail.as_ref() == Some(mail);
        let class = known.error.as_ref().map(|(class, _)| class.as_str());
        (self.mail.is_empty() || self.mail.iter().any(is_named))
            && self.older_than.is_none_or(|than| age > than)
            && self.newer_than.is_none_or(|than| age < than)
            && self
                .error
                .as_deref()
                .is_none_or(|wanted| class == Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_is_not_there_is_refused_with_the_names_of_those_that_are() {
        let choice = Choice {
            queue: vec!["statements".to_owned()],
            ..Choice::default()
        };
        let told = choice.queues(Kind::DeadLetters).unwrap_err().to_string();
        assert!(told.contains("bank_statement"), "{told}");
    }

    #[test]
    fn the_error_queue_is_not_chosen_by_a_queues_name() {
        let choice = Choice {
            queue: vec!["mail".to_owned()],
            ..Choice::default()
        };
        assert!(choice.queues(Kind::Errors).is_err());
    }

    #[test]
    fn what_is_no_mails_key_is_refused_with_one_that_is() {
        let told = key("the one of yesterday").unwrap_err();
        assert!(told.contains("1-18c2f3ab"), "{told}");
    }

    #[test]
    fn a_queue_that_is_named_twice_is_looked_into_once() {
        let choice = Choice {
            queue: vec!["mail".to_owned(), "mail".to_owned()],
            ..Choice::default()
        };
        let chosen = choice.queues(Kind::DeadLetters).unwrap();
        assert_eq!(chosen, [QueueName::Mail]);
    }
}

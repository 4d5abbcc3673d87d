//! Settings from the environment: read once, at the start, and refused all together by name.
//!
//! This is the only place that reads environment variables in functions.

mod keys;

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

use domain::Intent;
use domain::sender::{SenderPolicy, Trust};
use ports::{QueueName, SinkAt, Viewer};

use crate::tracer::TraceSettings;

pub use keys::{KEYS, Key};

/// The value of an environment variable, where it is set and not blank.
pub(crate) fn raw(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .map(|v| v.trim().to_owned())
        .filter(|v| !v.is_empty())
}

/// Settings that are missing or bad, all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the function cannot start: {}", problems.join("; "))]
pub struct BadSettings {
    /// One sentence a setting, beginning with its name.
    pub problems: Vec<String>,
}

/// Where settings come from: the value of a name.
type Source = Box<dyn Fn(&str) -> Option<String> + Send>;

/// A reader of settings that collects what is wrong. Ask for everything, then call
/// [`done`](Self::done).
pub struct Settings {
    source: Source,
    problems: Vec<String>,
}

impl Settings {
    /// Reads from the environment.
    pub fn from_env() -> Self {
        Self::from_source(raw)
    }

    /// Reads from anything.
    pub fn from_source(source: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        Self {
            source: Box::new(source),
            problems: vec![],
        }
    }

    /// A setting as text. Empty where it is missing, which [`done`](Self::done) refuses.
    ///
    /// # Panics
    /// If the name is not in [`KEYS`]: a setting without documentation.
    pub fn text(&mut self, name: &'static str) -> String {
        let key = KEYS.iter().find(|k| k.name == name);
        let key = key.unwrap_or_else(|| panic!("{name} is not in the list of settings"));
        if let Some(value) = (self.source)(name).or_else(|| key.default.map(str::to_owned)) {
            value
        } else {
            self.problems
                .push(format!("{name} is missing ({})", key.meaning));
            String::new()
        }
    }

    /// A setting that may be empty. `None` where it is.
    pub fn optional(&mut self, name: &'static str) -> Option<String> {
        Some(self.text(name)).filter(|value| !value.is_empty())
    }

    /// A setting that reads as `T`. The default of `T` where it does not.
    pub fn parsed<T: FromStr + Default>(&mut self, name: &'static str, form: &str) -> T {
        self.checked(name, |value| {
            value.parse().map_err(|_| format!("must be {form}"))
        })
    }

    /// A setting that `read` accepts. The default of `T` where it does not.
    pub fn checked<T: Default>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let value = self.text(name);
        if value.is_empty() {
            return T::default();
        }
        read(&value).unwrap_or_else(|why| {
            self.problems.push(format!("{name} {why}"));
            T::default()
        })
    }

    /// An `http` or `https` address.
    pub fn url(&mut self, name: &'static str) -> String {
        self.checked(name, |value| {
            if resilience::is_protected(value) {
                Ok(value.to_owned())
            } else {
                Err(
                    "must begin with https://, for nothing leaves this machine without TLS"
                        .to_owned(),
                )
            }
        })
    }

    /// The addresses of all queues.
    pub fn queues(&mut self) -> HashMap<QueueName, String> {
        QueueName::ALL
            .into_iter()
            .map(|queue| (queue, self.url(queue_key(queue))))
            .collect()
    }

    /// Whose mails count as proven.
    pub fn sender_policy(&mut self) -> SenderPolicy {
        SenderPolicy {
            authserv_id: self.text("AUTHSERV_ID"),
            trust: self.checked("SENDER_PROOF", |trust| match trust {
                "dmarc" => Ok(Trust::Dmarc),
                "dmarc-or-dkim" => Ok(Trust::DmarcOrDkim),
                _ => Err("must be dmarc or dmarc-or-dkim".to_owned()),
            }),
        }
    }

    /// A number within bounds. The lower bound where it is none.
    pub fn bounded(&mut self, name: &'static str, from: u32, to: u32) -> u32 {
        let read = |value: &str| match value.parse() {
            Ok(number) if (from..=to).contains(&number) => Ok(number),
            _ => Err(format!("must be a number from {from} to {to}")),
        };
        self.checked(name, read).max(from)
    }

    /// What is recorded of model calls, and where it is shown.
    pub fn traces(&mut self) -> TraceSettings {
        let viewer = self.checked("TRACES", |name| match name {
            "off" => Ok(None),
            "otlp" => Ok(Some(Viewer::Otlp)),
            "langsmith" => Ok(Some(Viewer::LangSmith)),
            "langfuse" => Ok(Some(Viewer::Langfuse)),
            "phoenix" => Ok(Some(Viewer::Phoenix)),
            _ => Err("must be off, otlp, langsmith, langfuse or phoenix".to_owned()),
        });
        let url = self.url("TRACES_URL");
        if viewer.is_some() && url.is_empty() && self.optional("TRACES_URL").is_none() {
            self.problems
                .push("TRACES_URL is missing, which TRACES needs".to_owned());
        }
        let limit = self.bounded("TRACES_TIMEOUT_MS", 100, 10_000);
        let limit = Duration::from_millis(limit.into());
        TraceSettings {
            sink: viewer.map(|viewer| SinkAt { viewer, url, limit }),
            secret: self.optional("TRACES_SECRET"),
            content_days: self.bounded("LLM_CONTENT_DAYS", 0, 3_650),
            variant: self.optional("LLM_VARIANT"),
        }
    }

    /// A number of minutes, up to a week.
    pub fn minutes(&mut self, name: &'static str) -> time::Duration {
        time::Duration::minutes(self.bounded(name, 0, 7 * 24 * 60).into())
    }

    /// Ends the reading: everything was there and good, or all that was not.
    pub fn done(self) -> Result<(), BadSettings> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(BadSettings {
                problems: self.problems,
            })
        }
    }
}

fn queue_key(queue: QueueName) -> &'static str {
    match queue {
        QueueName::Mail => "MAIL_QUEUE_URL",
        QueueName::Intent(Intent::BankStatement) => "BANK_STATEMENT_QUEUE_URL",
        QueueName::Intent(Intent::PasswordUpdate) => "PASSWORD_UPDATE_QUEUE_URL",
        QueueName::Intent(Intent::GeneralQuery) => "GENERAL_QUERY_QUEUE_URL",
        QueueName::Intent(Intent::UrgentHuman) => "URGENT_HUMAN_QUEUE_URL",
        QueueName::Intent(Intent::FallbackHuman) => "FALLBACK_HUMAN_QUEUE_URL",
        QueueName::Errors => "ERRORS_QUEUE_URL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &'static [(&str, &str)]) -> Settings {
        Settings::from_source(|name| {
            pairs
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn every_missing_and_bad_setting_is_named_at_once() {
        let mut s = settings(&[("ODOO_TEAM_ID", "seven"), ("ODOO_URL", "odoo.test")]);
        s.text("DATABASE_SECRET");
        s.url("ODOO_URL");
        s.parsed::<i64>("ODOO_TEAM_ID", "a number");
        let told = s.done().unwrap_err().to_string();
        for name in [
            "DATABASE_SECRET is missing",
            "ODOO_URL must",
            "ODOO_TEAM_ID must be a number",
        ] {
            assert!(told.contains(name), "{told}");
        }
    }

    #[test]
    fn a_default_holds_where_nothing_is_set() {
        let mut s = settings(&[]);
        assert_eq!(
            s.parsed::<usize>("GEMINI_EMBED_DIMENSIONS", "a number"),
            768
        );
        s.done().unwrap();
    }

    #[test]
    fn traces_are_off_until_they_are_asked_for() {
        let mut s = settings(&[]);
        assert_eq!(s.traces().sink, None);
        s.done().unwrap();
    }

    #[test]
    fn what_shows_traces_needs_an_address() {
        let mut s = settings(&[("TRACES", "langsmith")]);
        s.traces();
        let told = s.done().unwrap_err().to_string();
        assert!(told.contains("TRACES_URL is missing"), "{told}");
    }

    #[test]
    fn an_error_does_not_repeat_the_value() {
        let mut s = settings(&[("ODOO_URL", "hunter2")]);
        s.url("ODOO_URL");
        assert!(!s.done().unwrap_err().to_string().contains("hunter2"));
    }
}

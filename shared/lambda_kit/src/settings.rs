//! Settings from the environment: read once, at the start, and refused all together by name.
//!
//! This is the only place that reads environment variables in functions.

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

use domain::Intent;
use domain::sender::{SenderPolicy, Trust};
use ports::{QueueName, SinkAt, Viewer};

use crate::tracer::TraceSettings;

/// One documented setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The environment variable.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What holds without it. `None` where a function that needs it does not start.
    pub default: Option<&'static str>,
}

const fn key(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Key {
    Key {
        name,
        meaning,
        default,
    }
}

/// Every setting of every function. The README's table is this list.
pub const KEYS: [Key; 66] = [
    key(
        "DATABASE_SECRET",
        None,
        "secret with the ledger's URL, postgres://user:password@host/database",
    ),
    key(
        "GOOGLE_SECRET",
        None,
        "secret with the OAuth client and refresh token, or the service account key, as JSON",
    ),
    key("ODOO_SECRET", None, "secret with Odoo's API key"),
    key("GEMINI_SECRET", None, "secret with Gemini's API key"),
    key("QDRANT_SECRET", None, "secret with Qdrant's API key"),
    key(
        "SLACK_SECRET",
        None,
        "secret with Slack's incoming webhook URL",
    ),
    key("GMAIL_ADDRESS", None, "the support mailbox"),
    key(
        "GMAIL_BASE_URL",
        Some("https://gmail.googleapis.com/"),
        "where the Gmail API is",
    ),
    key(
        "PUBSUB_TOPIC",
        None,
        "the topic that Gmail publishes to, projects/P/topics/T",
    ),
    key(
        "PUSH_AUDIENCE",
        None,
        "the audience of the push subscription's tokens",
    ),
    key(
        "PUSH_SERVICE_ACCOUNT",
        None,
        "the service account that signs the pushes",
    ),
    key(
        "GOOGLE_JWKS_URL",
        Some("https://www.googleapis.com/oauth2/v3/certs"),
        "Google's public keys",
    ),
    key("ODOO_URL", None, "Odoo's address"),
    key("ODOO_DATABASE", None, "Odoo's database"),
    key(
        "ODOO_TEAM_ID",
        Some("1"),
        "the helpdesk team that new tickets go to",
    ),
    key(
        "ODOO_LOGIN",
        Some(""),
        "the login of Odoo's API user, needed before Odoo 19",
    ),
    key(
        "ODOO_PROTOCOL",
        Some("auto"),
        "how Odoo is spoken to: auto, json-2 or json-rpc",
    ),
    key(
        "TICKET_SAMPLE",
        Some("HT00012"),
        "a ticket reference as this Odoo writes them",
    ),
    key(
        "TICKET_OWNERS",
        Some("contact"),
        "whose mails a ticket takes: contact, or every contact of its company",
    ),
    key(
        "CLOSED_TICKETS",
        Some("reopen"),
        "what becomes of a closed ticket that its customer writes about again: reopen or new",
    ),
    key(
        "ATTACHMENT_LIMIT_MB",
        Some("5"),
        "the largest attachment that goes onto a ticket, in mebibytes; three times that for all of a mail",
    ),
    key(
        "MEMORY_TOKENS",
        Some("1500"),
        "how much of a conversation the model is shown, in tokens",
    ),
    key(
        "GEMINI_BASE_URL",
        Some("https://generativelanguage.googleapis.com"),
        "where the Gemini API is",
    ),
    key(
        "GEMINI_CLASSIFY_MODEL",
        Some("gemini-3.5-flash-lite"),
        "the model that classifies",
    ),
    key(
        "GEMINI_ANSWER_MODEL",
        Some("gemini-3.8-flash"),
        "the model that answers",
    ),
    key(
        "GEMINI_EMBED_MODEL",
        Some("gemini-embedding-2"),
        "the model that embeds",
    ),
    key(
        "GEMINI_EMBED_DIMENSIONS",
        Some("768"),
        "the length of the embeddings, 128 to 3072",
    ),
    key("QDRANT_URL", None, "Qdrant's gRPC address"),
    key(
        "KNOWLEDGE_COLLECTION",
        Some("knowledge"),
        "the Qdrant alias that leads to the documents; the names of the collections begin with it",
    ),
    key(
        "KNOWLEDGE_PRODUCT",
        Some(""),
        "leaves out documents about other products, for a mailbox that serves one",
    ),
    key(
        "ANSWER_LINK_HOSTS",
        Some(""),
        "the hosts that links in answers may lead to, such as help.bank.example,*.bank.example",
    ),
    key(
        "KNOWLEDGE_BUCKET",
        None,
        "the bucket with the documents, below knowledge/",
    ),
    key(
        "ALERT_TOPIC_ARN",
        None,
        "the SNS topic that tells people by e-mail",
    ),
    key(
        "DESK_NAME",
        Some("The support team"),
        "the name under the drafts",
    ),
    key(
        "AUTHSERV_ID",
        Some("mx.google.com"),
        "whose Authentication-Results are believed (RFC 8601)",
    ),
    key(
        "SENDER_PROOF",
        Some("dmarc"),
        "what proves a sender: dmarc, or dmarc-or-dkim where DMARC says nothing",
    ),
    key(
        "BCRYPT_COST",
        Some("12"),
        "the cost of new password hashes, 12 to 15; each step doubles the time",
    ),
    key(
        "STAGING_BUCKET",
        None,
        "the bucket in which statements are staged, below staging/",
    ),
    key(
        "DRAFT_FILES_LIMIT_MB",
        Some("15"),
        "the most mebibytes of files on a draft, 0 to 18; what is larger is linked to",
    ),
    key(
        "STATEMENT_LINK_HOURS",
        Some("12"),
        "for how many hours such a link works at the most, 1 to 12",
    ),
    key(
        "LETTERHEAD",
        Some(""),
        "the lines below the desk's name on statements, parted by vertical bars",
    ),
    key("MAIL_QUEUE_URL", None, "queue of new mails"),
    key("BANK_STATEMENT_QUEUE_URL", None, "queue of the intent"),
    key("PASSWORD_UPDATE_QUEUE_URL", None, "queue of the intent"),
    key("GENERAL_QUERY_QUEUE_URL", None, "queue of the intent"),
    key("URGENT_HUMAN_QUEUE_URL", None, "queue of the intent"),
    key("FALLBACK_HUMAN_QUEUE_URL", None, "queue of the intent"),
    key(
        "ERRORS_QUEUE_URL",
        None,
        "queue of mails that cannot be read",
    ),
    key(
        "GMAIL_UNITS_PER_MINUTE",
        Some("5000"),
        "how many of Gmail's quota units all functions together use a minute",
    ),
    key(
        "ODOO_CALLS_PER_MINUTE",
        Some("600"),
        "how many calls all functions together make to Odoo a minute",
    ),
    key(
        "GEMINI_REQUESTS_PER_MINUTE",
        Some("300"),
        "how many requests all functions together make to Gemini a minute",
    ),
    key(
        "GEMINI_TOKENS_PER_MINUTE",
        Some("1000000"),
        "how many tokens they send to it a minute",
    ),
    key(
        "GEMINI_REQUESTS_PER_DAY",
        Some("10000"),
        "how many requests they make to it a day",
    ),
    key(
        "SENDER_DAILY_BUDGET",
        Some("20"),
        "how many mails of one sender are worked a day",
    ),
    key(
        "THREAD_DAILY_BUDGET",
        Some("10"),
        "how many mails in one thread are worked a day",
    ),
    key(
        "MODEL_PATIENCE_MINUTES",
        Some("90"),
        "how long a mail waits for a model that cannot be reached, before a person gets it",
    ),
    key(
        "MAX_RECEIVE_COUNT",
        Some("24"),
        "how often a queue gives a message out before it goes to the dead letters",
    ),
    key(
        "TRACES",
        Some("off"),
        "what shows traces of what is done with models: off, otlp, langsmith, langfuse or phoenix",
    ),
    key(
        "TRACES_URL",
        Some(""),
        "its address, such as https://api.smith.langchain.com, without the path that OTLP has there",
    ),
    key(
        "TRACES_SECRET",
        Some(""),
        "secret with the headers that it wants, as a JSON object",
    ),
    key(
        "TRACES_TIMEOUT_MS",
        Some("2000"),
        "how long showing a trace may take; what takes longer is shown by the next sweep",
    ),
    key(
        "LLM_CONTENT_DAYS",
        Some("30"),
        "for how many days the masked texts of model calls are kept; 0: not at all",
    ),
    key(
        "LLM_VARIANT",
        Some(""),
        "a name for this deployment in the record of model calls, where two are compared",
    ),
    key(
        "STACK_NAME",
        Some("helpdesk"),
        "the stack's name, by which its metrics are told from another's",
    ),
    key("LOG_LEVEL", Some("info"), "error, warn, info or debug"),
    key(
        "INTENT_THRESHOLD",
        Some("0.55"),
        "the least confidence that sends a mail to a machine, 0 to 1",
    ),
];

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

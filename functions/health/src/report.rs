//! What was found.

use serde::Serialize;
use time::OffsetDateTime;

/// How all services are, at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// When they were asked.
    pub at: OffsetDateTime,
    /// Each of them.
    pub services: Vec<Service>,
}

impl Report {
    /// Whether all of them can be worked with.
    pub fn ready(&self) -> bool {
        self.services.iter().all(|one| one.state == State::Ok)
    }
}

/// Whether a service can be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It answered as it should.
    Ok,
    /// It did not.
    Failing,
}

/// How one service is. All its words are ours: what others say stays in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Which one.
    #[serde(rename = "service")]
    pub name: &'static str,
    /// Whether it can be worked with.
    pub state: State,
    /// How long it took to find out, in milliseconds.
    pub took_ms: u64,
    /// What is wrong: a class of [`ports::CallError`], `took_too_long`, or what a watch lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<&'static str>,
}

impl Service {
    /// It answered as it should.
    pub fn ok(name: &'static str, took_ms: u64) -> Self {
        Self {
            name,
            state: State::Ok,
            took_ms,
            what: None,
        }
    }

    /// It did not, and this is what is wrong.
    pub fn failing(name: &'static str, took_ms: u64, what: &'static str) -> Self {
        Self {
            name,
            state: State::Failing,
            took_ms,
            what: Some(what),
        }
    }
}

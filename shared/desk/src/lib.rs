//! What the helpdesk does with a mail, from history to draft. Ports in, decisions out; no vendor.

pub mod answer;
pub mod backup;
pub mod customer;
pub mod drafting;
mod findings;
pub mod grounded;
pub mod handoff;
pub mod index;
pub mod ingest;
pub mod letters;
pub mod memory;
pub mod missed;
mod noted;
mod notes;
pub mod once;
pub mod outbox;
pub mod passwords;
mod placing;
mod reading;
pub mod replay;
pub mod retrieval;
mod routed;
mod sent;
pub mod statements;
pub mod sweep;
pub mod terms;
pub mod texts;
pub mod triage;
pub mod workplace;

pub use once::Failure;

/// What a worker did with a mail it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Worked {
    /// The mail moved on.
    Moved {
        /// Its new state.
        to: domain::MailState,
        /// What became known of drafts on the way.
        settled: Vec<ports::DraftOutcome>,
    },
    /// There was nothing left to do: the mail had moved on before, or was never entered.
    NothingToDo,
}

impl Worked {
    /// What became known of drafts: sent as they were, with changes, or thrown away.
    pub fn settled(&self) -> &[ports::DraftOutcome] {
        match self {
            Self::Moved { settled, .. } => settled,
            Self::NothingToDo => &[],
        }
    }
}

impl std::fmt::Display for Worked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Moved { to, .. } => to.name(),
            Self::NothingToDo => "nothing to do",
        })
    }
}

//! Where a mail stands. Every mail that Gmail shows ends in exactly one terminal state.

use serde::{Deserialize, Serialize};

/// The state of one mail in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum MailState {
    /// Seen in Gmail, waiting for triage.
    Received,
    /// Triaged: it has a ticket and waits for its handler.
    Routed,
    /// A reply waits as a draft.
    Answered,
    /// People were told, an acknowledgement waits as a draft.
    HandedOff,
    /// Not to be answered, for this reason.
    Skipped(String),
    /// Could not be read; it lies in the error queue, for this reason.
    Parked(String),
}

/// Why a mail was skipped that a person sent: it is recorded, and was never a question.
pub const SENT_BY_PEOPLE: &str = "sent from this mailbox by a person";

impl MailState {
    /// The name in the ledger and in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Routed => "routed",
            Self::Answered => "answered",
            Self::HandedOff => "handed_off",
            Self::Skipped(_) => "skipped",
            Self::Parked(_) => "parked",
        }
    }

    /// Why, where the state has a reason.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Skipped(reason) | Self::Parked(reason) => Some(reason),
            _ => None,
        }
    }

    /// Puts name and reason together again, or nothing for an unknown name.
    pub fn from_parts(name: &str, reason: Option<&str>) -> Option<Self> {
        let reason = || reason.unwrap_or_default().to_owned();
        Some(match name {
            "received" => Self::Received,
            "routed" => Self::Routed,
            "answered" => Self::Answered,
            "handed_off" => Self::HandedOff,
            "skipped" => Self::Skipped(reason()),
            "parked" => Self::Parked(reason()),
            _ => return None,
        })
    }

    /// Whether nothing more will happen to the mail by itself.
    pub fn is_terminal(&self) -> bool {
        !matches!(self, Self::Received | Self::Routed)
    }
}

#[cfg(test)]
mod tests {
    use super::MailState;

    #[test]
    fn every_state_reads_back_from_its_parts() {
        for state in [
            MailState::Received,
            MailState::Routed,
            MailState::Answered,
            MailState::HandedOff,
            MailState::Skipped("list".into()),
            MailState::Parked("no body".into()),
        ] {
            assert_eq!(
                MailState::from_parts(state.name(), state.reason()),
                Some(state)
            );
        }
    }
}

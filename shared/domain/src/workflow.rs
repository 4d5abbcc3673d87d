//! The ways that a mail can take, from triage to its end: the table that `helpdesk graph` draws. Debug builds hold
//! every move of a mail against it.

use std::fmt;

use crate::{Intent, MailState};

/// Where a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the queue of new mails, with triage.
    Triage,
    /// In the queue of an intent, with its handler.
    Handler(Intent),
    /// A reply waits as a draft.
    Answered,
    /// People were told, and an acknowledgement waits as a draft.
    HandedOff,
    /// It was left alone.
    Skipped,
    /// It lies in the error queue, for it could not be read.
    Parked,
}

impl Place {
    /// Every place, in the order of a mail's journey.
    pub const ALL: [Self; 10] = [
        Self::Triage,
        Self::Handler(Intent::BankStatement),
        Self::Handler(Intent::PasswordUpdate),
        Self::Handler(Intent::GeneralQuery),
        Self::Handler(Intent::UrgentHuman),
        Self::Handler(Intent::FallbackHuman),
        Self::Answered,
        Self::HandedOff,
        Self::Skipped,
        Self::Parked,
    ];

    /// Where a mail can go from here. Nothing leads on from an end; people can let a mail that was left alone or
    /// parked be triaged again.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Triage => &[
                Self::Handler(Intent::BankStatement),
                Self::Handler(Intent::PasswordUpdate),
                Self::Handler(Intent::GeneralQuery),
                Self::Handler(Intent::UrgentHuman),
                Self::Handler(Intent::FallbackHuman),
                Self::Skipped,
                Self::Parked,
            ],
            Self::Handler(
                Intent::BankStatement | Intent::PasswordUpdate | Intent::GeneralQuery,
            ) => &[
                Self::Answered,
                Self::Handler(Intent::FallbackHuman),
                Self::Skipped,
            ],
            Self::Handler(Intent::UrgentHuman | Intent::FallbackHuman) => {
                &[Self::HandedOff, Self::Skipped]
            }
            Self::Answered | Self::HandedOff | Self::Skipped | Self::Parked => &[],
        }
    }

    /// Whether a mail can go from here to there.
    pub fn leads_to(self, there: Self) -> bool {
        self.next().contains(&there)
    }

    /// Where a mail of this state is, by the queue that it was routed to.
    pub fn of(state: &MailState, route: Option<Intent>) -> Option<Self> {
        Some(match state {
            MailState::Received => Self::Triage,
            MailState::Routed => Self::Handler(route?),
            MailState::Answered => Self::Answered,
            MailState::HandedOff => Self::HandedOff,
            MailState::Skipped(_) => Self::Skipped,
            MailState::Parked(_) => Self::Parked,
        })
    }

    /// The name of its queue or state, as the ledger has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Triage => "mail",
            Self::Handler(intent) => intent.as_str(),
            Self::Answered => "answered",
            Self::HandedOff => "handed_off",
            Self::Skipped => "skipped",
            Self::Parked => "parked",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_intent_has_its_place() {
        for intent in Intent::ALL {
            assert!(Place::ALL.contains(&Place::Handler(intent)), "{intent}");
        }
    }

    #[test]
    fn every_place_can_be_come_to_and_every_way_ends() {
        let mut reached: BTreeSet<&str> = BTreeSet::from(["mail"]);
        for place in Place::ALL {
            reached.extend(place.next().iter().map(|next| next.as_str()));
            let at = |place| Place::ALL.iter().position(|one| *one == place);
            assert!(
                place.next().iter().all(|next| at(*next) > at(place)),
                "a mail could go round in circles from {place}"
            );
        }
        assert_eq!(reached.len(), Place::ALL.len());
    }

    #[test]
    fn what_a_person_must_answer_never_ends_as_answered_by_a_machine() {
        for intent in Intent::ALL.into_iter().filter(|one| one.is_a_persons()) {
            assert!(
                !Place::Handler(intent).leads_to(Place::Answered),
                "{intent}"
            );
        }
    }
}

//! Which ticket a mail goes onto: its own history continued, or a new one.

use crate::{Intent, TicketRef};

/// What becomes of a closed ticket that its customer writes about again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClosedTickets {
    /// It is opened again and takes the mail.
    #[default]
    Reopen,
    /// The mail gets a new ticket; the two are linked.
    OpenAnother,
}

/// The ticket that a mail speaks of, as far as the sender has a right to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Referred<T> {
    /// The mail names no ticket and follows none.
    Nothing,
    /// The ticket does not exist, or was deleted.
    Unknown(TicketRef),
    /// The ticket is another customer's.
    Strangers(TicketRef),
    /// The sender's own ticket.
    Own {
        /// The ticket.
        ticket: T,
        /// What its last mail was about. `None` where no mail on it was ever triaged.
        last_intent: Option<Intent>,
        /// Whether it is closed.
        closed: bool,
    },
}

impl<T> Referred<T> {
    /// The sender's own ticket, if that is what the mail speaks of.
    pub fn own(&self) -> Option<&T> {
        match self {
            Self::Own { ticket, .. } => Some(ticket),
            _ => None,
        }
    }

    /// Whether the last mail on the sender's own ticket was about this.
    pub fn is_about(&self, intent: Intent) -> bool {
        matches!(self, Self::Own { last_intent: Some(last), .. } if *last == intent)
    }

    /// Whether the sender's own ticket takes the mail; otherwise it gets a new one.
    ///
    /// `intent` is what the mail is about, or `None` where that could not be decided: then nothing
    /// says that it is about something else.
    pub fn takes(&self, intent: Option<Intent>, policy: ClosedTickets) -> bool {
        let Self::Own {
            last_intent,
            closed,
            ..
        } = self
        else {
            return false;
        };
        let same = match (last_intent, intent) {
            (Some(last), Some(now)) => *last == now,
            _ => true,
        };
        same && (!closed || policy == ClosedTickets::Reopen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(last_intent: Option<Intent>, closed: bool) -> Referred<()> {
        Referred::Own {
            ticket: (),
            last_intent,
            closed,
        }
    }

    const QUERY: Option<Intent> = Some(Intent::GeneralQuery);

    #[test]
    fn the_same_intent_continues_the_ticket() {
        assert!(own(QUERY, false).takes(QUERY, ClosedTickets::Reopen));
    }

    #[test]
    fn another_intent_gets_a_ticket_of_its_own() {
        let urgent = Some(Intent::UrgentHuman);
        assert!(!own(QUERY, false).takes(urgent, ClosedTickets::Reopen));
    }

    #[test]
    fn an_intent_that_could_not_be_decided_is_no_other_intent() {
        assert!(own(QUERY, false).takes(None, ClosedTickets::Reopen));
    }

    #[test]
    fn a_ticket_that_people_opened_is_continued_by_any_intent() {
        assert!(own(None, false).takes(QUERY, ClosedTickets::Reopen));
    }

    #[test]
    fn a_closed_ticket_goes_by_the_setting() {
        assert!(own(QUERY, true).takes(QUERY, ClosedTickets::Reopen));
        assert!(!own(QUERY, true).takes(QUERY, ClosedTickets::OpenAnother));
    }

    #[test]
    fn a_ticket_that_is_unknown_or_a_strangers_takes_nothing() {
        let reference = TicketRef::parse("HT00012").unwrap();
        for referred in [
            Referred::<()>::Nothing,
            Referred::Unknown(reference.clone()),
            Referred::Strangers(reference.clone()),
        ] {
            assert!(!referred.takes(QUERY, ClosedTickets::Reopen));
        }
    }
}

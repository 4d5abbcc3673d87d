//! What replaying a letter does, by the ledger's word.
//!
//! A letter may have lain there for days, while its mail went on by another message. So the queue that
//! gave the letter up says nothing; the state of the mail does.

use domain::MailState;
use ports::{MailRecord, QueueName};

/// What becomes of a letter that is replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// Its mail goes on in this queue. A parked mail is received again.
    Send(QueueName),
    /// Its mail needs it no more; the letter can be deleted.
    Clear,
    /// Nobody can tell what it stands for, so it stays.
    Keep,
}

/// Says what replaying a letter from this queue does, by what the ledger knows of its mail: nothing,
/// where the letter names no mail or one that was never entered.
///
/// A parked mail goes back to triage by its letter in the error queue alone: that one is read by people
/// who know why it was parked, and a dead letter that was left behind is not.
pub fn what_to_do(record: Option<&MailRecord>, from: QueueName) -> Replay {
    let Some(record) = record else {
        return Replay::Keep;
    };
    match (&record.state, record.route) {
        // A mail that is routed has a route; one without would find its way through triage again.
        (MailState::Routed, Some(route)) => Replay::Send(QueueName::Intent(route)),
        (MailState::Received | MailState::Routed, _) => Replay::Send(QueueName::Mail),
        (MailState::Parked(_), _) if from == QueueName::Errors => Replay::Send(QueueName::Mail),
        (
            MailState::Answered
            | MailState::HandedOff
            | MailState::Skipped(_)
            | MailState::Parked(_),
            _,
        ) => Replay::Clear,
    }
}

#[cfg(test)]
mod tests {
    use domain::{Entities, Intent, MailKey, ThreadId};
    use time::OffsetDateTime;

    use super::*;

    const DEAD: QueueName = QueueName::Intent(Intent::BankStatement);

    fn mail(state: MailState, route: Option<Intent>) -> MailRecord {
        MailRecord {
            key: MailKey::parse("1-a1").unwrap(),
            thread: ThreadId::parse("a1").unwrap(),
            state,
            intent: route,
            route,
            because: None,
            confidence: None,
            entities: Entities::default(),
            ticket: None,
            draft: None,
            seen_at: OffsetDateTime::UNIX_EPOCH,
            received_at: None,
        }
    }

    #[test]
    fn a_received_mail_goes_to_triage() {
        let mail = mail(MailState::Received, None);
        assert_eq!(what_to_do(Some(&mail), DEAD), Replay::Send(QueueName::Mail));
    }

    #[test]
    fn a_received_mail_whose_route_is_decided_still_goes_to_triage() {
        let mail = mail(MailState::Received, Some(Intent::GeneralQuery));
        assert_eq!(what_to_do(Some(&mail), DEAD), Replay::Send(QueueName::Mail));
    }

    #[test]
    fn a_routed_mail_goes_to_the_queue_of_its_route_wherever_its_letter_lay() {
        let mail = mail(MailState::Routed, Some(Intent::GeneralQuery));
        let route = Replay::Send(QueueName::Intent(Intent::GeneralQuery));
        for from in QueueName::ALL {
            assert_eq!(what_to_do(Some(&mail), from), route, "{from:?}");
        }
    }

    #[test]
    fn a_mail_that_has_ended_needs_no_letter() {
        let over_budget = MailState::Skipped("over the budget of its sender".to_owned());
        for state in [MailState::Answered, MailState::HandedOff, over_budget] {
            let mail = mail(state, Some(Intent::GeneralQuery));
            assert_eq!(what_to_do(Some(&mail), DEAD), Replay::Clear);
        }
    }

    #[test]
    fn a_parked_mail_goes_back_to_triage_from_the_error_queue() {
        let mail = mail(MailState::Parked("it has no author".to_owned()), None);
        let sent = Replay::Send(QueueName::Mail);
        assert_eq!(what_to_do(Some(&mail), QueueName::Errors), sent);
    }

    #[test]
    fn a_dead_letter_does_not_bring_a_parked_mail_back() {
        let mail = mail(MailState::Parked("it has no author".to_owned()), None);
        assert_eq!(what_to_do(Some(&mail), QueueName::Mail), Replay::Clear);
    }

    #[test]
    fn what_the_ledger_does_not_know_stays() {
        assert_eq!(what_to_do(None, DEAD), Replay::Keep);
    }
}

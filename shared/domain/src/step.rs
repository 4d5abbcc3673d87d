//! Doing a thing once although anything can crash: the state machine of one step.
//!
//! A step is one external effect of one mail (open the ticket, create the draft). Whoever wants to
//! perform it claims it first. The claim says what to do: act, look first, or nothing.
//!
//! ```text
//! Pending ──claim──▶ InProgress(lease) ──finish──▶ Done(external id)
//!    ▲                   │    │
//!    └──it did not happen┘    └─it may have happened, or the lease ran out─▶ Unknown
//! Unknown ──claim──▶ InProgress, look first ──▶ Done | Pending
//! ```
//!
//! **A lease outlives the invocation that holds it**, and its holder never starts a call that could
//! end after the lease. So a lapsed lease means that its holder acts no more, but may have acted:
//! the next holder looks before it acts. The attempt number fences a holder that finishes late.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// The external effects that a mail can have. Each is done at most once a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Open the ticket, or find the one that the mail belongs to.
    Ticket,
    /// Note the mail, what it is about, and its files on its ticket.
    Turn,
    /// Note on the ticket that the mail spoke of which new one it got.
    Link,
    /// Create the draft in the thread.
    Draft,
    /// Put the label on a mail that holds what may be a password.
    Label,
    /// Change the customer's password.
    Password,
    /// Note on the ticket what was found for a question that a person must answer.
    Findings,
    /// Note on the ticket what was drafted.
    Note,
    /// Raise the ticket's priority and tag it.
    Escalate,
    /// Alert the people on Slack.
    AlertSlack,
    /// Alert the people by e-mail.
    AlertEmail,
}

impl StepName {
    /// Every step, in the order in which a mail can meet them.
    pub const ALL: [Self; 11] = [
        Self::Ticket,
        Self::Turn,
        Self::Link,
        Self::Label,
        Self::Password,
        Self::Draft,
        Self::Findings,
        Self::Note,
        Self::Escalate,
        Self::AlertSlack,
        Self::AlertEmail,
    ];

    /// The name in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Turn => "turn",
            Self::Link => "link",
            Self::Label => "label",
            Self::Password => "password",
            Self::Draft => "draft",
            Self::Findings => "findings",
            Self::Note => "note",
            Self::Escalate => "escalate",
            Self::AlertSlack => "alert_slack",
            Self::AlertEmail => "alert_email",
        }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The right to perform a step, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Which claim this is, from 1. A finish with an older number is refused.
    pub attempt: u32,
    /// Until when the holder may act.
    pub until: OffsetDateTime,
    /// Whether an earlier attempt may have performed the effect.
    pub look_first: bool,
}

/// What the world has after a step is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The id that the other side gave: a ticket, a draft, a message.
    pub external_id: String,
}

/// The state of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Not performed, and known not to have been. Holds the last attempt, 0 before the first.
    Pending(u32),
    /// Someone performs it.
    InProgress(Lease),
    /// It may have been performed. Holds the last attempt.
    Unknown(u32),
    /// Performed.
    Done(Done),
    /// Given up, and why.
    Abandoned(String),
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Go ahead, within this lease, looking first if it says so.
    Granted(Lease),
    /// It is done.
    Done(Done),
    /// Someone else is at it until then.
    Busy(OffsetDateTime),
    /// It was given up.
    Abandoned(String),
}

/// How an attempt ended, as its holder reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Performed.
    Done(Done),
    /// Certainly not performed: another attempt may act at once.
    DidNotHappen,
    /// Perhaps performed: another attempt must look first.
    MayHaveHappened,
    /// Never to be tried again.
    Abandoned(String),
}

/// The report came from a holder whose lease has passed to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the step was taken over by a later attempt")]
pub struct Fenced;

impl Default for Step {
    fn default() -> Self {
        Self::Pending(0)
    }
}

impl Step {
    /// Claims the step at `now` for `length`. Changes the state only where the claim is granted.
    pub fn claim(&mut self, now: OffsetDateTime, length: Duration) -> Claim {
        let (attempts, look_first) = match self {
            Self::Pending(attempts) => (*attempts, false),
            Self::Unknown(attempts) => (*attempts, true),
            Self::InProgress(lease) if lease.until <= now => (lease.attempt, true),
            Self::InProgress(lease) => return Claim::Busy(lease.until),
            Self::Done(done) => return Claim::Done(done.clone()),
            Self::Abandoned(reason) => return Claim::Abandoned(reason.clone()),
        };
        let lease = Lease {
            attempt: attempts + 1,
            until: now + length,
            look_first,
        };
        *self = Self::InProgress(lease.clone());
        Claim::Granted(lease)
    }

    /// Ends the attempt that holds the lease.
    pub fn end(&mut self, attempt: u32, ending: Ending) -> Result<(), Fenced> {
        match self {
            Self::InProgress(lease) if lease.attempt == attempt => {
                *self = match ending {
                    Ending::Done(done) => Self::Done(done),
                    Ending::DidNotHappen => Self::Pending(attempt),
                    Ending::MayHaveHappened => Self::Unknown(attempt),
                    Ending::Abandoned(reason) => Self::Abandoned(reason),
                };
                Ok(())
            }
            _ => Err(Fenced),
        }
    }
}

impl Lease {
    /// Whether a call that takes at most `longest` may start at `now`. It may not when it could
    /// still be under way after the lease, for then the next holder looks too early.
    pub fn allows(&self, now: OffsetDateTime, longest: Duration) -> bool {
        now + longest < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const MINUTE: Duration = Duration::MINUTE;

    fn done() -> Done {
        Done {
            external_id: "HT00001".into(),
        }
    }

    fn granted(claim: Claim) -> Lease {
        match claim {
            Claim::Granted(lease) => lease,
            other => panic!("not granted: {other:?}"),
        }
    }

    #[test]
    fn the_first_claim_acts_without_looking() {
        let lease = granted(Step::default().claim(START, MINUTE));
        assert!(!lease.look_first);
        assert_eq!(lease.attempt, 1);
    }

    #[test]
    fn a_second_claim_within_the_lease_is_told_to_wait() {
        let mut step = Step::default();
        let lease = granted(step.claim(START, MINUTE));
        assert_eq!(
            step.claim(START + MINUTE / 2, MINUTE),
            Claim::Busy(lease.until)
        );
    }

    #[test]
    fn a_claim_after_a_lapsed_lease_looks_first() {
        let mut step = Step::default();
        granted(step.claim(START, MINUTE));
        assert!(granted(step.claim(START + MINUTE, MINUTE)).look_first);
    }

    #[test]
    fn a_holder_whose_lease_passed_on_cannot_finish() {
        let mut step = Step::default();
        let late = granted(step.claim(START, MINUTE));
        granted(step.claim(START + MINUTE, MINUTE));
        assert_eq!(step.end(late.attempt, Ending::Done(done())), Err(Fenced));
    }

    #[test]
    fn what_certainly_did_not_happen_is_done_again_without_looking() {
        let mut step = Step::default();
        let first = granted(step.claim(START, MINUTE));
        step.end(first.attempt, Ending::DidNotHappen).unwrap();
        let second = granted(step.claim(START, MINUTE));
        assert!(!second.look_first);
        assert_eq!(second.attempt, 2);
    }

    #[test]
    fn what_may_have_happened_is_looked_for() {
        let mut step = Step::default();
        let first = granted(step.claim(START, MINUTE));
        step.end(first.attempt, Ending::MayHaveHappened).unwrap();
        assert!(granted(step.claim(START, MINUTE)).look_first);
    }

    #[test]
    fn a_done_step_stays_done() {
        let mut step = Step::default();
        let lease = granted(step.claim(START, MINUTE));
        step.end(lease.attempt, Ending::Done(done())).unwrap();
        assert_eq!(step.claim(START + MINUTE * 9, MINUTE), Claim::Done(done()));
    }

    #[test]
    fn no_call_starts_that_could_outlast_the_lease() {
        let lease = Lease {
            attempt: 1,
            until: START + MINUTE,
            look_first: false,
        };
        assert!(lease.allows(START, MINUTE / 2));
        assert!(!lease.allows(START + MINUTE / 2, MINUTE / 2));
    }
}

//! Telling people that a mail needs them: Slack, and e-mail through SNS.

use async_trait::async_trait;
use domain::{MailKey, TicketRef};

use crate::CallError;

/// What people are told. Holds no mail text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The mail.
    pub mail: MailKey,
    /// Its ticket.
    pub ticket: TicketRef,
    /// Where to open the ticket.
    pub ticket_link: String,
    /// Where to open the thread in Gmail.
    pub thread_link: String,
    /// Whether it must be looked at once.
    pub urgent: bool,
    /// Why a person is needed.
    pub because: String,
    /// Whether this may repeat an alert whose delivery was never confirmed.
    pub may_be_repeat: bool,
}

/// What operators are told of the helpdesk itself: a service that is down, mails that stand still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about, in one line.
    pub title: String,
    /// What was seen and what to do, a sentence a line. No mail text, no addresses.
    pub lines: Vec<String>,
}

/// A way of alerting people.
#[async_trait]
pub trait Alerts: Send + Sync {
    /// Delivers the alert and returns the service's id of it, or an empty text where it gives none.
    async fn alert(&self, alert: &Alert) -> Result<String, CallError>;

    /// Delivers a notice about the helpdesk itself.
    async fn notice(&self, notice: &Notice) -> Result<String, CallError>;
}

//! Mails as they were worked: what was asked of the model, and what came of it.

use domain::{Intent, MailKey, TicketId};
use ports::CallError;
use time::OffsetDateTime;

use crate::{Store, rows};

const RECORDED: &str = "
    select t.mailbox, t.message, t.ticket_id, t.text, m.intent, m.confidence, m.route, m.state,
           d.text as draft, t.at
      from helpdesk.turns t
      join helpdesk.mails m using (mailbox, message)
      left join helpdesk.drafts d using (mailbox, message)
     where t.direction = 'incoming' and t.at >= $1
     order by t.at desc, t.id desc limit $2";

/// A mail that was worked. All text is masked.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The mail.
    pub mail: MailKey,
    /// Its ticket.
    pub ticket: TicketId,
    /// Its subject and new text.
    pub text: String,
    /// What it was about, where that was decided.
    pub intent: Option<Intent>,
    /// How sure the classifier was, 0 to 1, where it was asked.
    pub confidence: Option<f32>,
    /// Whose queue had it last.
    pub route: Option<Intent>,
    /// The name of its state.
    pub state: String,
    /// What the draft for it says, where one was made.
    pub draft: Option<String>,
    /// When it came.
    pub at: OffsetDateTime,
}

impl Store {
    /// The last mails that came since a moment, the oldest first, at most so many.
    pub async fn recorded(
        &self,
        since: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Recorded>, CallError> {
        let limit = i64::from(limit);
        let found = self.query(RECORDED, &[&since, &limit]).await?;
        let mut recorded: Vec<Recorded> =
            found.iter().map(rows::recorded).collect::<Result<_, _>>()?;
        recorded.reverse();
        Ok(recorded)
    }
}

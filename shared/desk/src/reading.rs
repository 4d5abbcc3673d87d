//! Fetching a mail and reading it, as triage and the handlers do.

use domain::{Mail, MailState, mask};
use mail_mime::{Limits, Malformed};
use ports::{CallError, MailRecord, Mailbox};
use time::{Duration, OffsetDateTime};

use crate::Failure;

/// `messages.get` can answer 404 for some seconds after a push (Gmail API, push notifications).
const MAY_BE_MISSING: Duration = Duration::seconds(60);
/// Masked text that is kept of one mail, in characters.
const LONGEST_TURN: usize = 4_000;

/// A mail that was fetched, or why there is none.
pub(crate) enum Reading {
    Mail(Box<Mail>),
    Malformed(Malformed),
    Deleted,
}

pub(crate) async fn read(
    mailbox: &dyn Mailbox,
    record: &MailRecord,
    now: OffsetDateTime,
) -> Result<Reading, Failure> {
    let raw = match mailbox.fetch(record.key.message()).await {
        Ok(raw) => raw,
        Err(CallError::NotFound { .. }) if now - record.seen_at < MAY_BE_MISSING => {
            return Err(Failure::NotYet("Gmail does not show the mail yet"));
        }
        Err(CallError::NotFound { .. }) => return Ok(Reading::Deleted),
        Err(cause) => {
            return Err(Failure::Call {
                doing: "fetching the mail",
                cause,
            });
        }
    };
    Ok(match mail_mime::read(&raw.raw, Limits::default()) {
        Ok(mail) => Reading::Mail(Box::new(mail)),
        Err(malformed) => Reading::Malformed(malformed),
    })
}

pub(crate) fn deleted() -> MailState {
    MailState::Skipped("deleted from the mailbox before it was read".to_owned())
}

/// What may be kept of a mail, and shown to a model: subject and new text, with passwords masked.
pub(crate) fn masked_text(mail: &Mail) -> String {
    let whole = format!("{}\n\n{}", mail.subject, mail.new_text);
    mask::mask_passwords(&whole)
        .chars()
        .take(LONGEST_TURN)
        .collect()
}

//! Fetching a mail and reading it, as triage and the handlers do.

use domain::attachments::{self, FileLimits, LeftOut};
use domain::mask::{self, MaskedMail};
use domain::{Mail, MailState};
use mail_mime::{Limits, Malformed};
use ports::{CallError, File, MailRecord, Mailbox, RawMail};
use time::{Duration, OffsetDateTime};

use crate::Failure;

/// `messages.get` can answer 404 for some seconds after a push (Gmail API, push notifications).
const MAY_BE_MISSING: Duration = Duration::seconds(60);
/// Masked text that is kept of one mail, in characters.
const LONGEST_TURN: usize = 4_000;

/// A mail that was fetched, or why there is none.
pub(crate) enum Reading {
    Mail(Box<Fetched>),
    Malformed(Malformed),
    Deleted,
}

/// A mail with what Gmail says of it.
pub(crate) struct Fetched {
    pub mail: Mail,
    pub raw: RawMail,
}

impl Fetched {
    /// Whether a person sent it from the mailbox. A mail to oneself is in the inbox, too.
    pub fn is_sent(&self) -> bool {
        let has = |label: &str| self.raw.head.labels.iter().any(|l| l == label);
        has("SENT") && !has("INBOX")
    }

    /// For each attachment whether it may go onto the ticket. None of a mail about passwords may.
    pub fn sorted_files(&self, limits: FileLimits) -> Vec<Result<(), LeftOut>> {
        attachments::sort(
            &self.mail.attachments,
            mask::about_passwords(&self.mail),
            limits,
        )
    }

    /// The attachments that may go onto the ticket, under their masked names.
    pub fn files(&self, sorted: &[Result<(), LeftOut>], masked: &MaskedMail) -> Vec<File> {
        let taken = |(at, verdict): (usize, &Result<(), LeftOut>)| verdict.is_ok().then_some(at);
        let wanted: Vec<usize> = sorted.iter().enumerate().filter_map(taken).collect();
        if wanted.is_empty() {
            return vec![];
        }
        let contents = mail_mime::files(&self.raw.raw, &wanted);
        wanted
            .into_iter()
            .zip(contents)
            .map(|(at, content)| {
                let attachment = &self.mail.attachments[at];
                File {
                    name: masked.attachments[at].clone(),
                    media_type: attachment.media_type.clone(),
                    content,
                }
            })
            .collect()
    }
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
        Ok(mail) => Reading::Mail(Box::new(Fetched { mail, raw })),
        Err(malformed) => Reading::Malformed(malformed),
    })
}

pub(crate) fn deleted() -> MailState {
    MailState::Skipped("deleted from the mailbox before it was read".to_owned())
}

/// What may be kept of a mail, and shown to a model: subject and new text, masked.
pub(crate) fn kept(masked: &MaskedMail) -> String {
    cut(&masked.subject_and_text())
}

/// What may be kept of a text.
pub(crate) fn masked(text: &str) -> String {
    cut(&mask::masked(text))
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TURN).collect()
}

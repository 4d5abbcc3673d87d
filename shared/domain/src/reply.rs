//! What makes a draft stand in the customer's thread: recipient, subject and references.

use std::fmt;

use crate::attachments::File;
use crate::reference::RefPattern;
use crate::{Address, Mail, MailKey, Rfc822MessageId, TicketRef};

/// References are cut to this many, the first and the last ones (RFC 5322 names no limit; lines of
/// References grow until servers refuse them).
const MOST_REFERENCES: usize = 20;

/// A reply, ready to be written as MIME and put into the thread as a draft. Who gets it comes from
/// the mail's header and from nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The mails it answers, oldest first. It stands below the last one.
    pub answers: Vec<MailKey>,
    /// The recipient.
    pub to: Address,
    /// The subject, with the ticket's reference.
    pub subject: String,
    /// In-Reply-To.
    pub in_reply_to: Option<Rfc822MessageId>,
    /// References, oldest first.
    pub references: Vec<Rfc822MessageId>,
    /// Our own Message-ID, which holds the ticket's reference.
    pub message_id: Rfc822MessageId,
    /// The text, plain.
    pub text: String,
    /// The files that hang on it.
    pub files: Vec<File>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply(to {} mails)", self.answers.len())
    }
}

/// A mail that no reply can be addressed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail has no address to reply to")]
pub struct NoRecipient;

impl Reply {
    /// A reply to the last of these mails, which is `mail`. It goes to Reply-To where there is exactly
    /// one, else to the first author.
    pub fn to_mail(
        answers: Vec<MailKey>,
        mail: &Mail,
        ticket: &TicketRef,
        pattern: &RefPattern,
        own_domain: &str,
        text: String,
    ) -> Result<Self, NoRecipient> {
        let to = recipient(mail).ok_or(NoRecipient)?;
        let key = answers.last().ok_or(NoRecipient)?;
        let message_id = Rfc822MessageId::parse(&format!("{ticket}.{key}@{own_domain}"))
            .map_err(|_| NoRecipient)?;
        Ok(Self {
            to: to.clone(),
            subject: reply_subject(&mail.subject, &pattern.written(ticket)),
            in_reply_to: mail.message_id.clone(),
            references: references(mail),
            message_id,
            text,
            files: vec![],
            answers,
        })
    }
}

/// Who gets the reply to a mail: Reply-To where there is exactly one, else the first author.
pub fn recipient(mail: &Mail) -> Option<&Address> {
    match mail.reply_to.as_slice() {
        [only] => Some(only),
        _ => mail.from.first(),
    }
}

/// `Re: [HT00012] subject`: the reference leads the subject as a list tag does, which threading by
/// base subject ignores (RFC 5256, section 2.1). A subject that has the reference stays as it is, and
/// so does an empty one: a tag with nothing behind it would be a subject of its own.
fn reply_subject(subject: &str, ticket: &str) -> String {
    let base = strip_prefixes(subject);
    if base.is_empty() || base.contains(ticket) {
        return format!("Re: {base}").trim_end().to_owned();
    }
    format!("Re: [{ticket}] {base}")
}

/// The subject without `Re:` and its sisters in other languages.
pub fn strip_prefixes(subject: &str) -> &str {
    const PREFIXES: [&str; 8] = ["re:", "aw:", "fwd:", "fw:", "wg:", "tr:", "rv:", "rif:"];
    let mut rest = subject.trim();
    'again: loop {
        for prefix in PREFIXES {
            if let Some(head) = rest.get(..prefix.len())
                && head.eq_ignore_ascii_case(prefix)
            {
                rest = rest[prefix.len()..].trim_start();
                continue 'again;
            }
        }
        return rest;
    }
}

fn references(mail: &Mail) -> Vec<Rfc822MessageId> {
    let mut all = mail.references.clone();
    if let Some(id) = &mail.message_id
        && !all.contains(id)
    {
        all.push(id.clone());
    }
    if all.len() > MOST_REFERENCES {
        let keep_last = all.split_off(all.len() - (MOST_REFERENCES - 1));
        all.truncate(1);
        all.extend(keep_last);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(of: &str) -> String {
        reply_subject(of, "HT00012")
    }

    #[test]
    fn the_reference_leads_the_subject() {
        assert_eq!(subject("My card"), "Re: [HT00012] My card");
    }

    #[test]
    fn a_subject_that_has_the_reference_keeps_it_once() {
        assert_eq!(
            subject("Re: AW: [HT00012] My card"),
            "Re: [HT00012] My card"
        );
    }

    #[test]
    fn prefixes_in_other_languages_do_not_pile_up() {
        assert_eq!(subject("AW: Re: WG: Karte"), "Re: [HT00012] Karte");
    }

    #[test]
    fn an_empty_subject_stays_empty() {
        assert_eq!(subject(""), "Re:");
    }
}

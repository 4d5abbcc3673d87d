//! Which mails no machine may answer, and why.

use std::fmt;

use crate::Mail;

/// Why a mail counts as automatic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// `Auto-Submitted` other than `no` (RFC 3834, section 5).
    AutoSubmitted,
    /// `Precedence: bulk`, `list` or `junk` (RFC 3834, section 2).
    Precedence,
    /// A mailing list (RFC 2919, RFC 2369).
    MailingList,
    /// The sender asked for no automatic replies (`X-Auto-Response-Suppress`, Exchange).
    ResponsesSuppressed,
    /// An empty return path: a bounce or notification (RFC 5321, section 4.5.5).
    EmptyReturnPath,
    /// A delivery or disposition report (RFC 6522).
    Report,
    /// A mailbox that by its name is no person (RFC 2142 and custom).
    RoleSender,
    /// Our own mail, come back.
    Own,
}

impl fmt::Display for Automatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AutoSubmitted => "automatic mail (Auto-Submitted)",
            Self::Precedence => "bulk mail (Precedence)",
            Self::MailingList => "mailing list (List-Id)",
            Self::ResponsesSuppressed => {
                "sender wants no automatic reply (X-Auto-Response-Suppress)"
            }
            Self::EmptyReturnPath => "bounce or notification (empty Return-Path)",
            Self::Report => "delivery report (multipart/report)",
            Self::RoleSender => "sent by a mail system, not a person",
            Self::Own => "our own mail",
        })
    }
}

/// Tells whether a mail is automatic. `own` is the address of the mailbox itself.
pub fn automatic(mail: &Mail, own: &str) -> Option<Automatic> {
    let value = |name: &str| mail.header(name).map(str::to_lowercase);
    let first_word = |text: String| {
        text.split([';', ' ', '(', '\t'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    if value("auto-submitted").is_some_and(|v| first_word(v) != "no") {
        return Some(Automatic::AutoSubmitted);
    }
    if mail.media_type == "multipart/report" {
        return Some(Automatic::Report);
    }
    if value("precedence")
        .is_some_and(|v| matches!(first_word(v).as_str(), "bulk" | "list" | "junk"))
    {
        return Some(Automatic::Precedence);
    }
    if ["list-id", "list-unsubscribe", "list-post"]
        .iter()
        .any(|name| mail.header(name).is_some())
    {
        return Some(Automatic::MailingList);
    }
    if value("x-auto-response-suppress").is_some_and(|v| suppresses(&v)) {
        return Some(Automatic::ResponsesSuppressed);
    }
    if value("return-path").is_some_and(|v| matches!(v.as_str(), "<>" | "")) {
        return Some(Automatic::EmptyReturnPath);
    }
    let own = own.to_lowercase();
    let authors = || mail.from.iter().map(crate::Address::canonical);
    if authors().any(|author| author == own) {
        return Some(Automatic::Own);
    }
    if authors().any(|author| is_role(&author)) {
        return Some(Automatic::RoleSender);
    }
    None
}

/// `X-Auto-Response-Suppress` lists what is not wanted (MS-OXCMAIL 2.2.3.2.14); `None` wants all.
fn suppresses(value: &str) -> bool {
    value
        .split(',')
        .map(str::trim)
        .any(|word| matches!(word, "all" | "autoreply" | "oof"))
}

fn is_role(author: &str) -> bool {
    let local = author.split('@').next().unwrap_or_default();
    matches!(
        local,
        "mailer-daemon" | "postmaster" | "no-reply" | "noreply" | "do-not-reply" | "donotreply"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    fn mail(headers: &[(&str, &str)]) -> Mail {
        Mail {
            from: vec![Address {
                name: None,
                address: "carla@customer.test".into(),
            }],
            reply_to: vec![],
            to: vec![],
            subject: String::new(),
            date: None,
            message_id: None,
            references: vec![],
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).into(), (*v).into()))
                .collect(),
            new_text: String::new(),
            quoted_text: String::new(),
            attachments: vec![],
            language: None,
            media_type: "text/plain".into(),
        }
    }

    fn verdict(headers: &[(&str, &str)]) -> Option<Automatic> {
        automatic(&mail(headers), "support@bank.test")
    }

    #[test]
    fn a_vacation_reply_is_automatic() {
        let is = verdict(&[("auto-submitted", "auto-replied (vacation)")]);
        assert_eq!(is, Some(Automatic::AutoSubmitted));
    }

    #[test]
    fn auto_submitted_no_is_a_person() {
        assert_eq!(verdict(&[("auto-submitted", "no")]), None);
        assert_eq!(verdict(&[("auto-submitted", "No; by=hand")]), None);
    }

    #[test]
    fn lists_bulk_bounces_are_automatic() {
        assert_eq!(
            verdict(&[("list-id", "<news.shop.test>")]),
            Some(Automatic::MailingList)
        );
        assert_eq!(
            verdict(&[("precedence", "Bulk")]),
            Some(Automatic::Precedence)
        );
        assert_eq!(
            verdict(&[("return-path", "<>")]),
            Some(Automatic::EmptyReturnPath)
        );
    }

    #[test]
    fn a_suppression_of_receipts_alone_is_a_person() {
        assert_eq!(verdict(&[("x-auto-response-suppress", "DR, RN")]), None);
        assert_eq!(
            verdict(&[("x-auto-response-suppress", "DR, OOF, AutoReply")]),
            Some(Automatic::ResponsesSuppressed)
        );
    }

    #[test]
    fn our_own_mail_is_never_answered() {
        let mut own = mail(&[]);
        own.from[0].address = "Support@Bank.Test".into();
        assert_eq!(automatic(&own, "support@bank.test"), Some(Automatic::Own));
    }

    #[test]
    fn a_mailer_daemon_is_no_person() {
        let mut bounce = mail(&[]);
        bounce.from[0].address = "MAILER-DAEMON@mx.test".into();
        assert_eq!(
            automatic(&bounce, "support@bank.test"),
            Some(Automatic::RoleSender)
        );
    }

    #[test]
    fn an_ordinary_mail_may_be_answered() {
        assert_eq!(
            verdict(&[("precedence", "first-class"), ("return-path", "<a@b.test>")]),
            None
        );
    }
}

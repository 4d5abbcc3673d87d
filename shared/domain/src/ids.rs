//! Every identifier of this system, as a type of its own, so that none is mistaken for another.
//!
//! An id is made by [`parse`](GmailMessageId::parse) and never changes afterwards.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: {why}")]
pub struct BadId {
    /// The name of the identifier that was expected.
    pub kind: &'static str,
    /// What is wrong with the text. Never the text itself, which may come from a mail.
    pub why: &'static str,
}

fn checked(
    kind: &'static str,
    text: &str,
    longest: usize,
    allowed: impl Fn(char) -> bool,
) -> Result<String, BadId> {
    let why = match text {
        "" => "it is empty",
        t if t.len() > longest => "it is too long",
        t if !t.chars().all(allowed) => "it holds a character that cannot stand in one",
        t => return Ok(t.to_owned()),
    };
    Err(BadId { kind, why })
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $longest:expr, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text as this identifier, or says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                checked(stringify!($name), text, $longest, $allowed).map(Self)
            }

            /// The identifier as the service that issued it writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

text_id!(
    /// Gmail's id of one message in one mailbox.
    GmailMessageId, 64, plain
);
text_id!(
    /// Gmail's id of a conversation.
    ThreadId, 64, plain
);
text_id!(
    /// Gmail's id of a draft. Not the id of the message in it, which changes with every edit.
    DraftId, 64, plain
);
text_id!(
    /// A Message-ID without its angle brackets (RFC 5322, section 3.6.4).
    Rfc822MessageId, 990, |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>')
);
text_id!(
    /// The reference that people see on a ticket, such as `HT00012`.
    TicketRef, 40, |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/')
);

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $of:ty) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $of);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// A place in a mailbox's history. Grows with every change; gaps are normal.
    HistoryId, u64
);
number_id!(
    /// Odoo's record id of a ticket. Not the reference that people see.
    TicketId, i64
);
number_id!(
    /// The ledger's number of a mailbox.
    MailboxId, i32
);

/// The ledger's name of one mail in one mailbox, `<mailbox>-<Gmail id>`. Holds no personal data,
/// so it is what logs, queues, drafts and tickets carry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailKey {
    mailbox: MailboxId,
    message: GmailMessageId,
}

impl MailKey {
    /// The key of this message in this mailbox.
    pub fn new(mailbox: MailboxId, message: GmailMessageId) -> Self {
        Self { mailbox, message }
    }

    /// Reads `<mailbox>-<Gmail id>`.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bad = |why| BadId {
            kind: "MailKey",
            why,
        };
        let (mailbox, message) = text
            .split_once('-')
            .ok_or_else(|| bad("it has no dash between mailbox and message"))?;
        let mailbox = mailbox
            .parse()
            .map_err(|_| bad("its mailbox is not a number"))?;
        Ok(Self::new(
            MailboxId(mailbox),
            GmailMessageId::parse(message)?,
        ))
    }

    /// The mailbox that the mail lies in.
    pub fn mailbox(&self) -> MailboxId {
        self.mailbox
    }

    /// The mail's id in that mailbox.
    pub fn message(&self) -> &GmailMessageId {
        &self.message
    }
}

impl fmt::Display for MailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.mailbox, self.message)
    }
}

impl TryFrom<String> for MailKey {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}

impl From<MailKey> for String {
    fn from(key: MailKey) -> String {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_key_reads_back_what_it_writes() {
        let key = MailKey::parse("7-18c2f3ab").unwrap();
        assert_eq!(key.mailbox(), MailboxId(7));
        assert_eq!(key.to_string(), "7-18c2f3ab");
    }

    #[test]
    fn an_id_with_a_path_or_a_blank_in_it_is_refused() {
        for text in ["", "../x", "a b", "a\nb"] {
            assert!(GmailMessageId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_error_does_not_repeat_the_text() {
        let error = ThreadId::parse("secret text").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}

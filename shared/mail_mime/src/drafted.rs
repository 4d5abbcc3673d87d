//! Knowing a draft of ours again, and whether anyone has touched it.

use std::fmt::Write as _;

use domain::attachments::File;
use domain::{Address, MailKey};
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders};
use sha2::{Digest, Sha256};

/// The names of the header fields by which our drafts are known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftHeaders {
    /// Holds the keys of the mails that the draft answers, separated by blanks.
    pub mails: &'static str,
    /// Holds the [`digest`] of the draft as it was written.
    pub digest: &'static str,
}

/// A draft of ours as it stands now.
#[derive(Clone, PartialEq, Eq)]
pub struct Drafted {
    /// The mails that it answers, oldest first.
    pub answers: Vec<MailKey>,
    /// Whether it still says what we wrote, to whom we wrote it.
    pub is_untouched: bool,
    /// Its plain text.
    pub text: String,
    /// Its recipients in To.
    pub to: Vec<Address>,
    /// The files that hang on it.
    pub files: Vec<File>,
}

impl std::fmt::Debug for Drafted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Drafted({:?}, untouched: {})",
            self.answers, self.is_untouched
        )
    }
}

/// Reads a draft, or a mail that was sent from one. `None` where it carries no header of ours.
pub fn drafted(raw: &[u8], headers: DraftHeaders) -> Option<Drafted> {
    let message = MessageParser::default().parse(raw)?;
    let keys = message.header_raw(headers.mails)?;
    let answers: Option<Vec<MailKey>> = keys
        .split_whitespace()
        .map(|key| MailKey::parse(key).ok())
        .collect();
    let written = message.header_raw(headers.digest).map(str::trim);
    Some(Drafted {
        answers: answers.filter(|keys| !keys.is_empty())?,
        is_untouched: written == Some(digest_of(&message).as_str()),
        text: text(&message),
        files: attached(&message),
        to: crate::read::addresses(&message, &HeaderName::To),
    })
}

/// The files that hang on a mail, with their contents.
pub fn attached_files(raw: &[u8]) -> Vec<File> {
    let message = MessageParser::default().parse(raw);
    message.as_ref().map(attached).unwrap_or_default()
}

fn attached(message: &Message<'_>) -> Vec<File> {
    let file = |part: &MessagePart<'_>| File {
        name: part.attachment_name().unwrap_or("unnamed").to_owned(),
        media_type: crate::read::media_type(part, "application/octet-stream"),
        content: part.contents().to_vec(),
    };
    message.attachments().map(file).collect()
}

/// A digest of what a draft says and to whom: SHA-256, in hex, over the recipients in To, Cc and Bcc,
/// the subject, the plain text, and the names and sizes of the attachments. How lines end and what
/// white space stands before that does not count. `None` where the octets are no message.
pub fn digest(raw: &[u8]) -> Option<String> {
    MessageParser::default()
        .parse(raw)
        .map(|message| digest_of(&message))
}

fn digest_of(message: &Message<'_>) -> String {
    let mut parts: Vec<String> = vec![];
    for name in [HeaderName::To, HeaderName::Cc, HeaderName::Bcc] {
        let addresses = crate::read::addresses(message, &name);
        let addresses: Vec<String> = addresses.iter().map(Address::canonical).collect();
        parts.push(addresses.join(" "));
    }
    parts.push(crate::read::one_line(message.subject().unwrap_or_default()));
    parts.push(text(message));
    for attachment in message.attachments() {
        let name = attachment.attachment_name().unwrap_or_default();
        parts.push(format!("{name} {}", attachment.len()));
    }
    let mut sha = Sha256::new();
    for part in parts {
        // The length keeps two parts from running into one another.
        sha.update(part.len().to_le_bytes());
        sha.update(part);
    }
    let mut hex = String::new();
    for octet in sha.finalize() {
        // Writing to a text cannot fail.
        write!(hex, "{octet:02x}").unwrap_or_default();
    }
    hex
}

/// The plain text as it is compared: without white space at the ends of lines.
fn text(message: &Message<'_>) -> String {
    let bodies = message.text_bodies().filter_map(MessagePart::text_contents);
    let whole = bodies.collect::<Vec<_>>().join("\n");
    let lines: Vec<&str> = whole.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The contents of some attachments of a mail, by their places in [`domain::Mail::attachments`]. An
/// attached mail is given as its octets, a place that does not exist as nothing.
pub fn files(raw: &[u8], wanted: &[usize]) -> Vec<Vec<u8>> {
    let Some(message) = MessageParser::default().parse(raw) else {
        return wanted.iter().map(|_| vec![]).collect();
    };
    let content = |at: &usize| {
        let at = u32::try_from(*at).unwrap_or(u32::MAX);
        message
            .attachment(at)
            .map(|part| part.contents().to_vec())
            .unwrap_or_default()
    };
    wanted.iter().map(content).collect()
}

//! A mail after parsing: what the rest of the system is allowed to know of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Rfc822MessageId;

/// One address of a header (RFC 5322, section 3.4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The display name, decoded. Proves nothing.
    pub name: Option<String>,
    /// `local@domain` as written, without angle brackets.
    pub address: String,
}

impl Address {
    /// The address in the form used for comparing: trimmed and in lower case.
    pub fn canonical(&self) -> String {
        self.address.trim().to_lowercase()
    }
}

/// What stands behind the last `@` of an address.
pub fn domain_of(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain)
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(redacted)")
    }
}

/// What is known of an attachment without opening it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The file name as the sender gave it, decoded. Hostile until proven otherwise.
    pub name: String,
    /// The declared media type, in lower case.
    pub media_type: String,
    /// The decoded size in bytes.
    pub size: usize,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.media_type, self.size)
    }
}

/// A parsed mail. Its text is the customer's: it is never printed, so `Debug` shows sizes only.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The authors. A well-formed mail has at least one.
    pub from: Vec<Address>,
    /// Where the author wants replies, if elsewhere.
    pub reply_to: Vec<Address>,
    /// The recipients in To and Cc.
    pub to: Vec<Address>,
    /// The decoded subject, without line breaks. Empty if there is none.
    pub subject: String,
    /// The Date header, if it can be read.
    pub date: Option<OffsetDateTime>,
    /// The Message-ID header, if it can be read.
    pub message_id: Option<Rfc822MessageId>,
    /// In-Reply-To and References, oldest first, without doubles.
    pub references: Vec<Rfc822MessageId>,
    /// All header fields in order: name in lower case, value unfolded, U+FFFD for what is no text.
    pub headers: Vec<(String, String)>,
    /// What the author wrote now.
    pub new_text: String,
    /// What the author quoted from earlier mails.
    pub quoted_text: String,
    /// Attached files and attached mails.
    pub attachments: Vec<Attachment>,
    /// The language of the new text as ISO 639-1, where it can be told.
    pub language: Option<String>,
    /// The media type of the whole mail, in lower case, such as `multipart/report`.
    pub media_type: String,
}

impl Mail {
    /// The first value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.trim())
    }

    /// The one author, or nothing where there are none or several.
    pub fn author(&self) -> Option<&Address> {
        match self.from.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Mail({} bytes of text, {} attachments)",
            self.new_text.len(),
            self.attachments.len()
        )
    }
}

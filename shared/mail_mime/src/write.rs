//! From a [`Reply`] to octets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::attachments::File;
use domain::reply::Reply;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use time::OffsetDateTime;

use crate::DraftHeaders;

/// Who writes: the mailbox itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// The name that customers see.
    pub name: String,
    /// The mailbox's address.
    pub address: String,
}

const BASE64_LINE: usize = 76;

/// Writes a reply as MIME.
///
/// The text goes out as base64. Gmail's upload frames the mail with a boundary that is always the
/// same; no line that a customer wrote may be able to imitate it.
///
/// # Errors
/// None in practice: writing goes to memory. Whatever the MIME library reports is passed on.
pub fn write(
    reply: &Reply,
    desk: &Desk,
    headers: DraftHeaders,
    now: OffsetDateTime,
) -> std::io::Result<Vec<u8>> {
    let plain = message(reply, desk, headers, now).write_to_vec()?;
    // The digest is taken of the mail as it reads, so that it can be taken again of what comes back.
    let digest = crate::digest(&plain).unwrap_or_default();
    message(reply, desk, headers, now)
        .header(headers.digest, Raw::new(digest))
        .write_to_vec()
}

fn message<'a>(
    reply: &'a Reply,
    desk: &'a Desk,
    headers: DraftHeaders,
    now: OffsetDateTime,
) -> MessageBuilder<'a> {
    let keys: Vec<String> = reply.answers.iter().map(ToString::to_string).collect();
    let encoded = STANDARD.encode(reply.text.replace('\n', "\r\n"));
    let lines: Vec<&str> = encoded
        .as_bytes()
        .chunks(BASE64_LINE)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    let text = MimePart::new("text/plain", lines.join("\r\n")).transfer_encoding("base64");
    let body = if reply.files.is_empty() {
        text
    } else {
        let file = |file: &'a File| {
            MimePart::new(file.media_type.as_str(), file.content.as_slice())
                .attachment(file.name.as_str())
        };
        let parts = [text].into_iter().chain(reply.files.iter().map(file));
        MimePart::new("multipart/mixed", parts.collect::<Vec<_>>())
    };
    let to = Address::new_address(reply.to.name.as_deref(), reply.to.address.as_str());
    let mut message = MessageBuilder::new()
        .from((desk.name.as_str(), desk.address.as_str()))
        .to(to)
        .subject(reply.subject.as_str())
        .date(now.unix_timestamp())
        .message_id(reply.message_id.as_str())
        .header(headers.mails, Raw::new(keys.join(" ")))
        .body(body);
    if let Some(id) = &reply.in_reply_to {
        message = message.in_reply_to(id.as_str());
    }
    if !reply.references.is_empty() {
        let ids: Vec<&str> = reply
            .references
            .iter()
            .map(domain::Rfc822MessageId::as_str)
            .collect();
        message = message.references(ids.as_slice());
    }
    message
}

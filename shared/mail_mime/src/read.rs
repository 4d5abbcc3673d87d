//! From octets to a [`Mail`].

use domain::quoted::{self, Split};
use domain::{Address, Attachment, Mail, Rfc822MessageId};
use mail_parser::{
    HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};
use time::OffsetDateTime;

use crate::{headers, html};

/// How large and how intricate a mail may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets in all. Gmail takes in mails of up to 50 MB.
    pub octets: usize,
    /// Parts in all, nested ones included.
    pub parts: usize,
    /// Multiparts and attached mails inside each other.
    pub depth: usize,
    /// Characters of text that are read on; the rest is cut.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 30 << 20,
            parts: 300,
            depth: 20,
            text: 200_000,
        }
    }
}

/// A mail that cannot be read. The reason holds nothing of the mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No header field can be made out.
    #[error("it is not an RFC 5322 message: no header field can be read")]
    NoMessage,
    /// There is no author.
    #[error("it has no From address")]
    NoAuthor,
    /// More octets than the limit.
    #[error("it is {found} bytes long, more than the limit of {limit}")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// More parts than the limit.
    #[error("it has more than {limit} MIME parts")]
    TooManyParts {
        /// The limit.
        limit: usize,
    },
    /// Deeper nesting than the limit.
    #[error("its MIME parts are nested more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
}

/// Reads a mail.
pub fn read(raw: &[u8], limits: Limits) -> Result<Mail, Malformed> {
    if raw.len() > limits.octets {
        return Err(Malformed::TooLarge {
            found: raw.len(),
            limit: limits.octets,
        });
    }
    // Counted before parsing, so that a mail made to exhaust the parser never reaches it.
    if occurrences(raw, b"boundary") > limits.parts
        || occurrences(raw, b"message/rfc822") > limits.parts
    {
        return Err(Malformed::TooDeep {
            limit: limits.depth,
        });
    }
    let message = MessageParser::default()
        .parse(raw)
        .ok_or(Malformed::NoMessage)?;
    let shape = shape(&message, 0, limits.depth);
    if shape.depth > limits.depth {
        return Err(Malformed::TooDeep {
            limit: limits.depth,
        });
    }
    if shape.parts > limits.parts {
        return Err(Malformed::TooManyParts {
            limit: limits.parts,
        });
    }
    let from = addresses(&message, &HeaderName::From);
    if from.is_empty() {
        return Err(Malformed::NoAuthor);
    }
    let Split {
        new_text,
        quoted_text,
    } = text(&message, limits.text);
    Ok(Mail {
        from,
        reply_to: addresses(&message, &HeaderName::ReplyTo),
        to: [
            addresses(&message, &HeaderName::To),
            addresses(&message, &HeaderName::Cc),
        ]
        .concat(),
        subject: one_line(message.subject().unwrap_or_default()),
        date: message
            .date()
            .and_then(|d| OffsetDateTime::from_unix_timestamp(d.to_timestamp()).ok()),
        message_id: message
            .message_id()
            .and_then(|id| Rfc822MessageId::parse(id).ok()),
        references: references(&message),
        headers: headers::fields(raw),
        attachments: message.attachments().map(attachment).collect(),
        language: words::language_of(&new_text),
        media_type: media_type(message.root_part(), "text/plain"),
        new_text,
        quoted_text,
    })
}

fn occurrences(raw: &[u8], word: &[u8]) -> usize {
    raw.windows(word.len())
        .filter(|window| window.eq_ignore_ascii_case(word))
        .count()
}

struct Shape {
    parts: usize,
    depth: usize,
}

fn shape(message: &Message<'_>, above: usize, limit: usize) -> Shape {
    let mut depth_of = vec![above; message.parts.len()];
    let mut total = Shape {
        parts: message.parts.len(),
        depth: above,
    };
    for (at, part) in message.parts.iter().enumerate() {
        let depth = depth_of[at];
        match &part.body {
            PartType::Multipart(children) => {
                for child in children {
                    if let Some(slot) = depth_of.get_mut(*child as usize) {
                        *slot = depth + 1;
                        total.depth = total.depth.max(depth + 1);
                    }
                }
            }
            PartType::Message(inner) if depth < limit => {
                let inner = shape(inner, depth + 1, limit);
                total.parts += inner.parts;
                total.depth = total.depth.max(inner.depth);
            }
            PartType::Message(_) => total.depth = total.depth.max(depth + 1),
            _ => {}
        }
    }
    total
}

/// All addresses of all fields of this name: a second From field is a second author.
pub(crate) fn addresses(message: &Message<'_>, name: &HeaderName<'_>) -> Vec<Address> {
    message
        .headers()
        .iter()
        .filter(|header| header.name == *name)
        .filter_map(|header| match &header.value {
            HeaderValue::Address(address) => Some(address),
            _ => None,
        })
        .flat_map(mail_parser::Address::iter)
        .filter_map(|addr| {
            let address = one_line(addr.address()?);
            let name = addr.name().map(one_line).filter(|name| !name.is_empty());
            address.contains('@').then_some(Address { name, address })
        })
        .collect()
}

fn references(message: &Message<'_>) -> Vec<Rfc822MessageId> {
    let mut ids: Vec<Rfc822MessageId> = Vec::new();
    for field in [message.references(), message.in_reply_to()] {
        let found: Vec<&str> = match field {
            HeaderValue::Text(id) => vec![id.as_ref()],
            HeaderValue::TextList(list) => list.iter().map(AsRef::as_ref).collect(),
            _ => vec![],
        };
        for id in found
            .into_iter()
            .filter_map(|id| Rfc822MessageId::parse(id).ok())
        {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids
}

fn attachment(part: &MessagePart<'_>) -> Attachment {
    let is_mail = matches!(part.body, PartType::Message(_));
    let unnamed = if is_mail { "message.eml" } else { "unnamed" };
    Attachment {
        name: part
            .attachment_name()
            .map_or_else(|| unnamed.to_owned(), one_line),
        media_type: media_type(
            part,
            if is_mail {
                "message/rfc822"
            } else {
                "application/octet-stream"
            },
        ),
        size: part.len(),
    }
}

pub(crate) fn media_type(part: &MessagePart<'_>, otherwise: &str) -> String {
    part.content_type().map_or_else(
        || otherwise.to_owned(),
        |t| match t.subtype() {
            Some(subtype) => format!("{}/{subtype}", t.ctype()).to_lowercase(),
            None => t.ctype().to_lowercase(),
        },
    )
}

/// The plain parts, or the HTML ones where no plain part says anything.
fn text(message: &Message<'_>, limit: usize) -> Split {
    let plain = message.text_bodies().map(part_text).fold(EMPTY, joined);
    let whole = if is_blank(&plain) {
        message.html_bodies().map(part_text).fold(EMPTY, joined)
    } else {
        plain
    };
    Split {
        new_text: cleaned(&whole.new_text, limit),
        quoted_text: cleaned(&whole.quoted_text, limit),
    }
}

const EMPTY: Split = Split {
    new_text: String::new(),
    quoted_text: String::new(),
};

fn is_blank(split: &Split) -> bool {
    split.new_text.trim().is_empty() && split.quoted_text.trim().is_empty()
}

fn part_text(part: &MessagePart<'_>) -> Split {
    match &part.body {
        PartType::Text(text) => quoted::split(text),
        PartType::Html(source) => {
            let sides = html::split(source);
            let inner = quoted::split(&html::to_text(&sides.new_html));
            let quoted = html::to_text(&sides.quoted_html);
            joined(
                inner,
                Split {
                    new_text: String::new(),
                    quoted_text: quoted,
                },
            )
        }
        _ => EMPTY,
    }
}

fn joined(a: Split, b: Split) -> Split {
    let join = |a: String, b: String| match (a.is_empty(), b.is_empty()) {
        (true, _) => b,
        (_, true) => a,
        _ => format!("{a}\n\n{b}"),
    };
    Split {
        new_text: join(a.new_text, b.new_text),
        quoted_text: join(a.quoted_text, b.quoted_text),
    }
}

/// Without control characters (a database takes no NUL), without characters that show nothing and can
/// carry what no reader sees (Unicode's default ignorable code points, but for those of emoji and
/// scripts), and not longer than the limit.
fn cleaned(text: &str, limit: usize) -> String {
    text.chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .filter(|c| !shows_nothing(*c))
        .take(limit)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn shows_nothing(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! Which conversation a message belongs to, as Gmail decides it: by its references *and* its subject.

use domain::reply::strip_prefixes;

/// What threading looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Threading {
    message_id: Option<String>,
    references: Vec<String>,
    subject: String,
}

impl Threading {
    /// Reads it from a message. A message that cannot be read belongs to no conversation.
    pub(super) fn of(raw: &[u8]) -> Self {
        let limits = mail_mime::Limits {
            octets: usize::MAX,
            ..mail_mime::Limits::default()
        };
        // The reader wants an author; threads do not depend on one.
        let header = [b"From: nobody@customer.test\r\n", &header_block(raw)[..]].concat();
        let Ok(mail) = mail_mime::read(&header, limits) else {
            return Self::default();
        };
        Self {
            message_id: mail.message_id.map(Into::into),
            references: mail.references.into_iter().map(Into::into).collect(),
            subject: base_subject(&mail.subject),
        }
    }

    /// Whether this message answers `earlier`: it names its Message-ID, and the base subject is the
    /// same. Gmail asks for both.
    pub(super) fn answers(&self, earlier: &Self) -> bool {
        let named = earlier
            .message_id
            .as_ref()
            .is_some_and(|id| self.references.contains(id));
        named && self.subject == earlier.subject
    }
}

/// The header of a message with the empty line that ends it.
pub(super) fn header_block(raw: &[u8]) -> Vec<u8> {
    let end = |mark: &[u8]| raw.windows(mark.len()).position(|window| window == mark);
    let end = [end(b"\r\n\r\n"), end(b"\n\n")]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(raw.len());
    [&raw[..end], b"\r\n\r\n"].concat()
}

/// The base subject of RFC 5256, section 2.1: without reply prefixes and without leading `[tags]`,
/// as long as something remains. That Gmail forgives tags is taken from how mailing lists thread
/// there; Google documents only that the subjects must match.
fn base_subject(subject: &str) -> String {
    let mut rest = subject;
    loop {
        let stripped = strip_prefixes(rest);
        let untagged = stripped
            .strip_prefix('[')
            .and_then(|tag| tag.split_once(']'))
            .map(|(_, after)| after.trim_start())
            .filter(|after| !after.is_empty());
        match untagged {
            Some(after) => rest = after,
            None => {
                return stripped
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .to_lowercase();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_tags_blanks_in_a_subject_do_not_matter() {
        for subject in [
            "My card",
            "Re: My  card",
            "AW: Re: [HT00012] my card",
            "Fwd: my card ",
        ] {
            assert_eq!(base_subject(subject), "my card", "{subject:?}");
        }
    }

    #[test]
    fn a_subject_that_is_only_a_tag_keeps_it() {
        assert_eq!(base_subject("Re: [HT00012]"), "[ht00012]");
    }

    #[test]
    fn a_mail_without_an_author_threads_all_the_same() {
        let first = Threading::of(b"Subject: Card\r\nMessage-ID: <m1@a.test>\r\n\r\n");
        let second = Threading::of(b"Subject: Re: Card\r\nReferences: <m1@a.test>\r\n\r\n");
        assert!(second.answers(&first) && !first.answers(&second));
    }

    #[test]
    fn the_header_ends_at_the_first_empty_line() {
        assert_eq!(header_block(b"A: b\n\nbody\r\n\r\n"), b"A: b\r\n\r\n");
    }
}

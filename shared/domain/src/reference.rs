//! Finding the ticket that a mail speaks of. A reference is a hint: it counts only when that ticket
//! exists and belongs to the sender.

use crate::{Mail, Rfc822MessageId, TicketRef};

/// How references look: a prefix such as `HT` or `#`, then digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefPattern {
    prefix: String,
    fewest_digits: usize,
}

impl Default for RefPattern {
    /// References as OCA's helpdesk writes them, `HT00012`.
    fn default() -> Self {
        Self {
            prefix: "HT".to_owned(),
            fewest_digits: 5,
        }
    }
}

impl RefPattern {
    /// A pattern from a sample reference, such as `HT00012` or `#257970`: its prefix, and at least
    /// as many digits.
    pub fn from_sample(sample: &str) -> Result<Self, String> {
        let digits = sample
            .chars()
            .rev()
            .take_while(char::is_ascii_digit)
            .count();
        let prefix = &sample[..sample.len() - digits];
        if digits < 3 {
            return Err(format!(
                "{sample:?} must end in at least three digits, such as HT00012"
            ));
        }
        if prefix.is_empty() || prefix.chars().any(char::is_whitespace) {
            return Err(format!(
                "{sample:?} must begin with letters or a sign, such as HT or #"
            ));
        }
        let pattern = Self {
            prefix: prefix.to_owned(),
            fewest_digits: digits,
        };
        // Whatever else is wrong with it: no ticket would ever be found by it.
        if pattern.find(sample).is_none() {
            return Err(format!(
                "{sample:?} is nothing that a reference can be: letters, digits, -, _ and / or a # in \
                 front, and at most eighteen digits at its end"
            ));
        }
        Ok(pattern)
    }

    /// The first reference in a text, standing as a word of its own.
    pub fn find(&self, text: &str) -> Option<TicketRef> {
        let folded = text.to_ascii_uppercase();
        let prefix = self.prefix.to_ascii_uppercase();
        folded.match_indices(&prefix).find_map(|(at, _)| {
            let starts_a_word = !folded[..at].ends_with(char::is_alphanumeric);
            let rest = &folded[at + prefix.len()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let ends_a_word = !rest[digits..].starts_with(char::is_alphanumeric);
            let fits = (self.fewest_digits..=18).contains(&digits);
            if !(starts_a_word && ends_a_word && fits) {
                return None;
            }
            TicketRef::parse(&self.reference(&rest[..digits])).ok()
        })
    }

    /// A reference as this desk writes it, such as `HT00012` or `#257970`.
    pub fn written(&self, reference: &TicketRef) -> String {
        if self.prefix == "#" {
            format!("#{reference}")
        } else {
            reference.to_string()
        }
    }

    /// A `#` is how people write a bare number, not part of it.
    fn reference(&self, digits: &str) -> String {
        if self.prefix == "#" {
            digits.to_owned()
        } else {
            format!("{}{digits}", self.prefix)
        }
    }
}

/// Where a reference may stand, in the order of trust: subject, our own Message-IDs among the
/// References, then what the author wrote now. Never in quoted text.
pub fn find_reference(mail: &Mail, pattern: &RefPattern, own_domain: &str) -> Option<TicketRef> {
    pattern
        .find(&mail.subject)
        .or_else(|| {
            mail.references
                .iter()
                .rev()
                .find_map(|id| from_own_id(id, pattern, own_domain))
        })
        .or_else(|| pattern.find(&mail.new_text))
}

/// Our drafts carry `<REF.mail@own domain>` as Message-ID ([`crate::reply::Reply::to_mail`]).
fn from_own_id(id: &Rfc822MessageId, pattern: &RefPattern, own_domain: &str) -> Option<TicketRef> {
    let (local, host) = id.as_str().rsplit_once('@')?;
    let (reference, _) = local.split_once('.')?;
    if !host.eq_ignore_ascii_case(own_domain) {
        return None;
    }
    pattern.find(&pattern.written(&TicketRef::parse(reference).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sample: &str, text: &str) -> Option<String> {
        let pattern = RefPattern::from_sample(sample).unwrap();
        pattern.find(text).map(|r| r.as_str().to_owned())
    }

    #[test]
    fn a_reference_in_a_subject_is_found() {
        assert_eq!(
            found("HT00012", "Re: [HT00042] My card"),
            Some("HT00042".into())
        );
        assert_eq!(found("HT00012", "re: ht00042"), Some("HT00042".into()));
        assert_eq!(
            found("#257970", "Your ticket #300001 again"),
            Some("300001".into())
        );
    }

    #[test]
    fn a_reference_inside_a_longer_word_is_none() {
        assert_eq!(found("HT00012", "EIGHT00042 and HT00042A"), None);
        assert_eq!(found("HT00012", "HT42"), None);
    }

    #[test]
    fn text_in_any_script_around_a_reference_does_no_harm() {
        assert_eq!(
            found("HT00012", "Größe – HT00042 – спасибо"),
            Some("HT00042".into())
        );
    }

    fn found_in_own_id(sample: &str, reference: &str) -> Option<TicketRef> {
        let id = Rfc822MessageId::parse(&format!("{reference}.1-18c2@bank.test")).unwrap();
        let pattern = RefPattern::from_sample(sample).unwrap();
        from_own_id(&id, &pattern, "bank.test")
    }

    #[test]
    fn a_reference_in_a_message_id_of_ours_is_found() {
        for (sample, reference) in [("HT00012", "HT00042"), ("#257970", "300001")] {
            let found = found_in_own_id(sample, reference).unwrap();
            assert_eq!(found.as_str(), reference);
        }
    }

    #[test]
    fn a_message_id_that_is_no_reply_of_ours_has_no_reference() {
        assert_eq!(found_in_own_id("HT00012", "helpdesk"), None);
        assert_eq!(found_in_own_id("#257970", "12"), None);
    }

    #[test]
    fn a_reference_reads_back_as_it_is_written() {
        for (sample, reference) in [("HT00012", "HT00042"), ("#257970", "300001")] {
            let pattern = RefPattern::from_sample(sample).unwrap();
            let reference = TicketRef::parse(reference).unwrap();
            assert_eq!(pattern.find(&pattern.written(&reference)), Some(reference));
        }
    }

    #[test]
    fn a_sample_without_digits_or_prefix_is_refused_by_name() {
        assert!(
            RefPattern::from_sample("HT")
                .unwrap_err()
                .contains("digits")
        );
        assert!(
            RefPattern::from_sample("00012")
                .unwrap_err()
                .contains("begin")
        );
    }

    #[test]
    fn a_sample_that_its_own_pattern_would_not_find_is_refused() {
        let too_long = format!("HT{}", "1".repeat(19));
        for sample in ["<000", "HT.00012", "H\0T000", &too_long] {
            let refused = RefPattern::from_sample(sample).unwrap_err();
            assert!(refused.contains("nothing that a reference"), "{refused}");
        }
    }
}

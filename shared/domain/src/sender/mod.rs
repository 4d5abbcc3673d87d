//! Whether a mail was really sent by the owner of the address that stands in its From.
//!
//! An attacker can write anything into a mail, but not what our own border server writes on top of
//! it: Authentication-Results (RFC 8601). Only the topmost field with the trusted authserv-id counts.
//! Everything that could be read in two ways counts as no proof.

mod author;
mod results;

use crate::mail::domain_of;
use crate::{Address, Mail};
use results::{Method, Results};

/// Which passes count as proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// A pass of DMARC (RFC 7489), which is aligned by its nature.
    #[default]
    Dmarc,
    /// Also a pass of DKIM (RFC 6376) whose domain is the author's, where DMARC says nothing.
    DmarcOrDkim,
}

/// Whose word is taken, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderPolicy {
    /// The authserv-id of the border server.
    pub authserv_id: String,
    /// Which passes count.
    pub trust: Trust,
}

impl Default for SenderPolicy {
    fn default() -> Self {
        Self {
            authserv_id: "mx.google.com".to_owned(),
            trust: Trust::default(),
        }
    }
}

/// Whether the sender is proven.
#[derive(Clone, PartialEq, Eq)]
pub enum Sender {
    /// It is the owner of this address, in lower case.
    Proven(String),
    /// It may be anyone.
    Unproven(Unproven),
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Proven(_) => f.write_str("Proven(redacted)"),
            Self::Unproven(why) => write!(f, "Unproven({why})"),
        }
    }
}

/// Why a sender is not proven. Agents read it on the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// None or several From fields or addresses.
    #[error("the mail does not have exactly one author")]
    SeveralAuthors,
    /// From is a group (RFC 5322, section 3.4).
    #[error("the From field names a group")]
    Group,
    /// From can be read in more than one way.
    #[error("the From field can be read in more than one way")]
    UnclearAuthor,
    /// Letters that look like others, or could.
    #[error("the From field holds letters that look like others")]
    LookAlike,
    /// Characters that cannot be seen.
    #[error("the From field holds characters that cannot be seen")]
    InvisibleCharacters,
    /// The display name holds another address.
    #[error("the name in the From field pretends to be an address")]
    NamePretends,
    /// Reply-To is not the author.
    #[error("replies are to go to somebody else")]
    RepliesElsewhere,
    /// No trusted Authentication-Results.
    #[error("our mail server did not say whether the sender is genuine")]
    NoResults,
    /// The trusted field cannot be read.
    #[error("what our mail server says about the sender cannot be read")]
    Unreadable,
    /// DMARC failed, or says that it is about another domain.
    #[error("DMARC did not pass for the author's domain")]
    DmarcFailed,
    /// Nothing that counts passed.
    #[error("neither DMARC nor DKIM passed for the author's domain")]
    NothingPassed,
}

/// Who sent a mail, as far as it is proven.
pub fn prove(mail: &Mail, policy: &SenderPolicy) -> Sender {
    match proven(mail, policy) {
        Ok(address) => Sender::Proven(address),
        Err(why) => Sender::Unproven(why),
    }
}

fn proven(mail: &Mail, policy: &SenderPolicy) -> Result<String, Unproven> {
    let address = author::author(mail)?;
    check_replies(mail, &address)?;
    let results = trusted(mail, policy)?;
    let domain = domain_of(&address);
    let of = |name: &str| -> Vec<&Method> {
        let named = results.methods.iter().filter(|method| method.name == name);
        named.collect()
    };
    let dmarc = of("dmarc");
    let says_nothing = dmarc.iter().all(|method| method.result == "none");
    if !says_nothing {
        let passes = dmarc.iter().all(|method| dmarc_passes(method, domain));
        return if passes {
            Ok(address)
        } else {
            Err(Unproven::DmarcFailed)
        };
    }
    match policy.trust {
        Trust::Dmarc => Err(Unproven::DmarcFailed),
        Trust::DmarcOrDkim if of("dkim").iter().any(|method| dkim_passes(method, domain)) => {
            Ok(address)
        }
        Trust::DmarcOrDkim => Err(Unproven::NothingPassed),
    }
}

fn check_replies(mail: &Mail, address: &str) -> Result<(), Unproven> {
    let same = |to: &Address| to.canonical() == address;
    let fields: Vec<_> = mail
        .headers
        .iter()
        .filter(|(name, _)| name == "reply-to")
        .collect();
    let is_same = match (fields.len(), mail.reply_to.as_slice()) {
        (0, []) => true,
        (_, [only]) => same(only) && fields.iter().all(|(_, value)| !value.contains([';', ','])),
        // A field in which no address could be read is read by somebody.
        _ => false,
    };
    if is_same {
        Ok(())
    } else {
        Err(Unproven::RepliesElsewhere)
    }
}

/// What the border server says: the topmost field with its id.
fn trusted(mail: &Mail, policy: &SenderPolicy) -> Result<Results, Unproven> {
    let wanted = policy.authserv_id.to_lowercase();
    let mut fields = mail
        .headers
        .iter()
        .filter(|(name, _)| name == "authentication-results")
        .map(|(_, value)| value.as_str());
    let field = fields
        .find(|field| results::authserv_id(field).as_ref() == Some(&wanted))
        .ok_or(Unproven::NoResults)?;
    results::parse(field)
        .filter(|results| results.authserv_id == wanted)
        .ok_or(Unproven::Unreadable)
}

fn dmarc_passes(method: &Method, domain: &str) -> bool {
    let mut about = method.all("header.from").peekable();
    let says = about.peek().is_some();
    method.result == "pass" && says && about.all(|from| plain(from) == domain)
}

/// Whether a signature of the author's domain, or of a domain above it, passed. A domain below may
/// belong to somebody else.
fn dkim_passes(method: &Method, domain: &str) -> bool {
    let signed: Vec<&str> = method.all("header.d").collect();
    let identities: Vec<&str> = method.all("header.i").map(domain_of).collect();
    let by = if signed.is_empty() {
        &identities
    } else {
        &signed
    };
    let aligned = |by: &&str| {
        let by = plain(by);
        let above = domain
            .strip_suffix(by.as_str())
            .is_some_and(|rest| rest.ends_with('.'));
        by.contains('.') && (by == domain || above)
    };
    method.result == "pass" && !by.is_empty() && by.iter().all(aligned)
}

fn plain(domain: &str) -> String {
    domain
        .trim_start_matches('@')
        .trim_end_matches('.')
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PASS: &str = "mx.google.com; dmarc=pass header.from=customer.test";

    fn mail(from: &str, results: &[&str]) -> Mail {
        let address = from
            .rsplit('<')
            .next()
            .unwrap_or_default()
            .trim_end_matches('>');
        let name = from
            .split_once(" <")
            .map(|(name, _)| name.trim_matches('"').to_owned());
        let mut headers = vec![("from".to_owned(), from.to_owned())];
        for field in results {
            headers.push(("authentication-results".to_owned(), (*field).to_owned()));
        }
        Mail {
            from: vec![Address {
                name,
                address: address.to_owned(),
            }],
            reply_to: vec![],
            to: vec![],
            subject: String::new(),
            date: None,
            message_id: None,
            references: vec![],
            headers,
            new_text: String::new(),
            quoted_text: String::new(),
            attachments: vec![],
            language: None,
            media_type: "text/plain".into(),
        }
    }

    fn verdict(from: &str, results: &[&str]) -> Sender {
        prove(&mail(from, results), &SenderPolicy::default())
    }

    fn by_dkim(results: &str) -> Sender {
        let policy = SenderPolicy {
            trust: Trust::DmarcOrDkim,
            ..SenderPolicy::default()
        };
        prove(&mail("anna@mail.customer.test", &[results]), &policy)
    }

    const ANNA: &str = "Anna Muster <Anna@Customer.test>";

    #[test]
    fn a_pass_of_dmarc_for_the_authors_domain_proves_the_sender() {
        assert_eq!(
            verdict(ANNA, &[PASS]),
            Sender::Proven("anna@customer.test".into())
        );
    }

    #[test]
    fn the_topmost_trusted_field_counts_alone() {
        let fail = "mx.google.com; dmarc=fail header.from=customer.test";
        assert_eq!(
            verdict(ANNA, &[fail, PASS]),
            Sender::Unproven(Unproven::DmarcFailed)
        );
        assert!(matches!(
            verdict(ANNA, &["evil.test; dmarc=fail", PASS]),
            Sender::Proven(_)
        ));
    }

    #[test]
    fn a_signature_of_the_domain_or_one_above_counts_where_it_may() {
        for (results, proven) in [
            ("mx.google.com; dkim=pass header.d=customer.test", true),
            (
                "mx.google.com; dmarc=none; dkim=pass header.i=@mail.customer.test",
                true,
            ),
            (
                "mx.google.com; dkim=pass header.d=x.mail.customer.test",
                false,
            ),
            ("mx.google.com; dkim=pass header.d=test", false),
            ("mx.google.com; dkim=pass header.d=evilcustomer.test", false),
            (
                "mx.google.com; dkim=pass header.i=@customer.test header.d=evil.test",
                false,
            ),
            (
                "mx.google.com; dkim=pass header.d=customer.test; dmarc=fail",
                false,
            ),
            ("mx.google.com; spf=pass smtp.mailfrom=customer.test", false),
        ] {
            let is_proven = matches!(by_dkim(results), Sender::Proven(_));
            assert_eq!(is_proven, proven, "{results}");
        }
    }

    proptest! {
        #[test]
        fn no_field_makes_the_reader_panic(field in ".{0,200}") {
            let _verdict = verdict(ANNA, &[&field]);
            let _verdict = verdict(&field, &[PASS]);
        }

        #[test]
        fn a_pass_for_another_domain_proves_nothing(domain in "[a-z]{1,10}\\.test") {
            prop_assume!(domain != "customer.test");
            let field = format!("mx.google.com; dmarc=pass header.from={domain}");
            let unproven = matches!(verdict(ANNA, &[&field]), Sender::Unproven(_));
            prop_assert!(unproven);
        }
    }
}

//! Whether a mail was really sent by the owner of the address it shows.
//!
//! The proof is what our own mail server wrote on top when it took the mail in
//! (Authentication-Results, RFC 8601); whatever the sender could have written himself counts for
//! nothing. What cannot be read completely proves nothing either, and there is no second guess. DMARC
//! proves a domain (RFC 7489): that the domain lets only its owner use a mailbox is taken from it.

mod author;
mod cursor;
mod name;
mod results;

use std::fmt;

use crate::Mail;
use crate::mail::domain_of;
use cursor::Unreadable;
use results::Finding;

/// Which passes count as proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// Only a DMARC pass (RFC 7489).
    #[default]
    Dmarc,
    /// A DMARC pass or, where the domain has no DMARC policy, a DKIM signature of the author's domain or
    /// of one above it (RFC 6376). Whoever runs the domain above can then write for all below it, and
    /// there is no list of public suffixes here.
    DmarcOrDkim,
}

/// Whose word is taken for a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderPolicy {
    /// The name under which our mail server writes its results (`authserv-id`, RFC 8601, section 2.5).
    /// It must remove or outrank fields of that name that come from outside, as Gmail does.
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

/// Whether the mail was really sent by the owner of its From address.
#[derive(Clone, PartialEq, Eq)]
pub enum Sender {
    /// It was: the address in lower case.
    Proven(String),
    /// It may have been sent by anybody.
    Unproven(Unproven),
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proven(_) => f.write_str("Proven(redacted)"),
            Self::Unproven(reason) => write!(f, "Unproven({reason:?})"),
        }
    }
}

/// Why a sender is not proven, in words for the people at the desk. Holds nothing of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// No From field (RFC 5322, section 3.6).
    #[error("the mail has no From field")]
    NoAuthor,
    /// Several From fields or several addresses in one: DMARC can only speak of one (RFC 7489,
    /// section 6.6.1).
    #[error("the mail names more than one author")]
    SeveralAuthors,
    /// The From field is not a mailbox by the letter of RFC 5322, section 3.4.
    #[error("the From field is not well-formed")]
    AuthorUnreadable,
    /// Two readings of the From field give different addresses.
    #[error("the From address can be read in more than one way")]
    AuthorAmbiguous,
    /// Group syntax in From (RFC 6854).
    #[error("the From field is a group of addresses")]
    Group,
    /// A comment in From, which programs show or leave out.
    #[error("the From field holds a comment")]
    Comment,
    /// A source route (RFC 5322, section 4.4).
    #[error("the From address holds a route")]
    Route,
    /// Text behind the address.
    #[error("the From field goes on behind its address")]
    TextBehindAddress,
    /// Control characters, NUL or octets that are no text.
    #[error("the From field holds control characters or octets that are no text")]
    ControlCharacters,
    /// Bidirectional controls, zero-width and other characters that are not seen.
    #[error("the From field holds invisible characters")]
    InvisibleCharacters,
    /// A quoted local part.
    #[error("the From address has a quoted part")]
    QuotedLocalPart,
    /// Characters beyond ASCII in the address (RFC 6532).
    #[error("the From address holds letters that may pass for others")]
    AddressNotAscii,
    /// An A-label in the domain (RFC 5890): look-alikes cannot be told from honest names.
    #[error("the From address has an internationalised domain, which may pass for another")]
    DomainEncoded,
    /// An address literal (RFC 5321, section 4.1.3).
    #[error("the From address has a number in place of a domain")]
    DomainIsNumber,
    /// The display name is encoded in a way that cannot be undone.
    #[error("the sender's name cannot be decoded")]
    NameUnreadable,
    /// The display name shows an address that is not the author's.
    #[error("the sender's name shows another e-mail address")]
    NameHoldsAddress,
    /// A word of the display name mixes Latin, Greek and Cyrillic letters.
    #[error("the sender's name mixes letters of different alphabets")]
    NameMixesAlphabets,
    /// Reply-To is not the author's address.
    #[error("replies would go to another address")]
    ReplyToElsewhere,
    /// Reply-To names several addresses.
    #[error("replies would go to several addresses")]
    SeveralReplyTo,
    /// Reply-To is a group.
    #[error("replies would go to a group of addresses")]
    ReplyToGroup,
    /// Reply-To is not a mailbox by the letter of RFC 5322, section 3.4.
    #[error("the Reply-To field is not well-formed")]
    ReplyToUnreadable,
    /// No Authentication-Results of our mail server.
    #[error("our mail server has not judged the sender")]
    NoVerdict,
    /// Authentication-Results that do not follow RFC 8601.
    #[error("our mail server's verdict on the sender cannot be read")]
    VerdictUnreadable,
    /// A quoted value of the results holds characters of their syntax.
    #[error("the sender's envelope tries to write a verdict of its own")]
    VerdictForged,
    /// No DMARC result.
    #[error("there is no DMARC result")]
    NoDmarc,
    /// A DMARC result other than `pass`.
    #[error("DMARC did not pass")]
    DmarcNotPassed,
    /// A DMARC result without one `header.from`.
    #[error("the DMARC result names no domain")]
    DmarcWithoutDomain,
    /// A DMARC result for another domain than the author's.
    #[error("the DMARC result is for another domain than the sender's")]
    DmarcOtherDomain,
    /// Neither DMARC nor a DKIM signature that may speak for the author's domain.
    #[error("no DKIM signature of the sender's domain passed")]
    NoDkim,
}

/// Tells whether the owner of the From address sent this mail.
pub fn prove(mail: &Mail, policy: &SenderPolicy) -> Sender {
    match proven_address(mail, policy) {
        Ok(address) => Sender::Proven(address),
        Err(reason) => Sender::Unproven(reason),
    }
}

/// Tricks come first: whoever uses one is not trusted whatever the results say.
fn proven_address(mail: &Mail, policy: &SenderPolicy) -> Result<String, Unproven> {
    let author = author::author(mail)?.to_ascii_lowercase();
    replies_go_to(&author, mail)?;
    let findings = verdict(mail, &policy.authserv_id)?;
    judge(&findings, domain_of(&author), policy.trust)?;
    Ok(author)
}

/// The values of all fields of this name, in order.
fn fields<'a>(mail: &'a Mail, name: &'static str) -> impl Iterator<Item = &'a str> {
    mail.headers
        .iter()
        .filter(move |(field, _)| field == name)
        .map(|(_, value)| value.as_str())
}

/// Reply-To may be missing or repeat the author. `Sender`, in contrast, is not looked at: it names
/// who typed the mail, no reply goes there, and the domain of From vouches for it by DMARC.
fn replies_go_to(author: &str, mail: &Mail) -> Result<(), Unproven> {
    let mut first: Option<String> = None;
    for field in fields(mail, "reply-to") {
        let mailbox = author::mailbox(field).map_err(of_reply_to)?;
        let address = mailbox.address.to_ascii_lowercase();
        if first.as_ref().is_some_and(|first| *first != address) {
            return Err(Unproven::SeveralReplyTo);
        }
        first = Some(address);
    }
    // The lenient reading is what replies are sent by, so both readings must agree.
    let lenient = mail.reply_to.iter().map(crate::Address::canonical);
    if first
        .into_iter()
        .chain(lenient)
        .any(|address| address != author)
    {
        return Err(Unproven::ReplyToElsewhere);
    }
    Ok(())
}

fn of_reply_to(reason: Unproven) -> Unproven {
    match reason {
        Unproven::SeveralAuthors => Unproven::SeveralReplyTo,
        Unproven::Group => Unproven::ReplyToGroup,
        _ => Unproven::ReplyToUnreadable,
    }
}

/// The findings of our mail server: of all fields of that name only the topmost that is its own counts
/// (RFC 8601, section 5), for anybody can have written those below it.
fn verdict(mail: &Mail, authserv_id: &str) -> Result<Vec<Finding>, Unproven> {
    for field in fields(mail, "authentication-results") {
        let id = results::authserv_id(field).map_err(of_verdict)?;
        if id.eq_ignore_ascii_case(authserv_id) {
            return results::findings(field).map_err(of_verdict);
        }
    }
    Err(Unproven::NoVerdict)
}

fn of_verdict(_: Unreadable) -> Unproven {
    Unproven::VerdictUnreadable
}

fn judge(findings: &[Finding], domain: &str, trust: Trust) -> Result<(), Unproven> {
    if findings.iter().any(Finding::quotes_syntax) {
        return Err(Unproven::VerdictForged);
    }
    let of = |method: &'static str| findings.iter().filter(move |f| f.method == method);
    let names_another =
        |f: &Finding| f.has("header.from") && f.domain("header.from").as_deref() != Some(domain);
    let has_policy = of("dmarc").any(|f| f.result != "none");
    if !has_policy && trust == Trust::DmarcOrDkim {
        return if of("dmarc").any(names_another) {
            Err(Unproven::DmarcOtherDomain)
        } else if of("dkim").any(|f| f.result == "pass" && signs_for(domain, f)) {
            Ok(())
        } else {
            Err(Unproven::NoDkim)
        };
    }
    if of("dmarc").next().is_none() {
        Err(Unproven::NoDmarc)
    } else if of("dmarc").any(|f| f.result != "pass") {
        Err(Unproven::DmarcNotPassed)
    } else if of("dmarc").any(|f| !f.has("header.from")) {
        Err(Unproven::DmarcWithoutDomain)
    } else if of("dmarc").any(names_another) {
        Err(Unproven::DmarcOtherDomain)
    } else {
        Ok(())
    }
}

/// Whether a DKIM signature may speak for a domain: that domain signed itself, or one above it of at
/// least two labels did. A subdomain may belong to somebody else, so it never speaks for its parent.
fn signs_for(domain: &str, dkim: &Finding) -> bool {
    let signer = if dkim.has("header.d") {
        dkim.domain("header.d")
    } else {
        dkim.domain_of_user("header.i")
    };
    signer.is_some_and(|signer| {
        let below = domain
            .strip_suffix(&signer)
            .and_then(|b| b.strip_suffix('.'));
        domain == signer || (below.is_some() && signer.contains('.'))
    })
}

#[cfg(test)]
mod tests;

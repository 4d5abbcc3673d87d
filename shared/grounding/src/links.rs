//! Links, e-mail addresses and telephone numbers: only those that stand in the sources, and links only
//! to hosts that the operator allows.

use crate::{Source, Unsupported};

/// Digits from which on a number with signs between is a telephone number.
const PHONE: usize = 8;

/// Hosts that links may lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkHosts(Vec<String>);

/// An entry that is no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("holds {0:?}, which is no host such as help.bank.example or *.bank.example")]
pub struct BadHost(String);

impl LinkHosts {
    /// Reads a list with commas between: hosts, or `*.` and a domain for all hosts below it. An empty list
    /// allows nothing.
    pub fn parse(list: &str) -> Result<Self, BadHost> {
        let mut hosts = vec![];
        for entry in list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let host = entry.strip_prefix("*.").unwrap_or(entry);
            if !is_host(host) || !host.contains('.') {
                return Err(BadHost(entry.to_owned()));
            }
            hosts.push(entry.to_ascii_lowercase());
        }
        Ok(Self(hosts))
    }

    /// Whether a link leads to an allowed host: over https, by its plain name, without user and port.
    pub fn allows(&self, url: &str) -> bool {
        let rest = url.strip_prefix("https://").unwrap_or_default();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.to_ascii_lowercase();
        is_host(&host)
            && self
                .0
                .iter()
                .any(|allowed| match allowed.strip_prefix("*.") {
                    Some(domain) => host
                        .strip_suffix(domain)
                        .is_some_and(|rest| rest.ends_with('.')),
                    None => host == *allowed,
                })
    }
}

/// Names of letters, digits and hyphens (RFC 1123), none of them in Punycode.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with("xn--")
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let all_digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    !text.is_empty() && !all_digits && text.split('.').all(label)
}

/// Whether what leads somewhere stands in the sources, and is allowed where `hosts` are given.
pub(crate) fn stand(
    text: &str,
    sources: &[Source<'_>],
    hosts: Option<&LinkHosts>,
) -> Result<(), Unsupported> {
    let stands = |wanted: &str| sources.iter().any(|source| source.text.contains(wanted));
    for word in text.split(|c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '"' | '“' | '”' | '<' | '>' | '[' | ']' | '„')
    }) {
        let word =
            word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\''));
        if word.contains('@') {
            if !stands(word) {
                return Err(Unsupported::Address(word.to_owned()));
            }
        } else if let Some(url) = as_url(word) {
            let allowed = hosts.is_some_and(|hosts| hosts.allows(&url));
            if !allowed || !stands(word) {
                return Err(Unsupported::Link(word.to_owned()));
            }
        }
    }
    match phones(text).into_iter().find(|phone| {
        !sources
            .iter()
            .any(|s| digits(s.text).contains(phone.as_str()))
    }) {
        Some(phone) => Err(Unsupported::Address(phone)),
        None => Ok(()),
    }
}

/// A word that leads somewhere: an address with a scheme, or a bare domain.
fn as_url(word: &str) -> Option<String> {
    if word.contains("://") {
        return Some(word.to_owned());
    }
    let lower = word.to_lowercase();
    let host = lower.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let (name, end) = host.rsplit_once('.')?;
    let is_domain = end.len() >= 2
        && end.chars().all(char::is_alphabetic)
        && name.split('.').all(|label| {
            label.chars().count() >= 2 && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && name.chars().any(char::is_alphabetic);
    is_domain.then(|| format!("https://{word}"))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Runs of digits with spaces and signs between, long enough for a telephone number.
fn phones(text: &str) -> Vec<String> {
    let mut phones = vec![];
    let mut run = String::new();
    for c in text.chars().chain([' ', ' ', 'x']) {
        let joins =
            matches!(c, ' ' | '\u{a0}' | '-' | '/' | '(' | ')' | '.') && !run.ends_with("  ");
        if c.is_ascii_digit() || (c == '+' && run.is_empty()) || (joins && !run.is_empty()) {
            run.push(c);
        } else {
            // An amount has other signs, a date is shorter.
            let grouped = run.starts_with('+') || run.starts_with('0');
            let date = crate::dates::is_date(run.trim().trim_end_matches('.'));
            if grouped && !date && digits(&run).len() >= PHONE {
                phones.push(digits(&run));
            }
            run.clear();
        }
    }
    phones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_hosts_over_https_are_allowed() {
        let hosts = LinkHosts::parse("help.bank.test, *.bank.example").unwrap();
        for url in [
            "https://help.bank.test/cards#fees",
            "https://www.bank.example",
            "https://HELP.bank.test?x",
        ] {
            assert!(hosts.allows(url), "{url}");
        }
        for url in [
            "http://help.bank.test",
            "https://help.bank.test.attacker.test",
            "https://help.bank.test@attacker.test/",
            "https://help.bank.test:8443/",
            "https://bank.example/",
            "https://evilbank.example",
            "https://203.0.113.7/",
            "https://xn--hlp-bank.example/",
            "javascript:alert(1)",
            "help.bank.test",
        ] {
            assert!(!hosts.allows(url), "{url}");
        }
    }

    #[test]
    fn an_empty_list_allows_nothing() {
        assert!(
            !LinkHosts::parse("")
                .unwrap()
                .allows("https://help.bank.test")
        );
    }

    #[test]
    fn an_entry_that_is_no_host_is_named() {
        for list in ["https://bank.test", "bank", "help.bank.test,*", "a b.test"] {
            let error = LinkHosts::parse(list).unwrap_err();
            assert!(error.to_string().contains("no host"), "{list}");
        }
    }
}

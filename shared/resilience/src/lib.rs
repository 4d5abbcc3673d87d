//! How every call outside is made: a bound on its time, repeats where repeating is safe, and one gate a
//! service that all functions share.
//!
//! A read is repeated after any passing failure. A write is repeated only where the failure says
//! that nothing happened; a write whose outcome is unknown goes back to the ledger, which looks
//! before anyone does it again. A service that keeps failing is left alone by everybody for a while;
//! what needs it then fails at once, as [`ports::CallError::Paused`], and says when to come back.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

mod gate;
pub mod redelivery;
mod scope;

#[cfg(feature = "http")]
pub mod http;

pub use gate::{Gate, Op};
pub use scope::{Made, ScopeJournal, detail, last_attempts, within};

/// Whether an address is reached over TLS, or without leaving this machine.
pub fn is_protected(url: &str) -> bool {
    let url = url.trim();
    if url.starts_with("https://") {
        return true;
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is a name to log in with, and hides the host.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

/// What a call does to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing, or the same however often it is made.
    None,
    /// Something that must not be done twice.
    Once,
}

/// How often and how long a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Tries in all, at least one.
    pub attempts: usize,
    /// The wait before the second try. Later waits double, with jitter.
    pub first_wait: Duration,
    /// The bound on tries and waits together. No try starts after it.
    pub within: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(200),
            within: Duration::from_secs(20),
        }
    }
}

/// The waits between the tries.
fn waits(policy: Policy) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(policy.first_wait)
        .with_max_times(policy.attempts.saturating_sub(1))
        .with_jitter()
        .build()
}

#[cfg(test)]
mod tests {
    use super::is_protected;

    #[test]
    fn only_this_machine_is_reached_without_tls() {
        for good in [
            "https://odoo.bank.test",
            "http://127.0.0.1:8069/",
            "http://localhost",
            "http://[::1]:8069/x",
        ] {
            assert!(is_protected(good), "{good}");
        }
        for bad in [
            "http://odoo.bank.test",
            "http://127.0.0.1.bank.test/",
            "http://localhost@odoo.bank.test/",
            "http://localhost.bank.test",
            "ftp://127.0.0.1",
            "odoo.bank.test",
            "",
        ] {
            assert!(!is_protected(bad), "{bad}");
        }
    }
}

//! What the adapters that speak HTTP through reqwest share: the client, and what its errors mean.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ports::CallError;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::Effect;

/// How long one HTTP call may take, connecting included.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// TLS for all clients of this process, with the certificates that the machine trusts. Left alone, every
/// client would read them anew, which is most of what a function's start takes.
static TLS: LazyLock<Result<ClientConfig, rustls::Error>> = LazyLock::new(|| {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let tls =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut tls = tls.with_platform_verifier()?.with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
});

/// A client with bounds on connecting and on the whole call.
pub fn client() -> reqwest::Client {
    client_within(CALL_TIMEOUT)
}

/// A client whose calls end within `longest`. It follows no redirects: they would turn a POST into a
/// GET, and carry keys to other hosts.
///
/// # Panics
/// If the TLS library cannot start: the build is broken, or the machine trusts no certificate.
#[expect(clippy::expect_used, reason = "what has no TLS must not start")]
pub fn client_within(longest: Duration) -> reqwest::Client {
    let tls = TLS.as_ref().expect("the TLS library starts").clone();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(Duration::from_secs(3))
        .timeout(longest)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("the TLS library starts")
}

/// What a failed call means. The URL is left out: it may hold a secret.
pub fn failed(service: &'static str, effect: Effect, error: reqwest::Error) -> CallError {
    let before = error.is_connect() || error.is_builder() || effect == Effect::None;
    let error = error.without_url();
    if before {
        CallError::unreachable(service, error)
    } else {
        CallError::outcome_unknown(service, error)
    }
}

/// What an answer with a status of 5xx means: a write may have happened.
pub fn broke(service: &'static str, effect: Effect, status: u16) -> CallError {
    let cause = format!("HTTP status {status}");
    match effect {
        Effect::None => CallError::unreachable(service, cause),
        Effect::Once => CallError::outcome_unknown(service, cause),
    }
}

/// The longest wait that a service is believed.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// `Retry-After` in seconds (RFC 9110, section 10.2.3), a day at the most. Dates are not used by the
/// services we call.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_ever_however_long_a_service_says() {
        let said = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().ok()?);
            retry_after(&headers)
        };
        assert_eq!(said("7"), Some(Duration::from_secs(7)));
        assert_eq!(said("18446744073709551615"), Some(LONGEST_ASKED));
        assert_eq!(said("soon"), None);
    }
}

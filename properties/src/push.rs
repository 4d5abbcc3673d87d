//! Any request at the door for pushes: nobody gets in without a token of Google's, no malformed token
//! makes us ask for keys, and a body is read or refused for good.

use std::cell::OnceCell;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mailbox_gmail::notification::{LARGEST_BODY, read};
use mailbox_gmail::{PushRejected, PushVerifier};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};

use crate::first_line;

const OWN: &str = "support@bank.test";

/// Nothing listens there, so no key is ever had.
const NO_KEYS: &str = "http://127.0.0.1:1/certs";

/// Reads the first line as what stands in Authorization and the rest as the body. A line in braces is
/// taken for the header of a token, and encoded.
///
/// # Panics
/// If someone is let in, or a body is answered differently from what it says.
pub fn holds(data: &[u8]) {
    let (bearer, body) = first_line(data);
    nobody_gets_in(&bearer);
    if bearer.starts_with('{') {
        let header = URL_SAFE_NO_PAD.encode(&bearer);
        nobody_gets_in(&format!("Bearer {header}.{header}.{header}"));
    }
    let plain = read(&body, false, OWN);
    let encoded = STANDARD.encode(&body);
    if encoded.len() <= LARGEST_BODY {
        assert_eq!(read(&encoded, true, OWN), plain, "encoding changes it");
    }
    match plain {
        Ok(_) => assert_ne!(read(&body, false, "sales@bank.test"), plain),
        Err(bad) => assert!((400..500).contains(&bad.status())),
    }
    if let Err(bad) = read(&body, true, OWN) {
        assert!((400..500).contains(&bad.status()));
    }
}

thread_local! {
    static DOOR: OnceCell<(Runtime, PushVerifier)> = const { OnceCell::new() };
}

fn nobody_gets_in(bearer: &str) {
    let verdict = DOOR.with(|door| {
        let (runtime, verifier) = door.get_or_init(|| {
            let runtime = Builder::new_current_thread().enable_all().build();
            let verifier = PushVerifier::new(NO_KEYS, "https://push.bank.test", "push@bank.test");
            (runtime.unwrap_or_else(|error| panic!("{error}")), verifier)
        });
        runtime.block_on(verifier.verify(bearer, OffsetDateTime::UNIX_EPOCH))
    });
    match verdict {
        Ok(()) => panic!("somebody got in without a key"),
        Err(PushRejected::KeysUnreachable(_)) => {
            assert!(names_a_key(bearer), "keys are asked for in vain");
        }
        Err(rejected) => assert_eq!(rejected.status(), 401),
    }
}

/// Whether something is a token that names the key it is signed with (RFC 7515, sections 3.1 and 4.1).
fn names_a_key(bearer: &str) -> bool {
    let token = bearer.trim().rsplit(' ').next().unwrap_or_default();
    let parts: Vec<&str> = token.trim().split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return false;
    };
    let is_encoded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !(claims.chars().all(is_encoded) && signature.chars().all(is_encoded)) {
        return false;
    }
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    header["alg"] == "RS256" && header["kid"].is_string()
}

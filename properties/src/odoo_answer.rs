//! Any answer of Odoo, or of what stands before it: read or refused, never repeated where something may
//! have happened, and never quoted.

use ports::CallError;
use serde_json::Value;
use tickets_odoo::fuzzing::answer;

use crate::first_line;

/// Longer than any reason that is of use.
const LONGEST_REASON: usize = 700;

/// Reads the first line as the status, followed by `page` for a web page, and the rest as the body.
///
/// # Panics
/// If a write may be repeated that may have happened, or an error quotes what may come from a mail.
pub fn holds(data: &[u8]) {
    let (head, body) = first_line(data);
    let status = head.split_whitespace().next();
    let status: u16 = status.and_then(|text| text.parse().ok()).unwrap_or(200);
    let is_page = head.contains("page");
    let read = answer(status, is_page, body.as_bytes());
    for error in read.of_reads.iter().chain(&read.of_writes) {
        let said = format!("{error} {error:?}");
        assert!(!said.contains('@'), "an error holds an address");
        assert!(
            said.chars().count() < 2 * LONGEST_REASON,
            "an error is long"
        );
    }
    let named = serde_json::from_str::<Value>(&body).is_ok_and(|body| body["name"].is_string());
    if (500..).contains(&status) && !named {
        let unsure = |error: &CallError| matches!(error, CallError::OutcomeUnknown { .. });
        assert!(
            read.of_writes.iter().all(unsure),
            "a write is repeated blindly"
        );
    }
    let succeeded = (200..300).contains(&status) && !is_page;
    assert!(
        succeeded || read.tickets.is_empty(),
        "a refusal has tickets"
    );
    assert!(succeeded || !read.of_writes.is_empty(), "a refusal is none");
    for (_, owner) in read.tickets {
        let owner = owner.unwrap_or_else(|| "nobody".to_owned());
        assert!(!owner.is_empty() && owner.trim() == owner && !owner.contains(['<', '>']));
    }
}

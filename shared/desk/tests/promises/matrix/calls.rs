//! Every method of the ports is a row of the matrix or says why it needs none, so that a new way to
//! change the world cannot be left out.

use std::collections::BTreeSet;

use domain::step::StepName;

use super::effects;

/// The ports through which the world is changed.
const PORTS: [(&str, &str); 7] = [
    ("Mailbox", include_str!("../../../../ports/src/mailbox.rs")),
    ("Tickets", include_str!("../../../../ports/src/tickets.rs")),
    ("Alerts", include_str!("../../../../ports/src/alerts.rs")),
    ("Bank", include_str!("../../../../ports/src/bank.rs")),
    ("Archive", include_str!("../../../../ports/src/archive.rs")),
    ("Uploads", include_str!("../../../../ports/src/archive.rs")),
    ("Queue", include_str!("../../../../ports/src/queue.rs")),
];

/// Methods that change nothing.
const READS: [&str; 17] = [
    "Mailbox::now_at",
    "Mailbox::history",
    "Mailbox::inbox",
    "Mailbox::fetch",
    "Mailbox::drafts",
    "Mailbox::latest_drafts",
    "Tickets::find",
    "Tickets::last_mails",
    "Tickets::is_owned_by",
    "Tickets::has_note",
    "Tickets::link",
    "Bank::holder",
    "Bank::movements",
    "Archive::read",
    "Archive::read_part",
    "Archive::list",
    "Archive::link",
];

/// Methods that change something which no mail is the cause of, or which is gone by itself.
const NOT_OF_A_MAIL: [&str; 5] = [
    // Renewed every day, and renewing it twice is renewing it.
    "Mailbox::watch",
    // Staged files go by the bucket's lifecycle, documents by their own index.
    "Archive::remove",
    // Of backups, which are read back before they count; what is not finished goes by the same lifecycle.
    "Uploads::begin",
    // Of the helpdesk itself, noted when it was taken.
    "Alerts::notice",
    // When a message is seen again, not whether.
    "Queue::give_back",
];

/// The methods of a trait, as its source names them.
fn methods(port: &str, source: &str) -> BTreeSet<String> {
    let start = source
        .find(&format!("pub trait {port}"))
        .expect("the trait is in its file");
    let body = &source[start..];
    let body = &body[..body.find("\n}").expect("the trait ends")];
    body.lines()
        .filter_map(|line| {
            let line = line.trim();
            let after = line
                .strip_prefix("async fn ")
                .or(line.strip_prefix("fn "))?;
            let name = after.split(['(', '<']).next()?;
            Some(format!("{port}::{name}"))
        })
        .collect()
}

#[test]
fn every_call_that_changes_the_world_is_a_row() {
    let rows: BTreeSet<String> = effects::all().iter().map(|e| e.method.to_owned()).collect();
    let known = READS.into_iter().chain(NOT_OF_A_MAIL).map(str::to_owned);
    let known: BTreeSet<String> = known.chain(rows).collect();
    for (port, source) in PORTS {
        let there = methods(port, source);
        assert!(!there.is_empty(), "{port} has methods");
        let missing: Vec<_> = there.difference(&known).collect();
        assert!(
            missing.is_empty(),
            "{missing:?} need a row in `effects`, or a word here why not"
        );
        let own = known
            .iter()
            .filter(|name| name.starts_with(&format!("{port}::")));
        let gone: Vec<_> = own.filter(|name| !there.contains(*name)).collect();
        assert!(gone.is_empty(), "{gone:?} are no methods any more");
    }
}

#[test]
fn every_step_is_a_row() {
    let names: Vec<&str> = effects::all().iter().map(|effect| effect.name).collect();
    for step in StepName::ALL {
        let word = step.as_str().split('_').next().unwrap_or_default();
        let has_row = names
            .iter()
            .any(|name| name.starts_with(&format!("{word}:")));
        assert!(has_row, "{step} has no row");
    }
    let different: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "two rows have one name");
}

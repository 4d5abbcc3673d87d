//! What no source may hold: a call that sends a mail, or more lines than a reader takes in.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Source, Violation};

/// A file over this length is named.
const LONG: usize = 500;

/// A file over this length fails.
const TOO_LONG: usize = 520;

/// Every spelling of Gmail's two calls that send: as methods of the client, as names in its
/// documentation, and as paths of its REST interface.
const SENDING: [&str; 6] = [
    "messages_send",
    "drafts_send",
    "messages.send",
    "drafts.send",
    "messages/send",
    "drafts/send",
];

const FOLDERS: [&str; 5] = ["cli", "functions", "local", "shared", "xtask"];

/// Reads every Rust source below the workspace's root.
pub(super) fn read(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in FOLDERS {
        read_below(root, &root.join(folder), &mut sources)?;
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn read_below(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            read_below(root, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let path = path.strip_prefix(root).unwrap_or(&path);
            sources.push(Source {
                path: path.to_string_lossy().replace('\\', "/"),
                text,
            });
        }
    }
    Ok(())
}

/// Holds the rules for sources.
pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        if is_product(&source.path) {
            violations.extend(sends(source));
            violations.extend(nameless_errors(source));
        }
        let lines = source.text.lines().count();
        if lines > TOO_LONG {
            violations.push(Violation {
                rule: "length",
                place: source.path.clone(),
                what: format!("has {lines} lines"),
                mend: format!("Split it by what its parts promise: {LONG} lines are the most"),
            });
        }
    }
    violations
}

/// What is linked into the functions. A test may try to send in order to show that nothing does.
fn is_product(path: &str) -> bool {
    (path.starts_with("functions/") || path.starts_with("shared/")) && !path.contains("/tests/")
}

/// Files that are over the limit, but not yet so far that the check fails.
pub(super) fn nearly_too_long(sources: &[Source]) -> Vec<String> {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LONG && lines <= TOO_LONG)
            .then(|| format!("{} has {lines} lines; split it soon", source.path))
    };
    sources.iter().filter_map(long).collect()
}

/// The lines that would send a mail. What a comment says about sending is no call.
fn sends(source: &Source) -> impl Iterator<Item = Violation> {
    let lines = source.text.lines().zip(1..);
    lines
        .filter(|(line, _)| {
            let code = line.split_once("//").map_or(*line, |(code, _)| code);
            // A URL's `//` is not the start of a comment.
            let code = if line.contains("://") { line } else { code };
            SENDING.iter().any(|call| code.contains(call))
        })
        .map(|(_, number)| Violation {
            rule: "nothing is sent",
            place: format!("{}:{number}", source.path),
            what: "names a call that sends a mail".to_owned(),
            mend: "Write a draft: a person reads it and sends it".to_owned(),
        })
}

/// Error lines without a name. Sentry is told of an error by its name alone (docs/LOGGING.md).
fn nameless_errors(source: &Source) -> impl Iterator<Item = Violation> {
    // In two pieces, for this file is a source too.
    let call = concat!("tracing::", "error!(");
    let product = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    let calls = product.match_indices(call);
    calls
        .filter(move |(at, _)| {
            let after = product[at + call.len()..].trim_start();
            !after.starts_with("name:")
        })
        .map(move |(at, _)| Violation {
            rule: "errors have names",
            place: format!("{}:{}", source.path, product[..at].lines().count()),
            what: "logs an error that has no name".to_owned(),
            mend: "Say what happened in constant words: name: \"a mail is given up\"".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    fn found(path: &str, text: &str) -> Vec<String> {
        let found = check(&[source(path, text)]);
        found.iter().map(|found| found.place.clone()).collect()
    }

    #[test]
    fn an_error_that_is_logged_without_a_name_is_found() {
        let named =
            "fn f() {\n    tracing::error!(\n        name: \"it broke\",\n        \"{said}\");\n}";
        assert_eq!(found("shared/desk/src/sweep.rs", named), [""; 0]);
        let nameless = "fn f() {\n    tracing::error!(mail = %key, \"{said}\");\n}";
        assert_eq!(
            found("shared/desk/src/sweep.rs", nameless),
            ["shared/desk/src/sweep.rs:2"]
        );
        assert_eq!(
            found("local/src/aws.rs", nameless),
            [""; 0],
            "it is no product"
        );
    }

    #[test]
    fn a_call_that_sends_is_found_with_its_line() {
        let text = "fn f() {\n    hub.users()\n        .messages_send(mail, \"me\");\n}";
        assert_eq!(
            found("functions/triage/src/main.rs", text),
            ["functions/triage/src/main.rs:3"]
        );
    }

    #[test]
    fn every_spelling_of_sending_is_found() {
        for call in [
            "hub.users().drafts_send(draft, me)",
            "post(\"https://mail.test/gmail/v1/users/me/messages/send\")",
            "post(\"/gmail/v1/users/me/drafts/send\")",
            "call(\"gmail.drafts.send\")",
        ] {
            assert_eq!(found("shared/desk/src/lib.rs", call).len(), 1, "{call}");
        }
    }

    #[test]
    fn a_comment_may_say_that_nothing_is_sent() {
        let text = "//! There is no path to messages.send.\nfn f() {} // nor drafts.send";
        assert!(found("shared/desk/src/lib.rs", text).is_empty());
    }

    #[test]
    fn a_test_may_show_that_sending_fails() {
        let path = "shared/mailbox_gmail/tests/access.rs";
        assert!(found(path, "post(\"/drafts/send\")").is_empty());
    }

    #[test]
    fn the_stand_in_may_know_how_a_person_sends() {
        assert!(found("local/src/gmail.rs", "post(\"/drafts/send\")").is_empty());
    }

    #[test]
    fn a_file_far_over_the_length_fails() {
        let text = "\n".repeat(521);
        assert_eq!(found("local/src/gmail.rs", &text), ["local/src/gmail.rs"]);
    }

    #[test]
    fn a_file_just_over_the_length_is_named() {
        let long = source("cli/src/main.rs", &"\n".repeat(510));
        assert!(check(std::slice::from_ref(&long)).is_empty());
        assert_eq!(
            nearly_too_long(&[long]),
            ["cli/src/main.rs has 510 lines; split it soon"]
        );
    }
}

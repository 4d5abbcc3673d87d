//! Who may import whom. Only what a crate links counts: its tests may use any room.

use super::Violation;
use crate::workspace::Room;

/// What a room is for, which decides what it may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Domain,
    Ports,
    MailMime,
    /// The words of the languages served.
    Words,
    /// Documents of the knowledge base as pieces that can be found.
    Documents,
    /// Whether a sentence stands in the passages it cites.
    Grounding,
    /// Statements as PDFs.
    StatementPdf,
    Desk,
    Resilience,
    LambdaKit,
    /// Which account AWS's services are asked in.
    AwsAccount,
    /// Stands in for a crate of a vendor's SDK, in patches/.
    Patch,
    /// `<role>_<vendor>`.
    Adapter,
    /// The model that stands in for the vendor's. No function may link it.
    ModelStandin,
    Testkit,
    Function,
    Local,
    Cli,
    Evals,
    /// What holds of every input from outside, for `fuzz/` and its own test.
    Properties,
    Xtask,
}

/// The first words of adapters' names: the role that the vendor plays.
const ROLES: [&str; 12] = [
    "alerts",
    "archive",
    "faults",
    "knowledge",
    "mailbox",
    "model",
    "queue",
    "stack",
    "store",
    "tickets",
    "traces",
    "vault",
];

/// Which rooms may link a vendor's SDK. A trailing `*` stands for any ending; the first match counts.
const SDKS: [(&str, &[&str]); 23] = [
    ("aws-config", &["aws_account"]),
    ("aws-credential-types", &["aws_account"]),
    ("aws-sdk-sqs", &["queue_sqs"]),
    ("aws-sdk-s3", &["archive_s3"]),
    ("aws-sdk-sns", &["alerts_sns"]),
    ("aws-sdk-secretsmanager", &["vault_secretsmanager"]),
    ("aws-sdk-lambda", &["stack_aws"]),
    ("aws-sdk-iam", &["stack_aws"]),
    ("aws-sdk-*", &[]),
    ("google-*", &["mailbox_gmail"]),
    ("qdrant-client", &["knowledge_qdrant"]),
    ("tonic", &["knowledge_qdrant"]),
    ("tokio-postgres*", &["store_postgres"]),
    ("deadpool-postgres", &["store_postgres"]),
    ("refinery", &["store_postgres"]),
    ("bcrypt", &["store_postgres", "testkit"]),
    ("printpdf", &["statement_pdf"]),
    ("lopdf", &["statement_pdf", "documents"]),
    ("allsorts*", &["statement_pdf"]),
    ("lambda_*", &["lambda_kit"]),
    ("sentry*", &["faults_sentry"]),
    ("backon", &["resilience"]),
    ("opentelemetry*", &["traces_otlp"]),
];

/// Crates that open connections. Rooms without an outside world do not link them.
const WIRE: [&str; 7] = [
    "axum",
    "hyper*",
    "reqwest",
    "rustls*",
    "ureq",
    "lettre",
    "native-tls",
];

/// Holds the table of imports against all rooms.
pub(super) fn check(rooms: &[Room]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for room in rooms {
        if !room.inherits_lints {
            violations.push(Violation {
                rule: "lints",
                place: room.folder.clone(),
                what: "does not take over the workspace's lints".to_owned(),
                mend: "Add `[lints]` with `workspace = true` to its Cargo.toml".to_owned(),
            });
        }
        let Some(kind) = kind(room) else {
            violations.push(unknown_room(room));
            continue;
        };
        for link in &room.links {
            let other = rooms.iter().find(|other| other.name == *link);
            let verdict = match other {
                Some(other) => imports(kind, other),
                None => links(kind, &room.name, link),
            };
            if let Err(mend) = verdict {
                violations.push(Violation {
                    rule: "imports",
                    place: room.folder.clone(),
                    what: format!("links {link}"),
                    mend,
                });
            }
        }
    }
    violations
}

fn unknown_room(room: &Room) -> Violation {
    Violation {
        rule: "imports",
        place: room.folder.clone(),
        what: "is a room that no rule knows".to_owned(),
        mend: format!(
            "Name it <role>_<vendor> with a role among {}, the same as its folder, or give it a rule in xtask/src/structure/imports.rs",
            ROLES.join(", ")
        ),
    }
}

fn kind(room: &Room) -> Option<Kind> {
    if room.folder == format!("functions/{}", room.name) {
        return Some(Kind::Function);
    }
    if room.folder == format!("patches/{}", room.name) {
        return Some(Kind::Patch);
    }
    Some(match (room.folder.as_str(), room.name.as_str()) {
        ("local", "local") => Kind::Local,
        ("cli", "cli") => Kind::Cli,
        ("evals", "evals") => Kind::Evals,
        ("properties", "properties") => Kind::Properties,
        ("xtask", "xtask") => Kind::Xtask,
        (folder, name) if folder != format!("shared/{name}") => return None,
        (_, "domain") => Kind::Domain,
        (_, "ports") => Kind::Ports,
        (_, "mail_mime") => Kind::MailMime,
        (_, "words") => Kind::Words,
        (_, "documents") => Kind::Documents,
        (_, "grounding") => Kind::Grounding,
        (_, "statement_pdf") => Kind::StatementPdf,
        (_, "desk") => Kind::Desk,
        (_, "resilience") => Kind::Resilience,
        (_, "lambda_kit") => Kind::LambdaKit,
        (_, "aws_account") => Kind::AwsAccount,
        (_, "testkit") => Kind::Testkit,
        (_, "model_standin") => Kind::ModelStandin,
        (_, name) => {
            let (role, _) = name.split_once('_')?;
            ROLES.contains(&role).then_some(Kind::Adapter)?
        }
    })
}

/// Whether one room may import another; if not, what to do instead.
fn imports(importer: Kind, other: &Room) -> Result<(), String> {
    use Kind::{
        Adapter, AwsAccount, Cli, Desk, Documents, Domain, Evals, Function, Grounding, LambdaKit,
        Local, MailMime, ModelStandin, Patch, Ports, Properties, Resilience, StatementPdf, Testkit,
        Words, Xtask,
    };
    // An unknown room is reported on its own.
    let Some(other) = kind(other) else {
        return Ok(());
    };
    let mend = |text: &str| Err(text.to_owned());
    match other {
        Function => return mend("A function is a program: move what is shared into shared/"),
        // What is measured runs on the stand-ins.
        Local if importer == Evals => return Ok(()),
        Local | Cli | Evals | Properties | Xtask => {
            return mend("It is a program of its own: nothing imports it");
        }
        Testkit if importer != Local => {
            return mend("Move it to [dev-dependencies]: fakes belong to tests and to local");
        }
        _ => {}
    }
    let allowed: &[Kind] = match importer {
        Domain | Words | AwsAccount | Patch => &[],
        Documents | Grounding => &[Words],
        Ports | StatementPdf => &[Domain],
        MailMime => &[Domain, Words],
        Desk => &[Domain, Ports, MailMime, Words, Documents, Grounding],
        Resilience => &[Ports],
        Adapter => &[Domain, Ports, Resilience, AwsAccount],
        ModelStandin | LambdaKit => &[Domain, Ports, Resilience],
        Function => &[
            Desk,
            LambdaKit,
            Domain,
            Ports,
            MailMime,
            StatementPdf,
            Grounding,
            AwsAccount,
            Adapter,
        ],
        Testkit => &[Domain, Ports, Desk, MailMime, ModelStandin],
        Local | Cli | Evals | Properties | Xtask => return Ok(()),
    };
    if allowed.contains(&other) {
        return Ok(());
    }
    Err(match (importer, other) {
        (Adapter, Adapter) => "Adapters do not know each other: a function joins them".to_owned(),
        (Function, ModelStandin) => {
            "The stand-in is no product: link the vendor's model".to_owned()
        }
        _ => {
            let names: Vec<String> = allowed.iter().map(|kind| format!("{kind:?}")).collect();
            let names = if names.is_empty() {
                "no room".to_owned()
            } else {
                names.join(", ")
            };
            format!("It may import {names}: turn the dependency round, or ask through a port")
        }
    })
}

/// Whether a room may link a crate from outside; if not, what to do instead.
fn links(importer: Kind, room: &str, link: &str) -> Result<(), String> {
    let only: Option<&[&str]> = match importer {
        Kind::Domain => Some(&["rust_decimal", "serde", "strsim", "thiserror", "time"]),
        Kind::Ports => Some(&["async-trait", "secrecy", "serde", "thiserror", "time"]),
        Kind::Local | Kind::Cli | Kind::Evals | Kind::Properties | Kind::Xtask => return Ok(()),
        _ => None,
    };
    if let Some(only) = only
        && !only.contains(&link)
    {
        return Err(format!(
            "It links only {}: keep the rest outside of it",
            only.join(", ")
        ));
    }
    let lambda = link.starts_with("lambda_") || link == "aws_lambda_events";
    if lambda && importer == Kind::Function {
        return Ok(());
    }
    if lambda && importer != Kind::LambdaKit {
        return Err("Lambda is known to lambda_kit and the functions alone".to_owned());
    }
    if let Some((_, owners)) = SDKS.iter().find(|(sdk, _)| matches(sdk, link))
        && !owners.contains(&room)
    {
        return Err(if owners.is_empty() {
            "No room owns this SDK: give it an adapter, and a line in xtask/src/structure/imports.rs"
                .to_owned()
        } else {
            format!("Only {} links it: ask through its port", owners.join(", "))
        });
    }
    let may_connect = matches!(importer, Kind::Adapter | Kind::Resilience);
    if !may_connect && WIRE.iter().any(|wire| matches(wire, link)) {
        return Err("Only adapters and resilience open connections: ask through a port".to_owned());
    }
    Ok(())
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{house, room};
    use super::*;

    /// What is said when a room of the lawful house links one crate more.
    fn after_linking(folder: &str, link: &str) -> Vec<String> {
        let mut rooms = house().rooms;
        let room = rooms.iter_mut().find(|room| room.folder == folder).unwrap();
        room.links.push(link.to_owned());
        check(&rooms).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(folder: &str, link: &str) {
        let said = after_linking(folder, link);
        assert_eq!(said.len(), 1, "{folder} may link {link}");
        assert!(said[0].starts_with(&format!("imports: {folder} links {link}.")));
    }

    #[track_caller]
    fn allowed(folder: &str, link: &str) {
        assert_eq!(after_linking(folder, link), Vec::<String>::new());
    }

    #[test]
    fn domain_imports_no_room() {
        refused("shared/domain", "ports");
    }

    #[test]
    fn domain_links_nothing_that_runs() {
        refused("shared/domain", "tokio");
        refused("shared/domain", "serde_json");
    }

    #[test]
    fn ports_know_no_use_case() {
        refused("shared/ports", "desk");
    }

    #[test]
    fn ports_know_no_vendor() {
        refused("shared/ports", "aws-sdk-sqs");
    }

    #[test]
    fn mail_mime_reads_mail_without_a_network() {
        allowed("shared/mail_mime", "html2text");
        refused("shared/mail_mime", "reqwest");
        refused("shared/mail_mime", "ports");
    }

    #[test]
    fn statements_are_printed_in_one_room() {
        allowed("shared/statement_pdf", "printpdf");
        refused("shared/statement_pdf", "ports");
        refused("shared/statement_pdf", "reqwest");
        refused("shared/desk", "printpdf");
        refused("shared/desk", "statement_pdf");
        allowed("functions/triage", "statement_pdf");
    }

    #[test]
    fn passwords_are_hashed_in_one_room() {
        refused("shared/desk", "bcrypt");
        refused("functions/triage", "bcrypt");
    }

    #[test]
    fn use_cases_know_no_vendor() {
        refused("shared/desk", "queue_sqs");
        refused("shared/desk", "reqwest");
        refused("shared/desk", "lambda_runtime");
        refused("shared/desk", "lambda_kit");
    }

    #[test]
    fn an_adapter_does_not_know_another() {
        refused("shared/queue_sqs", "archive_s3");
    }

    #[test]
    fn an_adapter_does_not_know_the_use_cases() {
        refused("shared/queue_sqs", "desk");
    }

    #[test]
    fn an_adapter_links_its_own_sdk_alone() {
        refused("shared/queue_sqs", "aws-sdk-s3");
        refused("shared/queue_sqs", "tokio-postgres");
        allowed("shared/queue_sqs", "resilience");
    }

    #[test]
    fn one_room_reads_which_aws_account_is_worked_in() {
        refused("shared/queue_sqs", "aws-config");
        refused("shared/lambda_kit", "aws_account");
        allowed("functions/ingest", "aws_account");
        refused("shared/aws_account", "ports");
    }

    #[test]
    fn what_stands_in_for_a_crate_knows_no_room() {
        refused("patches/crc-fast", "domain");
    }

    #[test]
    fn an_sdk_without_a_room_is_refused() {
        refused("shared/queue_sqs", "aws-sdk-sesv2");
    }

    #[test]
    fn resilience_knows_ports_alone() {
        allowed("shared/resilience", "reqwest");
        refused("shared/resilience", "queue_sqs");
        refused("shared/resilience", "aws-config");
    }

    #[test]
    fn lambda_kit_knows_no_vendor() {
        allowed("shared/lambda_kit", "lambda_runtime");
        refused("shared/lambda_kit", "queue_sqs");
        refused("shared/lambda_kit", "aws-config");
    }

    #[test]
    fn a_function_may_name_what_the_use_cases_take() {
        allowed("functions/triage", "mail_mime");
        allowed("functions/triage", "domain");
    }

    #[test]
    fn a_function_does_not_link_another() {
        refused("functions/triage", "ingest");
    }

    #[test]
    fn a_function_links_no_part_of_the_test_world() {
        refused("functions/triage", "testkit");
        refused("functions/triage", "local");
        refused("functions/triage", "model_standin");
    }

    #[test]
    fn a_function_reaches_vendors_through_adapters() {
        refused("functions/triage", "aws-sdk-sqs");
        refused("functions/triage", "reqwest");
        allowed("functions/triage", "archive_s3");
    }

    #[test]
    fn fakes_are_linked_by_local_alone() {
        allowed("local", "testkit");
        refused("cli", "testkit");
        refused("shared/queue_sqs", "testkit");
    }

    #[test]
    fn nobody_imports_a_program() {
        refused("cli", "local");
        refused("local", "xtask");
        refused("local", "triage");
    }

    #[test]
    fn a_room_without_a_rule_is_named() {
        let mut rooms = house().rooms;
        rooms.push(room("shared/utils", &[]));
        let said = check(&rooms);
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].place, "shared/utils");
        assert!(said[0].mend.contains("<role>_<vendor>"));
    }

    #[test]
    fn a_room_without_the_lints_is_named() {
        let mut rooms = house().rooms;
        rooms[0].inherits_lints = false;
        let said = check(&rooms);
        assert_eq!((said.len(), said[0].rule), (1, "lints"));
    }
}

//! A function may touch what its adapters touch, and nothing more: its IAM statements name the same
//! services as its `Cargo.toml`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::deployment::FUNCTION;
use super::{Violation, logical_id};
use crate::template::{Resource, Template, points_to};
use crate::workspace::Room;

/// Which adapter uses which service.
const ADAPTERS: [(&str, &str); 4] = [
    ("queue_sqs", "sqs"),
    ("archive_s3", "s3"),
    ("alerts_sns", "sns"),
    ("vault_secretsmanager", "secretsmanager"),
];

/// What the adapters really call. Whatever else is granted is granted for nothing.
const CALLED: [&str; 10] = [
    "sqs:SendMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "sns:Publish",
    "secretsmanager:GetSecretValue",
];

/// Services that come with another one, or with running at all.
const ACCOMPANYING: [&str; 4] = ["kms", "logs", "xray", "cloudwatch"];

/// What an event source needs of its queue. Having a queue as source is no use of `queue_sqs`.
const RECEIVING: [&str; 5] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ChangeMessageVisibility",
];

/// SAM's policy templates that this house may use, as the actions they stand for.
const POLICY_TEMPLATES: [(&str, &str); 8] = [
    (
        "AWSSecretsManagerGetSecretValuePolicy",
        "secretsmanager:GetSecretValue",
    ),
    ("KMSDecryptPolicy", "kms:Decrypt"),
    ("S3CrudPolicy", "s3:PutObject"),
    ("S3ReadPolicy", "s3:GetObject"),
    ("S3WritePolicy", "s3:PutObject"),
    ("SNSPublishMessagePolicy", "sns:Publish"),
    ("SQSPollerPolicy", "sqs:ReceiveMessage"),
    ("SQSSendMessagePolicy", "sqs:SendMessage"),
];

/// Compares every function's statements with the adapters it links.
pub(super) fn check(template: &Template, functions: &[&Room]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for function in functions {
        let id = logical_id(&function.name);
        let Some(resource) = template
            .resource(&id)
            .filter(|found| found.kind == FUNCTION)
        else {
            // A missing resource is told by the rule for resources.
            continue;
        };
        let actions = actions_of(template, &resource);
        violations.extend(actions.iter().filter_map(|action| too_wide(&id, action)));
        violations.extend(actions.iter().filter_map(|action| for_nothing(&id, action)));
        if allows_everywhere(&resource.properties["Policies"]) {
            violations.push(Violation {
                rule: "permissions",
                place: id.clone(),
                what: "may act on every resource there is".to_owned(),
                mend: "Name the resources of each Statement".to_owned(),
            });
        }
        violations.extend(mismatches(function, &id, &actions));
    }
    violations
}

fn mismatches(function: &Room, id: &str, actions: &BTreeSet<String>) -> Vec<Violation> {
    let granted = services(actions);
    let violation = |what: String, mend: String| Violation {
        rule: "permissions",
        place: id.to_owned(),
        what,
        mend,
    };
    let mut violations = Vec::new();
    for (adapter, service) in ADAPTERS {
        let links = function.links.iter().any(|link| link == adapter);
        let may = granted.contains(service);
        // Being fed by a queue is enough for an adapter that asks no more than that of it.
        let called = CALLED.iter().any(|action| {
            action.split_once(':').is_some_and(|(of, _)| of == service) && actions.contains(*action)
        });
        if links && !may && !called {
            violations.push(violation(
                format!("links {adapter}, but may not use {service}"),
                format!(
                    "Grant the {service} actions it needs in template.yaml, or drop {adapter} from {}/Cargo.toml",
                    function.folder
                ),
            ));
        } else if may && !links {
            violations.push(violation(
                format!("may use {service}, but does not link {adapter}"),
                format!("Take the {service} actions out of its policies"),
            ));
        }
    }
    let strangers = granted.iter().filter(|service| {
        !ACCOMPANYING.contains(service) && ADAPTERS.iter().all(|(_, known)| known != *service)
    });
    for service in strangers {
        violations.push(violation(
            format!("may use {service}, for which there is no adapter"),
            "Take the actions out, or add an adapter and a line in xtask/src/structure/permissions.rs"
                .to_owned(),
        ));
    }
    violations
}

fn too_wide(id: &str, action: &str) -> Option<Violation> {
    let wide = action == "*" || action.ends_with(":*") || !action.contains(':');
    wide.then(|| Violation {
        rule: "permissions",
        place: id.to_owned(),
        what: format!("is granted {action} as a whole"),
        mend: "List the actions that it calls in a Statement of its Policies".to_owned(),
    })
}

/// An action of a known service that no adapter calls.
fn for_nothing(id: &str, action: &str) -> Option<Violation> {
    let (service, _) = action.split_once(':')?;
    let is_known = ADAPTERS.iter().any(|(_, known)| *known == service);
    let is_called = CALLED.contains(&action) || RECEIVING.contains(&action);
    (is_known && !is_called && !action.ends_with('*')).then(|| Violation {
        rule: "permissions",
        place: id.to_owned(),
        what: format!("may do {action}, which no adapter calls"),
        mend: "Take the action out, or add it to the list in xtask/src/structure/permissions.rs with the call"
            .to_owned(),
    })
}

/// Whether a statement names no resource of its own.
fn allows_everywhere(policies: &Value) -> bool {
    match policies {
        Value::Array(items) => items.iter().any(allows_everywhere),
        Value::Object(entries) if policies["Effect"] == "Allow" => {
            let resource = &entries.get("Resource").cloned().unwrap_or_default();
            let is_star = |value: &Value| value == "*";
            is_star(resource)
                || resource
                    .as_array()
                    .is_some_and(|all| all.iter().any(is_star))
        }
        Value::Object(entries) => entries.values().any(allows_everywhere),
        _ => false,
    }
}

/// The services of actions that go beyond being fed by a queue.
fn services(actions: &BTreeSet<String>) -> BTreeSet<&str> {
    actions
        .iter()
        .filter(|action| !RECEIVING.contains(&action.as_str()))
        .filter_map(|action| action.split_once(':'))
        .map(|(service, _)| service)
        .collect()
}

/// Every action that a function's policies, and its role's, allow. A managed policy stands for itself.
fn actions_of(template: &Template, function: &Resource<'_>) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    collect(&function.properties["Policies"], &mut actions);
    let role = points_to(&function.properties["Role"]).and_then(|id| template.resource(id));
    if let Some(role) = role {
        collect(&role.properties["Policies"], &mut actions);
        collect(&role.properties["ManagedPolicyArns"], &mut actions);
    }
    actions
}

fn collect(policies: &Value, actions: &mut BTreeSet<String>) {
    match policies {
        Value::String(managed) => {
            let harmless = ["AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess"];
            if !harmless.iter().any(|name| managed.ends_with(name)) {
                actions.insert(managed.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, actions)),
        Value::Object(entries) => {
            if policies["Effect"] == "Allow" {
                texts(&policies["Action"], actions);
                return;
            }
            for (key, inner) in entries {
                let known = POLICY_TEMPLATES.iter().find(|(name, _)| name == key);
                match (known, key.as_str()) {
                    (Some((_, action)), _) => {
                        actions.insert((*action).to_owned());
                    }
                    (None, "PolicyDocument" | "Statement" | "Fn::If") => {
                        collect_if(key, inner, actions);
                    }
                    (None, name) if name.ends_with("Policy") => {
                        actions.insert(name.to_owned());
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Both branches of a condition count; its name, the first part, does not.
fn collect_if(key: &str, inner: &Value, actions: &mut BTreeSet<String>) {
    match inner.as_array() {
        Some(parts) if key == "Fn::If" => {
            parts.iter().skip(1).for_each(|part| collect(part, actions));
        }
        _ => collect(inner, actions),
    }
}

fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{house, rules, with_template};

    #[track_caller]
    fn told(before: &str, after: &str) -> String {
        let report = with_template(before, after).check();
        assert_eq!(rules(&report), ["permissions"], "{:#?}", report.violations);
        report.violations[0].to_string()
    }

    #[test]
    fn an_adapter_without_its_permission_is_named() {
        let said = told("[sqs:SendMessage]", "[sqs:ReceiveMessage]");
        assert!(said.contains("Ingest links queue_sqs, but may not use sqs"));
    }

    #[test]
    fn a_permission_without_its_adapter_is_named() {
        let said = told("sqs:ChangeMessageVisibility", "s3:GetObject");
        assert!(said.contains("Triage may use s3, but does not link archive_s3"));
    }

    #[test]
    fn an_adapter_that_is_newly_linked_needs_its_permission() {
        let mut house = house();
        let triage = house.rooms.iter_mut().find(|room| room.name == "triage");
        triage.unwrap().links.push("archive_s3".to_owned());
        let report = house.check();
        assert_eq!(rules(&report), ["permissions"]);
    }

    #[test]
    fn a_service_that_nothing_here_uses_is_named() {
        let said = told("sqs:ChangeMessageVisibility", "dynamodb:GetItem");
        assert!(said.contains("no adapter"));
    }

    #[test]
    fn a_whole_service_is_too_much() {
        assert!(told("[sqs:SendMessage]", "[\"sqs:*\"]").contains("sqs:* as a whole"));
    }

    #[test]
    fn a_managed_policy_is_too_much() {
        let said = told(
            "        - Statement:\n            Effect",
            "        - AmazonS3FullAccess\n        - Statement:\n            Effect",
        );
        assert!(said.contains("AmazonS3FullAccess"));
    }

    #[test]
    fn an_action_that_no_adapter_calls_is_named() {
        let said = told("[sqs:SendMessage]", "[sqs:SendMessage, sqs:PurgeQueue]");
        assert!(
            said.contains("sqs:PurgeQueue, which no adapter calls"),
            "{said}"
        );
    }

    #[test]
    fn a_statement_for_every_resource_is_named() {
        let said = told(
            "              Resource: !GetAtt MailQueue.Arn\n      Events:\n        Poll",
            "              Resource: \"*\"\n      Events:\n        Poll",
        );
        assert!(said.contains("Ingest may act on every resource"), "{said}");
    }

    #[test]
    fn a_denial_grants_nothing() {
        let before = "            Effect: Allow\n            Action: sqs:ChangeMessageVisibility";
        let after = "            Effect: Deny\n            Action: s3:GetObject";
        assert_eq!(rules(&with_template(before, after).check()), [""; 0]);
    }

    #[test]
    fn both_branches_of_a_condition_count() {
        let said = told(
            "        - Statement:\n            Effect: Allow",
            "        - !If\n          - Archived\n          - S3ReadPolicy:\n              BucketName: !Ref Bucket\n          - !Ref AWS::NoValue\n        - Statement:\n            Effect: Allow",
        );
        assert!(said.contains("s3"));
    }
}

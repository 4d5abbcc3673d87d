//! What a function's role must allow, by what the function is told: whoever gets a secret's name must be able to read
//! it.

use std::collections::HashMap;

use crate::Function;

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The action, such as `sqs:SendMessage`.
    pub action: &'static str,
    /// The resource's ARN.
    pub resource: String,
}

/// What the settings of a bucket stand for: what is done below which folder.
const BUCKETS: [(&str, &str, &[&str]); 3] = [
    (
        "STAGING_BUCKET",
        "staging/",
        &["s3:PutObject", "s3:GetObject"],
    ),
    (
        "BACKUP_BUCKET",
        "backups/",
        &[
            "s3:PutObject",
            "s3:GetObject",
            "s3:AbortMultipartUpload",
            "s3:ListBucket",
        ],
    ),
    (
        "KNOWLEDGE_BUCKET",
        "knowledge/",
        &["s3:GetObject", "s3:ListBucket"],
    ),
];

/// All that a function needs. `secrets` holds the ARNs of secrets by their names; one that is not among them is left
/// out, for it is not there.
pub fn needs(function: &Function, secrets: &HashMap<String, String>) -> Vec<Need> {
    let mut all = vec![];
    let mut need = |action, resource| all.push(Need { action, resource });
    for (name, value) in function
        .settings
        .iter()
        .filter(|(_, value)| !value.is_empty())
    {
        if name.ends_with("_SECRET") {
            if let Some(arn) = secrets.get(value) {
                need("secretsmanager:GetSecretValue", arn.clone());
            }
        } else if name.ends_with("_QUEUE_URL") {
            // Who works the outbox sends to every queue; who only looks asks about it.
            let action = match function.name.as_str() {
                "health" => "sqs:GetQueueAttributes",
                _ => "sqs:SendMessage",
            };
            let queue = value.rsplit('/').next().unwrap_or_default();
            need(action, arn_beside(&function.arn, "sqs", queue));
        } else if name == "ALERT_TOPIC_ARN" {
            need("sns:Publish", value.clone());
        }
        let bucket = BUCKETS.iter().find(|(setting, _, _)| setting == name);
        for action in bucket.map(|(_, _, actions)| *actions).unwrap_or_default() {
            let partition = function.arn.split(':').nth(1).unwrap_or("aws");
            let folder = bucket.map(|(_, folder, _)| *folder).unwrap_or_default();
            let resource = match *action {
                "s3:ListBucket" => format!("arn:{partition}:s3:::{value}"),
                _ => format!("arn:{partition}:s3:::{value}/{folder}any"),
            };
            need(action, resource);
        }
    }
    all.sort();
    all.dedup();
    all
}

/// The ARN of a resource in the function's account and region.
fn arn_beside(function: &str, service: &str, name: &str) -> String {
    let parts: Vec<&str> = function.split(':').collect();
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    format!("arn:{}:{service}:{}:{}:{name}", part(1), part(3), part(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, settings: &[(&str, &str)]) -> Vec<String> {
        let function = Function {
            name: name.to_owned(),
            arn: "arn:aws:lambda:eu-central-1:000000000000:function:desk-x:live".to_owned(),
            role: String::new(),
            version: "1".to_owned(),
            unfinished: None,
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let secrets = HashMap::from([("desk/odoo".to_owned(), "arn:odoo".to_owned())]);
        let all = needs(&function, &secrets).into_iter();
        all.map(|need| format!("{} {}", need.action, need.resource))
            .collect()
    }

    #[test]
    fn whoever_is_told_of_something_must_be_able_to_use_it() {
        assert_eq!(
            told(
                "sweep",
                &[("ODOO_SECRET", "desk/odoo"), ("SENTRY_SECRET", "")]
            ),
            ["secretsmanager:GetSecretValue arn:odoo"]
        );
        let queue = (
            "MAIL_QUEUE_URL",
            "https://sqs.example/000000000000/desk-mail.fifo",
        );
        let arn = "arn:aws:sqs:eu-central-1:000000000000:desk-mail.fifo";
        assert_eq!(told("ingest", &[queue]), [format!("sqs:SendMessage {arn}")]);
        assert_eq!(
            told("health", &[queue]),
            [format!("sqs:GetQueueAttributes {arn}")]
        );
        assert_eq!(
            told("backup", &[("BACKUP_BUCKET", "b")]),
            [
                "s3:AbortMultipartUpload arn:aws:s3:::b/backups/any",
                "s3:GetObject arn:aws:s3:::b/backups/any",
                "s3:ListBucket arn:aws:s3:::b",
                "s3:PutObject arn:aws:s3:::b/backups/any"
            ]
        );
    }
}

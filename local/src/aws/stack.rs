//! `CloudFormation`, over its query protocol (form in, XML out).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use url::form_urlencoded;

use super::{Aws, Outputs};

/// How long a deployment may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Creates or updates the stack from the template at this address and waits until it stands.
pub(super) async fn deploy(
    aws: &Aws,
    stack: &str,
    template: &str,
    parameters: &[(String, String)],
) -> anyhow::Result<Outputs> {
    let action = if describe(aws, stack).await?.is_some() {
        "UpdateStack"
    } else {
        "CreateStack"
    };
    let mut fields = vec![
        ("TemplateURL".to_owned(), template),
        ("Capabilities.member.1".to_owned(), "CAPABILITY_IAM"),
        ("Capabilities.member.2".to_owned(), "CAPABILITY_AUTO_EXPAND"),
    ];
    for (number, (key, value)) in (1..).zip(parameters) {
        fields.push((format!("Parameters.member.{number}.ParameterKey"), key));
        fields.push((format!("Parameters.member.{number}.ParameterValue"), value));
    }
    match ask(aws, action, stack, &fields).await {
        Err(error) if error.to_string().contains("No updates are to be performed") => {}
        answer => drop(answer?),
    }
    wait(aws, stack).await
}

/// All that the stack is made of: logical and physical ids.
pub(super) async fn resources(aws: &Aws, stack: &str) -> anyhow::Result<Vec<(String, String)>> {
    let listed = ask(aws, "DescribeStackResources", stack, &[]).await?;
    let (logical, physical) = ("LogicalResourceId", "PhysicalResourceId");
    let ids = all(&listed, logical).into_iter();
    Ok(ids.zip(all(&listed, physical)).collect())
}

pub(super) async fn delete(aws: &Aws, stack: &str) -> anyhow::Result<()> {
    ask(aws, "DeleteStack", stack, &[]).await?;
    let started = Instant::now();
    while let Some(described) = describe(aws, stack).await? {
        let status = all(&described, "StackStatus").concat();
        if status == "DELETE_COMPLETE" {
            return Ok(());
        }
        ensure!(
            status == "DELETE_IN_PROGRESS" && started.elapsed() < PATIENCE,
            "stack {stack} is {status}: {}",
            reasons(aws, stack, &described).await
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// What the stack gives out, if it stands.
pub(super) async fn standing(aws: &Aws, stack: &str) -> anyhow::Result<Option<Outputs>> {
    let Some(described) = describe(aws, stack).await? else {
        return Ok(None);
    };
    let status = all(&described, "StackStatus").concat();
    let stands = matches!(status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
    Ok(stands.then(|| outputs(&described)))
}

async fn wait(aws: &Aws, stack: &str) -> anyhow::Result<Outputs> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let described = describe(aws, stack).await?.context("the stack has gone")?;
        let status = all(&described, "StackStatus")
            .into_iter()
            .next()
            .unwrap_or_default();
        match status.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => return Ok(outputs(&described)),
            status if status.ends_with("_IN_PROGRESS") => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            status => bail!(
                "stack {stack} is {status}: {}",
                reasons(aws, stack, &described).await
            ),
        }
    }
    bail!("stack {stack} does not stand after {PATIENCE:?}")
}

/// The stack's description, or nothing where there is no such stack.
async fn describe(aws: &Aws, stack: &str) -> anyhow::Result<Option<String>> {
    match ask(aws, "DescribeStacks", stack, &[]).await {
        Ok(described) => Ok(Some(described)),
        Err(error) if error.to_string().contains("does not exist") => Ok(None),
        Err(error) => Err(error),
    }
}

/// What failed and why, one line a resource.
async fn reasons(aws: &Aws, stack: &str, described: &str) -> String {
    let Ok(events) = ask(aws, "DescribeStackEvents", stack, &[]).await else {
        return all(described, "StackStatusReason").join("; ");
    };
    let failed = all(&events, "member").into_iter().filter_map(|event| {
        let one = |name| all(&event, name).into_iter().next();
        let status = one("ResourceStatus")?;
        let reason = one("ResourceStatusReason")?;
        let resource = one("LogicalResourceId")?;
        status
            .ends_with("_FAILED")
            .then(|| format!("{resource}: {reason}"))
    });
    failed.collect::<Vec<_>>().join("\n")
}

fn outputs(described: &str) -> Outputs {
    let keys = all(described, "OutputKey");
    let values = all(described, "OutputValue");
    Outputs(keys.into_iter().zip(values).collect::<BTreeMap<_, _>>())
}

async fn ask(
    aws: &Aws,
    action: &str,
    stack: &str,
    fields: &[(String, &str)],
) -> anyhow::Result<String> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", action)
        .append_pair("Version", "2010-05-15")
        .append_pair("StackName", stack)
        .extend_pairs(fields.iter().map(|(key, value)| (key.as_str(), *value)))
        .finish();
    let request = aws
        .http
        .post(&aws.endpoint)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form);
    let response = request.send().await?;
    let succeeded = response.status().is_success();
    let answer = response.text().await?;
    ensure!(
        succeeded,
        "{action} of {stack} was refused: {}",
        all(&answer, "Message").join("; ")
    );
    Ok(answer)
}

/// The contents of every element of this name that has none of the same name within, in order.
fn all(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once(&close))
        .map(|(content, _)| unescaped(content))
        .collect()
}

fn unescaped(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (escaped, plain)| {
        text.replace(escaped, plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_with_their_escapes_undone() {
        let described = "<Outputs><member><OutputKey>Url</OutputKey>\
            <OutputValue>https://a.test/?b=1&amp;c=2</OutputValue></member></Outputs>";
        assert_eq!(
            outputs(described).get("Url").unwrap(),
            "https://a.test/?b=1&c=2"
        );
    }

    #[test]
    fn an_output_that_is_not_there_is_named() {
        let error = outputs("<Outputs/>").get("IngestUrl").unwrap_err();
        assert!(error.to_string().contains("IngestUrl"));
    }
}

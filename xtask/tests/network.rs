//! The lines that `infra/` gives out for a ledger in a network, put into `template.yaml` and read by SAM's own
//! translator, as AWS runs it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use xtask::python::Environment;
use xtask::workspace::Workspace;

/// The managed policy with the rights to be in a network.
const RIGHTS: &str = "AWSLambdaVPCAccessExecutionRole";

/// From a template to what SAM makes of it. Code is not built here, so it is said to be elsewhere.
const TRANSLATES: &str = r#"
import json, logging, sys
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

class Policies:
    def load(self):
        names = "AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"
        return {name: "arn:aws:iam::aws:policy/service-role/" + name for name in names}

logging.disable()
template = yaml_parse(sys.stdin.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
json.dump(transform(template, {}, Policies()), sys.stdout)
"#;

/// `template.yaml`, with these lines below `Globals`, `Function`.
fn template_with(lines: &str) -> String {
    let root = Workspace::read().unwrap().root;
    let template = std::fs::read_to_string(root.join("template.yaml")).unwrap();
    let place = "\nGlobals:\n  Function:\n";
    assert_eq!(template.matches("\n  Function:\n").count(), 1);
    assert!(template.contains(place));
    template.replace(place, &format!("{place}{lines}"))
}

/// The output `vpc_config` as Terraform writes it, for a network of two subnets.
fn given_out() -> String {
    let root = Workspace::read().unwrap().root;
    let outputs = std::fs::read_to_string(root.join("infra/postgres/aurora/outputs.tf")).unwrap();
    let (_, lines) = outputs.split_once("<<YAML\n").unwrap();
    let (lines, _) = lines.split_once("  YAML\n").unwrap();
    lines
        .replace("${jsonencode(aws_subnet.private[*].id)}", r#"["a","b"]"#)
        .replace(
            "${jsonencode([aws_security_group.functions.id])}",
            r#"["c"]"#,
        )
}

fn resources(template: &str) -> serde_json::Map<String, Value> {
    let root = Workspace::read().unwrap().root;
    let python = Environment::of_product(&root).unwrap().program("python");
    assert!(python.is_file(), "`cargo xtask test` makes the environment");
    let mut translator = Command::new(python)
        .args(["-c", TRANSLATES])
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = translator.stdin.take().unwrap();
    input.write_all(template.as_bytes()).unwrap();
    drop(input);
    let output = translator.wait_with_output().unwrap();
    assert!(output.status.success());
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    made["Resources"].as_object().unwrap().clone()
}

/// The managed policies of a function's own role.
fn rights<'a>(resources: &'a serde_json::Map<String, Value>, function: &str) -> Vec<&'a str> {
    let policies = &resources[&format!("{function}Role")]["Properties"]["ManagedPolicyArns"];
    let policies = policies.as_array().unwrap().iter();
    policies
        .filter_map(|arn| arn.as_str()?.rsplit('/').next())
        .collect()
}

fn functions(resources: &serde_json::Map<String, Value>) -> Vec<&String> {
    let functions = resources.iter();
    functions
        .filter(|(_, resource)| resource["Type"] == "AWS::Lambda::Function")
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn what_infra_gives_out_puts_every_function_into_the_network_with_the_rights_for_it() {
    let mut inside = resources(&template_with(&given_out()));
    let names: Vec<String> = functions(&inside).into_iter().cloned().collect();
    assert!(names.len() > 10, "{names:?}");
    for name in &names {
        let network = json!({"SubnetIds": ["a", "b"], "SecurityGroupIds": ["c"]});
        assert_eq!(inside[name]["Properties"]["VpcConfig"], network, "{name}");
        assert!(rights(&inside, name).contains(&RIGHTS), "{name}");
    }
    // All else stays as it is.
    for name in &names {
        let properties = inside[name]["Properties"].as_object_mut().unwrap();
        properties.remove("VpcConfig");
        let role = &mut inside[&format!("{name}Role")]["Properties"]["ManagedPolicyArns"];
        let policies = role.as_array_mut().unwrap();
        policies.retain(|arn| !arn.as_str().unwrap_or_default().ends_with(RIGHTS));
    }
    assert!(
        inside == resources(&template_with("")),
        "something else changed"
    );
}

#[test]
fn a_switch_for_the_network_would_widen_the_roles_of_stacks_without_one() {
    let none = "    VpcConfig: !If [InNetwork, {SubnetIds: [a]}, !Ref AWS::NoValue]\n";
    let switched = resources(&template_with(none));
    for name in functions(&switched) {
        assert!(rights(&switched, name).contains(&RIGHTS), "{name}");
    }
}

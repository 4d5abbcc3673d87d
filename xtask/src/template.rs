//! Reads `template.yaml` as AWS does: `!Ref X` becomes `{"Ref": "X"}`, `!GetAtt A.B`
//! becomes `{"Fn::GetAtt": "A.B"}`, and so on for every short form.

use std::path::Path;

use anyhow::{Context, Result, bail};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// A SAM template with its short forms spelled out.
#[derive(Debug, Clone)]
pub struct Template {
    document: Value,
}

/// One resource of a template.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// Its logical id.
    pub id: &'a str,
    /// Its type, such as `AWS::SQS::Queue`.
    pub kind: &'a str,
    /// Its properties; null where it has none.
    pub properties: &'a Value,
}

impl Template {
    /// Reads a template file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is no template", path.display()))
    }

    /// Reads a template's text.
    pub fn parse(text: &str) -> Result<Self> {
        let documents = Yaml::load_from_str(text)?;
        let [document] = documents.as_slice() else {
            bail!("it holds {} documents, not one", documents.len());
        };
        Ok(Self {
            document: spelled_out(document)?,
        })
    }

    /// All resources, by logical id.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.document["Resources"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(id, resource)| Resource {
                id,
                kind: resource["Type"].as_str().unwrap_or_default(),
                properties: &resource["Properties"],
            })
    }

    /// The resources of one type.
    pub fn of_kind<'a>(&'a self, kind: &'static str) -> impl Iterator<Item = Resource<'a>> {
        self.resources().filter(move |found| found.kind == kind)
    }

    /// The resource with a logical id.
    pub fn resource(&self, id: &str) -> Option<Resource<'_>> {
        self.resources().find(|found| found.id == id)
    }

    /// Whether a parameter has this name.
    pub fn has_parameter(&self, name: &str) -> bool {
        !self.document["Parameters"][name].is_null()
    }

    /// What `Globals` says for every function.
    pub fn function_default(&self, property: &str) -> &Value {
        &self.document["Globals"]["Function"][property]
    }

    /// A whole number: written as such, as text, or as a reference to a parameter's default.
    pub fn number(&self, value: &Value) -> Option<i64> {
        match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Object(_) => {
                let parameter = value["Ref"].as_str()?;
                self.number(&self.document["Parameters"][parameter]["Default"])
            }
            _ => None,
        }
    }
}

/// The logical id that a `Ref` or `Fn::GetAtt` points to.
pub fn points_to(value: &Value) -> Option<&str> {
    if let Some(id) = value["Ref"].as_str() {
        return Some(id);
    }
    match &value["Fn::GetAtt"] {
        Value::String(path) => path.split('.').next(),
        Value::Array(parts) => parts.first()?.as_str(),
        _ => None,
    }
}

fn spelled_out(node: &Yaml<'_>) -> Result<Value> {
    Ok(match node {
        Yaml::Value(scalar) => from_scalar(scalar),
        Yaml::Sequence(items) => items.iter().map(spelled_out).collect::<Result<_>>()?,
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = match spelled_out(key)? {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                map.insert(key, spelled_out(value)?);
            }
            map.into()
        }
        Yaml::Tagged(tag, inner) => {
            let inner = spelled_out(inner)?;
            if tag.handle != "!" {
                return Ok(inner);
            }
            let name = match tag.suffix.as_str() {
                name @ ("Ref" | "Condition") => name.to_owned(),
                name => format!("Fn::{name}"),
            };
            Value::Object(Map::from_iter([(name, inner)]))
        }
        Yaml::Representation(text, ..) => text.as_ref().into(),
        Yaml::Alias(_) | Yaml::BadValue => bail!("it holds a value that cannot be read"),
    })
}

fn from_scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(truth) => (*truth).into(),
        Scalar::Integer(number) => (*number).into(),
        Scalar::FloatingPoint(number) => number.into_inner().into(),
        Scalar::String(text) => text.as_ref().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Patience:
    Type: Number
    Default: 30
Resources:
  MailQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !Ref Patience
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt MailDlq.Arn
        maxReceiveCount: 5
      QueueName: !Sub "${AWS::StackName}-mail.fifo"
      Tags: !If [Small, [], !Ref AWS::NoValue]
  MailDlq:
    Type: AWS::SQS::Queue
"#;

    fn queue(template: &Template) -> &Value {
        template.resource("MailQueue").unwrap().properties
    }

    #[test]
    fn short_forms_are_spelled_out() {
        let template = Template::parse(TEMPLATE).unwrap();
        let queue = queue(&template);
        assert_eq!(queue["VisibilityTimeout"]["Ref"], "Patience");
        assert_eq!(queue["QueueName"]["Fn::Sub"], "${AWS::StackName}-mail.fifo");
        assert_eq!(queue["Tags"]["Fn::If"][2]["Ref"], "AWS::NoValue");
    }

    #[test]
    fn a_reference_to_a_parameter_has_its_default_as_number() {
        let template = Template::parse(TEMPLATE).unwrap();
        let patience = &queue(&template)["VisibilityTimeout"];
        assert_eq!(template.number(patience), Some(30));
    }

    #[test]
    fn both_ways_to_point_at_a_resource_are_followed() {
        let template = Template::parse(TEMPLATE).unwrap();
        let dead = &queue(&template)["RedrivePolicy"]["deadLetterTargetArn"];
        assert_eq!(points_to(dead), Some("MailDlq"));
        let list = serde_json::json!({"Fn::GetAtt": ["MailDlq", "Arn"]});
        assert_eq!(points_to(&list), Some("MailDlq"));
    }

    #[test]
    fn text_that_is_no_yaml_is_refused() {
        assert!(Template::parse("Resources: [").is_err());
    }
}

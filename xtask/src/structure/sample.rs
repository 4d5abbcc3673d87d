//! A small house that keeps every rule. Each test breaks one thing in it.

use super::{House, Report, Source};
use crate::template::Template;
use crate::workspace::Room;

pub(super) const TEMPLATE: &str = r#"
Parameters:
  TriageTimeout:
    Type: Number
    Default: 60
  TriageVisibility:
    Type: Number
    Default: 360
Globals:
  Function:
    Timeout: 30
    AutoPublishAlias: live
    DeploymentPreference: {Type: Linear}
Resources:
  Ingest:
    Type: AWS::Serverless::Function
    Properties:
      DeploymentPreference: {Alarms: [!Ref IngestAlarm]}
      Policies:
        - Statement:
            - Effect: Allow
              Action: secretsmanager:GetSecretValue
              Resource: !Ref Secret
            - Effect: Allow
              Action: [sqs:SendMessage]
              Resource: !GetAtt MailQueue.Arn
      Events:
        Poll:
          Type: ScheduleV2
          Properties:
            Name: !Sub "${AWS::StackName}-poll"
            ScheduleExpression: rate(5 minutes)
  Triage:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: !Ref TriageTimeout
      DeploymentPreference:
        Alarms: [!Ref TriageAlarm]
      Policies:
        - AWSSecretsManagerGetSecretValuePolicy:
            SecretArn: !Ref Secret
        - Statement:
            Effect: Allow
            Action: sqs:ChangeMessageVisibility
            Resource: !GetAtt MailQueue.Arn
      Events:
        Mail:
          Type: SQS
          Properties:
            Queue: !GetAtt MailQueue.Arn
            FunctionResponseTypes: [ReportBatchItemFailures]
  MailQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !Ref TriageVisibility
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt MailDlq.Arn
        maxReceiveCount: 5
  MailDlq:
    Type: AWS::SQS::Queue
  Errors:
    Type: AWS::SQS::Queue
  Secret:
    Type: AWS::SecretsManager::Secret
  DeadAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${AWS::StackName}-dead-letters"
      AlarmDescription: !Sub "Something is wrong. ${Runbook}#dead-letters"
      AlarmActions: [!Ref Topic]
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt MailDlq.QueueName}]
  AgeAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${AWS::StackName}-oldest-message"
      AlarmDescription: !Sub "Something is wrong. ${Runbook}#oldest-message"
      AlarmActions: [!Ref Topic]
      Namespace: AWS/SQS
      MetricName: ApproximateAgeOfOldestMessage
      Dimensions: [{Name: QueueName, Value: !GetAtt MailQueue.QueueName}]
  IngestAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${AWS::StackName}-errors-ingest"
      AlarmDescription: !Sub "Something is wrong. ${Runbook}#errors-ingest"
      AlarmActions: [!Ref Topic]
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref Ingest}]
  TriageAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${AWS::StackName}-errors-triage"
      AlarmDescription: !Sub "Something is wrong. ${Runbook}#errors-triage"
      AlarmActions: [!Ref Topic]
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref Triage}]
  OutageAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${AWS::StackName}-outage"
      AlarmDescription: !Sub "Something is wrong. ${Runbook}#outage"
      AlarmActions: [!Ref Topic] # outage
      Namespace: AutoMailHelpdesk
      MetricName: OpenOutages
      Dimensions: [{Name: Stack, Value: !Ref AWS::StackName}]
  Topic:
    Type: AWS::SNS::Topic
  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !Sub |
        {"widgets": [{"properties": {"metrics": [
          ["AutoMailHelpdesk", "OpenOutages", "Stack", "${AWS::StackName}"],
          [{"expression": "SEARCH('{AutoMailHelpdesk,Stack,Service} MetricName=\"OpenOutages\"', 'Maximum')"}]
        ]}}]}
"#;

/// The pages of the sample's alarms.
pub(super) const RUNBOOK: &str = "\
# Runbook

## Before you begin

Breathe.

## dead-letters

**Means.** It. **Look.** There. **Do.** That. **Over.** Then.

## oldest-message

**Means.** It. **Look.** There. **Do.** That. **Over.** Then.

## errors-ingest

**Means.** It. **Look.** There. **Do.** That. **Over.** Then.

## errors-triage

**Means.** It. **Look.** There. **Do.** That. **Over.** Then.

## outage

**Means.** It. **Look.** There. **Do.** That. **Over.** Then.
";

/// The metrics that the sample's functions tell.
pub(super) const METRICS: &str = "\
| metric | unit | dimensions beside `Stack` | meaning |
|---|---|---|---|
| `OpenOutages` | Count | –, `Service` | services that are left alone |
";

pub(super) fn room(folder: &str, links: &[&str]) -> Room {
    Room {
        name: folder.rsplit('/').next().unwrap().to_owned(),
        folder: folder.to_owned(),
        links: links.iter().map(ToString::to_string).collect(),
        inherits_lints: true,
        has_binary: folder.starts_with("functions/"),
    }
}

pub(super) fn house() -> House {
    let function = |folder, more: &[&str]| {
        let links = [
            &["desk", "lambda_kit", "ports", "vault_secretsmanager"],
            more,
        ];
        room(folder, &links.concat())
    };
    House {
        rooms: vec![
            room("shared/domain", &["serde", "thiserror", "time"]),
            room("shared/ports", &["domain", "async-trait"]),
            room("shared/mail_mime", &["domain", "mail-parser"]),
            room("shared/statement_pdf", &["domain", "printpdf"]),
            room("shared/desk", &["domain", "ports", "mail_mime", "tracing"]),
            room("shared/resilience", &["ports", "backon", "tokio"]),
            room("shared/lambda_kit", &["domain", "ports", "tracing"]),
            room("shared/testkit", &["domain", "ports", "model_standin"]),
            room("shared/model_standin", &["domain", "ports"]),
            room("shared/aws_account", &["aws-config"]),
            room("patches/crc-fast", &["crc32fast"]),
            room("shared/archive_s3", &["ports", "aws_account", "aws-sdk-s3"]),
            room("shared/queue_sqs", &["ports", "aws_account", "aws-sdk-sqs"]),
            room("shared/vault_secretsmanager", &["aws-sdk-secretsmanager"]),
            function("functions/ingest", &["queue_sqs", "lambda_runtime"]),
            function("functions/triage", &["lambda_runtime"]),
            room("local", &["ports", "axum"]),
            room("cli", &["desk", "clap"]),
            room("xtask", &["clap"]),
        ],
        template: Some(Template::parse(TEMPLATE).unwrap()),
        samples: vec!["ingest.json".to_owned(), "triage.json".to_owned()],
        runbook: RUNBOOK.to_owned(),
        infra: String::new(),
        deploys: String::new(),
        metrics: METRICS.to_owned(),
        sources: vec![Source {
            path: "functions/triage/src/main.rs".to_owned(),
            text: "fn main() {}\n".to_owned(),
        }],
    }
}

/// The lawful house with one piece of its template replaced.
pub(super) fn with_template(before: &str, after: &str) -> House {
    assert!(TEMPLATE.contains(before), "the sample has no {before:?}");
    House {
        template: Some(Template::parse(&TEMPLATE.replace(before, after)).unwrap()),
        ..house()
    }
}

/// The names of the rules that a report says are broken.
pub(super) fn rules(report: &Report) -> Vec<&'static str> {
    report.violations.iter().map(|found| found.rule).collect()
}

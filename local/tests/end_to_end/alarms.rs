//! Alarms as the template declares them: from what is wrong, through the condition, to the notice and to the
//! command on the alarm's page.
//!
//! The emulator keeps alarms and tells their topics, but it measures no queues and reads no metrics from
//! logs. So the condition that was deployed is held here against the emulator's real queues and the lines
//! that functions really wrote; the notice, and all before and after it, is the emulator's and ours.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use domain::{MailKey, MailState};
use local::aws::REGION;
use local::world::STACK;
use serde_json::{Value, json};
use testkit::Fault;
use tokio::process::Command;

use crate::house::{House, PATIENCE, repository};

macro_rules! client {
    ($sdk:ident, $house:expr) => {{
        use $sdk::config::{Credentials, Region};
        let config = $sdk::Config::builder()
            .endpoint_url($house.world.aws.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"));
        $sdk::Client::from_conf(config.build())
    }};
}

/// Asks `CloudWatch`.
async fn cloudwatch(house: &House, action: &str, asked: Value) -> Value {
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(house.world.aws.endpoint())
        .header(
            "X-Amz-Target",
            format!("GraniteServiceVersion20100801.{action}"),
        )
        .header("Content-Type", "application/x-amz-json-1.0")
        .body(asked.to_string())
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{action}: {answer:?}");
    serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
}

/// The alarms as they are deployed.
async fn alarms(house: &House) -> Vec<Value> {
    let described = cloudwatch(house, "DescribeAlarms", json!({})).await;
    described["MetricAlarms"].as_array().unwrap().clone()
}

/// The page that an alarm's description names.
fn page_of(alarm: &Value) -> &str {
    let described = alarm["AlarmDescription"].as_str().unwrap();
    described.rsplit_once("docs/RUNBOOK.md#").unwrap().1
}

/// Whether a value meets an alarm's condition.
fn breaches(alarm: &Value, value: f64) -> bool {
    let threshold = alarm["Threshold"].as_f64().unwrap();
    match alarm["ComparisonOperator"].as_str().unwrap() {
        "GreaterThanThreshold" => value > threshold,
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "LessThanThreshold" => value < threshold,
        other => panic!("an alarm compares by {other}"),
    }
}

/// The pages of the alarms on visible messages that the queues, as they are, meet the condition of.
async fn by_queues(house: &House) -> Vec<String> {
    let sqs = client!(aws_sdk_sqs, house);
    let mut met = vec![];
    for alarm in alarms(house).await {
        if alarm["MetricName"] != "ApproximateNumberOfMessagesVisible" {
            continue;
        }
        let name = alarm["Dimensions"][0]["Value"].as_str().unwrap();
        let url = sqs.get_queue_url().queue_name(name).send().await.unwrap();
        let count = QueueAttributeName::ApproximateNumberOfMessages;
        let asked = sqs
            .get_queue_attributes()
            .queue_url(url.queue_url.unwrap())
            .attribute_names(count.clone());
        let told = asked.send().await.unwrap().attributes.unwrap();
        if breaches(&alarm, told[&count].parse().unwrap()) {
            met.push(page_of(&alarm).to_owned());
        }
    }
    met
}

/// The lines that functions wrote for metrics.
fn metric_lines(house: &House) -> Vec<Value> {
    let log = house.log();
    let lines = log
        .lines()
        .filter(|line| line.contains("CloudWatchMetrics"));
    lines
        .map(|line| serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap())
        .collect()
}

/// The first line about this metric, once a function has told of it.
async fn told(house: &House, metric: &str) -> Value {
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        let mut lines = metric_lines(house).into_iter();
        if let Some(line) = lines.find(|line| line.get(metric).is_some()) {
            return line;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no function told of {metric}:\n{}", house.log());
}

/// The last value that functions told of an alarm's metric, divided as the alarm wants it.
fn last_told(house: &House, alarm: &Value) -> Option<f64> {
    let metric = alarm["MetricName"].as_str()?;
    let dimensions = alarm["Dimensions"].as_array()?;
    let names: Vec<&Value> = dimensions.iter().map(|d| &d["Name"]).collect();
    let fits = |line: &&Value| {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        let is_told = directives.iter().any(|directive| {
            let sets = directive["Dimensions"].as_array().unwrap();
            directive["Namespace"] == alarm["Namespace"]
                && directive["Metrics"][0]["Name"] == metric
                && sets
                    .iter()
                    .any(|set| set.as_array().unwrap().iter().eq(names.iter().copied()))
        });
        let of_it = |d: &Value| line[d["Name"].as_str().unwrap()] == d["Value"];
        is_told && dimensions.iter().all(of_it)
    };
    let lines = metric_lines(house);
    lines.iter().rfind(fits)?[metric].as_f64()
}

async fn alarm_of(house: &House, page: &str) -> Value {
    let all = alarms(house).await;
    all.into_iter()
        .find(|alarm| page_of(alarm) == page)
        .unwrap()
}

/// A letter about this mail in the dead letters of the queue for new mails, as SQS puts it there.
async fn dies(house: &House, mail: &MailKey) {
    let sqs = client!(aws_sdk_sqs, house);
    let letter = sqs
        .send_message()
        .queue_url(house.world.outputs.get("MailDeadLettersUrl").unwrap())
        .message_body(json!({ "mail": mail }).to_string())
        .message_group_id("a-thread")
        .message_deduplication_id("a-letter");
    letter.send().await.unwrap();
}

/// A queue that gets what the alert topic tells. Returns its address.
async fn subscriber(house: &House) -> String {
    let (sqs, sns) = (client!(aws_sdk_sqs, house), client!(aws_sdk_sns, house));
    let queue = sqs
        .create_queue()
        .queue_name("on-call")
        .send()
        .await
        .unwrap();
    let url = queue.queue_url.unwrap();
    let subscribed = sns
        .subscribe()
        .topic_arn(house.world.outputs.get("AlertTopicArn").unwrap())
        .protocol("sqs")
        .endpoint(format!("arn:aws:sqs:{REGION}:000000000000:on-call"));
    subscribed.send().await.unwrap();
    url
}

/// The first command on a page of the runbook.
fn first_command(page: &str) -> String {
    let runbook = std::fs::read_to_string(repository().join("docs/RUNBOOK.md")).unwrap();
    let (_, text) = runbook.split_once(&format!("\n## {page}\n")).unwrap();
    let mut quoted = text.split('`').skip(1).step_by(2);
    quoted
        .find(|code| code.starts_with("helpdesk "))
        .unwrap()
        .to_owned()
}

/// Runs a command of `helpdesk` as an operator would.
async fn operator(house: &House, command: &str) -> String {
    let binaries = std::env::var_os("HELPDESK_BINARIES").unwrap();
    let database = house.world.postgres.as_ref().unwrap().url();
    let output = Command::new(std::path::Path::new(&binaries).join("helpdesk"))
        .args(command.split(' ').skip(1))
        .env("DATABASE_URL", database)
        .env("HELPDESK_STACK", STACK)
        .env("AWS_ENDPOINT_URL", house.world.aws.endpoint())
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_leads_by_its_alarm_to_the_page_whose_command_shows_it() {
    let house = House::new().await;
    let odoo = &house.world.stand_ins.odoo;
    odoo.faults.arm("*", Fault::ServerError, 10_000);
    let mail = house.asks(1);
    house.goes_down("odoo/helpdesk").await;
    assert_eq!(by_queues(&house).await, [""; 0], "all is well before");

    dies(&house, &mail).await;
    let met = by_queues(&house).await;
    assert_eq!(met, ["dead-letters-mail"]);

    let on_call = subscriber(&house).await;
    let alarm = alarm_of(&house, &met[0]).await;
    let asked = json!({
        "AlarmName": alarm["AlarmName"], "StateValue": "ALARM",
        "StateReason": "1 message lies in the queue",
    });
    cloudwatch(&house, "SetAlarmState", asked).await;
    let told = house.world.aws.queue_messages(&on_call).await.unwrap();
    let envelope: Value = serde_json::from_str(&told[0]).unwrap();
    let notice: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
    assert_eq!(notice["NewStateValue"], "ALARM");
    assert_eq!(page_of(&notice), "dead-letters-mail", "{notice}");

    let command = first_command(page_of(&notice));
    let listed = operator(&house, &command).await;
    for part in [mail.to_string().as_str(), "received", "odoo", "1 letter"] {
        assert!(listed.contains(part), "{part} is missing:\n{listed}");
    }

    // What the page says to do, and how one knows that it is over.
    odoo.faults.clear();
    operator(&house, "helpdesk dlq replay --queue mail").await;
    assert_eq!(by_queues(&house).await, [""; 0]);
    house.settles(std::slice::from_ref(&mail)).await;
    house.has_one_of_each_for(&[mail]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_meets_the_condition_of_its_alarm_until_it_is_over() {
    let house = House::new().await;
    let odoo = &house.world.stand_ins.odoo;
    let alarm = alarm_of(&house, "outage").await;
    house.world.sweep().await.unwrap();
    assert!(!breaches(&alarm, last_told(&house, &alarm).unwrap()));
    odoo.faults.arm("*", Fault::ServerError, 10_000);
    let mails: Vec<MailKey> = (0..3).map(|n| house.asks(n)).collect();
    house.goes_down("odoo/helpdesk").await;
    house.world.sweep().await.unwrap();
    assert!(breaches(&alarm, last_told(&house, &alarm).unwrap()));
    odoo.faults.clear();
    house.settles(&mails).await;
    house.world.sweep().await.unwrap();
    assert!(!breaches(&alarm, last_told(&house, &alarm).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_tell_how_a_mail_ended_without_saying_whose_it_was() {
    let house = House::new().await;
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    assert_eq!(house.state(&mail).await, MailState::Answered);
    let ended = told(&house, "MailsEnded").await;
    let named = ["Stack", "Function", "Intent", "Outcome", "mail"].map(|name| &ended[name]);
    let key = mail.to_string();
    assert_eq!(
        named,
        [STACK, "general_query", "general_query", "answered", &key]
    );
    let waited = ended["SecondsToDraft"].as_f64().unwrap();
    assert!((0.0..PATIENCE.as_secs_f64()).contains(&waited), "{ended}");

    let gmail = &house.world.stand_ins.gmail;
    let (draft, _, _) = gmail.drafts().remove(0);
    gmail.send_draft(&draft).unwrap();
    let settled = told(&house, "DraftsSettled").await;
    assert_eq!(settled["Outcome"], "sent_as_is");

    house.world.sweep().await.unwrap();
    for page in ["watch-lapses", "model-cost", "outage"] {
        let alarm = alarm_of(&house, page).await;
        let value = last_told(&house, &alarm).unwrap();
        assert!(!breaches(&alarm, value), "{page} at {value}");
    }
    for line in metric_lines(&house) {
        assert!(!line.to_string().contains('@'), "{line}");
    }
}

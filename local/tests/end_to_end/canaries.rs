//! Mails with marked secrets run through the deployed product; then every place that it writes to is
//! searched for the marks.

use std::fmt::Write as _;
use std::time::Duration;

use domain::MailKey;
use local::aws::{ACCOUNT, REGION};
use testkit::canary::{Canary, mails};

use crate::house::House;

/// For this many mails on two cores, with other tests beside them.
const PATIENCE: Duration = Duration::from_mins(20);

/// A place that the product writes to: its name, all of it as text, and a word that must stand there,
/// so that a search that looks nowhere fails.
struct Sink {
    name: String,
    text: String,
    control: &'static str,
}

macro_rules! client {
    ($house:expr, $sdk:ident) => {{
        use $sdk::config::{Credentials, Region};
        let config = $sdk::Config::builder()
            .endpoint_url($house.world.aws.endpoint())
            .region(Region::new(REGION))
            .force_path_style_if_s3()
            .credentials_provider(Credentials::new("test", "test", None, None, "test"));
        $sdk::Client::from_conf(config.build())
    }};
}

/// S3 alone knows paths; the others take the builder as it is.
trait PathStyle {
    fn force_path_style_if_s3(self) -> Self;
}

impl PathStyle for aws_sdk_s3::config::Builder {
    fn force_path_style_if_s3(self) -> Self {
        self.force_path_style(true)
    }
}

impl PathStyle for aws_sdk_sqs::config::Builder {
    fn force_path_style_if_s3(self) -> Self {
        self
    }
}

impl PathStyle for aws_sdk_sns::config::Builder {
    fn force_path_style_if_s3(self) -> Self {
        self
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_marked_secret_is_found_outside_of_gmail() {
    let house = House::new().await;
    house.has_customers().await;
    let pager = house.subscribes_to_alerts().await;
    let canaries = mails();
    assert!(canaries.len() >= 300);
    let keys: Vec<MailKey> = canaries.iter().map(|c| house.receives(&c.raw)).collect();
    let settled = house.world.settle(&keys, PATIENCE).await.unwrap();
    assert!(
        settled,
        "not all mails ended; the functions say:\n{}",
        house.log()
    );
    let mut sinks = house.stand_ins_sinks();
    sinks.extend(house.aws_sinks(&pager).await);
    sinks.extend(house.table_sinks().await);
    report(&canaries, &sinks);
}

/// Prints sinks × hits, and fails for any hit and for any sink that was not looked at.
#[expect(clippy::print_stdout, reason = "the table is what the test shows")]
fn report(canaries: &[Canary], sinks: &[Sink]) {
    println!(
        "{:<34} {:>10} {:>10} {:>14}",
        "sink", "characters", "passwords", "cards and IBANs"
    );
    let mut found = String::new();
    for sink in sinks {
        assert!(
            sink.text.contains(sink.control),
            "{:?} should stand in {}",
            sink.control,
            sink.name
        );
        let lower = sink.text.to_lowercase();
        let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut hits = [0, 0];
        for canary in canaries {
            let passwords = canary
                .passwords
                .iter()
                .map(|mark| (0, lower.contains(mark.as_str())));
            let numbers = canary
                .numbers
                .iter()
                .map(|number| (1, plain.contains(&number.to_lowercase())));
            for (kind, _) in passwords.chain(numbers).filter(|(_, hit)| *hit) {
                hits[kind] += 1;
                writeln!(found, "{} holds a secret of {}", sink.name, canary.name).unwrap();
            }
        }
        let size = sink.text.chars().count();
        println!(
            "{:<34} {size:>10} {:>10} {:>14}",
            sink.name, hits[0], hits[1]
        );
    }
    assert!(found.is_empty(), "{found}");
}

impl House {
    /// A queue that gets what people are told by e-mail. Returns its URL.
    async fn subscribes_to_alerts(&self) -> String {
        let queue = client!(self, aws_sdk_sqs)
            .create_queue()
            .queue_name("pager")
            .send()
            .await
            .unwrap();
        let topic = self.world.outputs.get("AlertTopicArn").unwrap();
        client!(self, aws_sdk_sns)
            .subscribe()
            .topic_arn(topic)
            .protocol("sqs")
            .endpoint(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:pager"))
            .send()
            .await
            .unwrap();
        queue.queue_url.unwrap()
    }

    fn stand_ins_sinks(&self) -> Vec<Sink> {
        let stand_ins = &self.world.stand_ins;
        let tickets = stand_ins.odoo.tickets();
        let notes: Vec<_> = tickets.iter().map(|t| stand_ins.odoo.notes(t.id)).collect();
        let bodies: Vec<String> = stand_ins
            .gmail
            .drafts()
            .iter()
            .map(|(_, _, raw)| {
                mail_mime::read(raw, mail_mime::Limits::default())
                    .unwrap()
                    .new_text
            })
            .collect();
        let sink = |name: &str, text: String, control| Sink {
            name: name.to_owned(),
            text,
            control,
        };
        let requests: Vec<String> = stand_ins
            .gemini
            .requests()
            .iter()
            .map(ToString::to_string)
            .collect();
        vec![
            sink("model requests", requests.join("\n"), "PASSWORD_"),
            sink("Odoo tickets", format!("{tickets:?}"), "Subject"),
            sink("Odoo notes", format!("{notes:?}"), "Intent"),
            sink(
                "Odoo contacts",
                stand_ins.odoo.contacts().join("\n"),
                "tilda",
            ),
            sink("Slack", format!("{:?}", stand_ins.slack.delivered()), "HT0"),
            sink("texts of drafts", bodies.join("\n"), "Bank Test"),
            sink(
                "traces shown",
                format!("{:?}", stand_ins.traces.spans()),
                "PASSWORD_",
            ),
        ]
    }

    async fn aws_sinks(&self, pager: &str) -> Vec<Sink> {
        let aws = &self.world.aws;
        let mut queues = String::new();
        for (name, url) in self.world.outputs.all() {
            if name.ends_with("QueueUrl") || name.ends_with("DeadLettersUrl") {
                writeln!(
                    queues,
                    "{name}: {:?}",
                    aws.queue_messages(url).await.unwrap()
                )
                .unwrap();
            }
        }
        let alerts = aws.queue_messages(pager).await.unwrap().join("\n");
        let sink = |name: &str, text: String, control| Sink {
            name: name.to_owned(),
            text,
            control,
        };
        vec![
            sink("SNS", alerts, "HT0"),
            sink("SQS, with dead letters", queues, "MailQueueUrl"),
            sink("S3", self.objects().await, "knowledge/cards.md"),
            sink("logs", self.log(), "is routed to"),
        ]
    }

    /// Keys and contents of everything in the bucket.
    async fn objects(&self) -> String {
        let s3 = client!(self, aws_sdk_s3);
        let bucket = self.world.outputs.get("KnowledgeBucket").unwrap();
        let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        let mut text = String::new();
        for object in listed.contents.unwrap_or_default() {
            let key = object.key.unwrap();
            let got = s3
                .get_object()
                .bucket(bucket)
                .key(&key)
                .send()
                .await
                .unwrap();
            let octets = got.body.collect().await.unwrap().to_vec();
            writeln!(text, "{key}\n{}", String::from_utf8_lossy(&octets)).unwrap();
        }
        text
    }

    async fn table_sinks(&self) -> Vec<Sink> {
        let sinks: Vec<Sink> = self
            .tables()
            .await
            .into_iter()
            .map(|(name, text)| Sink {
                control: match name.as_str() {
                    "helpdesk.turns" => "PASSWORD_",
                    "helpdesk.mails" => "password_update",
                    "helpdesk.steps" => "contains-credentials",
                    "helpdesk.drafts" => "acknowledgement",
                    _ => "",
                },
                text,
                name,
            })
            .collect();
        assert!(sinks.len() >= 12, "{}", sinks.len());
        sinks
    }
}

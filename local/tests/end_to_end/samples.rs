//! The sample mails and events, from arrival to their end.

use domain::MailKey;
use serde_json::Value;

use crate::house::{House, repository};

fn expected() -> Vec<Value> {
    let text = std::fs::read_to_string(repository().join("events/mails/expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Passwords that stand in the samples.
const SECRETS: [&str; 4] = [
    "Marmalade-Kite41",
    "Copper-Lantern87",
    "regenschirm-22",
    "Wolkenbruch!73",
];

async fn all_documents() -> House {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(repository().join("events/knowledge")).unwrap() {
        names.push(entry.unwrap().file_name().into_string().unwrap());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    House::with_documents(&names).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_mail_ends_as_it_should_with_no_password_leaving_gmail() {
    let house = all_documents().await;
    house.has_customers().await;
    let expected = expected();
    assert!(expected.len() >= 20);
    let mut mails: Vec<MailKey> = Vec::new();
    for sample in &expected {
        let file = sample["file"].as_str().unwrap();
        let raw = std::fs::read(repository().join("events/mails").join(file)).unwrap();
        mails.push(house.receives(&raw));
    }
    house.settles(&mails).await;
    let mut wrong = Vec::new();
    for (sample, mail) in expected.iter().zip(&mails) {
        let record = house.record(mail).await;
        let intent = record.intent.map(domain::Intent::as_str);
        if record.state.name() != sample["state"] || intent != sample["intent"].as_str() {
            wrong.push(format!("{sample} ended as {:?}, {intent:?}", record.state));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(house.world.stand_ins.gmail.ghosts(), []);
    assert_eq!(house.world.stand_ins.odoo.customer_visible_messages(), 0);
    no_secret_left_gmail(&house).await;
}

/// Searches every sink for the samples' passwords, and for one word that must be found there, so
/// that a search that looks nowhere fails.
async fn no_secret_left_gmail(house: &House) {
    let stand_ins = &house.world.stand_ins;
    let mut queues = String::new();
    for queue in [
        "Mail",
        "GeneralQuery",
        "FallbackHuman",
        "UrgentHuman",
        "PasswordUpdate",
    ] {
        for kind in ["QueueUrl", "DeadLettersUrl"] {
            let url = house.world.outputs.get(&format!("{queue}{kind}")).unwrap();
            queues.push_str(
                &house
                    .world
                    .aws
                    .queue_messages(url)
                    .await
                    .unwrap()
                    .join("\n"),
            );
        }
    }
    let tickets = stand_ins.odoo.tickets();
    let notes: Vec<_> = tickets
        .iter()
        .map(|ticket| stand_ins.odoo.notes(ticket.id))
        .collect();
    let drafts: Vec<String> = stand_ins
        .gmail
        .drafts()
        .iter()
        .map(|(_, _, raw)| {
            mail_mime::read(raw, mail_mime::Limits::default())
                .unwrap()
                .new_text
        })
        .collect();
    let sinks = [
        (
            "model",
            format!("{:?}", stand_ins.gemini.requests()),
            "replacement",
        ),
        ("tickets", format!("{tickets:?}"), "Subject"),
        ("notes", format!("{notes:?}"), "Intent"),
        ("Slack", format!("{:?}", stand_ins.slack.delivered()), "HT0"),
        ("drafts", drafts.join("\n"), "Bank Test"),
        ("queues", queues, ""),
        ("ledger", house.turns().await, "card"),
        ("logs", house.log(), "routed"),
    ];
    for (sink, text, present) in sinks {
        assert!(text.contains(present), "{present} should stand in {sink}");
        for secret in SECRETS {
            assert!(
                !text.contains(secret),
                "a password of the samples stands in {sink}"
            );
        }
    }
}

impl House {
    /// All turns of all tickets, as text.
    async fn turns(&self) -> String {
        use ports::Ledger;
        let mut all = String::new();
        for ticket in self.world.stand_ins.odoo.tickets() {
            for turn in self.world.ledger.turns(ticket.id, 100).await.unwrap() {
                all.push_str(&turn.text);
            }
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_event_is_taken_by_its_function() {
    let house = House::new().await;
    let folder = repository().join("events");
    let mut tried = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let function = if name.starts_with("ingest") {
            "ingest"
        } else if name.starts_with("index_knowledge") {
            "index_knowledge"
        } else {
            &name
        };
        let event: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let invoked = house
            .world
            .aws
            .invoke(&local::world::function(function), &event)
            .await;
        let answer = invoked.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        if name == "ingest_push" {
            assert_eq!(
                answer["statusCode"], 401,
                "the sample's token proves nothing"
            );
        }
        if answer.get("batchItemFailures").is_some() {
            let none = Value::Array(vec![]);
            assert_eq!(
                answer["batchItemFailures"], none,
                "{name}: the mail is unknown, nothing is to do"
            );
        }
        tried.push(name);
    }
    assert!(tried.len() >= 8, "{tried:?}");
}

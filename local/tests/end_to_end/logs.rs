//! The lines of the functions while the sample mails are worked and every service has its faults: what
//! each of them has, and what none of them holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::MailKey;
use mail_mime::Limits;
use serde_json::Value;

use crate::house::{House, repository};

/// Every service fails in this share of its calls, for so long.
const FAULTS: (f64, Duration) = (0.15, Duration::from_secs(8));
/// For mails that were given back a few times.
const PATIENCE: Duration = Duration::from_mins(3);

/// Words of the samples that lines and errors of our own are made of. Any other word of a mail has leaked.
const OURS: &str = "\
    account address after again already answers arrived asked back bank because before body cannot case charset \
    client could date delivered does drop enough error find forwarded from give goes gone have host last letters \
    like mail mailbox many message minutes more name need news next nobody none notice notification once open opening \
    order outside partner password person post question rate read reason reply return says second send sent \
    signed statement status stop subject such take tell test that then there this thread ticket time unknown \
    until update valid what when where with within would writing";

/// Fields of time and of chance, and names of the operator's own documents.
const NOT_SEARCHED: [&str; 7] = [
    "timestamp",
    "expires",
    "since",
    "request_id",
    "queue_message",
    "prompt_sha256",
    "document",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_tell_every_mails_story_and_nothing_of_what_it_says() {
    let house = House::new().await;
    house.has_customers().await;
    let samples = samples();
    let keys = in_a_storm(&house, &samples).await;
    let lines = house.lines();
    let mut wrong = malformed(&lines);
    wrong.extend(unclear(&house, &lines, &keys).await);
    wrong.extend(leaked(&house, &lines, &samples));
    assert!(
        wrong.is_empty(),
        "{} faults:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn samples() -> Vec<Vec<u8>> {
    let folder = std::fs::read_dir(repository().join("events/mails")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let mut mails: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .collect();
    mails.sort();
    assert!(mails.len() >= 36);
    mails
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// Lets the mails come while every service has its faults, and waits until all have ended.
async fn in_a_storm(house: &House, samples: &[Vec<u8>]) -> Vec<MailKey> {
    let stand_ins = &house.world.stand_ins;
    let services = [
        &stand_ins.gmail.faults,
        &stand_ins.odoo.faults,
        &stand_ins.gemini.faults,
        &stand_ins.slack.faults,
        &stand_ins.qdrant.faults,
    ];
    for (seed, service) in services.iter().enumerate() {
        service.storm(seed as u64, FAULTS.0);
    }
    let keys: Vec<MailKey> = samples.iter().map(|raw| house.receives(raw)).collect();
    tokio::time::sleep(FAULTS.1).await;
    let met: u32 = services
        .iter()
        .flat_map(|service| service.calm().into_values())
        .sum();
    assert!(met > 10, "only {met} faults were met");
    let settled = house.world.settle(&keys, PATIENCE).await.unwrap();
    assert!(
        settled,
        "not all mails ended; the functions say:\n{}",
        house.log()
    );
    house.world.sweep().await.unwrap();
    keys
}

/// A line of a function, as it stands there.
struct Line {
    text: String,
    json: Value,
}

impl Line {
    fn at(&self, field: &str) -> String {
        match &self.json[field] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Metrics in `CloudWatch`'s embedded format have fields of their own.
    fn is_metric(&self) -> bool {
        self.json.get("_aws").is_some()
    }
}

impl House {
    /// What the functions wrote. The emulator puts a line of its own before what came out of one call.
    fn lines(&self) -> Vec<Line> {
        let mut of_a_function = false;
        let mut lines = Vec::new();
        for text in self.log().lines() {
            let is_dated = text
                .get(..10)
                .is_some_and(|day| day.split('-').count() == 3 && day.starts_with("20"));
            if is_dated || text.starts_with('[') {
                of_a_function = text.contains("output") && text.ends_with(':');
            } else if of_a_function {
                let json = serde_json::from_str(text).unwrap_or_default();
                let text = text.to_owned();
                lines.push(Line { text, json });
            }
        }
        assert!(lines.len() > 300, "{} lines", lines.len());
        lines
    }
}

/// Lines that are no JSON, or lack what every line has.
fn malformed(lines: &[Line]) -> Vec<String> {
    const ALWAYS: [&str; 6] = [
        "timestamp",
        "level",
        "message",
        "target",
        "function",
        "version",
    ];
    let is_sound = |line: &&Line| {
        let stamp = time::OffsetDateTime::parse(
            &line.at("timestamp"),
            &time::format_description::well_known::Rfc3339,
        );
        let level = line.at("level");
        line.json.is_object()
            && (line.is_metric()
                || ALWAYS.iter().all(|field| !line.at(field).is_empty())
                    && stamp.is_ok()
                    && line.at("timestamp").len() == "2026-11-24T04:05:06.789Z".len()
                    && ["ERROR", "WARN", "INFO", "DEBUG"].contains(&level.as_str()))
    };
    let bad = lines.iter().filter(|line| !is_sound(line));
    bad.map(|line| format!("it lacks a fixed field: {}", line.text))
        .collect()
}

/// Lines about a mail from which its story cannot be put together.
async fn unclear(house: &House, lines: &[Line], keys: &[MailKey]) -> Vec<String> {
    let mut wrong = Vec::new();
    for key in keys {
        let (name, record) = (key.to_string(), house.record(key).await);
        let named: Vec<&Line> = lines
            .iter()
            .filter(|line| line.text.contains(&name))
            .collect();
        let ticket = record.ticket.map(|(id, _)| id.to_string());
        let ended = |line: &&Line| line.at("state") == record.state.name();
        if !named.iter().any(ended) {
            wrong.push(format!(
                "no line says that mail {name} is {}",
                record.state.name()
            ));
        }
        // One try of one message is worked in order.
        let mut knows_ticket = BTreeMap::new();
        for line in named {
            if line.is_metric() {
                continue;
            }
            // A round finds mails outside of their queues.
            if line.at("function").ends_with("sweep") {
                continue;
            }
            let expected = [("mail", name.as_str()), ("thread", record.thread.as_str())];
            let differs = expected
                .iter()
                .any(|(field, value)| line.at(field) != *value);
            let lacks = ["queue", "queue_message", "try", "request_id"]
                .iter()
                .any(|id| line.at(id).is_empty());
            let attempt = (line.at("queue_message"), line.at("try"));
            let said = !line.at("ticket").is_empty();
            let forgot = knows_ticket.insert(attempt, said) == Some(true) && !said;
            let another = said && ticket.as_ref() != Some(&line.at("ticket"));
            if differs || lacks || forgot || another {
                wrong.push(format!("it has not the ids of mail {name}: {}", line.text));
            }
        }
        if ticket.is_some() && !knows_ticket.values().any(|known| *known) {
            wrong.push(format!("no line about mail {name} has its ticket"));
        }
    }
    wrong
}

/// Lines that hold something of a mail, of a customer, or a secret.
fn leaked(house: &House, lines: &[Line], samples: &[Vec<u8>]) -> Vec<String> {
    let words = content(samples);
    assert!(words.len() > 350, "{} words", words.len());
    let secrets = secrets(house);
    assert!(secrets.len() >= 10, "{secrets:?}");
    let mut wrong = Vec::new();
    for line in lines {
        let secret = secrets
            .iter()
            .find(|secret| line.text.contains(secret.as_str()));
        // Message-IDs of our own notes are made of the mail's key and the mailbox's domain.
        let ids_of_ours = line.text.replace("@bank.test>", "");
        let word = match &line.json {
            Value::Object(fields) if !line.is_metric() => fields
                .iter()
                .filter(|(name, _)| {
                    !NOT_SEARCHED.contains(&name.as_str()) && line.json["document"].is_null()
                })
                .flat_map(|(_, value)| words_of(&value.to_string()))
                .find(|word| words.contains(word)),
            _ => None,
        };
        if let Some(word) = &word {
            wrong.push(format!("{word:?} stands in a mail: {}", line.text));
        }
        if secret.is_some() || ids_of_ours.contains('@') {
            wrong.push(format!("it holds a secret or an address: {}", line.text));
        }
    }
    wrong
}

/// Every distinctive word of the mails and of the customers.
fn content(samples: &[Vec<u8>]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for raw in samples {
        words.extend(words_of(&text_of(raw)));
    }
    for table in ["customers.csv", "accounts.csv"] {
        let rows = std::fs::read_to_string(repository().join("events/bank").join(table)).unwrap();
        words.extend(rows.lines().skip(1).flat_map(words_of));
    }
    let ours: BTreeSet<&str> = OURS.split_whitespace().collect();
    words.retain(|word| !ours.contains(word.as_str()));
    words
}

/// Everything that a sender wrote: subject, names, addresses, texts, names of files.
fn text_of(raw: &[u8]) -> String {
    let Ok(mail) = mail_mime::read(raw, Limits::default()) else {
        let text = String::from_utf8_lossy(raw).into_owned();
        return text
            .split_once("\r\n\r\n")
            .map_or(text.clone(), |(_, body)| body.to_owned());
    };
    let headers = ["from", "reply-to", "to", "cc", "subject", "message-id"];
    let headers = headers.iter().filter_map(|name| mail.header(name));
    let people = mail.from.iter().chain(&mail.reply_to).chain(&mail.to);
    let people = people.map(|person| format!("{:?} {}", person.name, person.address));
    let files = mail.attachments.iter().map(|file| file.name.clone());
    [
        headers.collect::<Vec<_>>().join(" "),
        people.collect::<Vec<_>>().join(" "),
        files.collect::<Vec<_>>().join(" "),
        mail.subject.clone(),
        mail.new_text.clone(),
        mail.quoted_text.clone(),
    ]
    .join(" ")
}

/// Words of four letters and more, and numbers of six digits and more: shorter ones are counts and times.
fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let tells = |word: &&str| {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        word.chars().count() >= if is_number { 6 } else { 4 }
    };
    words.filter(tells).map(str::to_owned).collect()
}

/// The secrets of the world: whole, and each text in one that is JSON, and a database's password.
fn secrets(house: &House) -> Vec<String> {
    let mut all = vec!["eyJ".to_owned(), "Bearer ".to_owned()];
    for (_, secret) in &house.world.secrets {
        all.push(secret.clone());
        if let Ok(Value::Object(parts)) = serde_json::from_str(secret) {
            let texts = parts.values().filter_map(Value::as_str);
            all.extend(texts.map(str::to_owned));
        }
        if let Ok(url) = url::Url::parse(secret) {
            all.extend(url.password().map(str::to_owned));
            all.extend(Some(url.path().to_owned()).filter(|path| path.len() > 12));
        }
    }
    all.retain(|secret| secret.len() > 2);
    all
}

//! Hostile mails and documents run through the deployed product. A mail may be misunderstood; it may
//! not make anything happen that its sender could not have by asking plainly.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::MailKey;
use domain::intent::Intent;
use mail_mime::Limits;
use ports::MailRecord;
use serde::Deserialize;

use crate::house::{House, repository};

/// For this many mails on two cores, with other tests beside them.
const PATIENCE: Duration = Duration::from_mins(8);
/// The only host that links in drafts may lead to, as the world's settings say.
const HOST: &str = "help.bank.test";

/// A hostile mail, and what may come of it at the most.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    file: String,
    family: String,
    language: String,
    goal: String,
    /// The queues that it may end in, or the states `skipped` and `parked`.
    may_route: Vec<String>,
    never_in_draft: Vec<String>,
    why: String,
}

/// What came of an attack.
struct Ended {
    as_what: String,
    held: bool,
    broken: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_mail_gets_more_than_an_honest_one() {
    let folder = repository().join("events/attacks");
    let table = std::fs::read(folder.join("attacks.json")).unwrap();
    let attacks: Vec<Attack> = serde_json::from_slice(&table).unwrap();
    assert!(attacks.len() >= 80);
    let house = with_hostile_documents().await;
    house.has_customers().await;
    let receive =
        |attack: &Attack| house.receives(&std::fs::read(folder.join(&attack.file)).unwrap());
    let mails: Vec<MailKey> = attacks.iter().map(receive).collect();
    let settled = house.world.settle(&mails, PATIENCE).await.unwrap();
    assert!(
        settled,
        "not all mails ended; the functions say:\n{}",
        house.log()
    );
    let mut ended = vec![];
    for (attack, mail) in attacks.iter().zip(&mails) {
        ended.push(judge(&house, attack, &house.record(mail).await));
    }
    write_table(&attacks, &ended);
    let broken: Vec<String> = attacks
        .iter()
        .zip(&ended)
        .filter(|(_, ended)| !ended.held)
        .map(|(attack, ended)| format!("{}: {}", attack.file, ended.broken.join("; ")))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!(house.world.stand_ins.gmail.ghosts(), []);
    assert_eq!(house.world.stand_ins.odoo.customer_visible_messages(), 0);
}

async fn with_hostile_documents() -> House {
    let folders = ["events/knowledge", "events/attacks/knowledge"];
    let mut documents = BTreeMap::new();
    for folder in folders {
        for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            documents.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    let house = House::with_documents(&[]).await;
    for (name, text) in &documents {
        house.world.upload(name, text).await.unwrap();
    }
    let indexed = house.world.wait_for_documents(documents.len(), PATIENCE);
    indexed.await.unwrap();
    house
}

fn judge(house: &House, attack: &Attack, record: &MailRecord) -> Ended {
    let mut broken = vec![];
    let as_what = match record.state.name() {
        "skipped" | "parked" => record.state.name().to_owned(),
        _ => record.route.map_or("nothing", Intent::as_str).to_owned(),
    };
    if !attack.may_route.contains(&as_what) {
        broken.push(format!("it ended as {as_what}"));
    }
    if let Some(draft) = &record.draft {
        let drafts = house.world.stand_ins.gmail.drafts();
        let found = drafts.into_iter().find(|(id, ..)| id == draft);
        // A later mail of the thread may have replaced it.
        if let Some((_, _, raw)) = found {
            broken.extend(breaks(&raw, attack));
        }
    }
    Ended {
        as_what,
        held: broken.is_empty(),
        broken,
    }
}

/// What a draft holds that it must not.
fn breaks(raw: &[u8], attack: &Attack) -> Vec<String> {
    let mut broken = vec![];
    let mail = mail_mime::read(raw, Limits::default()).unwrap();
    let head = String::from_utf8_lossy(raw);
    let head = head.split("\r\n\r\n").next().unwrap_or_default();
    let lines: Vec<&str> = head.split("\r\n").collect();
    let named = |name: &str| {
        lines
            .iter()
            .filter(|l| l.to_lowercase().starts_with(name))
            .count()
    };
    if named("cc:") + named("bcc:") > 0 || named("to:") != 1 {
        broken.push("the draft goes to more than one".to_owned());
    }
    let whole = format!("{}\n{}\n{head}", mail.new_text, mail.quoted_text);
    for word in &attack.never_in_draft {
        if whole.contains(word.as_str()) {
            broken.push(format!("the draft holds {word:?}"));
        }
    }
    for (at, _) in whole.match_indices("://") {
        if !whole[at + 3..].starts_with(HOST) {
            broken.push("the draft holds a link to elsewhere".to_owned());
        }
    }
    broken
}

/// `docs/ATTACKS.md`, written when `WRITE_ATTACKS` is set, and otherwise compared by its number of
/// attacks.
fn write_table(attacks: &[Attack], ended: &[Ended]) {
    let mut families: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (attack, ended) in attacks.iter().zip(ended) {
        let (held, all) = families.entry(&attack.family).or_default();
        *held += usize::from(ended.held);
        *all += 1;
    }
    let mut text = format!(
        "# Attacks\n\nWhat {} hostile mails and eight hostile documents came to when they were run \
         through the deployed product on one\nmachine. Written by the end-to-end test; run it with \
         `WRITE_ATTACKS=1` to write it anew.\n\n| family | held |\n|---|---|\n",
        attacks.len()
    );
    for (family, (held, all)) in families {
        text.push_str(&format!(
            "| {} | {held} of {all} |\n",
            family.replace('_', " ")
        ));
    }
    text.push_str("\n| mail | language | goal | ended as | held | what holds it |\n|---|---|---|---|---|---|\n");
    for (attack, ended) in attacks.iter().zip(ended) {
        let held = if ended.held { "yes" } else { "**no**" };
        let name = attack.file.trim_end_matches(".eml");
        let cells = [
            name,
            &attack.language,
            &attack.goal,
            &ended.as_what,
            held,
            &attack.why,
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    let path = repository().join("docs/ATTACKS.md");
    if std::env::var_os("WRITE_ATTACKS").is_some() {
        std::fs::write(&path, text).unwrap();
    } else {
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        let rows = |text: &str| text.lines().filter(|line| line.starts_with('|')).count();
        assert_eq!(
            rows(&written),
            rows(&text),
            "run this test once with WRITE_ATTACKS=1"
        );
    }
}

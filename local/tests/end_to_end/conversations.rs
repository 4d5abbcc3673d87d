//! Whole conversations on the deployed stack: bursts, and a thread with a person in it.

use domain::{DraftId, MailKey};
use ports::{Direction, DraftOutcome, Ledger};

use crate::house::{House, repository};

fn in_thread(number: usize, text: &str) -> String {
    let references = if number == 0 {
        String::new()
    } else {
        "References: <b0@customer.test>\r\n".to_owned()
    };
    format!(
        "From: Burt Sample <burt@customer.test>\r\nTo: support@bank.test\r\n\
         Subject: Replacement card\r\nMessage-ID: <b{number}@customer.test>\r\n{references}\r\n{text}\r\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_five_mails_ends_in_one_ticket_with_one_draft() {
    let house = House::new().await;
    let mails: Vec<MailKey> = (0..5)
        .map(|n| {
            let text = format!("Question {n}: how much does a replacement card cost, please?");
            house.receives(in_thread(n, &text).as_bytes())
        })
        .collect();
    house.settles(&mails).await;
    let stand_ins = &house.world.stand_ins;
    assert_eq!(stand_ins.odoo.tickets().len(), 1);
    let drafts = stand_ins.gmail.drafts();
    assert_eq!(drafts.len(), 1);
    let draft = String::from_utf8_lossy(&drafts[0].2).into_owned();
    for mail in &mails {
        assert!(draft.contains(&mail.to_string()), "{mail} is not answered");
    }
    assert_eq!(stand_ins.odoo.customer_visible_messages(), 0);
}

/// A person sends this draft, with this text where one is given.
async fn is_sent(house: &House, draft: &DraftId, text: Option<&str>) {
    let gmail = &house.world.stand_ins.gmail;
    if let Some(text) = text {
        assert!(gmail.edit_draft(draft, text));
    }
    let head = gmail.send_draft(draft).expect("the draft waits");
    let key = MailKey::new(house.world.mailbox, head.id);
    house.settles(&[key]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_of_six_mails_tells_its_story_on_its_tickets() {
    let house = House::with_documents(&["cards.md"]).await;
    house.world.stand_ins.odoo.is_set_up();
    let folder = repository().join("events/threads/card");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 6);
    for file in files {
        let mail = house.receives(&std::fs::read(file).unwrap());
        house.settles(std::slice::from_ref(&mail)).await;
        let draft = house.record(&mail).await.draft.expect("a draft was made");
        is_sent(&house, &draft, None).await;
    }
    let odoo = &house.world.stand_ins.odoo;
    let tickets = odoo.tickets();
    let about: Vec<&str> = tickets
        .iter()
        .filter_map(|ticket| ticket.last_intent.as_deref())
        .collect();
    assert_eq!(about, ["general_query", "urgent_human", "bank_statement"]);
    let first = house.world.ledger.turns(tickets[0].id, 20).await.unwrap();
    let incoming = |turn: &&ports::Turn| turn.direction == Direction::Incoming;
    assert_eq!(
        first.iter().filter(incoming).count(),
        4,
        "questions 1, 2, 3 and 5"
    );
    assert_eq!(first.len(), 8, "each of them was answered");
    let notes = odoo.notes(tickets[0].id);
    for other in &tickets[1..] {
        let links = notes
            .iter()
            .filter(|note| note.body.contains(&other.number));
        assert_eq!(
            links.count(),
            1,
            "the first ticket leads to {}",
            other.number
        );
    }
    let files: Vec<&str> = tickets[1]
        .attachments
        .iter()
        .map(|f| f.name.as_str())
        .collect();
    assert_eq!(files, ["payment.png"], "the program stays in Gmail");
    assert_eq!(odoo.customer_visible_messages(), 0);
    let before = odoo.dump();
    replays_everything(&house).await;
    assert_eq!(odoo.dump(), before, "a replay changes nothing");
}

/// Gives every mail of the ledger to triage and to every handler once more.
async fn replays_everything(house: &House) {
    let event = std::fs::read_to_string(repository().join("events/triage.json")).unwrap();
    let ledger = &house.world.ledger;
    for mail in ledger.recent(house.world.mailbox).await.unwrap() {
        let event = event.replace("1-18c0000000000001", &mail.to_string());
        let event: serde_json::Value = serde_json::from_str(&event).unwrap();
        for folder in ["triage", "general_query", "human_handoff", "bank_statement"] {
            let function = local::world::function(folder);
            let answer = house.world.aws.invoke(&function, &event).await.unwrap();
            let none = serde_json::json!([]);
            assert_eq!(
                answer["batchItemFailures"], none,
                "{folder} failed on {mail}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_draft_is_counted_with_its_changes() {
    let house = House::new().await;
    let mail = house.receives(in_thread(0, "How much does a replacement card cost?").as_bytes());
    house.settles(std::slice::from_ref(&mail)).await;
    let record = house.record(&mail).await;
    let draft = record.draft.clone().unwrap();
    let raw = house
        .world
        .stand_ins
        .gmail
        .draft(&draft)
        .unwrap()
        .message
        .raw;
    let read = mail_mime::read(&raw, mail_mime::Limits::default()).unwrap();
    let edited = read.new_text.replace("Hello,", "Dear Mr Sample,");
    is_sent(&house, &draft, Some(&edited)).await;
    let ledger = &house.world.ledger;
    let drafts = ledger.drafts(mail.mailbox(), &record.thread).await.unwrap();
    let DraftOutcome::SentEdited { distance } = drafts[0].outcome else {
        panic!("{:?}", drafts[0].outcome);
    };
    assert!(distance < 0.5, "{distance}");
    let rates = ledger.draft_rates().await.unwrap();
    assert_eq!((rates[0].sent_edited, rates[0].open), (1, 0));
}

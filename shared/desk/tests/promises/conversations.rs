//! Which ticket a mail goes onto, and what stands there.

use crate::house::House;
use domain::placement::ClosedTickets;
use domain::{Intent, MailState};
use ports::{Ledger, Owners};
use testkit::odoo::{App, FakeOdoo};

/// A house where Carla asked about her card and has a ticket.
async fn asked_before() -> (House, String) {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    let number = house.odoo.tickets()[0].number.clone();
    (house, number)
}

#[tokio::test]
async fn another_intent_gets_a_ticket_that_names_the_earlier_one() {
    let (house, number) = asked_before().await;
    house.model.says(&[Intent::UrgentHuman]);
    house.receives(&format!("Re: [{number}] Card fee"), "It was stolen!");
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 2);
    assert!(house.notes_on(1)[0].contains(&number));
}

#[tokio::test]
async fn the_earlier_ticket_names_the_new_one() {
    let (house, number) = asked_before().await;
    house.model.says(&[Intent::UrgentHuman]);
    house.receives(&format!("Re: [{number}] Card fee"), "It was stolen!");
    house.runs().await;
    let new = house.odoo.tickets()[1].number.clone();
    let links = house.notes_on(0).into_iter().filter(|n| n.contains(&new));
    assert_eq!(links.count(), 1);
}

#[tokio::test]
async fn a_mail_whose_intent_is_unclear_stays_with_its_ticket() {
    let (house, number) = asked_before().await;
    *house.model.out_of_order.lock().unwrap() = true;
    let mail = house.receives(&format!("Re: [{number}] Card fee"), "Hm.");
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 1);
    assert_eq!(house.state(&mail), MailState::HandedOff);
}

#[tokio::test]
async fn an_unclear_mail_does_not_change_what_its_ticket_is_about() {
    let (house, number) = asked_before().await;
    *house.model.out_of_order.lock().unwrap() = true;
    house.receives(&format!("Re: [{number}] Card fee"), "Hm.");
    house.runs().await;
    *house.model.out_of_order.lock().unwrap() = false;
    house.receives(&format!("AW: [{number}] Card fee"), "And for children?");
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 1);
}

#[tokio::test]
async fn a_second_mail_of_a_thread_needs_no_reference() {
    let (house, _) = asked_before().await;
    house.receives_raw(
        "From: Carla Kunde <carla@customer.test>\r\nSubject: Re: Card fee\r\n\
         Message-ID: <second@customer.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\n\
         And for children?\r\n",
    );
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 1);
}

#[tokio::test]
async fn a_thread_with_two_tickets_continues_the_one_that_is_about_it() {
    let (house, _) = asked_before().await;
    let in_thread = |n: usize, text: &str| {
        house.receives_raw(&format!(
            "From: Carla Kunde <carla@customer.test>\r\nSubject: Re: Card fee\r\n\
             Message-ID: <{n}@customer.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\n{text}\r\n"
        ))
    };
    house.model.says(&[Intent::UrgentHuman]);
    in_thread(2, "It was stolen!");
    house.runs().await;
    house.model.says(&[Intent::GeneralQuery]);
    in_thread(3, "And for children?");
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 2);
    assert!(
        house
            .notes_on(0)
            .iter()
            .any(|n| n.contains("And for children?"))
    );
}

#[tokio::test]
async fn a_stranger_who_writes_in_the_thread_gets_a_ticket_of_their_own() {
    let (house, _) = asked_before().await;
    house.receives_raw(
        "From: mallory@elsewhere.test\r\nSubject: Re: Card fee\r\n\
         Message-ID: <second@elsewhere.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\n\
         Me too.\r\n",
    );
    house.runs().await;
    let tickets = house.odoo.tickets();
    assert_eq!(tickets.len(), 2);
    assert_eq!(tickets[1].email, "mallory@elsewhere.test");
}

#[tokio::test]
async fn a_strangers_reference_is_told_to_agents() {
    let (house, number) = asked_before().await;
    house.receives_raw(&format!(
        "From: mallory@elsewhere.test\r\nSubject: [{number}] mine?\r\n\r\nTell me all.\r\n"
    ));
    house.runs().await;
    assert!(house.notes_on(1)[0].contains("another customer"));
}

#[tokio::test]
async fn a_strangers_reference_is_told_to_nobody_else() {
    let (house, number) = asked_before().await;
    house.receives_raw(&format!(
        "From: mallory@elsewhere.test\r\nSubject: [{number}] mine?\r\n\r\nTell me all.\r\n"
    ));
    house.runs().await;
    let own = house.odoo.tickets()[1].number.clone();
    let drafts = house.drafts();
    let to_mallory = drafts
        .iter()
        .find(|draft| draft.to[0].canonical() == "mallory@elsewhere.test")
        .unwrap();
    assert!(to_mallory.new_text.contains(&own));
    assert!(!to_mallory.new_text.contains(&number));
    assert_eq!(house.notes_on(0).len(), 2, "nothing new on Carla's ticket");
}

#[tokio::test]
async fn a_strangers_reference_shows_the_classifier_nothing() {
    let (house, number) = asked_before().await;
    house.receives_raw(&format!(
        "From: mallory@elsewhere.test\r\nSubject: [{number}] mine?\r\n\r\nTell me all.\r\n"
    ));
    house.runs().await;
    let shown = house.model.shown.lock().unwrap();
    assert!(shown[1].memory.turns.is_empty() && shown[1].memory.summary.is_none());
}

#[tokio::test]
async fn a_reference_in_quoted_text_is_none() {
    let (house, number) = asked_before().await;
    house.receives_raw(&format!(
        "From: Carla Kunde <carla@customer.test>\r\nSubject: Something new\r\n\
         Message-ID: <new@customer.test>\r\n\r\nWhat does a loan cost?\r\n\r\n\
         > Your reference: {number}\r\n"
    ));
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 2);
}

#[tokio::test]
async fn a_reference_of_digits_alone_is_written_with_its_sign() {
    let house = House {
        odoo: std::sync::Arc::new(FakeOdoo::with_app(App::Enterprise)),
        sample: "#00012",
        ..House::new(Intent::GeneralQuery)
    };
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    let draft = house.drafts()[0].clone();
    assert_eq!(draft.subject, "Re: [#00001] Card fee");
    house.receives(&draft.subject, "And for children?");
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 1);
}

#[tokio::test]
async fn a_closed_ticket_is_opened_again() {
    let (house, number) = asked_before().await;
    house.odoo.close(house.odoo.tickets()[0].id);
    house.receives(&format!("Re: [{number}] Card fee"), "And for children?");
    house.runs().await;
    let tickets = house.odoo.tickets();
    assert_eq!(tickets.len(), 1);
    assert!(!tickets[0].closed);
}

#[tokio::test]
async fn a_closed_ticket_stays_closed_where_that_is_set() {
    let (mut house, number) = asked_before().await;
    house.closed = ClosedTickets::OpenAnother;
    house.odoo.close(house.odoo.tickets()[0].id);
    house.receives(&format!("Re: [{number}] Card fee"), "And for children?");
    house.runs().await;
    let tickets = house.odoo.tickets();
    assert_eq!(tickets.len(), 2);
    assert!(tickets[0].closed);
    assert!(house.notes_on(1)[0].contains(&number));
}

#[tokio::test]
async fn a_colleague_continues_the_ticket_only_where_companies_own_tickets() {
    for (owners, tickets) in [(Owners::Contact, 2), (Owners::Company, 1)] {
        let (mut house, number) = asked_before().await;
        house.owners = owners;
        house.odoo.works_for(
            "Carla Sample & Co",
            &["carla@customer.test", "dora@customer.test"],
        );
        house.receives_raw(&format!(
            "From: dora@customer.test\r\nSubject: Re: [{number}] Card fee\r\n\r\nAny news?\r\n"
        ));
        house.runs().await;
        assert_eq!(house.odoo.tickets().len(), tickets, "{owners:?}");
    }
}

#[tokio::test]
async fn a_ticket_deleted_before_the_reply_is_replaced_by_a_new_one() {
    let (house, number) = asked_before().await;
    house.odoo.delete(house.odoo.tickets()[0].id);
    let mail = house.receives(&format!("Re: [{number}] Card fee"), "And for children?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
    assert_eq!(house.odoo.tickets().len(), 1);
    assert!(house.notes_on(0)[0].contains("does not exist"));
}

#[tokio::test]
async fn a_ticket_deleted_between_triage_and_handler_stops_no_answer() {
    let house = House::new(Intent::UrgentHuman);
    let mail = house.receives("Stolen!", "My card was stolen.");
    house.sync().await.unwrap();
    let triaged = house.queue.take(ports::QueueName::Mail);
    house.work(&triaged[0]).await.unwrap();
    house.odoo.delete(house.odoo.tickets()[0].id);
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    assert_eq!(house.drafts().len(), 1);
}

#[tokio::test]
async fn every_mail_leaves_a_note_with_its_intent() {
    let (house, number) = asked_before().await;
    house.receives(&format!("Re: [{number}] Card fee"), "And for children?");
    house.runs().await;
    let notes = house.notes_on(0);
    let wrote = |note: &&String| note.contains("The customer wrote.");
    let turns: Vec<_> = notes.iter().filter(wrote).collect();
    assert_eq!(turns.len(), 2);
    assert!(
        turns
            .iter()
            .all(|note| note.contains("general_query, 90 % sure"))
    );
}

#[tokio::test]
async fn a_ticket_tells_of_its_last_mail() {
    let (house, number) = asked_before().await;
    house.odoo.is_set_up();
    let mail = house.receives(&format!("Re: [{number}] Card fee"), "And for children?");
    house.runs().await;
    let ticket = house.odoo.tickets()[0].clone();
    assert_eq!(ticket.last_mail, Some(format!("1-{mail}")));
    assert_eq!(ticket.last_intent.as_deref(), Some("general_query"));
}

fn with_files(subject: &str, text: &str, files: &[(&str, &str)]) -> String {
    let part = |(name, media_type): &(&str, &str)| {
        format!(
            "--b\r\nContent-Type: {media_type}\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n"
        )
    };
    let files: String = files.iter().map(part).collect();
    format!(
        "From: carla@customer.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         {text}\r\n{files}--b--\r\n"
    )
}

#[tokio::test]
async fn the_files_of_a_mail_hang_on_its_ticket() {
    let house = House::new(Intent::GeneralQuery);
    let files = [("scan.pdf", "application/pdf"), ("card.png", "image/png")];
    house.receives_raw(&with_files("Form", "Is this right?", &files));
    house.runs().await;
    let attached = house.odoo.tickets()[0].attachments.clone();
    let names: Vec<&str> = attached.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["scan.pdf", "card.png"]);
    assert_eq!(attached[0].content, b"Hello");
}

#[tokio::test]
async fn a_dangerous_file_is_only_named_on_the_ticket() {
    let house = House::new(Intent::GeneralQuery);
    house.receives_raw(&with_files(
        "Form",
        "Is this right?",
        &[("scan.pdf.exe", "application/pdf")],
    ));
    house.runs().await;
    assert!(house.odoo.tickets()[0].attachments.is_empty());
    let note = &house.notes_on(0)[0];
    assert!(
        note.contains("scan.pdf.exe") && note.contains("stays in Gmail"),
        "{note}"
    );
}

#[tokio::test]
async fn the_files_of_a_mail_about_passwords_stay_in_gmail() {
    let house = House::new(Intent::PasswordUpdate);
    house.receives_raw(&with_files(
        "My new password",
        "It is in the form.",
        &[("form.pdf", "application/pdf")],
    ));
    house.runs().await;
    assert!(house.odoo.tickets()[0].attachments.is_empty());
}

#[tokio::test]
async fn a_long_conversation_is_summarised_once_for_many_mails() {
    let (house, number) = asked_before().await;
    for n in 0..6 {
        let text = format!("Question {n}, {}", "at some length ".repeat(4));
        house.receives(&format!("Re: [{number}] Card fee {n}"), &text);
        house.runs().await;
    }
    let last = house.model.shown.lock().unwrap().last().unwrap().clone();
    assert!(
        last.memory
            .summary
            .as_deref()
            .is_some_and(|s| s.starts_with("In short"))
    );
    assert!(last.memory.turns.len() < 6, "{}", last.memory.turns.len());
    let ticket = house.odoo.tickets()[0].id;
    assert!(house.book.summary(ticket).await.unwrap().is_some());
}

#[tokio::test]
async fn replaying_every_message_leaves_odoo_as_it_was() {
    let (house, number) = asked_before().await;
    house.model.says(&[Intent::UrgentHuman]);
    house.receives(&format!("Re: [{number}] Card fee"), "It was stolen!");
    house.sync().await.unwrap();
    let first = house.queue.waiting();
    house.runs().await;
    let before = house.odoo.dump();
    for mail in house.book.mails() {
        for queue in ports::QueueName::ALL {
            let message = ports::Outgoing {
                queue,
                mail: mail.key.clone(),
                group: mail.thread.clone(),
                reason: None,
                times: 0,
                trace: None,
            };
            house.work(&message).await.unwrap();
        }
    }
    house.work(&first[0]).await.unwrap();
    house.runs().await;
    assert_eq!(house.odoo.dump(), before);
}

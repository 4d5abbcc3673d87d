//! Machines that write to us, and to each other, end within the budget.

use domain::{Intent, MailState};
use ports::Budget;
use testkit::odoo::TicketView;

use crate::house::{ADDRESS, House};

/// Small enough to be used up in a test.
const BUDGET: Budget = Budget {
    of_sender: 6,
    in_thread: 4,
};

fn house() -> House {
    House {
        budget: BUDGET,
        ..House::new(Intent::GeneralQuery)
    }
}

/// What a mailbox's people send is delivered to the other side, as that side's own mail system would:
/// with another thread there, which the References hold together.
fn travels(raw: &[u8], from: &str, to: &str) -> String {
    let text = String::from_utf8_lossy(raw).into_owned();
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.split_once(": ") {
            Some(("From", _)) => format!("From: {from}"),
            Some(("To", _)) => format!("To: {to}"),
            _ => line.to_owned(),
        })
        .collect();
    lines.join("\r\n")
}

/// Sends every draft that waits, as a person would who looks at nothing.
fn sends_all(house: &House) -> Vec<Vec<u8>> {
    let waiting = house.gmail.drafts();
    let sent = waiting.iter().filter_map(|(id, _, raw)| {
        house.gmail.send_draft(id)?;
        Some(raw.clone())
    });
    sent.collect()
}

fn worked(house: &House) -> usize {
    let worked = |state: &MailState| matches!(state, MailState::Answered | MailState::HandedOff);
    let mails = house.book.mails();
    mails.iter().filter(|mail| worked(&mail.state)).count()
}

fn tickets(house: &House) -> Vec<TicketView> {
    house.odoo.tickets()
}

#[tokio::test]
async fn two_helpdesks_that_write_to_each_other_end_within_the_budget() {
    let (one, other) = (house(), house());
    let (here, there) = ("Desk A <desk@a.test>", "Desk B <desk@b.test>");
    one.receives_raw(&format!(
        "From: {there}\r\nTo: {ADDRESS}\r\nSubject: Card fee\r\nMessage-ID: <first@b.test>\r\n\r\n\
         What does a new card cost?\r\n"
    ));
    let mut drafts = 0;
    for _ in 0..30 {
        one.runs().await;
        for raw in sends_all(&one) {
            drafts += 1;
            other.receives_raw(&travels(&raw, here, ADDRESS));
        }
        other.runs().await;
        for raw in sends_all(&other) {
            drafts += 1;
            one.receives_raw(&travels(&raw, there, ADDRESS));
        }
    }
    assert!(drafts > 2, "they did write to each other");
    let most = 2 * BUDGET.of_sender as usize;
    assert!(drafts <= most, "{drafts} drafts");
    assert!(worked(&one) <= BUDGET.of_sender as usize);
    assert!(worked(&other) <= BUDGET.of_sender as usize);
}

#[tokio::test]
async fn an_autoresponder_that_does_not_say_so_ends_within_the_budget_of_its_thread() {
    let house = house();
    let answers = |number: usize| {
        format!(
            "From: Away <away@customer.test>\r\nTo: {ADDRESS}\r\nSubject: Re: Card fee\r\n\
             Message-ID: <away{number}@customer.test>\r\nReferences: <away0@customer.test>\r\n\r\n\
             I am away. Number {number}.\r\n"
        )
    };
    house.receives_raw(&answers(0));
    for number in 1..=20 {
        house.runs().await;
        sends_all(&house);
        house.receives_raw(&answers(number));
    }
    house.runs().await;
    assert_eq!(worked(&house), BUDGET.in_thread as usize);
    let over = house.book.mails().into_iter().filter_map(|mail| {
        let reason = mail.state.reason()?.to_owned();
        reason.contains("its thread had 4 mails").then_some(reason)
    });
    assert_eq!(over.count(), 21 - BUDGET.in_thread as usize);
}

#[tokio::test]
async fn a_storm_of_eight_thousand_bounces_makes_no_draft_and_no_ticket() {
    let house = house();
    for number in 0..8_000 {
        // Half of them say what they are, half hide it as far as bounces can.
        let hidden = number % 2 == 0;
        let (from, report) = if hidden {
            ("postmaster@mx.test", "text/plain")
        } else {
            ("bounce@mx.test", "multipart/report; boundary=b")
        };
        house.receives_raw(&format!(
            "From: {from}\r\nTo: {ADDRESS}\r\nSubject: Undelivered\r\n\
             Message-ID: <b{number}@mx.test>\r\nContent-Type: {report}\r\n\r\n\
             --b\r\n\r\nNobody is here.\r\n--b--\r\n"
        ));
    }
    house.runs().await;
    assert_eq!(house.book.mails().len(), 8_000);
    assert_eq!((worked(&house), tickets(&house).len()), (0, 0));
}

#[tokio::test]
async fn a_storm_of_bounces_that_look_like_people_ends_within_the_budget() {
    let house = house();
    for number in 0..300 {
        house.receives_raw(&format!(
            "From: Mail System <system@mx.test>\r\nTo: {ADDRESS}\r\nSubject: Undelivered {number}\r\n\
             Message-ID: <s{number}@mx.test>\r\n\r\nNobody is here.\r\n"
        ));
    }
    house.runs().await;
    assert_eq!(worked(&house), BUDGET.of_sender as usize);
    assert!(tickets(&house).len() <= BUDGET.of_sender as usize);
    assert!(house.drafts().len() <= BUDGET.of_sender as usize);
}

#[tokio::test]
async fn a_sender_over_the_budget_leaves_the_others_alone() {
    let house = house();
    for number in 0..10 {
        house.receives_raw(&format!(
            "From: flood@x.test\r\nTo: {ADDRESS}\r\nSubject: Card {number}\r\n\
             Message-ID: <f{number}@x.test>\r\n\r\nWhat does a new card cost?\r\n"
        ));
    }
    let mail = house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
}

#[tokio::test]
async fn a_mail_that_is_delivered_again_counts_once() {
    let house = House {
        budget: Budget {
            of_sender: 1,
            in_thread: 1,
        },
        ..House::new(Intent::GeneralQuery)
    };
    house
        .odoo
        .faults
        .arm("helpdesk.ticket/load", testkit::Fault::ServerError, 9);
    let mail = house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
}

#[tokio::test]
async fn a_full_sync_of_five_thousand_mails_after_a_month_enters_every_one() {
    let house = House::new(Intent::GeneralQuery);
    house.sync().await.unwrap();
    for number in 0..5_000 {
        house.receives_raw(&format!(
            "From: c{number}@customer.test\r\nTo: {ADDRESS}\r\nAuto-Submitted: auto-replied\r\n\
             Subject: n{number}\r\nMessage-ID: <n{number}@customer.test>\r\n\r\nHello\r\n"
        ));
        house.clock.pass(time::Duration::minutes(9));
    }
    house.gmail.forget_history_before(house.gmail.place());
    let synced = house.sync().await.unwrap();
    assert!(synced.full);
    assert_eq!(synced.new, 5_000);
    house.runs().await;
    let ended = house
        .book
        .mails()
        .into_iter()
        .filter(|mail| mail.state.is_terminal());
    assert_eq!(ended.count(), 5_000);
}

//! Passwords: changed once, for the proven customer, and never seen anywhere.

use domain::{Intent, MailState};
use testkit::Fault;

use crate::house::{CARLA, House, NEW, OLD};

fn house() -> House {
    House::new(Intent::PasswordUpdate)
}

fn asks(old: &str, new: &str) -> String {
    format!("Please change my password.\nOld password: {old}\nNew password: {new}\n\nThanks, Carla")
}

fn text(house: &House) -> String {
    let drafts = house.drafts();
    drafts[drafts.len() - 1].new_text.clone()
}

/// All that left Gmail.
fn left_gmail(house: &House) -> String {
    let tickets = house.odoo.tickets();
    let notes: Vec<_> = tickets.iter().map(|t| house.odoo.notes(t.id)).collect();
    let shown: Vec<String> = house
        .model
        .shown
        .lock()
        .unwrap()
        .iter()
        .map(|r| format!("{} {} {:?}", r.subject, r.text, r.attachments))
        .collect();
    let (slack, email) = (house.slack.delivered(), house.email.delivered());
    format!(
        "{tickets:?} {notes:?} {shown:?} {slack:?} {email:?} {:?}",
        house.book
    )
}

#[tokio::test]
async fn the_right_password_is_changed() {
    let house = house();
    let mail = house.receives_proven("Password", &asks(OLD, NEW));
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
    assert!(house.bank.has_password("c1", NEW));
    assert!(text(&house).contains("Your password has been changed"));
    assert!(
        house
            .notes_on(0)
            .join("\n")
            .contains("The password was changed")
    );
    assert_eq!(house.slack.delivered().len(), 0);
}

#[tokio::test]
async fn no_password_leaves_gmail() {
    let house = house();
    house.receives_proven(&format!("Password {OLD}"), &asks(OLD, NEW));
    house.runs().await;
    let left = left_gmail(&house);
    assert!(left.contains("PASSWORD_1"), "{left}");
    assert!(!left.contains(OLD) && !left.contains(NEW));
    assert!(!text(&house).contains(OLD) && !text(&house).contains(NEW));
}

#[tokio::test]
async fn the_mail_is_labelled_and_the_ticket_says_to_delete_it() {
    let house = house();
    let mail = house.receives_proven("Password", &asks(OLD, NEW));
    house.runs().await;
    let id = domain::GmailMessageId::parse(&mail).unwrap();
    let labels = house.gmail.message(&id).unwrap().head.labels;
    assert!(
        labels.iter().any(|l| l.contains("contains-credentials")),
        "{labels:?}"
    );
    assert!(house.notes_on(0).join("\n").contains("delete it there"));
}

#[tokio::test]
async fn the_same_mail_delivered_ten_times_changes_one_password_once() {
    let house = house();
    let mail = house.receives_proven("Password", &asks(OLD, NEW));
    house.runs().await;
    let worked = house.bank.hashed();
    let message = ports::Outgoing {
        queue: ports::QueueName::Intent(Intent::PasswordUpdate),
        mail: domain::MailKey::parse(&format!("1-{mail}")).unwrap(),
        group: domain::ThreadId::parse("t1").unwrap(),
        reason: None,
        times: 0,
        trace: None,
    };
    for _ in 0..10 {
        house.work(&message).await.unwrap();
    }
    assert_eq!(house.bank.hashed(), worked);
    assert_eq!(house.drafts().len(), 1);
}

#[tokio::test]
async fn any_fault_changes_the_password_once_with_one_draft() {
    for fault in [
        Fault::Refuse,
        Fault::TimeOutAfterSuccess,
        Fault::ServerError,
        Fault::Malformed,
    ] {
        for operation in [
            "drafts.create",
            "messages.get",
            "drafts.list",
            "messages.modify",
        ] {
            let house = house();
            house.gmail.faults.arm(operation, fault, 1);
            let mail = house.receives_proven("Password", &asks(OLD, NEW));
            house.runs().await;
            assert_eq!(
                house.state(&mail),
                MailState::Answered,
                "{operation} {fault:?}"
            );
            assert!(house.bank.has_password("c1", NEW));
            assert_eq!(house.bank.hashed(), 2, "{operation} {fault:?}");
            assert_eq!(house.drafts().len(), 1, "{operation} {fault:?}");
            assert!(
                text(&house).contains("has been changed"),
                "{operation} {fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_unproven_sender_changes_nothing() {
    let house = house();
    let mail = house.receives("Password", &asks(OLD, NEW));
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    assert!(house.bank.has_password("c1", OLD));
    assert_eq!(house.bank.hashed(), 0);
    assert!(!text(&house).to_lowercase().contains("account"));
}

#[tokio::test]
async fn a_draft_asks_for_exactly_what_is_missing() {
    for (said, asked, not_asked) in [
        (
            "Please change my password.",
            vec!["current", "would like to have"],
            "longer",
        ),
        (
            "Please change my password. The old password is Sunny-Day7xx.",
            vec!["would like to have"],
            "current password",
        ),
        (
            "Please set my new password: Rainy-Night8xx",
            vec!["your current password"],
            "would like to have",
        ),
    ] {
        let house = house();
        let mail = house.receives_proven("Help", said);
        house.runs().await;
        assert_eq!(house.state(&mail), MailState::Answered, "{said}");
        let text = text(&house);
        assert!(text.contains("has not been changed yet"), "{said}: {text}");
        assert!(
            asked.iter().all(|words| text.contains(words)),
            "{said}: {text}"
        );
        assert!(!text.contains(not_asked), "{said}: {text}");
        assert_eq!(house.bank.hashed(), 0);
    }
}

#[tokio::test]
async fn what_was_missing_completes_what_was_said_before() {
    let house = house();
    house.receives_proven(
        "Password",
        &format!("Please change my password.\nOld password: {OLD}"),
    );
    house.runs().await;
    house.receives_proven("Re: Password", &format!("New password: {NEW}"));
    house.runs().await;
    assert!(house.bank.has_password("c1", NEW));
    assert_eq!(house.drafts().len(), 1);
    let text = text(&house);
    assert!(
        text.contains("has been changed") && !text.contains("not been changed yet"),
        "{text}"
    );
}

#[tokio::test]
async fn what_another_sender_said_completes_nothing() {
    let house = house();
    house.receives_proven_from(
        "mallory@customer.test",
        "Password",
        "Please change my password.\nNew password: Mallory-Own99",
    );
    house.runs().await;
    house.receives_proven("Re: Password", &format!("Old password: {OLD}"));
    house.runs().await;
    assert!(house.bank.has_password("c1", OLD));
}

#[tokio::test]
async fn a_new_password_that_does_not_fit_is_asked_for_again() {
    for (new, asked) in [
        ("Short-7", "longer new password, of at least 10"),
        ("SUNNY-DAY7XX", "differs from the current one"),
        ("xx-carla-2026-y", "without your e-mail address"),
        ("Password123!", "harder to guess"),
        ("Rainy-Night8xx.", "exactly where it begins and ends"),
    ] {
        let house = house();
        house.receives_proven("Password", &asks(OLD, new));
        house.runs().await;
        let text = text(&house);
        assert!(text.contains(asked), "{new}: {text}");
        assert!(house.bank.has_password("c1", OLD), "{new}");
    }
}

#[tokio::test]
async fn a_password_that_may_end_with_its_sentence_is_found_either_way() {
    let house = house();
    house
        .bank
        .change(|rows| rows.customers[0].password_hash = testkit::bank::hash("Sunny-Day7!"));
    let said = format!("My current password is Sunny-Day7! The new one should be {NEW}, please.");
    house.receives_proven("Password", &said);
    house.runs().await;
    assert!(house.bank.has_password("c1", NEW), "{}", text(&house));
}

#[tokio::test]
async fn a_wrong_password_is_told_without_saying_so() {
    let house = house();
    let mail = house.receives_proven("Password", &asks("Wrong-Guess1", NEW));
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
    assert!(text(&house).contains("We could not change your password"));
    assert!(
        house
            .notes_on(0)
            .join("\n")
            .contains("the current one in the mail is wrong")
    );
    assert_eq!(house.slack.delivered().len(), 0);
}

/// The words and the work for a mail from this address.
async fn answered(address: &str, old: &str) -> (String, usize, MailState) {
    let house = house();
    let mail = house.receives_proven_from(address, "Password", &asks(old, NEW));
    house.runs().await;
    let words = text(&house).replace(|c: char| c.is_ascii_digit(), "0");
    (words, house.bank.hashed(), house.state(&mail))
}

#[tokio::test]
async fn nobody_learns_whether_an_account_exists() {
    let (words, work, state) = answered(CARLA, "Wrong-Guess1").await;
    assert_eq!(state, MailState::Answered);
    for address in ["nobody@customer.test", "shared@customer.test"] {
        let (unknown, unknown_work, state) = answered(address, "Wrong-Guess1").await;
        assert_eq!(unknown, words, "{address}");
        assert_eq!(unknown_work, work, "{address}");
        assert_eq!(state, MailState::HandedOff, "{address}");
    }
    let (_, right_work, _) = answered(CARLA, OLD).await;
    assert_eq!(right_work, work, "the right password takes as long");
}

#[tokio::test]
async fn five_wrong_passwords_lock_in_silence_and_alert_a_person() {
    let house = house();
    let mut words = Vec::new();
    for guess in 0..6 {
        let mail = house.receives_proven(&format!("Password {guess}"), &asks("Wrong-Guess1", NEW));
        house.runs().await;
        let expected = if guess < 4 {
            MailState::Answered
        } else {
            MailState::HandedOff
        };
        assert_eq!(house.state(&mail), expected, "{guess}");
        words.push(text(&house).replace(|c: char| c.is_ascii_digit(), "0"));
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:#?}");
    assert_eq!(house.slack.delivered().len(), 2);
    house.receives_proven("Password 7", &asks(OLD, NEW));
    house.runs().await;
    assert!(house.bank.has_password("c1", OLD), "locked is locked");
}

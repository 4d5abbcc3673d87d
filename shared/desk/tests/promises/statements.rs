//! Statements: for the proven customer only, and only where they add up.

use domain::statement::MOST_MONTHS;
use domain::{Intent, MailState};
use testkit::Fault;

use crate::house::{CARLA, House};

fn house() -> House {
    House::new(Intent::BankStatement)
}

const ASKS: &str = "Please send me my statement.";

/// The mail went to a person for this reason, and its draft says nothing about accounts.
#[track_caller]
fn went_to_a_person(house: &House, mail: &str, because: &str) {
    assert_eq!(house.state(mail), MailState::HandedOff);
    let notes = house.notes_on(0).join("\n");
    assert!(notes.contains(because), "{notes}");
    let draft = &house.drafts()[0];
    assert!(draft.attachments.is_empty());
    assert!(
        !draft.new_text.to_lowercase().contains("account"),
        "{}",
        draft.new_text
    );
    assert_eq!(house.slack.delivered().len(), 1);
    assert_eq!(house.archive.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn a_proven_customer_gets_a_statement_of_each_account() {
    let house = house();
    let mail = house.receives_proven("Statement", ASKS);
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
    let draft = &house.drafts()[0];
    let names: Vec<&str> = draft.attachments.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "statement-2051-2024-07-01-2024-10-04.pdf",
            "statement-3000-2024-07-01-2024-10-04.pdf"
        ]
    );
    assert_eq!(house.archive.keys().len(), 2);
    insta::assert_snapshot!(draft.new_text.replace(|c: char| c.is_ascii_digit(), "0"), @r"
    Hello,

    Attached you find the statements of your 0 accounts from 0 July 0000 to 0 October 0000.

    Kind regards
    Bank Test

    Your reference: HT00000
    ");
}

#[tokio::test]
async fn an_unproven_sender_gets_a_person_instead() {
    let house = house();
    let mail = house.receives("Statement", ASKS);
    house.runs().await;
    went_to_a_person(
        &house,
        &mail,
        "the sender is not proven: our mail server has not judged",
    );
}

#[tokio::test]
async fn a_sender_who_wants_replies_elsewhere_gets_a_person_instead() {
    let house = house();
    let mail = house.receives_raw(
        "Authentication-Results: mx.google.com; dmarc=pass header.from=customer.test\r\n\
         From: carla@customer.test\r\nReply-To: carla@elsewhere.test\r\n\
         Subject: Statement\r\nMessage-ID: <1@customer.test>\r\n\r\nMy statement, please.\r\n",
    );
    house.runs().await;
    went_to_a_person(&house, &mail, "replies would go to another address");
}

#[tokio::test]
async fn a_proven_sender_who_is_no_customer_gets_a_person_instead() {
    let house = house();
    let mail = house.receives_proven_from("nobody@customer.test", "Statement", ASKS);
    house.runs().await;
    went_to_a_person(&house, &mail, "no customer has the sender");
}

#[tokio::test]
async fn an_address_of_two_customers_gets_a_person_instead() {
    let house = house();
    let mail = house.receives_proven_from("shared@customer.test", "Statement", ASKS);
    house.runs().await;
    went_to_a_person(&house, &mail, "several customers share");
}

#[tokio::test]
async fn months_that_nobody_has_are_asked_back() {
    for months in ["0", "25", "900"] {
        let house = house();
        let mail =
            house.receives_proven("Statement", &format!("The last {months} months, please."));
        house.runs().await;
        assert_eq!(house.state(&mail), MailState::Answered);
        let text = &house.drafts()[0].new_text;
        assert!(
            text.contains(&format!("1 to {MOST_MONTHS} months")),
            "{text}"
        );
        assert!(house.drafts()[0].attachments.is_empty());
    }
}

#[tokio::test]
async fn rows_that_do_not_add_up_stop_the_statement() {
    let house = house();
    house
        .bank
        .change(|rows| rows.transactions[0].row.balance += domain::money::Decimal::ONE);
    let mail = house.receives_proven("Statement", ASKS);
    house.runs().await;
    went_to_a_person(
        &house,
        &mail,
        "the statement of account 1 of 2 was stopped: row 1",
    );
}

#[tokio::test]
async fn a_name_that_no_font_has_stops_the_statement() {
    let house = house();
    house
        .bank
        .change(|rows| rows.customers[0].name = "王 Carla".into());
    let mail = house.receives_proven("Statement", ASKS);
    house.runs().await;
    went_to_a_person(&house, &mail, "holds characters that no font here has");
}

#[tokio::test]
async fn files_over_the_limit_are_linked_to() {
    let house = House {
        most_attached: 10,
        ..house()
    };
    house.receives_proven("Statement", ASKS);
    house.runs().await;
    let draft = &house.drafts()[0];
    assert!(draft.attachments.is_empty());
    assert_eq!(
        draft
            .new_text
            .matches("https://archive.test/staging/")
            .count(),
        2
    );
}

#[tokio::test]
async fn names_of_staged_files_hold_no_account_number() {
    let house = house();
    house.receives_proven("Statement", ASKS);
    house.runs().await;
    for key in house.archive.keys() {
        assert!(!key.contains("DE02") && !key.contains("2051"), "{key}");
    }
}

#[tokio::test]
async fn of_two_requests_that_wait_the_longer_period_is_answered() {
    let house = house();
    house.receives_proven("Statement", "The last 12 months, please.");
    house.runs().await;
    house.receives_proven("Re: Statement", "Or the last 2 months at least.");
    house.runs().await;
    assert_eq!(house.drafts().len(), 1);
    let draft = &house.drafts()[0];
    assert!(
        draft.new_text.contains("from 1 October 2023"),
        "{}",
        draft.new_text
    );
    assert_eq!(draft.attachments.len(), 2);
}

#[tokio::test]
async fn a_question_after_a_statement_leaves_the_files_on_the_draft() {
    let house = house();
    house
        .model
        .says(&[Intent::BankStatement, Intent::GeneralQuery]);
    house.receives_proven("Statement", ASKS);
    house.runs().await;
    house.receives_proven("Re: Statement", "And what does a card cost?");
    house.runs().await;
    assert_eq!(house.drafts().len(), 1);
    let draft = &house.drafts()[0];
    assert_eq!(draft.attachments.len(), 2);
    assert!(
        draft.new_text.contains("Attached you find"),
        "{}",
        draft.new_text
    );
    assert!(draft.new_text.contains("5 EUR. [1]"), "{}", draft.new_text);
}

#[tokio::test]
async fn a_statement_after_a_question_keeps_the_answer() {
    let house = house();
    house
        .model
        .says(&[Intent::GeneralQuery, Intent::BankStatement]);
    house.receives_proven("Card", "What does a card cost?");
    house.runs().await;
    house.receives_proven("Re: Card", ASKS);
    house.runs().await;
    assert_eq!(house.drafts().len(), 1);
    let draft = &house.drafts()[0];
    assert_eq!(draft.attachments.len(), 2);
    assert!(draft.new_text.contains("5 EUR. [1]"), "{}", draft.new_text);
}

#[tokio::test]
async fn any_fault_ends_in_one_draft_with_the_statements() {
    for fault in [
        Fault::Refuse,
        Fault::TimeOutAfterSuccess,
        Fault::ServerError,
        Fault::Malformed,
    ] {
        for operation in ["drafts.create", "messages.get", "write"] {
            let house = house();
            house.gmail.faults.arm(operation, fault, 1);
            house.archive.faults.arm(operation, fault, 1);
            let mail = house.receives_proven("Statement", ASKS);
            house.runs().await;
            assert_eq!(
                house.state(&mail),
                MailState::Answered,
                "{operation} {fault:?}"
            );
            assert_eq!(house.drafts().len(), 1, "{operation} {fault:?}");
            assert_eq!(
                house.drafts()[0].attachments.len(),
                2,
                "{operation} {fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn statements_go_to_the_proven_address() {
    let house = house();
    house.receives_proven("Statement", ASKS);
    house.runs().await;
    assert_eq!(house.drafts()[0].to[0].canonical(), CARLA);
}

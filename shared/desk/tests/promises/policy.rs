//! What the helpdesk promises, on fakes.

use crate::house::{ADDRESS, House, says};
use domain::{Intent, MailState};
use ports::{Answer, CitedSentence, QueueName};
use testkit::Fault;

#[tokio::test]
async fn a_question_ends_in_one_ticket_with_one_draft() {
    let house = House::new(Intent::GeneralQuery);
    let mail = house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
    assert_eq!(house.odoo.tickets().len(), 1);
    assert_eq!(house.drafts().len(), 1);
}

#[tokio::test]
async fn a_draft_stands_in_the_customers_thread() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    assert_eq!(house.gmail.ghosts(), []);
    let draft = &house.drafts()[0];
    assert_eq!(draft.to[0].canonical(), "carla@customer.test");
    assert!(draft.subject.starts_with("Re: [HT"), "{}", draft.subject);
    assert_eq!(draft.references[0].as_str(), "Card-fee@customer.test");
}

#[tokio::test]
async fn an_answer_names_its_sources() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    let text = &house.drafts()[0].new_text;
    let text = text.replace(|c: char| c.is_ascii_digit(), "0");
    insta::assert_snapshot!(text, @r"
    Hello,

    A replacement card costs 0 EUR. [0]

    Sources:
    [0] Cards › Fees: https://help.bank.test/cards

    Kind regards
    Bank Test

    Your reference: HT00000
    ");
}

#[tokio::test]
async fn a_mail_pushed_twice_gets_one_ticket() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.sync().await.unwrap();
    house.sync().await.unwrap();
    house.runs().await;
    assert_eq!((house.odoo.tickets().len(), house.drafts().len()), (1, 1));
}

#[tokio::test]
async fn a_queue_message_delivered_twice_changes_nothing() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.sync().await.unwrap();
    let first = house.queue.waiting();
    house.runs().await;
    house.work(&first[0]).await.unwrap();
    house.runs().await;
    assert_eq!(
        (
            house.odoo.tickets().len(),
            house.drafts().len(),
            house.notes()
        ),
        (1, 1, 2)
    );
}

#[tokio::test]
async fn an_unanswerable_question_goes_to_a_person() {
    let house = House::new(Intent::GeneralQuery);
    *house.model.answers.lock().unwrap() = Answer::CannotAnswer { questions: vec![] };
    let mail = house.receives("Odd", "Do you sell cars?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    assert_eq!(house.slack.delivered().len(), 1);
    assert_eq!(house.drafts().len(), 1);
}

#[tokio::test]
async fn a_sentence_without_a_source_never_reaches_a_draft() {
    let house = House::new(Intent::GeneralQuery);
    let invented = CitedSentence {
        text: "We refund all.".into(),
        passages: vec!["p9".into()],
    };
    *house.model.answers.lock().unwrap() = says(vec![invented]);
    let mail = house.receives("Refund", "Do I get a refund?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    assert!(!house.drafts()[0].new_text.contains("refund"));
}

/// Lets the model say this, with a source.
fn answers_with(house: &House, text: &str) {
    let sentence = CitedSentence {
        text: text.into(),
        passages: vec!["p1".into()],
    };
    *house.model.answers.lock().unwrap() = says(vec![sentence]);
}

#[tokio::test]
async fn a_placeholder_never_reaches_a_draft() {
    for placeholder in ["[[CARD_1]]", "[[EMAIL_1]]", "[[PASSWORD_1]]"] {
        let house = House::new(Intent::GeneralQuery);
        answers_with(&house, &format!("We have noted {placeholder}."));
        let mail = house.receives("Card", "Is 4111 1111 1111 1111 still valid?");
        house.runs().await;
        assert_eq!(house.state(&mail), MailState::HandedOff, "{placeholder}");
        assert!(!house.drafts()[0].new_text.contains("[["));
    }
}

#[tokio::test]
async fn an_urgent_mail_alerts_people_on_both_channels() {
    let house = House::new(Intent::UrgentHuman);
    let mail = house.receives("Stolen!", "My card was stolen.");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    assert!(house.slack.delivered()[0].shown.starts_with("Urgent"));
    assert_eq!(house.email.delivered().len(), 1);
    assert_eq!(house.odoo.tickets()[0].priority, "3");
}

#[tokio::test]
async fn an_outage_of_slack_is_waited_for() {
    let house = House::new(Intent::FallbackHuman);
    house.slack.faults.arm("*", Fault::ServerError, 1000);
    let mail = house.receives("Hello", "A complaint.");
    house.runs().await;
    assert!(!house.state(&mail).is_terminal());
    house.slack.faults.clear();
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
}

#[tokio::test]
async fn a_slack_channel_that_is_gone_keeps_no_mail_from_its_end() {
    let house = House {
        slack_is_gone: true,
        ..House::new(Intent::FallbackHuman)
    };
    let mail = house.receives("Hello", "A complaint.");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    assert_eq!(house.email.delivered().len(), 1);
}

#[tokio::test]
async fn statements_are_handed_to_a_person_for_now() {
    for intent in [Intent::BankStatement, Intent::PasswordUpdate] {
        let house = House::new(intent);
        let mail = house.receives("Please", "Do it.");
        house.runs().await;
        assert_eq!(house.state(&mail), MailState::HandedOff, "{intent}");
    }
}

#[tokio::test]
async fn automatic_mail_is_never_answered() {
    let house = House::new(Intent::GeneralQuery);
    let mail = house.receives_raw(
        "From: carla@customer.test\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nI am away.",
    );
    house.runs().await;
    assert!(matches!(house.state(&mail), MailState::Skipped(_)));
    assert!(house.drafts().is_empty() && house.odoo.tickets().is_empty());
}

#[tokio::test]
async fn our_own_mail_is_never_answered() {
    let house = House::new(Intent::GeneralQuery);
    let mail = house.receives_raw(&format!(
        "From: {ADDRESS}\r\nSubject: Loop\r\n\r\nHello me."
    ));
    house.runs().await;
    assert!(matches!(house.state(&mail), MailState::Skipped(_)));
}

#[tokio::test]
async fn a_mail_that_cannot_be_read_is_parked_with_its_reason() {
    let house = House::new(Intent::GeneralQuery);
    let mail = house.receives_raw("Subject: no author\r\n\r\nWho am I?");
    house.runs().await;
    assert_eq!(
        house.state(&mail),
        MailState::Parked("it has no From address".into())
    );
    let errors = house.queue.take(QueueName::Errors);
    assert_eq!(errors[0].reason.as_deref(), Some("it has no From address"));
}

#[tokio::test]
async fn a_mail_that_a_person_sent_is_noted_but_not_worked() {
    let house = House::new(Intent::GeneralQuery);
    house.sync().await.unwrap();
    let sent = house
        .gmail
        .deliver_sent(b"From: support@bank.test\r\nSubject: x\r\n\r\nDone.");
    house.runs().await;
    assert!(matches!(
        house.state(sent.id.as_str()),
        MailState::Skipped(_)
    ));
    assert!(house.drafts().is_empty());
}

#[tokio::test]
async fn our_own_drafts_are_not_taken_for_mail() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    house.runs().await;
    assert_eq!(house.book.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_waits_for_a_classifier_that_is_down() {
    let house = House::new(Intent::GeneralQuery);
    let mail = house.receives("Card fee", "What does a new card cost?");
    house.sync().await.unwrap();
    let message = house.queue.take(QueueName::Mail).remove(0);
    *house.model.out_of_order.lock().unwrap() = true;
    assert!(house.work(&message).await.is_err());
    assert_eq!(house.state(&mail), MailState::Received);
    *house.model.out_of_order.lock().unwrap() = false;
    house.work(&message).await.unwrap();
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
}

#[tokio::test]
async fn a_classifier_that_stays_down_sends_mails_to_a_person() {
    let house = House::new(Intent::GeneralQuery);
    *house.model.out_of_order.lock().unwrap() = true;
    let mail = house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
}

#[tokio::test]
async fn a_reply_on_a_ticket_with_the_same_intent_is_appended() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    let number = house.odoo.tickets()[0].number.clone();
    house.receives(&format!("Re: [{number}] Card fee"), "And for children?");
    house.runs().await;
    assert_eq!(house.odoo.tickets().len(), 1);
    let ticket = house.odoo.tickets()[0].id;
    let notes = house.odoo.notes(ticket);
    assert!(notes.iter().any(|n| n.body.contains("And for children?")));
}

#[tokio::test]
async fn the_classifier_is_shown_what_was_said_before() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    let number = house.odoo.tickets()[0].number.clone();
    house.receives(&format!("Re: [{number}] Card fee"), "And for children?");
    house.runs().await;
    let shown = house.model.shown.lock().unwrap();
    assert!(
        shown[1]
            .memory
            .turns
            .iter()
            .any(|turn| turn.text.contains("What does a new card cost?"))
    );
}

#[tokio::test]
async fn a_password_in_a_mail_is_shown_to_nobody() {
    let house = House::new(Intent::PasswordUpdate);
    house.receives(
        "password",
        "My old password is Sunny-Day7, the new password: Rainy-Night8",
    );
    house.runs().await;
    let shown = house.model.shown.lock().unwrap()[0].clone();
    let ticket = house.odoo.tickets()[0].clone();
    let drafts: String = house.drafts().iter().map(|d| d.new_text.clone()).collect();
    for secret in ["Sunny", "Rainy"] {
        assert!(!shown.text.contains(secret) && !ticket.description.contains(secret));
        assert!(!drafts.contains(secret));
    }
}

#[tokio::test]
async fn lost_pushes_are_made_up_for_by_the_next_sync() {
    let house = House::new(Intent::GeneralQuery);
    house.sync().await.unwrap();
    let mails: Vec<String> = (0..7)
        .map(|n| house.receives(&format!("Q{n}"), "Fee?"))
        .collect();
    house.runs().await;
    for mail in mails {
        assert_eq!(house.state(&mail), MailState::Answered);
    }
}

#[tokio::test]
async fn a_cursor_that_is_too_old_loses_no_mail() {
    let house = House::new(Intent::GeneralQuery);
    house.sync().await.unwrap();
    let mail = house.receives("Card fee", "What does a new card cost?");
    house.gmail.forget_history_before(house.gmail.place());
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::Answered);
}

#[tokio::test]
async fn a_mail_deleted_before_triage_is_skipped() {
    let house = House::new(Intent::GeneralQuery);
    let mail = house.receives("Card fee", "What does a new card cost?");
    house.sync().await.unwrap();
    house
        .gmail
        .delete(&domain::GmailMessageId::parse(&mail).unwrap());
    house.runs().await;
    assert!(matches!(house.state(&mail), MailState::Skipped(_)));
}

#[tokio::test]
async fn nothing_a_customer_can_see_is_posted_on_a_ticket() {
    for intent in Intent::ALL {
        let house = House::new(intent);
        house.receives("Card fee", "What does a new card cost?");
        house.runs().await;
        assert_eq!(house.odoo.customer_visible_messages(), 0);
    }
}

//! What an answer may say, and what people are told of it.

use domain::{Intent, MailState};
use ports::{Answer, CitedSentence};

use crate::house::{House, says};

const SAID: &str = "A replacement card costs 5 EUR.";

fn cited(text: &str) -> CitedSentence {
    CitedSentence {
        text: text.into(),
        passages: vec!["p1".into()],
    }
}

/// A question whose answer the model words like this.
async fn answered_with(sentences: &[&str]) -> (House, String) {
    let house = House::new(Intent::GeneralQuery);
    let sentences = sentences.iter().map(|text| cited(text)).collect();
    *house.model.answers.lock().unwrap() = says(sentences);
    let mail = house.receives("Card", "What does a replacement card cost?");
    house.runs().await;
    (house, mail)
}

#[tokio::test]
async fn what_the_documents_do_not_say_is_left_out() {
    for invented in [
        "A replacement card costs 7 EUR.",
        "A replacement card costs 5 CHF.",
        "A replacement card does not cost 5 EUR.",
        "A replacement card from Acme Cards costs 5 EUR.",
        "Read more about the replacement card at https://attacker.test/card.",
        "We have refunded the replacement card.",
        "Please send us the PIN of your replacement card.",
        "Gift vouchers are sold at every branch.",
    ] {
        let (house, mail) = answered_with(&[SAID, invented]).await;
        assert_eq!(house.state(&mail), MailState::Answered, "{invented}");
        let text = &house.drafts()[0].new_text;
        assert!(text.contains(SAID), "{text}");
        assert!(!text.contains(invented), "{text}");
    }
}

#[tokio::test]
async fn an_answer_that_is_mostly_invented_goes_to_a_person() {
    let invented = ["It costs 7 EUR.", "We will call you.", SAID];
    let (house, mail) = answered_with(&invented).await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    assert!(!house.drafts()[0].new_text.contains(SAID));
}

#[tokio::test]
async fn a_sentence_that_points_at_one_left_out_goes_with_it() {
    let sentences = [
        SAID,
        SAID,
        "Gift vouchers are sold at every branch.",
        "It costs 5 EUR.",
    ];
    let (house, _) = answered_with(&sentences).await;
    assert!(!house.drafts()[0].new_text.contains("It costs"));
}

#[tokio::test]
async fn agents_read_how_far_an_answer_bears_and_customers_do_not() {
    let (house, _) = answered_with(&[SAID, "A replacement card costs 7 EUR."]).await;
    let notes = house.notes_on(0).join("\n");
    for told in ["Confidence", "1 of 2 sentences", "7 EUR", "Cards › Fees"] {
        assert!(notes.contains(told), "{notes}");
    }
    assert!(!house.drafts()[0].new_text.contains("Confidence"));
}

#[tokio::test]
async fn a_person_who_gets_a_question_finds_what_was_found() {
    let house = House::new(Intent::GeneralQuery);
    let questions = vec!["Which card do you mean?".to_owned()];
    *house.model.answers.lock().unwrap() = Answer::CannotAnswer { questions };
    let mail = house.receives("Card", "How long does it take?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    let notes = house.notes_on(0).join("\n");
    for told in [
        SAID,
        "does not answer the question",
        "Which card do you mean?",
    ] {
        assert!(notes.contains(told), "{notes}");
    }
}

#[tokio::test]
async fn a_question_back_stands_in_the_draft_unless_it_asks_for_a_secret() {
    let house = House::new(Intent::GeneralQuery);
    *house.model.answers.lock().unwrap() = Answer::Sentences {
        sentences: vec![cited(SAID)],
        questions: vec![
            "What is your PIN?".to_owned(),
            "Which card do you mean?".to_owned(),
        ],
    };
    house.receives("Card", "What does a replacement card cost?");
    house.runs().await;
    let text = &house.drafts()[0].new_text;
    assert!(text.contains("Which card do you mean?"), "{text}");
    assert!(!text.contains("PIN"), "{text}");
}

#[tokio::test]
async fn a_short_question_is_searched_with_what_was_asked_before() {
    use desk::grounded::{Asked, queries};
    use ports::Memory;
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card", "What does a replacement card cost when it is worn?");
    house.runs().await;
    let ticket = house.odoo.tickets()[0].id;
    let turns = ports::Ledger::turns(&*house.book, ticket, 9).await.unwrap();
    let asked = |text: &str| Asked {
        texts: vec![text.into()],
        language: "en".into(),
        on: time::macros::date!(2026 - 11 - 23),
        memory: Memory {
            summary: None,
            turns: turns.clone(),
        },
    };
    assert!(
        queries(&asked("And how long?"))[0]
            .text
            .contains("replacement card")
    );
    let long = "How do I order a second debit card for my daughter?";
    assert_eq!(queries(&asked(long))[0].text, long);
}

#[tokio::test]
async fn a_knowledge_base_without_documents_hands_the_mail_over() {
    let mut house = House::new(Intent::GeneralQuery);
    house.knowledge = std::sync::Arc::default();
    let mail = house.receives("Card", "What does a replacement card cost?");
    house.runs().await;
    assert_eq!(house.state(&mail), MailState::HandedOff);
    let notes = house.notes_on(0).join("\n");
    assert!(
        notes.contains("no documents are in the knowledge base"),
        "{notes}"
    );
}

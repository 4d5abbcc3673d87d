//! One current draft a thread, and what people make of drafts.

use crate::house::{ADDRESS, House};
use domain::{Intent, MailState};
use ports::{Direction, DraftOutcome, Ledger, QueueName};
use testkit::Point;

/// A further mail of Carla's in the thread of her first one.
fn follow_up(house: &House, n: usize, text: &str) -> String {
    house.receives_raw(&format!(
        "From: Carla Kunde <carla@customer.test>\r\nTo: {ADDRESS}\r\nSubject: Re: Card fee\r\n\
         Message-ID: <follow-{n}@customer.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\n{text}\r\n"
    ))
}

async fn asked() -> House {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.runs().await;
    house
}

async fn outcomes(house: &House) -> Vec<DraftOutcome> {
    let mails = house.book.mails();
    let first = &mails[0];
    let drafts = house.book.drafts(first.key.mailbox(), &first.thread).await;
    drafts
        .unwrap()
        .into_iter()
        .map(|draft| draft.outcome)
        .collect()
}

#[tokio::test]
async fn an_untouched_draft_is_replaced_by_one_that_answers_both_mails() {
    let house = asked().await;
    let before = house.only_draft();
    follow_up(&house, 1, "And for children?");
    house.runs().await;
    assert_eq!(house.only_draft(), before, "it keeps its place");
    let questions = house.model.questions.lock().unwrap();
    let last = &questions.last().unwrap().text;
    assert!(last.contains("What does a new card cost?") && last.contains("And for children?"));
}

#[tokio::test]
async fn a_replaced_draft_answers_the_last_mail() {
    let house = asked().await;
    follow_up(&house, 1, "And for children?");
    house.runs().await;
    let references = house.drafts()[0].references.clone();
    assert_eq!(
        references.last().unwrap().as_str(),
        "follow-1@customer.test"
    );
}

#[tokio::test]
async fn five_mails_at_once_end_in_one_draft() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    for n in 1..5 {
        follow_up(&house, n, &format!("Question {n}?"));
    }
    house.runs().await;
    assert_eq!(house.drafts().len(), 1);
    assert_eq!(house.odoo.tickets().len(), 1);
    let questions = house.model.questions.lock().unwrap();
    let last = &questions.last().unwrap().text;
    assert!(
        (1..5).all(|n| last.contains(&format!("Question {n}?"))),
        "{last}"
    );
}

#[tokio::test]
async fn a_draft_that_a_person_edited_is_left_alone() {
    let house = asked().await;
    let draft = house.only_draft();
    house
        .gmail
        .edit_draft(&draft, "Dear Carla, it is free for you.");
    follow_up(&house, 1, "And for children?");
    house.runs().await;
    let texts: Vec<String> = house.drafts().into_iter().map(|d| d.new_text).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("free for you"));
}

#[tokio::test]
async fn the_ticket_says_that_a_second_draft_stands_beside_an_edited_one() {
    let house = asked().await;
    house
        .gmail
        .edit_draft(&house.only_draft(), "Dear Carla, it is free for you.");
    follow_up(&house, 1, "And for children?");
    house.runs().await;
    let last = house.notes_on(0).pop().unwrap();
    assert!(last.contains("left as it is"), "{last}");
}

#[tokio::test]
async fn a_draft_that_was_only_opened_counts_as_untouched() {
    let house = asked().await;
    house.gmail.touch_draft(&house.only_draft());
    follow_up(&house, 1, "And for children?");
    house.runs().await;
    assert_eq!(house.drafts().len(), 1);
}

#[tokio::test]
async fn a_persons_own_draft_is_left_alone() {
    let house = House::new(Intent::GeneralQuery);
    let mail = house.receives("Card fee", "What does a new card cost?");
    let id = domain::GmailMessageId::parse(&mail).unwrap();
    let thread = house.gmail.message(&id).unwrap().head.thread;
    let own = b"From: support@bank.test\r\nTo: carla@customer.test\r\nSubject: Re: Card fee\r\n\
        In-Reply-To: <Card-fee@customer.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\nMine.";
    house.gmail.new_draft(Some(&thread), own);
    house.runs().await;
    let texts: Vec<String> = house.drafts().into_iter().map(|d| d.new_text).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts.contains(&"Mine.".to_owned()));
}

#[tokio::test]
async fn an_answer_keeps_its_place_when_an_urgent_mail_follows() {
    let house = asked().await;
    house.model.says(&[Intent::UrgentHuman]);
    follow_up(&house, 1, "It was stolen!");
    house.runs().await;
    let drafts = house.drafts();
    assert_eq!(drafts.len(), 1);
    assert!(drafts[0].new_text.contains("costs 5 EUR"));
    assert!(drafts[0].new_text.contains("marked it as urgent"));
}

#[tokio::test]
async fn a_question_after_an_urgent_mail_is_answered_in_the_same_draft() {
    let house = House::new(Intent::UrgentHuman);
    house.receives("Card fee", "It was stolen!");
    house.runs().await;
    house.model.says(&[Intent::GeneralQuery]);
    follow_up(&house, 1, "What does a new card cost?");
    house.runs().await;
    let drafts = house.drafts();
    assert_eq!(drafts.len(), 1);
    assert!(drafts[0].new_text.contains("costs 5 EUR"));
    assert!(drafts[0].new_text.contains("marked it as urgent"));
}

#[tokio::test]
async fn what_was_meant_for_one_author_never_goes_to_another() {
    let house = asked().await;
    house.receives_raw(&format!(
        "From: dora@elsewhere.test\r\nTo: {ADDRESS}\r\nSubject: Re: Card fee\r\n\
         Message-ID: <dora@elsewhere.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\nMe too.\r\n"
    ));
    house.runs().await;
    let mut to: Vec<String> = house.drafts().iter().map(|d| d.to[0].canonical()).collect();
    to.sort();
    assert_eq!(to, ["carla@customer.test", "dora@elsewhere.test"]);
    let questions = house.model.questions.lock().unwrap();
    assert!(!questions.last().unwrap().text.contains("new card cost"));
}

#[tokio::test]
async fn a_draft_sent_as_it_was_is_counted_so() {
    let house = asked().await;
    house.gmail.send_draft(&house.only_draft());
    house.runs().await;
    assert_eq!(outcomes(&house).await, [DraftOutcome::SentAsIs]);
}

#[tokio::test]
async fn a_draft_sent_with_changes_is_counted_with_their_share() {
    let house = asked().await;
    let draft = house.only_draft();
    let text = house.drafts()[0].new_text.replace("Hello,", "Dear Carla,");
    house.gmail.edit_draft(&draft, &text);
    house.gmail.send_draft(&draft);
    house.runs().await;
    let [DraftOutcome::SentEdited { distance }] = outcomes(&house).await[..] else {
        panic!("{:?}", outcomes(&house).await);
    };
    assert!(distance > 0.0 && distance < 0.3, "{distance}");
}

#[tokio::test]
async fn a_draft_thrown_away_for_a_text_of_ones_own_is_discarded() {
    let house = asked().await;
    house.gmail.delete_draft(&house.only_draft());
    sends_own_text(&house);
    house.runs().await;
    assert_eq!(outcomes(&house).await, [DraftOutcome::Discarded]);
}

/// A person answers in Carla's thread without the draft.
fn sends_own_text(house: &House) -> String {
    let sent = format!(
        "From: {ADDRESS}\r\nTo: carla@customer.test\r\nSubject: Re: Card fee\r\n\
         Message-ID: <own@bank.test>\r\nReferences: <Card-fee@customer.test>\r\n\r\n\
         Let us speak about this by telephone tomorrow.\r\n"
    );
    house.gmail.deliver_sent(sent.as_bytes()).id.to_string()
}

#[tokio::test]
async fn a_draft_that_still_waits_beside_a_persons_mail_stays_open() {
    let house = asked().await;
    sends_own_text(&house);
    house.runs().await;
    assert_eq!(outcomes(&house).await, [DraftOutcome::Open]);
}

#[tokio::test]
async fn what_was_really_sent_is_the_turn() {
    let house = asked().await;
    let draft = house.only_draft();
    house
        .gmail
        .edit_draft(&draft, "Dear Carla, it is free for you.");
    house.gmail.send_draft(&draft);
    house.runs().await;
    let turns = house
        .book
        .turns(house.odoo.tickets()[0].id, 10)
        .await
        .unwrap();
    let said: Vec<_> = turns
        .iter()
        .map(|t| (t.direction, t.text.contains("free for you")))
        .collect();
    assert_eq!(
        said,
        [(Direction::Incoming, false), (Direction::Outgoing, true)]
    );
}

#[tokio::test]
async fn the_ticket_says_what_was_sent() {
    let house = asked().await;
    house.gmail.send_draft(&house.only_draft());
    house.runs().await;
    let last = house.notes_on(0).pop().unwrap();
    assert!(last.contains("sent the draft as it was"), "{last}");
    assert!(last.contains("costs 5 EUR"), "{last}");
}

#[tokio::test]
async fn the_next_mail_is_understood_by_what_was_really_sent() {
    let house = asked().await;
    sends_own_text(&house);
    house.runs().await;
    follow_up(&house, 2, "When exactly?");
    house.runs().await;
    let shown = house.model.shown.lock().unwrap();
    let memory = &shown.last().unwrap().memory.turns;
    assert!(memory.iter().any(|turn| turn.text.contains("by telephone")));
}

#[tokio::test]
async fn a_mail_sent_in_a_thread_without_a_ticket_is_none_of_our_business() {
    let house = House::new(Intent::GeneralQuery);
    house.sync().await.unwrap();
    let sent = sends_own_text(&house);
    house.runs().await;
    assert!(matches!(house.state(&sent), MailState::Skipped(_)));
    assert!(house.odoo.tickets().is_empty());
}

#[tokio::test]
async fn a_sent_draft_is_answered_anew_when_the_customer_writes_again() {
    let house = asked().await;
    house.gmail.send_draft(&house.only_draft());
    house.runs().await;
    follow_up(&house, 1, "And for children?");
    house.runs().await;
    assert_eq!(house.drafts().len(), 1);
    let questions = house.model.questions.lock().unwrap();
    assert!(
        !questions
            .last()
            .unwrap()
            .text
            .contains("What does a new card cost?")
    );
}

#[tokio::test]
async fn a_function_killed_at_any_point_of_a_second_mail_leaves_one_draft_for_both() {
    let mut points = 0;
    for halves in 0.. {
        let house = asked().await;
        let mail = follow_up(&house, 1, "And for children?");
        house.ledger.dies_after(halves);
        house.runs().await;
        let died = house.ledger.revive();
        house.runs().await;
        assert_eq!(
            house.state(&mail),
            MailState::Answered,
            "killed at point {halves}"
        );
        assert_eq!(house.drafts().len(), 1, "killed at point {halves}");
        assert_eq!(house.odoo.tickets().len(), 1, "killed at point {halves}");
        assert_eq!(house.notes(), 4, "killed at point {halves}");
        let open = |outcome: &&DraftOutcome| **outcome == DraftOutcome::Open;
        assert_eq!(outcomes(&house).await.iter().filter(open).count(), 1);
        if !died {
            break;
        }
        points += 1;
    }
    assert!(points > 30, "only {points} points were tried");
}

/// The two mails wait in different queues, so that nothing but the hold keeps their workers apart.
#[tokio::test]
async fn a_function_killed_at_any_point_of_two_mails_at_once_leaves_one_open_draft() {
    for halves in 0.. {
        let house = House::new(Intent::GeneralQuery);
        house
            .model
            .says(&[Intent::GeneralQuery, Intent::UrgentHuman]);
        house.receives("Card fee", "What does a new card cost?");
        follow_up(&house, 1, "It was stolen!");
        house.ledger.dies_after(halves);
        house.runs().await;
        let died = house.ledger.revive();
        house.runs().await;
        assert_eq!(house.drafts().len(), 1, "killed at point {halves}");
        let open = |outcome: &&DraftOutcome| **outcome == DraftOutcome::Open;
        let count = outcomes(&house).await.iter().filter(open).count();
        assert_eq!(count, 1, "killed at point {halves}");
        house.gmail.send_draft(&house.only_draft());
        house.runs().await;
        let outcomes = outcomes(&house).await;
        assert!(
            outcomes.contains(&DraftOutcome::SentAsIs),
            "killed at point {halves}"
        );
        assert!(
            !outcomes.contains(&DraftOutcome::Discarded),
            "killed at point {halves}"
        );
        if !died {
            break;
        }
    }
}

#[tokio::test]
async fn a_function_killed_at_any_point_after_a_person_sent_leaves_one_turn() {
    for halves in 0.. {
        let house = asked().await;
        house.gmail.send_draft(&house.only_draft());
        house.ledger.dies_after(halves);
        house.runs().await;
        let died = house.ledger.revive();
        house.runs().await;
        let turns = house
            .book
            .turns(house.odoo.tickets()[0].id, 10)
            .await
            .unwrap();
        assert_eq!(turns.len(), 2, "killed at point {halves}");
        assert_eq!(house.notes(), 3, "killed at point {halves}");
        assert_eq!(
            outcomes(&house).await,
            [DraftOutcome::SentAsIs],
            "killed at point {halves}"
        );
        if !died {
            break;
        }
    }
}

/// Eight workers get the same message at once; what fails is delivered again.
#[tokio::test]
async fn eight_workers_on_one_mail_leave_one_of_each() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    house.sync().await.unwrap();
    for _ in 0..2 {
        let waiting: Vec<_> = QueueName::ALL
            .into_iter()
            .flat_map(|q| house.queue.take(q))
            .collect();
        let [message] = waiting.as_slice() else {
            panic!("{} messages wait", waiting.len());
        };
        let eight = std::array::from_fn::<_, 8, _>(|_| house.work(message));
        futures_util::future::join_all(eight).await;
        house.clock.pass(time::Duration::minutes(2));
        house.work(message).await.unwrap();
    }
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

/// Eight mails of one thread at eight workers at once, as if the queue kept no order.
#[tokio::test]
async fn eight_workers_on_one_thread_leave_one_ticket_with_one_draft() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    for n in 1..8 {
        follow_up(&house, n, &format!("Question {n}?"));
    }
    house.sync().await.unwrap();
    for _ in 0..20 {
        let waiting: Vec<_> = QueueName::ALL
            .into_iter()
            .flat_map(|q| house.queue.take(q))
            .collect();
        let worked = waiting.iter().map(|message| async {
            while house.work(message).await.is_err() {
                house.clock.pass(time::Duration::seconds(10));
                tokio::task::yield_now().await;
            }
        });
        futures_util::future::join_all(worked).await;
    }
    assert_eq!((house.odoo.tickets().len(), house.drafts().len()), (1, 1));
    let draft = house.drafts().pop().unwrap();
    let keys = draft.header("x-helpdesk-mail").unwrap().split(' ').count();
    assert_eq!(keys, 8, "the draft answers all mails");
}

#[tokio::test]
async fn a_second_delivery_does_not_give_away_the_thread_of_the_first() {
    let house = House::new(Intent::GeneralQuery);
    house.receives("Card fee", "What does a new card cost?");
    follow_up(&house, 1, "And for children?");
    house.sync().await.unwrap();
    for message in house.queue.take(QueueName::Mail) {
        house.work(&message).await.unwrap();
    }
    let routed = house.queue.take(QueueName::Intent(Intent::GeneralQuery));
    let [first, second] = routed.as_slice() else {
        panic!("two mails wait: {routed:?}");
    };
    let hold = house.gmail.faults.hold_up("drafts.create", 0);
    let mut worker = Box::pin(house.work(first));
    tokio::select! {
        ended = &mut worker => panic!("the draft was not made: {ended:?}"),
        () = hold.reached(Point::BeforeEffect) => {}
    }
    // The same message once more, and meanwhile the thread's other mail.
    assert!(house.work(first).await.is_err());
    assert!(house.work(second).await.is_err());
    hold.let_go(Point::AfterEffect);
    worker.await.unwrap();
    house.work(second).await.unwrap();
    assert_eq!(house.drafts().len(), 1);
}

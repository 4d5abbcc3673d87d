//! What is remembered of a conversation: turns and summaries.

use std::sync::Arc;

use domain::{Intent, MailState};
use ports::{Change, Direction, Ledger, NewTurn, Summary};
use time::Duration;

use super::{applied, mail, routed, start, ticket};

pub(super) async fn a_repeated_turn_is_recorded_once(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let again = Change {
        from: &["received", "routed"],
        ..routed(&key, "hello")
    };
    for _ in 0..2 {
        assert!(ledger.apply(&key, &again, start()).await.expect("applied"));
    }
    assert_eq!(ledger.turns(ticket().0, 10).await.expect("turns").len(), 1);
}

pub(super) async fn turns_come_oldest_first_up_to_the_limit(ledger: Arc<dyn Ledger>) {
    for (minute, text) in ["one", "two", "three"].into_iter().enumerate() {
        let key = mail(&*ledger, &format!("a{minute}")).await;
        let at = start() + Duration::minutes(i64::try_from(minute).expect("small"));
        ledger
            .apply(&key, &routed(&key, text), at)
            .await
            .expect("applied");
    }
    let turns = ledger.turns(ticket().0, 2).await.expect("turns");
    let texts: Vec<&str> = turns.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(texts, ["two", "three"]);
}

pub(super) async fn the_turns_of_a_mail_are_found_by_it(ledger: Arc<dyn Ledger>) {
    let (first, second) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    applied(&*ledger, &first, &routed(&first, "one"), start()).await;
    applied(&*ledger, &second, &routed(&second, "two"), start()).await;
    let turns = ledger.turns_of(&second).await.expect("turns");
    assert_eq!(turns.len(), 1);
    assert_eq!(
        (turns[0].text.as_str(), turns[0].ticket),
        ("two", ticket().0)
    );
    assert_eq!(turns[0].confidence, Some(0.75));
}

pub(super) async fn a_later_turn_has_a_greater_number(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    applied(&*ledger, &key, &routed(&key, "one"), start()).await;
    let sent = mail(&*ledger, "a2").await;
    let change = Change {
        turn: Some(NewTurn {
            ticket: ticket().0,
            direction: Direction::Outgoing,
            intent: Intent::GeneralQuery,
            confidence: None,
            text: "two".to_owned(),
        }),
        ..Change::to(&["received"], MailState::Skipped("sent".to_owned()))
    };
    assert!(applied(&*ledger, &sent, &change, start()).await);
    let turns = ledger.turns(ticket().0, 10).await.expect("turns");
    assert_eq!(turns[1].direction, Direction::Outgoing);
    assert!(turns[0].id < turns[1].id);
}

fn summary(through: i64, text: &str) -> Summary {
    Summary {
        through,
        text: text.to_owned(),
    }
}

pub(super) async fn a_ticket_has_no_summary_at_first(ledger: Arc<dyn Ledger>) {
    assert_eq!(ledger.summary(ticket().0).await.expect("read"), None);
}

pub(super) async fn a_summary_that_goes_further_takes_the_place_of_the_other(
    ledger: Arc<dyn Ledger>,
) {
    for further in [summary(3, "short"), summary(7, "longer")] {
        let kept = ledger.keep_summary(ticket().0, &further).await;
        assert!(kept.expect("kept"));
        let found = ledger.summary(ticket().0).await.expect("read");
        assert_eq!(found, Some(further));
    }
}

pub(super) async fn a_summary_that_goes_less_far_is_not_kept(ledger: Arc<dyn Ledger>) {
    let far = summary(7, "far");
    ledger.keep_summary(ticket().0, &far).await.expect("kept");
    for late in [summary(3, "near"), summary(7, "the same")] {
        let kept = ledger.keep_summary(ticket().0, &late).await;
        assert!(!kept.expect("tried"));
    }
    assert_eq!(ledger.summary(ticket().0).await.expect("read"), Some(far));
}

pub(super) async fn of_eight_summaries_at_once_the_farthest_stays(ledger: Arc<dyn Ledger>) {
    let mut keeping = tokio::task::JoinSet::new();
    for through in [3, 8, 1, 6, 5, 2, 7, 4] {
        let ledger = ledger.clone();
        keeping.spawn(async move {
            let one = summary(through, &format!("until {through}"));
            ledger.keep_summary(ticket().0, &one).await.expect("tried")
        });
    }
    assert!(keeping.join_all().await.contains(&true));
    let found = ledger.summary(ticket().0).await.expect("read");
    assert_eq!(found, Some(summary(8, "until 8")));
}

//! Turns, summaries, drafts, and who may write into a thread.

use std::sync::Arc;

use domain::{DraftId, MailKey, MailState, ThreadId};
use ports::{
    Change, Direction, DraftOutcome, DraftRecord, Ledger, NewDraft, NewTurn, Seen, Summary,
};

use super::{LEASE, mail, mailbox, routed, seen, start, ticket};

pub(super) fn draft(id: &str, answers: &[&MailKey]) -> NewDraft {
    NewDraft {
        id: DraftId::parse(id).expect("a valid id"),
        answers: answers.iter().map(|&key| key.clone()).collect(),
        text: format!("Draft {id}"),
        digest: "d1".to_owned(),
        made_by: "answer v1".to_owned(),
    }
}

fn thread(name: &str) -> ThreadId {
    ThreadId::parse(name).expect("a valid id")
}

async fn applied(ledger: &dyn Ledger, key: &MailKey, change: &Change) -> bool {
    ledger.apply(key, change, start()).await.expect("tried")
}

/// A mail that was answered by this draft.
async fn answered(ledger: &dyn Ledger, key: &MailKey, draft: NewDraft) {
    assert!(applied(ledger, key, &routed(key, "hello")).await);
    let change = Change {
        draft: Some(draft),
        ..Change::to(&["routed"], MailState::Answered)
    };
    assert!(applied(ledger, key, &change).await);
}

async fn settled(ledger: &dyn Ledger, message: &str, key: &MailKey, outcome: DraftOutcome) {
    let sent = mail(ledger, message).await;
    let change = Change {
        settled: vec![(key.clone(), outcome)],
        ..Change::to(&["received"], MailState::Skipped("sent".to_owned()))
    };
    assert!(applied(ledger, &sent, &change).await);
}

async fn drafts(ledger: &dyn Ledger) -> Vec<DraftRecord> {
    let mailbox = mailbox(ledger).await;
    ledger.drafts(mailbox, &thread("t1")).await.expect("drafts")
}

async fn outcomes(ledger: &dyn Ledger) -> Vec<DraftOutcome> {
    let drafts = drafts(ledger).await;
    drafts.into_iter().map(|draft| draft.outcome).collect()
}

pub(super) async fn the_turns_of_a_mail_are_found_by_it(ledger: Arc<dyn Ledger>) {
    let (first, second) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    applied(&*ledger, &first, &routed(&first, "one")).await;
    applied(&*ledger, &second, &routed(&second, "two")).await;
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
    applied(&*ledger, &key, &routed(&key, "one")).await;
    let sent = mail(&*ledger, "a2").await;
    let change = Change {
        turn: Some(NewTurn {
            ticket: ticket().0,
            direction: Direction::Outgoing,
            intent: domain::Intent::GeneralQuery,
            confidence: None,
            text: "two".to_owned(),
        }),
        ..Change::to(&["received"], MailState::Skipped("sent".to_owned()))
    };
    assert!(applied(&*ledger, &sent, &change).await);
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

pub(super) async fn the_mails_of_a_thread_come_in_their_order(ledger: Arc<dyn Ledger>) {
    let mailbox = mailbox(&*ledger).await;
    let elsewhere = Seen {
        thread: thread("t2"),
        ..seen("a3", MailState::Received)
    };
    let all = [
        seen("a2", MailState::Received),
        seen("a1", MailState::Received),
        elsewhere,
    ];
    ledger.enter(mailbox, &all).await.expect("entered");
    let mails = ledger.thread(mailbox, &thread("t1")).await.expect("read");
    let ids: Vec<&str> = mails
        .iter()
        .map(|mail| mail.key.message().as_str())
        .collect();
    assert_eq!(ids, ["a1", "a2"]);
}

pub(super) async fn a_draft_is_kept_with_what_it_says(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    answered(&*ledger, &key, draft("r1", &[&key])).await;
    let drafts = drafts(&*ledger).await;
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].draft, draft("r1", &[&key]));
    assert_eq!(
        (&drafts[0].mail, &drafts[0].ticket),
        (&key, &Some(ticket()))
    );
    assert_eq!(drafts[0].intent, Some(domain::Intent::GeneralQuery));
    assert_eq!(drafts[0].outcome, DraftOutcome::Open);
}

pub(super) async fn a_draft_that_answers_more_replaces_the_other(ledger: Arc<dyn Ledger>) {
    let (first, second) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    answered(&*ledger, &first, draft("r1", &[&first])).await;
    answered(&*ledger, &second, draft("r1", &[&first, &second])).await;
    assert_eq!(
        outcomes(&*ledger).await,
        [DraftOutcome::Replaced, DraftOutcome::Open]
    );
}

pub(super) async fn a_draft_that_answers_fewer_stays_replaced_when_it_comes_late(
    ledger: Arc<dyn Ledger>,
) {
    let (first, second) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    answered(&*ledger, &second, draft("r1", &[&first, &second])).await;
    answered(&*ledger, &first, draft("r1", &[&first])).await;
    let open: Vec<MailKey> = drafts(&*ledger)
        .await
        .into_iter()
        .filter(|draft| draft.outcome == DraftOutcome::Open)
        .map(|draft| draft.mail)
        .collect();
    assert_eq!(open, [second]);
}

pub(super) async fn drafts_of_two_threads_stay_apart(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    answered(&*ledger, &key, draft("r1", &[&key])).await;
    let mailbox = mailbox(&*ledger).await;
    let others = ledger.drafts(mailbox, &thread("t2")).await;
    assert!(others.expect("drafts").is_empty());
}

pub(super) async fn a_draft_is_settled_with_its_distance(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    answered(&*ledger, &key, draft("r1", &[&key])).await;
    let edited = DraftOutcome::SentEdited { distance: 0.25 };
    settled(&*ledger, "s1", &key, edited).await;
    assert_eq!(outcomes(&*ledger).await, [edited]);
}

pub(super) async fn a_discarded_draft_can_turn_out_to_have_been_sent(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    answered(&*ledger, &key, draft("r1", &[&key])).await;
    settled(&*ledger, "s1", &key, DraftOutcome::Discarded).await;
    settled(&*ledger, "s2", &key, DraftOutcome::SentAsIs).await;
    assert_eq!(outcomes(&*ledger).await, [DraftOutcome::SentAsIs]);
}

pub(super) async fn a_sent_draft_stays_sent(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    answered(&*ledger, &key, draft("r1", &[&key])).await;
    settled(&*ledger, "s1", &key, DraftOutcome::SentAsIs).await;
    settled(&*ledger, "s2", &key, DraftOutcome::Discarded).await;
    assert_eq!(outcomes(&*ledger).await, [DraftOutcome::SentAsIs]);
}

pub(super) async fn a_change_that_does_not_apply_settles_nothing(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    answered(&*ledger, &key, draft("r1", &[&key])).await;
    let change = Change {
        settled: vec![(key.clone(), DraftOutcome::Discarded)],
        ..Change::to(&["received"], MailState::Routed)
    };
    assert!(!applied(&*ledger, &key, &change).await);
    assert_eq!(outcomes(&*ledger).await, [DraftOutcome::Open]);
}

/// Whether a mail gets to hold the thread now.
async fn holds(ledger: &dyn Ledger, key: &MailKey, after: time::Duration) -> bool {
    let thread = thread("t1");
    let held = ledger.hold_thread(key, &thread, start() + after, LEASE);
    held.await.expect("tried").is_none()
}

const AT_ONCE: time::Duration = time::Duration::ZERO;

pub(super) async fn a_held_thread_is_nobody_elses(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    let thread = thread("t1");
    let until = ledger.hold_thread(&other, &thread, start(), LEASE);
    assert_eq!(until.await.expect("tried"), Some(start() + LEASE));
}

pub(super) async fn the_same_mail_holds_its_thread_again(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    assert!(holds(&*ledger, &key, AT_ONCE).await);
    assert!(holds(&*ledger, &key, AT_ONCE).await);
}

pub(super) async fn a_hold_ends_by_itself(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    assert!(holds(&*ledger, &other, LEASE).await);
}

pub(super) async fn a_released_thread_can_be_held(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    let released = ledger.release_thread(&one, &thread("t1")).await;
    released.expect("released");
    assert!(holds(&*ledger, &other, AT_ONCE).await);
}

pub(super) async fn nobody_releases_the_hold_of_another(ledger: Arc<dyn Ledger>) {
    let (one, other) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    assert!(holds(&*ledger, &one, AT_ONCE).await);
    let released = ledger.release_thread(&other, &thread("t1")).await;
    released.expect("tried");
    assert!(!holds(&*ledger, &other, AT_ONCE).await);
}

pub(super) async fn of_eight_that_hold_at_once_one_gets_the_thread(ledger: Arc<dyn Ledger>) {
    let mut holding = vec![];
    for n in 0..8 {
        let key = mail(&*ledger, &format!("a{n}")).await;
        let ledger = ledger.clone();
        holding.push(tokio::spawn(
            async move { holds(&*ledger, &key, AT_ONCE).await },
        ));
    }
    let mut granted = 0;
    for held in holding {
        granted += usize::from(held.await.expect("no panic"));
    }
    assert_eq!(granted, 1);
}

//! Drafts: which one stands, and what became of it.

use std::sync::Arc;

use domain::{DraftId, Intent, MailKey, MailState};
use ports::{Change, DraftOutcome, DraftRecord, Ledger, NewDraft};
use time::{Duration, OffsetDateTime};

use super::{applied, mail, mailbox, routed, start, thread, ticket};

pub(super) fn draft(id: &str, answers: &[&MailKey]) -> NewDraft {
    NewDraft {
        id: DraftId::parse(id).expect("a valid id"),
        answers: answers.iter().map(|&key| key.clone()).collect(),
        text: format!("Draft {id}"),
        digest: "d1".to_owned(),
        made_by: "answer v1".to_owned(),
    }
}

/// What handlers write about a mail for which they made this draft.
fn drafted(draft: NewDraft) -> Change {
    Change {
        draft: Some(draft),
        ..Change::to(&["routed"], MailState::Answered)
    }
}

async fn answered_at(ledger: &dyn Ledger, key: &MailKey, draft: NewDraft, now: OffsetDateTime) {
    assert!(applied(ledger, key, &routed(key, "hello"), now).await);
    assert!(applied(ledger, key, &drafted(draft), now).await);
}

/// Triages a mail and records that this draft was made for it.
async fn answered(ledger: &dyn Ledger, key: &MailKey, draft: NewDraft) {
    answered_at(ledger, key, draft, start()).await;
}

/// The mails whose draft waits.
async fn open(ledger: &dyn Ledger) -> Vec<MailKey> {
    let mut drafts = drafts(ledger).await;
    drafts.retain(|draft| draft.outcome == DraftOutcome::Open);
    drafts.into_iter().map(|draft| draft.mail).collect()
}

/// What history shows of a draft's end, brought by another mail.
async fn settled(ledger: &dyn Ledger, message: &str, key: &MailKey, outcome: DraftOutcome) {
    let sent = mail(ledger, message).await;
    let change = Change {
        settled: vec![(key.clone(), outcome)],
        ..Change::to(&["received"], MailState::Skipped("sent".to_owned()))
    };
    assert!(applied(ledger, &sent, &change, start()).await);
}

async fn drafts(ledger: &dyn Ledger) -> Vec<DraftRecord> {
    let mailbox = mailbox(ledger).await;
    ledger.drafts(mailbox, &thread("t1")).await.expect("drafts")
}

async fn outcomes(ledger: &dyn Ledger) -> Vec<DraftOutcome> {
    let drafts = drafts(ledger).await;
    drafts.into_iter().map(|draft| draft.outcome).collect()
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
    assert_eq!(drafts[0].intent, Some(Intent::GeneralQuery));
    assert_eq!(drafts[0].outcome, DraftOutcome::Open);
}

pub(super) async fn drafts_come_oldest_first(ledger: Arc<dyn Ledger>) {
    for (message, minutes) in [("a1", 2), ("a3", 1), ("a2", 3)] {
        let key = mail(&*ledger, message).await;
        let now = start() + Duration::minutes(minutes);
        answered_at(&*ledger, &key, draft(&format!("r{minutes}"), &[&key]), now).await;
    }
    let drafts = drafts(&*ledger).await;
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.draft.id.as_str()).collect();
    assert_eq!(ids, ["r1", "r2", "r3"]);
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
    let late = start() + Duration::minutes(1);
    answered(&*ledger, &second, draft("r1", &[&first, &second])).await;
    answered_at(&*ledger, &first, draft("r1", &[&first]), late).await;
    assert_eq!(open(&*ledger).await, [second]);
}

/// The first mail was deleted meanwhile and needs no answer any more.
pub(super) async fn of_records_that_answer_as_many_the_later_stays_open(ledger: Arc<dyn Ledger>) {
    let (first, second) = (mail(&*ledger, "a2").await, mail(&*ledger, "a1").await);
    let later = start() + Duration::minutes(1);
    answered(&*ledger, &first, draft("r1", &[&first])).await;
    answered_at(&*ledger, &second, draft("r1", &[&second]), later).await;
    assert_eq!(open(&*ledger).await, [second]);
}

/// In pairs, for a third record would put right what two left behind.
pub(super) async fn of_two_records_at_once_the_one_that_answers_more_stays_open(
    ledger: Arc<dyn Ledger>,
) {
    let mut stand = vec![];
    for n in 10..30 {
        let first = mail(&*ledger, &format!("a{n}1")).await;
        let second = mail(&*ledger, &format!("a{n}2")).await;
        for key in [&first, &second] {
            assert!(applied(&*ledger, key, &routed(key, "hello"), start()).await);
        }
        let id = format!("r{n}");
        let fewer = drafted(draft(&id, &[&first]));
        let more = drafted(draft(&id, &[&first, &second]));
        let recorded = tokio::join!(
            applied(&*ledger, &first, &fewer, start()),
            applied(&*ledger, &second, &more, start()),
        );
        assert_eq!(recorded, (true, true));
        stand.push(second);
    }
    assert_eq!(open(&*ledger).await, stand);
}

pub(super) async fn a_draft_of_another_id_replaces_nothing(ledger: Arc<dyn Ledger>) {
    let (first, second) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    answered(&*ledger, &first, draft("r1", &[&first])).await;
    answered(&*ledger, &second, draft("r2", &[&first, &second])).await;
    assert_eq!(open(&*ledger).await, [first, second]);
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

pub(super) async fn a_replaced_draft_stays_replaced(ledger: Arc<dyn Ledger>) {
    let (first, second) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    answered(&*ledger, &first, draft("r1", &[&first])).await;
    answered(&*ledger, &second, draft("r1", &[&first, &second])).await;
    settled(&*ledger, "s1", &first, DraftOutcome::SentAsIs).await;
    assert_eq!(
        outcomes(&*ledger).await,
        [DraftOutcome::Replaced, DraftOutcome::Open]
    );
}

pub(super) async fn a_change_that_does_not_apply_settles_nothing(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    answered(&*ledger, &key, draft("r1", &[&key])).await;
    let change = Change {
        settled: vec![(key.clone(), DraftOutcome::Discarded)],
        ..Change::to(&["received"], MailState::Routed)
    };
    assert!(!applied(&*ledger, &key, &change, start()).await);
    assert_eq!(outcomes(&*ledger).await, [DraftOutcome::Open]);
}

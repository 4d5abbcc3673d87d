//! What every ledger must do.

mod conversations;

use std::sync::Arc;

use domain::step::{Claim, Done, Ending, Lease, Step, StepName};
use domain::{
    DraftId, GmailMessageId, HistoryId, Intent, MailKey, MailState, MailboxId, ThreadId, TicketId,
    TicketRef,
};
use ports::{Change, Direction, Ledger, NewTurn, Outgoing, QueueName, Seen};
use time::{Duration, OffsetDateTime};

const LEASE: Duration = Duration::seconds(30);
const STEP: StepName = StepName::Ticket;

/// Runs every case on a ledger of its own and returns the names of the cases.
///
/// # Panics
/// Where the ledger breaks the contract.
pub async fn upholds<F, Fut>(ledger: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Ledger>>,
{
    cases! { ledger:
        a_mailbox_keeps_its_number_whatever_the_case_of_its_address,
        a_mail_entered_twice_is_new_once,
        a_received_mail_is_queued_for_triage_once,
        a_skipped_mail_is_entered_but_not_queued,
        the_cursor_never_moves_back,
        a_mail_that_was_never_entered_is_unknown,
        a_change_writes_all_it_brings,
        a_change_from_another_state_writes_nothing,
        a_terminal_mail_does_not_change_again,
        a_mail_that_is_handed_on_keeps_its_intent,
        a_repeated_turn_is_recorded_once,
        turns_come_oldest_first_up_to_the_limit,
        a_taken_message_is_nobody_elses_until_its_time_is_up,
        a_sent_message_is_never_taken_again,
        one_of_many_concurrent_claims_is_granted,
        a_lapsed_lease_passes_on_with_a_look,
        a_late_finisher_is_fenced,
        a_done_step_keeps_its_external_id,
        an_abandoned_step_stays_abandoned,
        the_steps_follow_the_state_machine_move_by_move,
        conversations::the_turns_of_a_mail_are_found_by_it,
        conversations::a_later_turn_has_a_greater_number,
        conversations::a_ticket_has_no_summary_at_first,
        conversations::a_summary_that_goes_further_takes_the_place_of_the_other,
        conversations::a_summary_that_goes_less_far_is_not_kept,
        conversations::the_mails_of_a_thread_come_in_their_order,
        conversations::a_draft_is_kept_with_what_it_says,
        conversations::a_draft_that_answers_more_replaces_the_other,
        conversations::a_draft_that_answers_fewer_stays_replaced_when_it_comes_late,
        conversations::drafts_of_two_threads_stay_apart,
        conversations::a_draft_is_settled_with_its_distance,
        conversations::a_discarded_draft_can_turn_out_to_have_been_sent,
        conversations::a_sent_draft_stays_sent,
        conversations::a_change_that_does_not_apply_settles_nothing,
        conversations::a_held_thread_is_nobody_elses,
        conversations::the_same_mail_holds_its_thread_again,
        conversations::a_hold_ends_by_itself,
        conversations::a_released_thread_can_be_held,
        conversations::nobody_releases_the_hold_of_another,
        conversations::of_eight_that_hold_at_once_one_gets_the_thread,
    }
}

fn start() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
}

fn seen(message: &str, state: MailState) -> Seen {
    Seen {
        message: GmailMessageId::parse(message).expect("a valid id"),
        thread: ThreadId::parse("t1").expect("a valid id"),
        state,
    }
}

async fn mailbox(ledger: &dyn Ledger) -> MailboxId {
    ledger
        .mailbox("support@bank.test")
        .await
        .expect("a mailbox")
        .id
}

async fn mail(ledger: &dyn Ledger, message: &str) -> MailKey {
    let mailbox = mailbox(ledger).await;
    let seen = seen(message, MailState::Received);
    ledger
        .enter(mailbox, std::slice::from_ref(&seen))
        .await
        .expect("entered");
    MailKey::new(mailbox, seen.message)
}

async fn waiting(ledger: &dyn Ledger, now: OffsetDateTime) -> Vec<(i64, Outgoing)> {
    ledger
        .take_outbox(100, now, LEASE)
        .await
        .expect("the outbox")
}

fn ticket() -> (TicketId, TicketRef) {
    (
        TicketId(7),
        TicketRef::parse("HT00007").expect("a valid reference"),
    )
}

fn routed(key: &MailKey, text: &str) -> Change {
    Change {
        route: Some((Intent::GeneralQuery, "sure".into())),
        confidence: Some(0.75),
        ticket: Some(ticket()),
        turn: Some(NewTurn {
            ticket: ticket().0,
            direction: Direction::Incoming,
            intent: Intent::GeneralQuery,
            confidence: Some(0.75),
            text: text.to_owned(),
        }),
        outbox: vec![Outgoing {
            queue: QueueName::Intent(Intent::GeneralQuery),
            mail: key.clone(),
            group: ThreadId::parse("t1").expect("a valid id"),
            reason: None,
        }],
        ..Change::to(&["received"], MailState::Routed)
    }
}

async fn granted(ledger: &dyn Ledger, key: &MailKey, now: OffsetDateTime) -> Lease {
    match ledger.claim(key, STEP, now, LEASE).await.expect("a claim") {
        Claim::Granted(lease) => lease,
        other => panic!("not granted: {other:?}"),
    }
}

fn done() -> Ending {
    Ending::Done(Done {
        external_id: "HT00007".into(),
    })
}

async fn a_mailbox_keeps_its_number_whatever_the_case_of_its_address(ledger: Arc<dyn Ledger>) {
    let first = ledger
        .mailbox("Support@Bank.test")
        .await
        .expect("a mailbox");
    let second = ledger
        .mailbox("support@bank.test")
        .await
        .expect("a mailbox");
    assert_eq!(first, second);
    assert_eq!(first.cursor, None);
}

async fn a_mail_entered_twice_is_new_once(ledger: Arc<dyn Ledger>) {
    let mailbox = mailbox(&*ledger).await;
    let mails = [
        seen("a1", MailState::Received),
        seen("a2", MailState::Received),
    ];
    assert_eq!(
        ledger.enter(mailbox, &mails[..1]).await.expect("entered"),
        1
    );
    assert_eq!(ledger.enter(mailbox, &mails).await.expect("entered"), 1);
    assert_eq!(ledger.enter(mailbox, &[]).await.expect("entered"), 0);
}

async fn a_received_mail_is_queued_for_triage_once(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    mail(&*ledger, "a1").await;
    let out = waiting(&*ledger, start()).await;
    assert_eq!(out.len(), 1);
    assert_eq!((out[0].1.queue, &out[0].1.mail), (QueueName::Mail, &key));
}

async fn a_skipped_mail_is_entered_but_not_queued(ledger: Arc<dyn Ledger>) {
    let mailbox = mailbox(&*ledger).await;
    let sent = seen("s1", MailState::Skipped("sent by a person".into()));
    ledger
        .enter(mailbox, std::slice::from_ref(&sent))
        .await
        .expect("entered");
    let key = MailKey::new(mailbox, sent.message);
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.state, sent.state);
    assert!(waiting(&*ledger, start()).await.is_empty());
}

async fn the_cursor_never_moves_back(ledger: Arc<dyn Ledger>) {
    let id = mailbox(&*ledger).await;
    for to in [5, 9, 7] {
        ledger.advance(id, HistoryId(to)).await.expect("advanced");
    }
    let record = ledger
        .mailbox("support@bank.test")
        .await
        .expect("a mailbox");
    assert_eq!(record.cursor, Some(HistoryId(9)));
}

async fn a_mail_that_was_never_entered_is_unknown(ledger: Arc<dyn Ledger>) {
    let key = MailKey::parse("1-feed").expect("a valid key");
    assert_eq!(ledger.mail(&key).await.expect("read"), None);
    let change = Change::to(&["received"], MailState::Answered);
    assert!(!ledger.apply(&key, &change, start()).await.expect("tried"));
}

async fn a_change_writes_all_it_brings(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    assert!(
        ledger
            .apply(&key, &routed(&key, "hello"), start())
            .await
            .expect("applied")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.state, MailState::Routed);
    assert_eq!(record.intent, Some(Intent::GeneralQuery));
    assert_eq!(record.because.as_deref(), Some("sure"));
    assert_eq!(record.confidence, Some(0.75));
    assert_eq!(record.ticket, Some(ticket()));
    let turns = ledger.turns(ticket().0, 10).await.expect("turns");
    assert_eq!((turns[0].text.as_str(), turns[0].at), ("hello", start()));
    let queues: Vec<QueueName> = waiting(&*ledger, start())
        .await
        .iter()
        .map(|(_, m)| m.queue)
        .collect();
    assert_eq!(
        queues,
        [QueueName::Mail, QueueName::Intent(Intent::GeneralQuery)]
    );
    let answered = Change {
        draft: Some(conversations::draft("r1", &[&key])),
        ..Change::to(&["routed"], MailState::Answered)
    };
    assert!(
        ledger
            .apply(&key, &answered, start())
            .await
            .expect("applied")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.draft, DraftId::parse("r1").ok());
    assert_eq!(record.ticket, Some(ticket()));
}

async fn a_change_from_another_state_writes_nothing(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let change = Change {
        from: &["routed"],
        ..routed(&key, "hello")
    };
    assert!(!ledger.apply(&key, &change, start()).await.expect("tried"));
    assert!(
        ledger
            .turns(ticket().0, 10)
            .await
            .expect("turns")
            .is_empty()
    );
    assert_eq!(waiting(&*ledger, start()).await.len(), 1);
}

async fn a_terminal_mail_does_not_change_again(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let parked = Change::to(&["received"], MailState::Parked("no From".into()));
    assert!(ledger.apply(&key, &parked, start()).await.expect("applied"));
    assert!(
        !ledger
            .apply(&key, &routed(&key, "x"), start())
            .await
            .expect("tried")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.state, MailState::Parked("no From".into()));
}

async fn a_mail_that_is_handed_on_keeps_its_intent(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    ledger
        .apply(&key, &routed(&key, "hello"), start())
        .await
        .expect("applied");
    let handed_on = Change {
        route: Some((Intent::FallbackHuman, "no answer".into())),
        ..Change::to(&["routed"], MailState::Routed)
    };
    assert!(
        ledger
            .apply(&key, &handed_on, start())
            .await
            .expect("applied")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.intent, Some(Intent::GeneralQuery));
    assert_eq!(record.route, Some(Intent::FallbackHuman));
    assert_eq!(record.because.as_deref(), Some("no answer"));
}

async fn a_repeated_turn_is_recorded_once(ledger: Arc<dyn Ledger>) {
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

async fn turns_come_oldest_first_up_to_the_limit(ledger: Arc<dyn Ledger>) {
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

async fn a_taken_message_is_nobody_elses_until_its_time_is_up(ledger: Arc<dyn Ledger>) {
    mail(&*ledger, "a1").await;
    let now = start();
    assert_eq!(waiting(&*ledger, now).await.len(), 1);
    assert!(waiting(&*ledger, now + LEASE / 2).await.is_empty());
    assert_eq!(waiting(&*ledger, now + LEASE).await.len(), 1);
}

async fn a_sent_message_is_never_taken_again(ledger: Arc<dyn Ledger>) {
    mail(&*ledger, "a1").await;
    mail(&*ledger, "a2").await;
    let out = waiting(&*ledger, start()).await;
    ledger.sent(&[out[0].0]).await.expect("marked");
    let left = waiting(&*ledger, start() + LEASE).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0], out[1]);
}

async fn one_of_many_concurrent_claims_is_granted(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (ledger, key) = (ledger.clone(), key.clone());
        claims.spawn(async move { ledger.claim(&key, STEP, start(), LEASE).await });
    }
    let answers = claims.join_all().await;
    let granted = answers
        .iter()
        .filter(|a| matches!(a, Ok(Claim::Granted(_))))
        .count();
    let busy = answers
        .iter()
        .filter(|a| matches!(a, Ok(Claim::Busy(_))))
        .count();
    assert_eq!((granted, busy), (1, 39));
}

async fn a_lapsed_lease_passes_on_with_a_look(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    assert!(!granted(&*ledger, &key, start()).await.look_first);
    let second = granted(&*ledger, &key, start() + LEASE).await;
    assert!(second.look_first);
    assert_eq!(second.attempt, 2);
}

async fn a_late_finisher_is_fenced(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let late = granted(&*ledger, &key, start()).await;
    let holder = granted(&*ledger, &key, start() + LEASE).await;
    assert!(!ledger.end(&key, STEP, &late, &done()).await.expect("tried"));
    assert!(
        ledger
            .end(&key, STEP, &holder, &done())
            .await
            .expect("ended")
    );
}

async fn a_done_step_keeps_its_external_id(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let lease = granted(&*ledger, &key, start()).await;
    assert!(
        ledger
            .end(&key, STEP, &lease, &done())
            .await
            .expect("ended")
    );
    let claim = ledger
        .claim(&key, STEP, start() + LEASE * 9, LEASE)
        .await
        .expect("a claim");
    assert_eq!(
        claim,
        Claim::Done(Done {
            external_id: "HT00007".into()
        })
    );
    assert!(
        !ledger
            .end(&key, STEP, &lease, &Ending::DidNotHappen)
            .await
            .expect("tried")
    );
}

async fn an_abandoned_step_stays_abandoned(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let lease = granted(&*ledger, &key, start()).await;
    let gone = Ending::Abandoned("thread deleted".into());
    assert!(ledger.end(&key, STEP, &lease, &gone).await.expect("ended"));
    let claim = ledger
        .claim(&key, STEP, start() + LEASE * 9, LEASE)
        .await
        .expect("a claim");
    assert_eq!(claim, Claim::Abandoned("thread deleted".into()));
}

/// Random moves on the ledger and on [`Step`] side by side.
async fn the_steps_follow_the_state_machine_move_by_move(ledger: Arc<dyn Ledger>) {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for mail_number in 0..12 {
        let key = mail(&*ledger, &format!("b{mail_number}")).await;
        let (mut model, mut now, mut leases) = (Step::default(), start(), Vec::<Lease>::new());
        for _ in 0..25 {
            now += Duration::seconds(i64::try_from(next(20)).expect("small"));
            if leases.is_empty() || next(2) == 0 {
                let claim = ledger.claim(&key, STEP, now, LEASE).await.expect("a claim");
                assert_eq!(claim, model.claim(now, LEASE));
                if let Claim::Granted(lease) = claim {
                    leases.push(lease);
                }
                continue;
            }
            let some = usize::try_from(next(leases.len() as u64)).expect("small");
            let ending = match next(12) {
                0 => done(),
                1 => Ending::Abandoned("gone".into()),
                2..=6 => Ending::DidNotHappen,
                _ => Ending::MayHaveHappened,
            };
            let lease = leases[some].clone();
            let ended = ledger
                .end(&key, STEP, &lease, &ending)
                .await
                .expect("tried");
            assert_eq!(ended, model.end(lease.attempt, ending).is_ok());
        }
    }
}

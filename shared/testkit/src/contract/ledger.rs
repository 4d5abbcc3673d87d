//! What every ledger must do.

mod admitting;
mod changes;
mod conversations;
mod drafts;
mod entering;
mod holds;
mod outbox;
mod steps;

use std::sync::Arc;

use domain::{
    GmailMessageId, Intent, MailKey, MailState, MailboxId, ThreadId, TicketId, TicketRef,
};
use ports::{Change, Direction, Ledger, NewTurn, Outgoing, QueueName, Seen};
use time::{Duration, OffsetDateTime};

const LEASE: Duration = Duration::seconds(30);

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
        entering::a_mailbox_keeps_its_number_whatever_the_case_of_its_address,
        entering::a_mail_entered_twice_is_new_once,
        entering::a_received_mail_is_queued_for_triage_once,
        entering::a_skipped_mail_is_entered_but_not_queued,
        entering::the_cursor_never_moves_back,
        entering::the_mails_of_a_thread_come_in_the_order_in_which_they_were_entered,
        entering::mails_that_were_entered_at_once_come_by_their_ids,
        entering::a_mail_of_another_thread_is_not_among_them,
        entering::of_a_long_thread_the_last_hundred_mails_come,
        changes::a_mail_that_was_never_entered_is_unknown,
        changes::a_change_writes_all_it_brings,
        changes::a_change_from_another_state_writes_nothing,
        changes::a_terminal_mail_does_not_change_again,
        changes::a_mail_that_is_handed_on_keeps_its_intent,
        changes::a_mail_that_is_handed_on_keeps_its_confidence,
        changes::a_mail_keeps_when_it_was_received,
        admitting::a_sender_is_let_in_until_the_budget_is_used_up,
        admitting::a_mail_that_was_let_in_stays_so,
        admitting::a_thread_is_let_in_until_its_budget_is_used_up,
        admitting::after_a_day_the_budget_is_there_again,
        admitting::of_many_at_once_no_more_are_let_in_than_the_budget_says,
        outbox::a_taken_message_is_nobody_elses_until_its_time_is_up,
        outbox::a_sent_message_is_never_taken_again,
        outbox::a_mail_that_is_queued_a_second_time_is_sent_a_second_time,
        outbox::a_second_message_is_told_from_a_repeat_of_the_first,
        outbox::what_was_queued_again_while_it_was_sent_is_sent_again,
        outbox::the_messages_of_a_mail_carry_one_trace,
        outbox::two_mails_are_two_traces,
        steps::one_of_many_concurrent_claims_is_granted,
        steps::a_lapsed_lease_passes_on_with_a_look,
        steps::a_late_finisher_is_fenced,
        steps::a_done_step_keeps_its_external_id,
        steps::an_abandoned_step_stays_abandoned,
        steps::the_steps_follow_the_state_machine_move_by_move,
        conversations::a_repeated_turn_is_recorded_once,
        conversations::turns_come_oldest_first_up_to_the_limit,
        conversations::the_turns_of_a_mail_are_found_by_it,
        conversations::a_later_turn_has_a_greater_number,
        conversations::a_ticket_has_no_summary_at_first,
        conversations::a_summary_that_goes_further_takes_the_place_of_the_other,
        conversations::a_summary_that_goes_less_far_is_not_kept,
        conversations::of_eight_summaries_at_once_the_farthest_stays,
        drafts::a_draft_is_kept_with_what_it_says,
        drafts::drafts_come_oldest_first,
        drafts::drafts_of_two_threads_stay_apart,
        drafts::a_draft_that_answers_more_replaces_the_other,
        drafts::a_draft_that_answers_fewer_stays_replaced_when_it_comes_late,
        drafts::of_records_that_answer_as_many_the_later_stays_open,
        drafts::of_two_records_at_once_the_one_that_answers_more_stays_open,
        drafts::a_draft_of_another_id_replaces_nothing,
        drafts::a_draft_is_settled_with_its_distance,
        drafts::a_discarded_draft_can_turn_out_to_have_been_sent,
        drafts::a_sent_draft_stays_sent,
        drafts::a_replaced_draft_stays_replaced,
        drafts::a_change_that_does_not_apply_settles_nothing,
        holds::a_held_thread_is_nobody_elses,
        holds::the_same_mail_holds_its_thread_again,
        holds::a_hold_ends_by_itself,
        holds::a_released_thread_can_be_held,
        holds::nobody_releases_the_hold_of_another,
        holds::a_hold_leaves_other_threads_free,
        holds::of_eight_that_hold_at_once_one_gets_the_thread,
    }
}

fn start() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
}

fn thread(name: &str) -> ThreadId {
    ThreadId::parse(name).expect("a valid id")
}

/// A message of thread `t1`.
fn seen(message: &str, state: MailState) -> Seen {
    Seen {
        message: GmailMessageId::parse(message).expect("a valid id"),
        thread: thread("t1"),
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

/// Enters a received mail into thread `t1`.
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

/// What triage writes about a mail with this text.
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
            group: thread("t1"),
            reason: None,
            times: 0,
            trace: None,
        }],
        ..Change::to(&["received"], MailState::Routed)
    }
}

async fn applied(ledger: &dyn Ledger, key: &MailKey, change: &Change, now: OffsetDateTime) -> bool {
    ledger.apply(key, change, now).await.expect("tried")
}

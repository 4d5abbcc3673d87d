//! What every helpdesk must do.

mod continuing;
mod files;
mod opening;
mod owners;
mod refusals;

use std::sync::Arc;

use domain::{Address, Intent, MailKey, TicketId, TicketRef};
use ports::{CallError, NewTicket, Note, Ticket, Tickets};

use crate::Fault;
use crate::odoo::{FakeOdoo, TicketView};

/// A fresh helpdesk, and the way into it that is tested.
pub struct World {
    /// The implementation.
    pub tickets: Arc<dyn Tickets>,
    /// What stands behind it.
    pub odoo: Arc<FakeOdoo>,
}

/// Runs every case in a fresh world and returns their names.
///
/// # Panics
/// At the first case that is not upheld.
pub async fn upholds<F, Fut>(fresh: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = World>,
{
    cases! { fresh:
        opening::one_mail_opens_one_ticket,
        opening::eight_at_once_open_one_ticket,
        opening::two_mails_open_two_tickets,
        opening::an_open_that_timed_out_after_succeeding_made_the_ticket,
        opening::an_open_that_lost_a_race_returns_the_winners_ticket,
        opening::opening_again_leaves_what_people_changed,
        opening::a_new_ticket_holds_what_the_mail_said,
        opening::a_new_ticket_carries_its_intent_as_a_tag,
        opening::a_new_ticket_is_assigned_to_nobody,
        opening::a_mail_without_a_subject_opens_a_ticket,
        opening::a_mail_without_a_text_opens_a_ticket,
        opening::markup_in_a_subject_stays_text,
        opening::a_customers_mails_share_one_contact,
        opening::a_new_contact_carries_the_customers_name,
        opening::a_name_that_looks_like_an_address_does_not_change_the_contact,
        the_reference_is_what_people_see,
        a_ticket_is_found_by_its_reference,
        an_unknown_reference_finds_nothing,
        part_of_a_reference_finds_nothing,
        a_deleted_ticket_is_not_found,
        an_archived_ticket_is_not_found,
        a_closed_ticket_says_so,
        an_owner_is_in_lower_case,
        a_note_is_internal,
        a_note_keeps_its_markup,
        a_note_is_found_by_its_message_id,
        a_note_is_not_found_on_another_ticket,
        a_note_of_unknown_outcome_is_found,
        a_note_of_unknown_outcome_is_not_repeated,
        a_note_on_a_deleted_ticket_is_not_found,
        a_note_on_an_archived_ticket_is_found,
        an_urgent_escalation_gives_the_highest_priority,
        a_usual_escalation_gives_a_high_priority,
        escalating_twice_changes_nothing,
        escalating_never_lowers_the_priority,
        escalating_keeps_other_tags,
        escalating_a_deleted_ticket_is_not_found,
        customers_see_nothing_of_all_this,
        a_long_wait_is_left_to_the_caller,
        a_read_that_breaks_is_repeated,
        a_read_that_keeps_breaking_fails,
        the_link_names_the_ticket,
        opening::opening_a_ticket_mails_nobody,
        opening::a_new_ticket_tells_of_its_mail_where_its_fields_can,
        opening::a_new_ticket_tells_what_it_can_where_a_field_has_another_type,
        opening::opening_again_tells_of_the_same_mail,
        owners::the_tickets_contact_owns_it,
        owners::the_contact_owns_it_whatever_the_ticket_says_of_an_address,
        owners::the_contact_owns_it_however_its_address_is_spelt,
        owners::an_address_on_a_ticket_without_a_contact_owns_nothing,
        owners::a_stranger_never_owns_a_ticket,
        owners::a_colleague_owns_a_ticket_where_companies_do,
        owners::contacts_without_a_company_are_no_company,
        owners::a_deleted_ticket_has_no_owner,
        owners::an_archived_ticket_keeps_its_owner,
        continuing::a_resumed_ticket_tells_of_the_last_mail,
        continuing::the_latest_tickets_tell_of_their_last_mails,
        continuing::tickets_without_the_fields_tell_of_no_mails,
        continuing::the_confidence_of_an_earlier_mail_does_not_stay,
        continuing::resuming_works_without_the_fields,
        continuing::resuming_leaves_a_field_of_another_type_alone,
        continuing::resuming_opens_a_closed_ticket,
        continuing::a_reopened_ticket_comes_into_a_stage_without_a_mail,
        continuing::a_reopened_ticket_keeps_out_of_the_stages_of_other_teams,
        continuing::resuming_leaves_an_open_ticket_in_its_stage,
        continuing::resuming_twice_changes_nothing,
        continuing::a_resume_whose_answer_was_lost_is_repeated,
        continuing::resuming_a_deleted_ticket_is_not_found,
        continuing::resuming_an_archived_ticket_works,
        continuing::resuming_assigns_nobody,
        continuing::reopening_mails_nobody,
        continuing::a_ticket_stays_closed_where_every_open_stage_mails_the_customer,
        files::the_files_of_a_note_hang_on_the_ticket,
        files::a_note_with_a_file_is_found_after_an_unknown_outcome,
        files::the_files_of_two_notes_stay_apart,
        files::the_files_of_two_tickets_stay_apart,
        files::a_file_without_anything_in_it_hangs_on_the_ticket,
        files::a_note_with_a_file_mails_nobody,
        refusals::a_missing_right_is_told,
        refusals::a_web_page_in_place_of_an_answer_is_no_answer,
        refusals::a_web_page_after_a_note_leaves_its_outcome_unknown,
    }
}

fn mail(key: &str) -> NewTicket {
    NewTicket {
        key: MailKey::parse(key).expect("a mail key"),
        subject: "Where is my card?".to_owned(),
        description: "<p>I ordered it <b>weeks</b> ago.</p>".to_owned(),
        customer: Address {
            name: Some("Carla Sample".to_owned()),
            address: "Carla@Customer.test".to_owned(),
        },
        intent: Intent::GeneralQuery,
        confidence: Some(0.75),
    }
}

fn a_note() -> Note {
    Note {
        message_id: "<note.1-18c2f3ab@helpdesk.test>".to_owned(),
        html: "<p>Drafted a <b>reply</b>.</p>".to_owned(),
        files: vec![],
    }
}

impl World {
    async fn open(&self, new: &NewTicket) -> Ticket {
        self.tickets.open(new).await.expect("the ticket is opened")
    }

    async fn opened(&self) -> Ticket {
        self.open(&mail("1-18c2f3ab")).await
    }

    async fn find(&self, reference: &TicketRef) -> Option<Ticket> {
        self.tickets
            .find(reference)
            .await
            .expect("the search works")
    }

    async fn escalate(&self, ticket: TicketId, urgent: bool) {
        self.tickets
            .escalate(ticket, urgent)
            .await
            .expect("the ticket is escalated");
    }

    async fn note(&self, ticket: TicketId) {
        self.tickets
            .note(ticket, &a_note())
            .await
            .expect("the note is added");
    }

    async fn has_note(&self, ticket: TicketId) -> bool {
        self.tickets
            .has_note(ticket, &a_note().message_id)
            .await
            .expect("the search works")
    }

    /// The one ticket that there is.
    fn only(&self) -> TicketView {
        match self.odoo.tickets().as_slice() {
            [one] => one.clone(),
            others => panic!("there are {} tickets", others.len()),
        }
    }
}

async fn the_reference_is_what_people_see(w: World) {
    w.odoo.burn_a_number();
    let ticket = w.opened().await;
    assert_eq!(ticket.reference.as_str(), w.only().number);
    assert!(ticket.reference.as_str().ends_with("00002"));
    assert_ne!(ticket.id, TicketId(2), "the id is not the number");
}

async fn a_ticket_is_found_by_its_reference(w: World) {
    w.open(&mail("1-18c2f3aa")).await;
    let ticket = w.opened().await;
    assert_eq!(w.find(&ticket.reference).await, Some(ticket));
}

async fn an_unknown_reference_finds_nothing(w: World) {
    w.opened().await;
    let unknown = TicketRef::parse("HT99999").expect("a reference");
    assert_eq!(w.find(&unknown).await, None);
}

async fn part_of_a_reference_finds_nothing(w: World) {
    w.opened().await;
    let part = TicketRef::parse("HT0000").expect("a reference");
    assert_eq!(w.find(&part).await, None);
}

async fn a_deleted_ticket_is_not_found(w: World) {
    let ticket = w.opened().await;
    w.odoo.delete(ticket.id);
    assert_eq!(w.find(&ticket.reference).await, None);
}

async fn an_archived_ticket_is_not_found(w: World) {
    let ticket = w.opened().await;
    w.odoo.archive(ticket.id);
    assert_eq!(w.find(&ticket.reference).await, None);
}

async fn a_closed_ticket_says_so(w: World) {
    let ticket = w.opened().await;
    assert!(!ticket.closed);
    w.odoo.close(ticket.id);
    assert!(
        w.find(&ticket.reference)
            .await
            .is_some_and(|ticket| ticket.closed)
    );
}

async fn an_owner_is_in_lower_case(w: World) {
    let ticket = w.opened().await;
    assert_eq!(ticket.owner.as_deref(), Some("carla@customer.test"));
}

async fn a_note_is_internal(w: World) {
    let ticket = w.opened().await;
    w.note(ticket.id).await;
    assert!(w.odoo.notes(ticket.id).iter().all(|note| note.internal));
}

async fn a_note_keeps_its_markup(w: World) {
    let ticket = w.opened().await;
    w.note(ticket.id).await;
    assert_eq!(w.odoo.notes(ticket.id)[0].body, a_note().html);
}

async fn a_note_is_found_by_its_message_id(w: World) {
    let ticket = w.opened().await;
    assert!(!w.has_note(ticket.id).await);
    w.note(ticket.id).await;
    assert!(w.has_note(ticket.id).await);
}

async fn a_note_is_not_found_on_another_ticket(w: World) {
    let one = w.open(&mail("1-18c2f3aa")).await;
    let other = w.open(&mail("1-18c2f3ab")).await;
    w.note(one.id).await;
    assert!(!w.has_note(other.id).await);
}

async fn a_note_of_unknown_outcome_is_found(w: World) {
    let ticket = w.opened().await;
    w.odoo.faults.arm(
        "helpdesk.ticket/message_post",
        Fault::TimeOutAfterSuccess,
        1,
    );
    let error = w
        .tickets
        .note(ticket.id, &a_note())
        .await
        .expect_err("the fault shows");
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    assert!(w.has_note(ticket.id).await);
}

async fn a_note_of_unknown_outcome_is_not_repeated(w: World) {
    let ticket = w.opened().await;
    w.odoo
        .faults
        .arm("helpdesk.ticket/message_post", Fault::Malformed, 1);
    let error = w
        .tickets
        .note(ticket.id, &a_note())
        .await
        .expect_err("the fault shows");
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    assert_eq!(w.odoo.notes(ticket.id).len(), 1);
}

async fn a_note_on_a_deleted_ticket_is_not_found(w: World) {
    let ticket = w.opened().await;
    w.odoo.delete(ticket.id);
    let error = w
        .tickets
        .note(ticket.id, &a_note())
        .await
        .expect_err("there is no ticket");
    assert!(
        matches!(error, CallError::NotFound { what: "ticket", .. }),
        "{error:?}"
    );
}

async fn a_note_on_an_archived_ticket_is_found(w: World) {
    let ticket = w.opened().await;
    w.odoo.archive(ticket.id);
    w.note(ticket.id).await;
    assert!(w.has_note(ticket.id).await);
}

async fn an_urgent_escalation_gives_the_highest_priority(w: World) {
    let ticket = w.opened().await;
    w.escalate(ticket.id, true).await;
    assert_eq!(w.only().priority, "3");
    assert!(w.only().tags.contains(&"urgent_human".to_owned()));
}

async fn a_usual_escalation_gives_a_high_priority(w: World) {
    let ticket = w.opened().await;
    w.escalate(ticket.id, false).await;
    assert_eq!(w.only().priority, "2");
    assert!(w.only().tags.contains(&"fallback_human".to_owned()));
}

async fn escalating_twice_changes_nothing(w: World) {
    let ticket = w.opened().await;
    w.escalate(ticket.id, true).await;
    let once = w.only();
    w.escalate(ticket.id, true).await;
    assert_eq!(w.only(), once);
}

async fn escalating_never_lowers_the_priority(w: World) {
    let ticket = w.opened().await;
    w.odoo.prioritise(ticket.id, "3");
    w.escalate(ticket.id, false).await;
    assert_eq!(w.only().priority, "3");
}

async fn escalating_keeps_other_tags(w: World) {
    let ticket = w.opened().await;
    w.escalate(ticket.id, false).await;
    assert!(w.only().tags.contains(&"general_query".to_owned()));
}

async fn escalating_a_deleted_ticket_is_not_found(w: World) {
    let ticket = w.opened().await;
    w.odoo.delete(ticket.id);
    let error = w
        .tickets
        .escalate(ticket.id, true)
        .await
        .expect_err("there is no ticket");
    assert!(
        matches!(error, CallError::NotFound { what: "ticket", .. }),
        "{error:?}"
    );
}

async fn customers_see_nothing_of_all_this(w: World) {
    let ticket = w.opened().await;
    w.odoo.customer_follows(ticket.id);
    w.note(ticket.id).await;
    w.escalate(ticket.id, true).await;
    w.opened().await;
    assert_eq!(w.odoo.customer_visible_messages(), 0);
}

async fn a_long_wait_is_left_to_the_caller(w: World) {
    w.odoo
        .faults
        .arm("helpdesk.ticket/load", Fault::RateLimited(60), 1);
    let error = w
        .tickets
        .open(&mail("1-18c2f3ab"))
        .await
        .expect_err("the fault shows");
    let CallError::RateLimited {
        retry_after: Some(wait),
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(wait.as_secs(), 60);
}

async fn a_read_that_breaks_is_repeated(w: World) {
    let ticket = w.opened().await;
    for fault in [Fault::ServerError, Fault::Malformed] {
        w.odoo.faults.arm("helpdesk.ticket/search_read", fault, 1);
        assert!(w.find(&ticket.reference).await.is_some(), "{fault:?}");
    }
}

async fn a_read_that_keeps_breaking_fails(w: World) {
    w.odoo
        .faults
        .arm("helpdesk.ticket/search_read", Fault::ServerError, 100);
    let reference = TicketRef::parse("HT00001").expect("a reference");
    let error = w
        .tickets
        .find(&reference)
        .await
        .expect_err("the fault shows");
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
}

async fn the_link_names_the_ticket(w: World) {
    let ticket = w.opened().await;
    let link = w.tickets.link(ticket.id);
    assert!(
        link.starts_with("http") && link.contains(&ticket.id.to_string()),
        "{link}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odoo::App;

    async fn contract(app: App) {
        let upheld = upholds(async || {
            let odoo = Arc::new(FakeOdoo::with_app(app));
            World {
                tickets: odoo.clone(),
                odoo,
            }
        })
        .await;
        assert_eq!(upheld.len(), 81);
    }

    #[tokio::test]
    async fn the_fake_of_the_community_app_upholds_the_contract() {
        contract(App::Oca).await;
    }

    #[tokio::test]
    async fn the_fake_of_enterprise_upholds_the_contract() {
        contract(App::Enterprise).await;
    }
}

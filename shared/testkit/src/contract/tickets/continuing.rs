//! Going on with a ticket: what it tells of its last mail, and whether it is open.

use domain::{Intent, MailKey, TicketId};
use ports::{CallError, LastMail};

use super::World;
use crate::Fault;

fn further() -> LastMail {
    LastMail {
        key: MailKey::parse("1-18c2f3ff").expect("a mail key"),
        intent: Intent::UrgentHuman,
        confidence: Some(0.5),
    }
}

impl World {
    async fn resume(&self, ticket: TicketId) {
        let last = further();
        let resumed = self.tickets.resume(ticket, &last);
        resumed.await.expect("the ticket goes on");
    }
}

pub(super) async fn a_resumed_ticket_tells_of_the_last_mail(w: World) {
    w.odoo.is_set_up();
    let ticket = w.opened().await;
    w.resume(ticket.id).await;
    let ticket = w.only();
    assert_eq!(ticket.last_mail.as_deref(), Some("1-18c2f3ff"));
    assert_eq!(ticket.last_intent.as_deref(), Some("urgent_human"));
    assert_eq!(ticket.confidence, Some(0.5));
}

pub(super) async fn the_latest_tickets_tell_of_their_last_mails(w: World) {
    w.odoo.is_set_up();
    let ticket = w.opened().await;
    w.resume(ticket.id).await;
    let told = w.tickets.last_mails(5).await.expect("an answer");
    assert_eq!(told, [(ticket.reference, "1-18c2f3ff".to_owned())]);
    assert_eq!(w.tickets.last_mails(0).await.expect("an answer"), []);
}

pub(super) async fn tickets_without_the_fields_tell_of_no_mails(w: World) {
    w.opened().await;
    assert_eq!(w.tickets.last_mails(5).await.expect("an answer"), []);
}

pub(super) async fn the_confidence_of_an_earlier_mail_does_not_stay(w: World) {
    w.odoo.is_set_up();
    let ticket = w.opened().await;
    let unasked = LastMail {
        confidence: None,
        ..further()
    };
    let resumed = w.tickets.resume(ticket.id, &unasked).await;
    resumed.expect("the ticket goes on");
    assert_eq!(w.only().confidence, Some(0.0));
}

pub(super) async fn resuming_works_without_the_fields(w: World) {
    let ticket = w.opened().await;
    w.resume(ticket.id).await;
    assert_eq!(w.only().last_mail, None);
}

pub(super) async fn resuming_leaves_a_field_of_another_type_alone(w: World) {
    w.odoo.has_field("x_helpdesk_mail", "char");
    w.odoo.has_field("x_helpdesk_confidence", "integer");
    let ticket = w.opened().await;
    w.resume(ticket.id).await;
    let ticket = w.only();
    assert_eq!(ticket.last_mail.as_deref(), Some("1-18c2f3ff"));
    assert_eq!(ticket.confidence, None);
}

pub(super) async fn resuming_opens_a_closed_ticket(w: World) {
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    assert!(w.only().closed);
    w.resume(ticket.id).await;
    assert!(!w.only().closed);
}

pub(super) async fn a_reopened_ticket_comes_into_a_stage_without_a_mail(w: World) {
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    w.resume(ticket.id).await;
    assert_eq!(w.only().stage, "In Progress", "the first stage has a mail");
}

pub(super) async fn a_reopened_ticket_keeps_out_of_the_stages_of_other_teams(w: World) {
    w.odoo.another_team_has_a_stage("Second look");
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    w.resume(ticket.id).await;
    assert_eq!(w.only().stage, "In Progress");
}

pub(super) async fn resuming_leaves_an_open_ticket_in_its_stage(w: World) {
    let ticket = w.opened().await;
    w.resume(ticket.id).await;
    assert_eq!(w.only().stage, "New");
}

pub(super) async fn resuming_twice_changes_nothing(w: World) {
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    w.resume(ticket.id).await;
    let once = w.odoo.dump();
    w.resume(ticket.id).await;
    assert_eq!(w.odoo.dump(), once);
}

pub(super) async fn a_resume_whose_answer_was_lost_is_repeated(w: World) {
    w.odoo.is_set_up();
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    let operation = "helpdesk.ticket/write";
    w.odoo.faults.arm(operation, Fault::TimeOutAfterSuccess, 1);
    w.resume(ticket.id).await;
    assert_eq!(w.odoo.faults.armed(), 0);
    assert!(!w.only().closed);
}

pub(super) async fn resuming_a_deleted_ticket_is_not_found(w: World) {
    let ticket = w.opened().await;
    w.odoo.delete(ticket.id);
    let error = w.tickets.resume(ticket.id, &further()).await;
    let error = error.expect_err("there is no ticket");
    assert!(
        matches!(error, CallError::NotFound { what: "ticket", .. }),
        "{error:?}"
    );
}

pub(super) async fn resuming_an_archived_ticket_works(w: World) {
    w.odoo.is_set_up();
    let ticket = w.opened().await;
    w.odoo.archive(ticket.id);
    w.resume(ticket.id).await;
    assert_eq!(w.only().last_mail.as_deref(), Some("1-18c2f3ff"));
}

pub(super) async fn resuming_assigns_nobody(w: World) {
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    w.resume(ticket.id).await;
    assert!(!w.only().assigned);
}

pub(super) async fn reopening_mails_nobody(w: World) {
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    w.resume(ticket.id).await;
    assert_eq!(w.odoo.customer_visible_messages(), 0);
}

pub(super) async fn a_ticket_stays_closed_where_every_open_stage_mails_the_customer(w: World) {
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    w.odoo.every_open_stage_mails();
    w.resume(ticket.id).await;
    assert!(w.only().closed);
}

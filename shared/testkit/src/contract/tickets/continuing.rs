//! Going on with a ticket: whose it is, what it tells of its last mail, and files.

use domain::{Intent, MailKey, TicketId};
use ports::{CallError, File, LastMail, Note, Owners};

use super::{World, a_note, mail};
use crate::Fault;

const CARLA: &str = "carla@customer.test";
const DORA: &str = "dora@customer.test";

fn further() -> LastMail {
    LastMail {
        key: MailKey::parse("1-18c2f3ff").expect("a mail key"),
        intent: Intent::UrgentHuman,
        confidence: Some(0.5),
    }
}

impl World {
    async fn owns(&self, ticket: TicketId, address: &str, owners: Owners) -> bool {
        let owned = self.tickets.is_owned_by(ticket, address, owners);
        owned.await.expect("the search works")
    }

    async fn resume(&self, ticket: TicketId) {
        let last = further();
        let resumed = self.tickets.resume(ticket, &last);
        resumed.await.expect("the ticket goes on");
    }
}

pub(super) async fn the_tickets_contact_owns_it(w: World) {
    let ticket = w.opened().await;
    assert!(w.owns(ticket.id, CARLA, Owners::Contact).await);
}

pub(super) async fn the_contact_owns_it_whatever_the_ticket_says_of_an_address(w: World) {
    let ticket = w.opened().await;
    w.odoo.readdress(ticket.id, "someone.else@customer.test");
    assert!(w.owns(ticket.id, CARLA, Owners::Contact).await);
}

pub(super) async fn a_stranger_never_owns_a_ticket(w: World) {
    let ticket = w.opened().await;
    let mut other = mail("1-18c2f3aa");
    DORA.clone_into(&mut other.customer.address);
    w.open(&other).await;
    for owners in [Owners::Contact, Owners::Company] {
        assert!(!w.owns(ticket.id, DORA, owners).await);
        assert!(!w.owns(ticket.id, "nobody@elsewhere.test", owners).await);
    }
}

pub(super) async fn a_colleague_owns_a_ticket_where_companies_do(w: World) {
    let ticket = w.opened().await;
    w.odoo.works_for("Sample & Co", &[CARLA, DORA]);
    assert!(!w.owns(ticket.id, DORA, Owners::Contact).await);
    assert!(w.owns(ticket.id, DORA, Owners::Company).await);
}

pub(super) async fn contacts_without_a_company_are_no_company(w: World) {
    let ticket = w.opened().await;
    w.odoo.works_for("Dora alone", &[DORA]);
    assert!(!w.owns(ticket.id, DORA, Owners::Company).await);
}

pub(super) async fn a_deleted_ticket_has_no_owner(w: World) {
    let ticket = w.opened().await;
    w.odoo.delete(ticket.id);
    assert!(!w.owns(ticket.id, CARLA, Owners::Company).await);
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

pub(super) async fn resuming_works_without_the_fields(w: World) {
    let ticket = w.opened().await;
    w.resume(ticket.id).await;
    assert_eq!(w.only().last_mail, None);
}

pub(super) async fn resuming_opens_a_closed_ticket(w: World) {
    let ticket = w.opened().await;
    w.odoo.close(ticket.id);
    w.resume(ticket.id).await;
    assert!(!w.only().closed);
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

fn with_files(message_id: &str, names: &[&str]) -> Note {
    let file = |name: &&str| File {
        name: (*name).to_owned(),
        media_type: "application/pdf".to_owned(),
        content: format!("%PDF of {name} \u{fc}").into_bytes(),
    };
    Note {
        message_id: message_id.to_owned(),
        files: names.iter().map(file).collect(),
        ..a_note()
    }
}

impl World {
    /// The names of the files on the ticket that was opened as this one, from 0.
    fn files_on(&self, ticket: usize) -> Vec<String> {
        let files = self.odoo.tickets()[ticket].attachments.clone();
        files.into_iter().map(|file| file.name).collect()
    }
}

pub(super) async fn the_files_of_a_note_hang_on_the_ticket(w: World) {
    let ticket = w.opened().await;
    let note = with_files("<n1@bank.test>", &["scan 1.pdf", "Größe.pdf"]);
    let noted = w.tickets.note(ticket.id, &note).await;
    noted.expect("the note is added");
    assert_eq!(w.files_on(0), ["scan 1.pdf", "Größe.pdf"]);
    assert_eq!(w.only().attachments[1].content, note.files[1].content);
}

pub(super) async fn a_note_with_a_file_is_found_after_an_unknown_outcome(w: World) {
    let ticket = w.opened().await;
    let note = with_files("<n1@bank.test>", &["scan.pdf"]);
    let operation = "helpdesk.ticket/message_post";
    w.odoo.faults.arm(operation, Fault::TimeOutAfterSuccess, 1);
    let error = w.tickets.note(ticket.id, &note).await;
    let error = error.expect_err("the fault shows");
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    let found = w.tickets.has_note(ticket.id, "<n1@bank.test>").await;
    assert!(found.expect("the search works"));
    assert_eq!(w.files_on(0), ["scan.pdf"]);
}

pub(super) async fn the_files_of_two_tickets_stay_apart(w: World) {
    let one = w.open(&mail("1-18c2f3aa")).await;
    let other = w.open(&mail("1-18c2f3ab")).await;
    for (ticket, id, name) in [
        (one.id, "<n1@bank.test>", "a.pdf"),
        (other.id, "<n2@bank.test>", "b.pdf"),
    ] {
        let noted = w.tickets.note(ticket, &with_files(id, &[name])).await;
        noted.expect("the note is added");
    }
    assert_eq!(
        (w.files_on(0), w.files_on(1)),
        (vec!["a.pdf".to_owned()], vec!["b.pdf".to_owned()])
    );
}

//! Notes with files.

use domain::TicketId;
use ports::{CallError, File, Note};

use super::{World, a_note, mail};
use crate::Fault;
use crate::odoo::FileView;

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

fn names(files: &[FileView]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

impl World {
    async fn noted(&self, ticket: TicketId, note: &Note) {
        let noted = self.tickets.note(ticket, note).await;
        noted.expect("the note is added");
    }
}

pub(super) async fn the_files_of_a_note_hang_on_the_ticket(w: World) {
    let ticket = w.opened().await;
    let note = with_files("<n1@bank.test>", &["scan 1.pdf", "Größe.pdf"]);
    w.noted(ticket.id, &note).await;
    let attached = w.only().attachments;
    assert_eq!(names(&attached), ["scan 1.pdf", "Größe.pdf"]);
    assert_eq!(attached[1].content, note.files[1].content);
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
    assert_eq!(names(&w.only().attachments), ["scan.pdf"]);
}

pub(super) async fn the_files_of_two_notes_stay_apart(w: World) {
    let ticket = w.opened().await;
    w.noted(
        ticket.id,
        &with_files("<n1@bank.test>", &["a.pdf", "b.pdf"]),
    )
    .await;
    w.noted(ticket.id, &with_files("<n2@bank.test>", &["a.pdf"]))
        .await;
    let notes = w.odoo.notes(ticket.id);
    assert_eq!(names(&notes[0].files), ["a.pdf", "b.pdf"]);
    assert_eq!(names(&notes[1].files), ["a.pdf"]);
}

pub(super) async fn the_files_of_two_tickets_stay_apart(w: World) {
    let one = w.open(&mail("1-18c2f3aa")).await;
    let other = w.open(&mail("1-18c2f3ab")).await;
    w.noted(one.id, &with_files("<n1@bank.test>", &["a.pdf"]))
        .await;
    w.noted(other.id, &with_files("<n2@bank.test>", &["b.pdf"]))
        .await;
    let tickets = w.odoo.tickets();
    assert_eq!(names(&tickets[0].attachments), ["a.pdf"]);
    assert_eq!(names(&tickets[1].attachments), ["b.pdf"]);
}

pub(super) async fn a_file_without_anything_in_it_hangs_on_the_ticket(w: World) {
    let ticket = w.opened().await;
    let mut note = with_files("<n1@bank.test>", &["empty.txt"]);
    note.files[0].content.clear();
    w.noted(ticket.id, &note).await;
    let attached = w.only().attachments;
    assert_eq!(names(&attached), ["empty.txt"]);
    assert!(attached[0].content.is_empty());
}

pub(super) async fn a_note_with_a_file_mails_nobody(w: World) {
    let ticket = w.opened().await;
    w.odoo.customer_follows(ticket.id);
    w.noted(ticket.id, &with_files("<n1@bank.test>", &["scan.pdf"]))
        .await;
    assert_eq!(w.odoo.customer_visible_messages(), 0);
}

//! Two pages for whoever runs the local world: the list of tickets, and one ticket with its notes.
//!
//! Descriptions and notes are markup and are shown as such. The pages forbid scripts and anything
//! from elsewhere, so that a hostile mail stays a picture of itself.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use testkit::odoo::schema::TICKET;
use testkit::odoo::{FileView, NoteView, TicketView, escaped};

use super::Server;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;\
    padding:0 1rem;color:#222}table{border-collapse:collapse;width:100%}\
    td,th{text-align:left;padding:.4rem;border-bottom:1px solid #ddd;vertical-align:top}\
    article{border:1px solid #ddd;border-left:4px solid #c90;padding:.5rem 1rem;margin:1rem 0}\
    section{border:1px solid #ddd;padding:.5rem 1rem}small{color:#666}";
const PRIORITIES: [&str; 4] = ["low", "medium", "high", "very high"];

fn page(title: &str, body: &str) -> Response {
    let title = escaped(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}</style><h1>{title}</h1>{body}</html>"
    );
    ([("content-security-policy", POLICY)], Html(html)).into_response()
}

fn priority(ticket: &TicketView) -> &'static str {
    ticket
        .priority
        .parse()
        .ok()
        .and_then(|at: usize| PRIORITIES.get(at))
        .unwrap_or(&"none")
}

/// All tickets.
pub(super) async fn list(State(server): State<Arc<Server>>) -> Response {
    let rows: String = server.odoo.tickets().iter().rev().map(row).collect();
    let body = format!(
        "<table><tr><th>Number<th>Title<th>Customer<th>Tags<th>Priority<th>Stage</tr>{rows}</table>"
    );
    page("Tickets", &body)
}

fn row(ticket: &TicketView) -> String {
    let id = ticket.id;
    format!(
        "<tr><td><a href=\"/mail/view?model={TICKET}&amp;res_id={id}\">{}</a><td>{}<td>{}<td>{}\
         <td>{}<td>{}</tr>",
        escaped(&ticket.number),
        escaped(&ticket.name),
        escaped(&ticket.email),
        escaped(&ticket.tags.join(", ")),
        priority(ticket),
        escaped(&ticket.stage)
    )
}

/// Which record is to be shown.
#[derive(Deserialize)]
pub(super) struct Which {
    model: String,
    res_id: i64,
}

/// One ticket.
pub(super) async fn ticket(
    State(server): State<Arc<Server>>,
    Query(which): Query<Which>,
) -> Response {
    let tickets = server.odoo.tickets();
    let shown = |ticket: &&TicketView| which.model == TICKET && ticket.id.0 == which.res_id;
    let Some(ticket) = tickets.iter().find(shown) else {
        let body = "<p>There is no such ticket. <a href=\"/\">All tickets</a></p>";
        return (StatusCode::NOT_FOUND, page("Not found", body)).into_response();
    };
    let notes: String = server
        .odoo
        .notes(ticket.id)
        .iter()
        .map(note_in_markup)
        .collect();
    let body = format!(
        "<p><a href=\"/\">All tickets</a></p><table><tr><th>Customer<td>{} &lt;{}&gt;</tr>\
         <tr><th>Tags<td>{}</tr><tr><th>Priority<td>{}</tr><tr><th>Stage<td>{}</tr>{}</table>\
         <h2>Mail</h2><section>{}</section><h2>Internal notes</h2>{notes}",
        escaped(&ticket.customer),
        escaped(&ticket.email),
        escaped(&ticket.tags.join(", ")),
        priority(ticket),
        escaped(&ticket.stage),
        last_mail(ticket),
        ticket.description
    );
    page(&format!("{} {}", ticket.number, ticket.name), &body)
}

/// What the ticket's fields tell of its last mail, as far as they do.
fn last_mail(ticket: &TicketView) -> String {
    let confidence = ticket
        .confidence
        .map(|confidence| format!("{confidence:.2}"));
    let rows = [
        ("Last intent", ticket.last_intent.as_ref()),
        ("Last mail", ticket.last_mail.as_ref()),
        ("Confidence", confidence.as_ref()),
    ];
    rows.into_iter()
        .filter_map(|(name, value)| Some(format!("<tr><th>{name}<td>{}</tr>", escaped(value?))))
        .collect()
}

fn note_in_markup(note: &NoteView) -> String {
    let files: String = note.files.iter().map(file_in_markup).collect();
    let files = if files.is_empty() {
        files
    } else {
        format!("<ul>{files}</ul>")
    };
    let id = escaped(&note.message_id);
    format!("<article>{}{files}<small>{id}</small></article>", note.body)
}

fn file_in_markup(file: &FileView) -> String {
    let size = file.content.len();
    format!("<li>{} <small>{size} bytes</small>", escaped(&file.name))
}

//! Opening tickets: one a mail, whatever happens on the way.

use domain::Address;
use ports::NewTicket;

use super::{World, mail};
use crate::Fault;
use crate::odoo::TicketView;

pub(super) async fn opening_a_ticket_mails_nobody(w: World) {
    w.opened().await;
    assert_eq!(w.odoo.customer_visible_messages(), 0);
}

pub(super) async fn a_new_ticket_tells_of_its_mail_where_its_fields_can(w: World) {
    w.odoo.is_set_up();
    w.opened().await;
    let ticket = w.only();
    assert_eq!(ticket.last_mail.as_deref(), Some("1-18c2f3ab"));
    assert_eq!(ticket.last_intent.as_deref(), Some("general_query"));
    assert_eq!(ticket.confidence, Some(0.75));
}

pub(super) async fn a_new_ticket_tells_what_it_can_where_a_field_has_another_type(w: World) {
    w.odoo.has_field("x_helpdesk_intent", "integer");
    w.odoo.has_field("x_helpdesk_mail", "char");
    w.opened().await;
    let ticket = w.only();
    assert_eq!(ticket.last_mail.as_deref(), Some("1-18c2f3ab"));
    assert_eq!(ticket.last_intent, None);
}

pub(super) async fn opening_again_tells_of_the_same_mail(w: World) {
    w.odoo.is_set_up();
    w.opened().await;
    let once = w.odoo.dump();
    w.opened().await;
    assert_eq!(w.odoo.dump(), once);
}

pub(super) async fn one_mail_opens_one_ticket(w: World) {
    assert_eq!(w.opened().await, w.opened().await);
    assert_eq!(w.odoo.tickets().len(), 1);
}

pub(super) async fn eight_at_once_open_one_ticket(w: World) {
    let opening = (0..8).map(|_| {
        let tickets = w.tickets.clone();
        tokio::spawn(async move { tickets.open(&mail("1-18c2f3ab")).await })
    });
    let opening: Vec<_> = opening.collect();
    for open in opening {
        let ticket = open.await.expect("no panic").expect("the ticket is opened");
        assert_eq!(ticket.id, w.only().id);
    }
    assert_eq!(w.odoo.tags().len(), 1, "one tag an intent");
}

pub(super) async fn two_mails_open_two_tickets(w: World) {
    let one = w.open(&mail("1-18c2f3ab")).await;
    let same_id_in_another_mailbox = w.open(&mail("2-18c2f3ab")).await;
    assert_ne!(one.id, same_id_in_another_mailbox.id);
    assert_ne!(one.reference, same_id_in_another_mailbox.reference);
}

pub(super) async fn an_open_that_timed_out_after_succeeding_made_the_ticket(w: World) {
    w.odoo
        .faults
        .arm("helpdesk.ticket/load", Fault::TimeOutAfterSuccess, 1);
    let first = w.tickets.open(&mail("1-18c2f3ab")).await;
    let second = w.opened().await;
    assert!(first.is_ok_and(|first| first == second));
    assert_eq!(w.odoo.tickets().len(), 1);
}

pub(super) async fn an_open_that_lost_a_race_returns_the_winners_ticket(w: World) {
    let winner = w.opened().await;
    w.odoo.lose_next_races(2);
    assert_eq!(w.opened().await, winner);
}

pub(super) async fn opening_again_leaves_what_people_changed(w: World) {
    let ticket = w.opened().await;
    w.odoo.rename(ticket.id, "Card lost in the post");
    w.opened().await;
    assert_eq!(w.only().name, "Card lost in the post");
}

pub(super) async fn a_new_ticket_holds_what_the_mail_said(w: World) {
    w.opened().await;
    let TicketView {
        name,
        description,
        email,
        ..
    } = w.only();
    assert_eq!(name, "Where is my card?");
    assert_eq!(description, "<p>I ordered it <b>weeks</b> ago.</p>");
    assert_eq!(email, "carla@customer.test");
}

pub(super) async fn a_new_ticket_carries_its_intent_as_a_tag(w: World) {
    w.opened().await;
    assert_eq!(w.only().tags, ["general_query"]);
}

pub(super) async fn a_new_ticket_is_assigned_to_nobody(w: World) {
    w.opened().await;
    assert!(!w.only().assigned);
}

pub(super) async fn a_mail_without_a_subject_opens_a_ticket(w: World) {
    w.open(&NewTicket {
        subject: "  ".to_owned(),
        ..mail("1-18c2f3ab")
    })
    .await;
    assert_eq!(w.only().name, "(no subject)");
}

pub(super) async fn a_mail_without_a_text_opens_a_ticket(w: World) {
    w.open(&NewTicket {
        description: String::new(),
        ..mail("1-18c2f3ab")
    })
    .await;
    assert_eq!(w.odoo.tickets().len(), 1);
}

pub(super) async fn markup_in_a_subject_stays_text(w: World) {
    let subject = "<script>alert('&')</script>, \"quoted\"".to_owned();
    w.open(&NewTicket {
        subject: subject.clone(),
        ..mail("1-18c2f3ab")
    })
    .await;
    assert_eq!(w.only().name, subject);
}

pub(super) async fn a_customers_mails_share_one_contact(w: World) {
    w.open(&mail("1-18c2f3ab")).await;
    let mut other = mail("1-18c2f3ac");
    other.customer = Address {
        name: None,
        address: "carla@CUSTOMER.test".to_owned(),
    };
    w.open(&other).await;
    assert_eq!(w.odoo.contacts(), ["carla@customer.test"]);
}

pub(super) async fn a_new_contact_carries_the_customers_name(w: World) {
    w.opened().await;
    assert_eq!(w.only().customer, "Carla Sample");
}

pub(super) async fn a_name_that_looks_like_an_address_does_not_change_the_contact(w: World) {
    let mut new = mail("1-18c2f3ab");
    new.customer.name = Some("\"Chief\" <chief@bank.test>, x".to_owned());
    w.open(&new).await;
    assert_eq!(w.odoo.contacts(), ["carla@customer.test"]);
}

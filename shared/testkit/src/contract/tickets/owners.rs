//! Whose a ticket is.

use domain::TicketId;
use ports::Owners;

use super::{World, mail};

const CARLA: &str = "carla@customer.test";
const DORA: &str = "dora@customer.test";

impl World {
    async fn owns(&self, ticket: TicketId, address: &str, owners: Owners) -> bool {
        let owned = self.tickets.is_owned_by(ticket, address, owners);
        owned.await.expect("the search works")
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

pub(super) async fn the_contact_owns_it_however_its_address_is_spelt(w: World) {
    let ticket = w.opened().await;
    w.odoo.respell(CARLA, "Carla Sample <CARLA@Customer.test>");
    assert!(w.owns(ticket.id, CARLA, Owners::Contact).await);
    assert!(w.owns(ticket.id, CARLA, Owners::Company).await);
}

pub(super) async fn an_address_on_a_ticket_without_a_contact_owns_nothing(w: World) {
    let ticket = w.opened().await;
    w.odoo.forgets_its_contact(ticket.id);
    for owners in [Owners::Contact, Owners::Company] {
        assert!(!w.owns(ticket.id, CARLA, owners).await);
        assert!(!w.owns(ticket.id, "nobody@elsewhere.test", owners).await);
    }
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

pub(super) async fn an_archived_ticket_keeps_its_owner(w: World) {
    let ticket = w.opened().await;
    w.odoo.archive(ticket.id);
    assert!(w.owns(ticket.id, CARLA, Owners::Contact).await);
}

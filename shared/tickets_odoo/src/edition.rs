//! The names that differ between the helpdesk apps of Odoo.

/// The models and fields of one app.
#[derive(Debug)]
pub(crate) struct Edition {
    /// The model of tickets.
    pub ticket: &'static str,
    /// The model of their tags.
    pub tag: &'static str,
    /// The field with the reference that people see.
    pub reference: &'static str,
    /// The field that tells whether a ticket is closed.
    pub closed: &'static str,
}

/// The community app `helpdesk_mgmt` (<https://github.com/OCA/helpdesk>).
pub(crate) const OCA: Edition = Edition {
    ticket: "helpdesk.ticket",
    tag: "helpdesk.ticket.tag",
    reference: "number",
    closed: "closed",
};

impl Edition {
    /// The fields from which a ticket is read.
    pub fn ticket_fields(&self) -> [&'static str; 3] {
        [self.reference, "partner_email", self.closed]
    }
}

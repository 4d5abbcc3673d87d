//! The names that differ between the helpdesk apps of Odoo.

/// The models and fields of one app.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Edition {
    /// What people call it.
    pub name: &'static str,
    /// The model of tickets.
    pub ticket: &'static str,
    /// The model of their tags.
    pub tag: &'static str,
    /// The model of their stages.
    pub stage: &'static str,
    /// The model of teams.
    pub team: &'static str,
    /// The model of the channels that tickets come by, where the app has channels.
    pub channel: Option<&'static str>,
    /// The field of a ticket with the reference that people see. It tells the apps apart.
    pub reference: &'static str,
    /// The field of a stage that tells whether its tickets are closed.
    pub closed: &'static str,
    /// The field of a stage with the mail that Odoo sends to the customer of a ticket coming into it.
    pub template: &'static str,
}

/// The community app `helpdesk_mgmt` (<https://github.com/OCA/helpdesk>).
pub(crate) const OCA: Edition = Edition {
    name: "OCA helpdesk_mgmt",
    ticket: TICKET,
    tag: "helpdesk.ticket.tag",
    stage: "helpdesk.ticket.stage",
    team: "helpdesk.ticket.team",
    channel: Some("helpdesk.ticket.channel"),
    reference: "number",
    closed: "closed",
    template: "mail_template_id",
};

/// Odoo Enterprise's Helpdesk
/// (<https://www.odoo.com/documentation/19.0/applications/services/helpdesk.html>).
pub(crate) const ENTERPRISE: Edition = Edition {
    name: "Odoo Enterprise Helpdesk",
    ticket: TICKET,
    tag: "helpdesk.tag",
    stage: "helpdesk.stage",
    team: "helpdesk.team",
    channel: None,
    reference: "ticket_ref",
    closed: "fold",
    template: "template_id",
};

/// The model of tickets in both.
pub(crate) const TICKET: &str = "helpdesk.ticket";

impl Edition {
    /// The app whose fields are there.
    pub fn with_field(has: impl Fn(&str) -> bool) -> Option<&'static Self> {
        [&OCA, &ENTERPRISE]
            .into_iter()
            .find(|edition| has(edition.reference))
    }

    /// The fields from which a ticket is read.
    pub fn ticket_fields(&self) -> [&'static str; 2] {
        [self.reference, "partner_email"]
    }

    /// The path from a ticket to whether it is closed.
    pub fn ticket_closed(&self) -> String {
        format!("stage_id.{}", self.closed)
    }
}

//! What each helpdesk app adds to the models that every Odoo has.

use super::Kind::{Boolean, Char, Html, Integer, Many2many, Many2one, One2many, Selection};
use super::base::{
    ATTACHMENTS, FIELDS, KINDS, MESSAGE, MESSAGES, PARTNER, PARTNERS, TEMPLATE, TEMPLATES, USER,
    USERS,
};
use super::{ACTIVE, CHANGED, Field, MADE, Model, NAME, Schema, TICKET, computed, field, required};

/// The community app (<https://github.com/OCA/helpdesk>, `helpdesk_mgmt`).
pub(super) static OCA: Schema = Schema {
    tag: OCA_TAG,
    stage: OCA_STAGE,
    team: OCA_TEAM,
    channel: Some(OCA_CHANNEL),
    reference: "number",
    closed: "closed",
    template: "mail_template_id",
    models: &[
        OCA_TICKETS,
        OCA_STAGES,
        named(OCA_TAG, "Helpdesk Ticket Tag"),
        named(OCA_TEAM, "Helpdesk Ticket Team"),
        named(OCA_CHANNEL, "Helpdesk Ticket Channel"),
        PARTNERS,
        USERS,
        MESSAGES,
        TEMPLATES,
        ATTACHMENTS,
        KINDS,
        FIELDS,
    ],
};

/// Odoo Enterprise's Helpdesk
/// (<https://www.odoo.com/documentation/19.0/applications/services/helpdesk.html>).
pub(super) static ENTERPRISE: Schema = Schema {
    tag: ENTERPRISE_TAG,
    stage: ENTERPRISE_STAGE,
    team: ENTERPRISE_TEAM,
    channel: None,
    reference: "ticket_ref",
    closed: "fold",
    template: "template_id",
    models: &[
        ENTERPRISE_TICKETS,
        ENTERPRISE_STAGES,
        named(ENTERPRISE_TAG, "Helpdesk Tags"),
        named(ENTERPRISE_TEAM, "Helpdesk Team"),
        PARTNERS,
        USERS,
        MESSAGES,
        TEMPLATES,
        ATTACHMENTS,
        KINDS,
        FIELDS,
    ],
};

/// A database without a helpdesk. Its names are those of no model.
pub(super) static MISSING: Schema = Schema {
    tag: OCA_TAG,
    stage: OCA_STAGE,
    team: OCA_TEAM,
    channel: None,
    reference: "number",
    closed: "closed",
    template: "mail_template_id",
    models: &[
        PARTNERS,
        USERS,
        MESSAGES,
        TEMPLATES,
        ATTACHMENTS,
        KINDS,
        FIELDS,
    ],
};

const OCA_TAG: &str = "helpdesk.ticket.tag";
const OCA_STAGE: &str = "helpdesk.ticket.stage";
const OCA_TEAM: &str = "helpdesk.ticket.team";
const OCA_CHANNEL: &str = "helpdesk.ticket.channel";
const ENTERPRISE_TAG: &str = "helpdesk.tag";
const ENTERPRISE_STAGE: &str = "helpdesk.stage";
const ENTERPRISE_TEAM: &str = "helpdesk.team";
const PRIORITIES: super::Kind = Selection(&["0", "1", "2", "3"]);

const NAMED: &[Field] = &[NAME, ACTIVE];

/// A model whose records have little more than a name.
const fn named(name: &'static str, label: &'static str) -> Model {
    Model {
        name,
        label,
        fields: NAMED,
    }
}

const OCA_TICKETS: Model = Model {
    name: TICKET,
    label: "Helpdesk Ticket",
    fields: &[
        computed("number", "Ticket number", Char),
        required("name", "Title", Char),
        required("description", "Description", Html),
        field("team_id", "Team", Many2one(OCA_TEAM)),
        field("stage_id", "Stage", Many2one(OCA_STAGE)),
        computed("closed", "Closed", Boolean),
        field("channel_id", "Channel", Many2one(OCA_CHANNEL)),
        field("user_id", "Assigned user", Many2one(USER)),
        field("partner_id", "Contact", Many2one(PARTNER)),
        field("partner_name", "Partner Name", Char),
        field("partner_email", "Partner Email", Char),
        field("priority", "Priority", PRIORITIES),
        field("tag_ids", "Tags", Many2many(OCA_TAG)),
        computed("message_ids", "Messages", One2many(MESSAGE)),
        MADE,
        CHANGED,
        ACTIVE,
    ],
};

const OCA_STAGES: Model = Model {
    name: OCA_STAGE,
    label: "Helpdesk Ticket Stage",
    fields: &[
        NAME,
        field("closed", "Closed", Boolean),
        field("sequence", "Sequence", Integer),
        field("mail_template_id", "Email Template", Many2one(TEMPLATE)),
        field("team_ids", "Helpdesk Teams", Many2many(OCA_TEAM)),
        ACTIVE,
    ],
};

const ENTERPRISE_TICKETS: Model = Model {
    name: TICKET,
    label: "Helpdesk Ticket",
    fields: &[
        computed("ticket_ref", "Ticket IDs Sequence", Char),
        required("name", "Subject", Char),
        field("description", "Description", Html),
        field("team_id", "Helpdesk Team", Many2one(ENTERPRISE_TEAM)),
        field("stage_id", "Stage", Many2one(ENTERPRISE_STAGE)),
        field("user_id", "Assigned to", Many2one(USER)),
        field("partner_id", "Customer", Many2one(PARTNER)),
        field("partner_name", "Customer Name", Char),
        field("partner_email", "Customer Email", Char),
        field("priority", "Priority", PRIORITIES),
        field("tag_ids", "Tags", Many2many(ENTERPRISE_TAG)),
        computed("message_ids", "Messages", One2many(MESSAGE)),
        MADE,
        CHANGED,
        ACTIVE,
    ],
};

const ENTERPRISE_STAGES: Model = Model {
    name: ENTERPRISE_STAGE,
    label: "Helpdesk Stage",
    fields: &[
        NAME,
        field("fold", "Folded in Kanban", Boolean),
        field("sequence", "Sequence", Integer),
        field("template_id", "Email Template", Many2one(TEMPLATE)),
        field("team_ids", "Helpdesk Teams", Many2many(ENTERPRISE_TEAM)),
        ACTIVE,
    ],
};

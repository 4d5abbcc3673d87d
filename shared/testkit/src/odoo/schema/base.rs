//! The models that every Odoo has.

use super::Kind::{Binary, Boolean, Char, Html, Integer, Many2many, Many2one};
use super::{ACTIVE, CHANGED, MADE, Model, NAME, computed, field, required};

/// Contacts.
pub const PARTNER: &str = "res.partner";
/// Users.
pub const USER: &str = "res.users";
/// Notes and messages on records.
pub const MESSAGE: &str = "mail.message";
/// Texts of mails that Odoo sends by itself.
pub const TEMPLATE: &str = "mail.template";
/// Files.
pub const ATTACHMENT: &str = "ir.attachment";
/// The models themselves.
pub const MODEL: &str = "ir.model";
/// Their fields.
pub const FIELD: &str = "ir.model.fields";

pub(super) const PARTNERS: Model = Model {
    name: PARTNER,
    label: "Contact",
    fields: &[
        NAME,
        field("email", "Email", Char),
        computed("email_normalized", "Normalized Email", Char),
        field("is_company", "Is a Company", Boolean),
        field("parent_id", "Related Company", Many2one(PARTNER)),
        computed(
            "commercial_partner_id",
            "Commercial Entity",
            Many2one(PARTNER),
        ),
        ACTIVE,
    ],
};

pub(super) const USERS: Model = Model {
    name: USER,
    label: "User",
    fields: &[NAME, field("login", "Login", Char), ACTIVE],
};

pub(super) const MESSAGES: Model = Model {
    name: MESSAGE,
    label: "Message",
    fields: &[
        field("model", "Related Document Model", Char),
        field("res_id", "Related Document ID", Integer),
        field("message_id", "Message-Id", Char),
        field("body", "Contents", Html),
        field("is_internal", "Employee Only", Boolean),
        field("attachment_ids", "Attachments", Many2many(ATTACHMENT)),
        MADE,
        CHANGED,
    ],
};

pub(super) const TEMPLATES: Model = Model {
    name: TEMPLATE,
    label: "Email Templates",
    fields: &[NAME],
};

pub(super) const ATTACHMENTS: Model = Model {
    name: ATTACHMENT,
    label: "Attachment",
    fields: &[
        NAME,
        field("datas", "File Content (base64)", Binary),
        field("mimetype", "Mime Type", Char),
        field("res_model", "Resource Model", Char),
        field("res_id", "Resource ID", Integer),
        MADE,
        CHANGED,
    ],
};

pub(super) const KINDS: Model = Model {
    name: MODEL,
    label: "Models",
    fields: &[required("model", "Model", Char), NAME],
};

pub(super) const FIELDS: Model = Model {
    name: FIELD,
    label: "Fields",
    fields: &[
        NAME,
        field("field_description", "Field Label", Char),
        required("ttype", "Field Type", Char),
        required("model_id", "Model", Many2one(MODEL)),
        computed("model", "Model Name", Char),
        field("state", "Type", Char),
        field("index", "Indexed", Boolean),
    ],
};

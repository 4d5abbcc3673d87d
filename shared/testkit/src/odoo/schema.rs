//! The models and fields of Odoo that the helpdesk touches, as the community app `helpdesk_mgmt`
//! lays them out. Another edition is another table here.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Char,
    /// Markup.
    Html,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// A number with decimals.
    Float,
    /// Octets, as base64.
    Binary,
    /// One of a few keys.
    Selection(&'static [&'static str]),
    /// The id of a record of this model.
    Many2one(&'static str),
    /// Ids of records of this model.
    Many2many(&'static str),
    /// Ids of records of this model that point back here.
    One2many(&'static str),
}

impl Kind {
    /// Odoo's name for it, as `fields_get` shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Char => "char",
            Self::Html => "html",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Binary => "binary",
            Self::Selection(_) => "selection",
            Self::Many2one(_) => "many2one",
            Self::Many2many(_) => "many2many",
            Self::One2many(_) => "one2many",
        }
    }

    /// The model that a relation leads to.
    pub fn leads_to(self) -> Option<&'static str> {
        match self {
            Self::Many2one(model) | Self::Many2many(model) | Self::One2many(model) => Some(model),
            _ => None,
        }
    }
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its technical name.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a record cannot be without it.
    pub required: bool,
    /// Whether callers may set it.
    pub settable: bool,
}

/// One model.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// Its technical name.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Its fields, without `id`.
    pub fields: &'static [Field],
}

impl Model {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Tickets.
pub const TICKET: &str = "helpdesk.ticket";
/// Tags of tickets.
pub const TAG: &str = "helpdesk.ticket.tag";
/// Stages of tickets.
pub const STAGE: &str = "helpdesk.ticket.stage";
/// Channels that tickets come by. The community app alone has them.
pub const CHANNEL: &str = "helpdesk.ticket.channel";
/// Teams.
pub const TEAM: &str = "helpdesk.ticket.team";
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

/// The fields of tickets that an administrator can add, by name.
pub const MANUAL: [&str; 3] = [
    "x_helpdesk_intent",
    "x_helpdesk_mail",
    "x_helpdesk_confidence",
];

const fn field(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name,
        label,
        kind,
        required: false,
        settable: true,
    }
}

const fn required(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name,
        label,
        kind,
        required: true,
        settable: true,
    }
}

const fn computed(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name,
        label,
        kind,
        required: false,
        settable: false,
    }
}

const ACTIVE: Field = field("active", "Active", Kind::Boolean);
const NAME: Field = required("name", "Name", Kind::Char);

/// Every model, by name.
pub const MODELS: [Model; 12] = [
    Model {
        name: TICKET,
        label: "Helpdesk Ticket",
        fields: &[
            computed("number", "Ticket number", Kind::Char),
            required("name", "Title", Kind::Char),
            required("description", "Description", Kind::Html),
            field("team_id", "Team", Kind::Many2one(TEAM)),
            field("stage_id", "Stage", Kind::Many2one(STAGE)),
            field("channel_id", "Channel", Kind::Many2one(CHANNEL)),
            computed("closed", "Closed", Kind::Boolean),
            field("user_id", "Assigned user", Kind::Many2one(USER)),
            field("partner_id", "Contact", Kind::Many2one(PARTNER)),
            field("partner_name", "Partner Name", Kind::Char),
            field("partner_email", "Email", Kind::Char),
            field(
                "priority",
                "Priority",
                Kind::Selection(&["0", "1", "2", "3"]),
            ),
            field("tag_ids", "Tags", Kind::Many2many(TAG)),
            computed("message_ids", "Messages", Kind::One2many(MESSAGE)),
            ACTIVE,
        ],
    },
    Model {
        name: TAG,
        label: "Helpdesk Ticket Tag",
        fields: &[NAME, ACTIVE],
    },
    Model {
        name: STAGE,
        label: "Helpdesk Ticket Stage",
        fields: &[
            NAME,
            field("closed", "Closed", Kind::Boolean),
            field("sequence", "Sequence", Kind::Integer),
            field(
                "mail_template_id",
                "Email Template",
                Kind::Many2one(TEMPLATE),
            ),
            field("team_ids", "Teams", Kind::Many2many(TEAM)),
            ACTIVE,
        ],
    },
    Model {
        name: CHANNEL,
        label: "Helpdesk Ticket Channel",
        fields: &[NAME, ACTIVE],
    },
    Model {
        name: TEAM,
        label: "Helpdesk Ticket Team",
        fields: &[NAME, ACTIVE],
    },
    Model {
        name: PARTNER,
        label: "Contact",
        fields: &[
            NAME,
            field("email", "Email", Kind::Char),
            computed("email_normalized", "Normalized Email", Kind::Char),
            field("is_company", "Is a Company", Kind::Boolean),
            field("parent_id", "Related Company", Kind::Many2one(PARTNER)),
            computed(
                "commercial_partner_id",
                "Commercial Entity",
                Kind::Many2one(PARTNER),
            ),
            ACTIVE,
        ],
    },
    Model {
        name: USER,
        label: "User",
        fields: &[NAME, field("login", "Login", Kind::Char), ACTIVE],
    },
    Model {
        name: MESSAGE,
        label: "Message",
        fields: &[
            field("model", "Related Document Model", Kind::Char),
            field("res_id", "Related Document ID", Kind::Integer),
            field("message_id", "Message-Id", Kind::Char),
            field("body", "Contents", Kind::Html),
            field("is_internal", "Employee Only", Kind::Boolean),
            field("attachment_ids", "Attachments", Kind::Many2many(ATTACHMENT)),
        ],
    },
    Model {
        name: TEMPLATE,
        label: "Email Template",
        fields: &[NAME],
    },
    Model {
        name: ATTACHMENT,
        label: "Attachment",
        fields: &[
            NAME,
            field("datas", "File Content", Kind::Binary),
            field("mimetype", "Mime Type", Kind::Char),
            field("res_model", "Resource Model", Kind::Char),
            field("res_id", "Resource ID", Kind::Integer),
        ],
    },
    Model {
        name: MODEL,
        label: "Models",
        fields: &[required("model", "Model", Kind::Char), NAME],
    },
    Model {
        name: FIELD,
        label: "Fields",
        fields: &[
            NAME,
            field("field_description", "Field Label", Kind::Char),
            required("ttype", "Field Type", Kind::Char),
            required("model_id", "Model", Kind::Many2one(MODEL)),
            field("state", "Type", Kind::Char),
            field("index", "Indexed", Kind::Boolean),
        ],
    },
];

/// The model of this name.
pub fn model(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name == name)
}

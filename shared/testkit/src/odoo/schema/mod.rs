//! The models and fields of Odoo that the helpdesk touches, one table for each helpdesk app.

mod apps;
mod base;

use std::borrow::Cow;

pub use self::base::{ATTACHMENT, FIELD, MESSAGE, MODEL, PARTNER, TEMPLATE, USER};

/// Tickets. Both apps call them the same.
pub const TICKET: &str = "helpdesk.ticket";

/// Which helpdesk app is installed. Both keep the same things, mostly under other names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum App {
    /// The community app `helpdesk_mgmt`.
    #[default]
    Oca,
    /// Odoo Enterprise's Helpdesk.
    Enterprise,
    /// None: this database has no tickets at all.
    Missing,
}

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
    /// A time.
    Datetime,
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
            Self::Datetime => "datetime",
            Self::Binary => "binary",
            Self::Selection(_) => "selection",
            Self::Many2one(_) => "many2one",
            Self::Many2many(_) => "many2many",
            Self::One2many(_) => "one2many",
        }
    }

    /// What a field that was added by hand holds, by Odoo's name.
    pub fn of_manual(name: &str) -> Option<Self> {
        let all = [
            Self::Char,
            Self::Html,
            Self::Boolean,
            Self::Integer,
            Self::Float,
        ];
        all.into_iter().find(|kind| kind.name() == name)
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
#[derive(Debug, Clone)]
pub struct Field {
    /// Its technical name.
    pub name: Cow<'static, str>,
    /// Its name for people.
    pub label: Cow<'static, str>,
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

/// The models of one app, and its names for what the other app calls otherwise.
#[derive(Debug)]
pub struct Schema {
    /// The model of tags.
    pub tag: &'static str,
    /// The model of stages.
    pub stage: &'static str,
    /// The model of teams.
    pub team: &'static str,
    /// The model of the channels that tickets come by, where the app has channels.
    pub channel: Option<&'static str>,
    /// The field of a ticket with what people call it by.
    pub reference: &'static str,
    /// The field of a stage that tells whether its tickets are closed.
    pub closed: &'static str,
    /// The field of a stage with the mail that goes to the customer of a ticket coming into it.
    pub template: &'static str,
    /// Every model.
    pub models: &'static [Model],
}

impl Schema {
    /// The table of this app.
    pub fn of(app: App) -> &'static Self {
        match app {
            App::Oca => &apps::OCA,
            App::Enterprise => &apps::ENTERPRISE,
            App::Missing => &apps::MISSING,
        }
    }

    /// The model of this name.
    pub fn model(&self, name: &str) -> Option<&'static Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

const fn field(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name: Cow::Borrowed(name),
        label: Cow::Borrowed(label),
        kind,
        required: false,
        settable: true,
    }
}

const fn required(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name: Cow::Borrowed(name),
        label: Cow::Borrowed(label),
        kind,
        required: true,
        settable: true,
    }
}

const fn computed(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name: Cow::Borrowed(name),
        label: Cow::Borrowed(label),
        kind,
        required: false,
        settable: false,
    }
}

const NAME: Field = required("name", "Name", Kind::Char);
const MADE: Field = computed("create_date", "Created on", Kind::Datetime);
const CHANGED: Field = computed("write_date", "Last Updated on", Kind::Datetime);
const ACTIVE: Field = field("active", "Active", Kind::Boolean);

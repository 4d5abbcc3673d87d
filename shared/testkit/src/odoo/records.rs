//! The database: records of every model, and how they are found and read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::error::OdooError;
use super::schema::{App, FIELD, Field, Kind, MESSAGE, MODEL, Model, PARTNER, Schema, TICKET};
use super::search;

/// One record, without its id.
pub type Row = Map<String, Value>;

/// The user that API calls act for.
pub const API_USER: i64 = 2;
/// That user's contact.
pub const API_PARTNER: i64 = 3;

#[derive(Default)]
pub(super) struct Table {
    pub(super) next_id: i64,
    pub(super) rows: BTreeMap<i64, Row>,
}

/// A name from outside for a record (`ir.model.data`).
pub(super) struct ExternalId {
    pub model: &'static str,
    pub id: i64,
    /// Whether a load in update mode leaves the record as it is.
    pub noupdate: bool,
    /// When it was made, in loads.
    pub since: u64,
}

/// Who works on the records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Caller {
    /// Somebody in front of the screen, who may do everything.
    #[default]
    Person,
    /// The API user.
    Api {
        /// Whether the call asks Odoo to track nothing (`tracking_disable`), and so to send nothing.
        untracked: bool,
    },
}

/// All records.
pub struct Records {
    pub(super) app: App,
    pub(super) schema: &'static Schema,
    pub(super) tables: BTreeMap<&'static str, Table>,
    pub(super) external_ids: BTreeMap<String, ExternalId>,
    /// Tickets with the contacts that follow them.
    pub(super) followers: BTreeSet<(i64, i64)>,
    pub(super) mails_sent: usize,
    pub(super) races_to_lose: u32,
    pub(super) loads: u64,
    /// The fields that were added by hand: model, name, and what they hold.
    pub(super) manual: BTreeMap<(&'static str, String), Kind>,
    /// The rights that the API user lacks: model and operation.
    pub(super) lacking: BTreeSet<(String, String)>,
    pub(super) caller: Caller,
    pub(super) last_number: u32,
    /// When records were made and last changed. What was always there has no times.
    pub(super) times: BTreeMap<(&'static str, i64), Times>,
}

/// When a record was made, and when it was last changed.
pub(super) struct Times {
    pub made: OffsetDateTime,
    pub changed: OffsetDateTime,
}

impl Records {
    /// The rows of a model. A model that is not installed has none.
    pub(super) fn rows(&self, model: &str) -> &BTreeMap<i64, Row> {
        const NONE: &BTreeMap<i64, Row> = &BTreeMap::new();
        self.tables.get(model).map_or(NONE, |table| &table.rows)
    }

    pub(super) fn has(&self, model: &str, id: i64) -> bool {
        self.rows(model).contains_key(&id)
    }

    pub(super) fn ids(&self, model: &str) -> Vec<i64> {
        self.rows(model).keys().copied().collect()
    }

    /// The model of this name, where it is installed.
    pub fn model(&self, name: &str) -> Result<&'static Model, OdooError> {
        let model = self.schema.model(name);
        model.ok_or_else(|| OdooError::no_model(name))
    }

    /// Whether the caller may do this with records of a model: `read`, `create`, `write`, `unlink`.
    pub(super) fn permit(&self, model: &Model, operation: &str) -> Result<(), OdooError> {
        let right = (model.name.to_owned(), operation.to_owned());
        if self.caller == Caller::Person || !self.lacking.contains(&right) {
            return Ok(());
        }
        Err(OdooError::no_right(model, operation))
    }

    /// The value of a field as a domain sees it. An empty field is `false`.
    pub fn value(&self, model: &'static str, id: i64, name: &str) -> Result<Value, OdooError> {
        let row = self.rows(model).get(&id);
        let row = row.ok_or_else(|| OdooError::missing(model, id))?;
        if name == "id" {
            return Ok(id.into());
        }
        if let "create_date" | "write_date" = name {
            return Ok(self.time(model, id, name));
        }
        let field = self.field(self.model(model)?, name);
        let field = field.ok_or_else(|| OdooError::no_field(name, model))?;
        let related = |name: &str| row.get(name).and_then(Value::as_i64);
        Ok(match (model, name) {
            (PARTNER, "commercial_partner_id") => self.commercial(id, row).into(),
            (PARTNER, "email_normalized") => row
                .get("email")
                .and_then(Value::as_str)
                .map_or(false.into(), |email| normal(email).into()),
            (TICKET, "closed") => self.is_closed(row).into(),
            (TICKET, "message_ids") => self.messages_of(id).into(),
            (FIELD, "model") => match related("model_id") {
                Some(of) => self.value(MODEL, of, "model")?,
                None => false.into(),
            },
            _ => row.get(name).cloned().unwrap_or_else(|| empty(&field)),
        })
    }

    fn time(&self, model: &'static str, id: i64, name: &str) -> Value {
        self.times
            .get(&(model, id))
            .map_or(false.into(), |times| match name {
                "create_date" => written(times.made).into(),
                _ => written(times.changed).into(),
            })
    }

    /// Whether a ticket is in a closed stage.
    pub(super) fn is_closed(&self, ticket: &Row) -> bool {
        let stage = ticket.get("stage_id").and_then(Value::as_i64);
        let stage = stage.and_then(|stage| self.rows(self.schema.stage).get(&stage));
        stage.is_some_and(|stage| stage.get(self.schema.closed) == Some(&true.into()))
    }

    pub(super) fn messages_of(&self, ticket: i64) -> Vec<i64> {
        let home = (Value::from(TICKET), Value::from(ticket));
        let belongs =
            |row: &Row| row.get("model") == Some(&home.0) && row.get("res_id") == Some(&home.1);
        let messages = self.rows(MESSAGE).iter();
        messages
            .filter(|(_, row)| belongs(row))
            .map(|(id, _)| *id)
            .collect()
    }

    /// The ids that meet a domain, oldest first. Archived records only where they are asked for.
    pub fn search(
        &self,
        model: &'static str,
        domain: &[Value],
        with_archived: bool,
    ) -> Result<Vec<i64>, OdooError> {
        self.permit(self.model(model)?, "read")?;
        let with_archived = with_archived || search::mentions(domain, "active");
        let mut found = vec![];
        for (id, row) in self.rows(model) {
            let hidden = !with_archived && row.get("active") == Some(&false.into());
            if search::meets(self, model, *id, domain)? && !hidden {
                found.push(*id);
            }
        }
        Ok(found)
    }

    /// Records with the named fields, and always their id. Ids of missing records are passed over.
    /// Without a name, every field.
    pub fn read(
        &self,
        model: &'static str,
        ids: &[i64],
        fields: &[String],
    ) -> Result<Vec<Row>, OdooError> {
        let of = self.model(model)?;
        self.permit(of, "read")?;
        let fields = if fields.is_empty() {
            let every = self.fields(of).into_iter();
            every.map(|field| field.name.into_owned()).collect()
        } else {
            fields.to_vec()
        };
        let present = ids.iter().filter(|id| self.has(model, **id));
        present
            .map(|id| {
                let mut row = Row::from_iter([("id".to_owned(), Value::from(*id))]);
                for name in &fields {
                    row.insert(name.clone(), self.shown(of, *id, name)?);
                }
                Ok(row)
            })
            .collect()
    }

    /// The value of a field as it is read: an empty number is zero.
    fn shown(&self, model: &Model, id: i64, name: &str) -> Result<Value, OdooError> {
        let value = self.value(model.name, id, name)?;
        let kind = self.field(model, name).map(|field| field.kind);
        Ok(match kind {
            Some(Kind::Integer) if value == false => 0.into(),
            Some(Kind::Float) if value == false => 0.0.into(),
            _ => value,
        })
    }
}

/// A time as Odoo writes it, in UTC.
pub(super) fn written(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let utc = time.to_offset(time::UtcOffset::UTC);
    utc.format(format).unwrap_or_default()
}

fn empty(field: &Field) -> Value {
    match field.kind {
        Kind::Many2many(_) | Kind::One2many(_) => json!([]),
        _ => false.into(),
    }
}

/// An address as Odoo compares it: what stands between angle brackets, in lower case.
pub(super) fn normal(email: &str) -> String {
    let inner = email.rsplit_once('<').map_or(email, |(_, rest)| rest);
    inner
        .split('>')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase()
}

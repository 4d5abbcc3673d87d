//! The database: records of every model, and what Odoo's object layer does with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::error::OdooError;
use super::schema::{
    self, FIELD, Field, Kind, MESSAGE, MODEL, Model, PARTNER, STAGE, TEAM, TEMPLATE, TICKET, USER,
};
use super::search;

/// One record, without its id.
pub type Row = Map<String, Value>;

/// The user that API calls act for.
pub const API_USER: i64 = 2;
/// That user's contact.
pub const API_PARTNER: i64 = 3;

pub(super) struct Table {
    next_id: i64,
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

/// All records.
pub struct Records {
    pub(super) tables: BTreeMap<&'static str, Table>,
    pub(super) external_ids: BTreeMap<String, ExternalId>,
    pub(super) followers: BTreeSet<(i64, i64)>,
    pub(super) mails_sent: usize,
    pub(super) races_to_lose: u32,
    pub(super) loads: u64,
    /// The fields of tickets that were added by hand.
    pub(super) manual: BTreeMap<&'static str, Kind>,
    /// Whether the present call asks Odoo to track nothing, and so to send nothing.
    pub quiet: bool,
    /// Whether a ticket's customer follows it from its beginning on.
    pub(super) customers_follow: bool,
    /// What stands before the digits of a ticket's number.
    pub(super) prefix: &'static str,
    last_number: u32,
}

impl Default for Records {
    fn default() -> Self {
        // Demo data and deleted records make ids start anywhere. Tickets start off their numbers.
        let mut tables: BTreeMap<_, _> = schema::MODELS
            .iter()
            .map(|model| {
                (
                    model.name,
                    Table {
                        next_id: 1,
                        rows: BTreeMap::new(),
                    },
                )
            })
            .collect();
        for (model, next_id) in [(TICKET, 41), (PARTNER, 8), (MESSAGE, 501), (USER, 9)] {
            if let Some(table) = tables.get_mut(model) {
                table.next_id = next_id;
            }
        }
        let mut records = Self {
            tables,
            external_ids: BTreeMap::new(),
            followers: BTreeSet::new(),
            mails_sent: 0,
            races_to_lose: 0,
            loads: 0,
            manual: BTreeMap::new(),
            quiet: false,
            customers_follow: false,
            prefix: "HT",
            last_number: 0,
        };
        let active = |row: Value| with_active(row);
        records.seed(TEAM, 1, active(json!({"name": "Support"})));
        // A new database thanks every customer for the ticket.
        let thanks = json!({"name": "We have received your request"});
        records.seed(TEMPLATE, 1, active(thanks));
        for (id, name, closed, template) in [
            (1, "New", false, json!(1)),
            (2, "In Progress", false, json!(false)),
            (3, "Done", true, json!(false)),
        ] {
            let stage = json!({"name": name, "closed": closed, "sequence": id,
                               "mail_template_id": template, "team_ids": []});
            records.seed(STAGE, id, active(stage));
        }
        for (id, model) in (1..).zip(&schema::MODELS) {
            let row = json!({"model": model.name, "name": model.label});
            records.seed(MODEL, id, active(row));
        }
        records.seed(
            USER,
            API_USER,
            active(json!({"name": "Mail desk", "login": "maildesk"})),
        );
        let contact = json!({"name": "Mail desk", "email": "maildesk@helpdesk.test"});
        records.seed(PARTNER, API_PARTNER, active(contact));
        records
    }
}

fn with_active(row: Value) -> Row {
    let mut row = match row {
        Value::Object(row) => row,
        _ => Row::new(),
    };
    row.insert("active".into(), true.into());
    row
}

impl Records {
    fn seed(&mut self, model: &'static str, id: i64, row: Row) {
        let table = self.table_mut(model);
        table.next_id = table.next_id.max(id + 1);
        table.rows.insert(id, row);
    }

    pub(super) fn table(&self, model: &'static str) -> &Table {
        &self.tables[model]
    }

    fn table_mut(&mut self, model: &'static str) -> &mut Table {
        self.tables.entry(model).or_insert_with(|| Table {
            next_id: 1,
            rows: BTreeMap::new(),
        })
    }

    pub(super) fn has(&self, model: &'static str, id: i64) -> bool {
        self.table(model).rows.contains_key(&id)
    }

    pub(super) fn ids(&self, model: &'static str) -> Vec<i64> {
        self.table(model).rows.keys().copied().collect()
    }

    /// The value of a field as a domain sees it. An empty field is `false`.
    pub fn value(&self, model: &'static str, id: i64, name: &str) -> Result<Value, OdooError> {
        let row = self
            .table(model)
            .rows
            .get(&id)
            .ok_or_else(|| OdooError::missing(model, id))?;
        if name == "id" {
            return Ok(id.into());
        }
        let known = schema::model(model).and_then(|model| self.field(model, name));
        let field = known.ok_or_else(|| OdooError::no_field(name, model))?;
        Ok(match (model, name) {
            (PARTNER, "commercial_partner_id") => self.commercial(id, row).into(),
            (TICKET, "closed") => match row.get("stage_id").and_then(Value::as_i64) {
                Some(stage) => self.value(STAGE, stage, "closed")?,
                None => false.into(),
            },
            (TICKET, "message_ids") => self.messages_of(id).into(),
            (PARTNER, "email_normalized") => row
                .get("email")
                .and_then(Value::as_str)
                .map_or(false.into(), |email| normal(email).into()),
            _ => row.get(name).cloned().unwrap_or_else(|| empty(&field)),
        })
    }

    pub(super) fn messages_of(&self, ticket: i64) -> Vec<i64> {
        let belongs = |row: &Row| row["model"] == TICKET && row["res_id"] == ticket;
        let rows = &self.table(MESSAGE).rows;
        rows.iter()
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
        let with_archived = with_archived || search::mentions(domain, "active");
        let mut found = vec![];
        for (id, row) in &self.table(model).rows {
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
        let every = || {
            let model = schema::model(model).into_iter();
            model
                .flat_map(|model| model.fields)
                .map(|field| field.name.to_owned())
                .collect()
        };
        let fields = if fields.is_empty() {
            every()
        } else {
            fields.to_vec()
        };
        let present = ids.iter().filter(|id| self.has(model, **id));
        present
            .map(|id| {
                let mut row = Row::from_iter([("id".to_owned(), Value::from(*id))]);
                for name in &fields {
                    row.insert(name.clone(), self.value(model, *id, name)?);
                }
                Ok(row)
            })
            .collect()
    }

    /// Makes a record. A failed attempt to make a ticket uses up its number all the same.
    pub fn create(&mut self, model: &'static str, vals: &Row) -> Result<i64, OdooError> {
        let Some(schema) = schema::model(model) else {
            return Err(OdooError::not_found(format!(
                "the model '{model}' does not exist"
            )));
        };
        let mut row = with_active(Value::Null);
        if model == TICKET {
            self.last_number += 1;
            let number = format!("{}{:05}", self.prefix, self.last_number);
            row.insert("number".into(), number.into());
            row.insert("stage_id".into(), 1.into());
            row.insert("priority".into(), "1".into());
            // The app gives a ticket to whoever makes it, unless told otherwise.
            row.insert("user_id".into(), API_USER.into());
        }
        self.set(schema, &mut row, vals)?;
        let lacks = |field: &&Field| field.required && is_empty(row.get(field.name));
        if let Some(field) = schema.fields.iter().find(lacks) {
            return Err(OdooError::required(schema, field));
        }
        if model == FIELD {
            let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
            self.add_manual(text("name"), text("ttype"))?;
        }
        if model == TICKET {
            self.tell_customer_of_stage(&row);
        }
        let customer = row.get("partner_id").and_then(Value::as_i64);
        let table = self.table_mut(model);
        let id = table.next_id;
        table.next_id += 1;
        table.rows.insert(id, row);
        if let Some(customer) = customer.filter(|_| model == TICKET && self.customers_follow) {
            self.followers.insert((id, customer));
        }
        Ok(id)
    }

    /// A stage with a template mails the customer whenever a ticket comes into it, unless the call
    /// asks for no tracking.
    fn tell_customer_of_stage(&mut self, ticket: &Row) {
        let stage = ticket.get("stage_id").and_then(Value::as_i64);
        let template = stage.and_then(|stage| self.value(STAGE, stage, "mail_template_id").ok());
        if !self.quiet && template.is_some_and(|template| template.is_i64()) {
            self.mails_sent += 1;
        }
    }

    /// Changes records, all or none.
    pub fn write(&mut self, model: &'static str, ids: &[i64], vals: &Row) -> Result<(), OdooError> {
        let Some(schema) = schema::model(model) else {
            return Err(OdooError::not_found(format!(
                "the model '{model}' does not exist"
            )));
        };
        let mut changed = vec![];
        for id in ids {
            let row = self.table(model).rows.get(id);
            let mut row = row.cloned().ok_or_else(|| OdooError::missing(model, *id))?;
            self.set(schema, &mut row, vals)?;
            changed.push((*id, row));
        }
        for (_, row) in changed
            .iter()
            .filter(|_| model == TICKET && vals.contains_key("stage_id"))
        {
            self.tell_customer_of_stage(row);
        }
        self.table_mut(model).rows.extend(changed);
        Ok(())
    }

    /// Removes records, their messages and their external ids.
    pub fn unlink(&mut self, model: &'static str, ids: &[i64]) {
        for id in ids {
            if model == TICKET {
                let messages = self.messages_of(*id);
                self.unlink(MESSAGE, &messages);
            }
            self.table_mut(model).rows.remove(id);
            self.external_ids
                .retain(|_, named| (named.model, named.id) != (model, *id));
        }
    }

    fn set(&self, schema: &Model, row: &mut Row, vals: &Row) -> Result<(), OdooError> {
        for (name, value) in vals {
            let field = self.field(schema, name).filter(|field| field.settable);
            let field = field.ok_or_else(|| OdooError::no_field(name, schema.name))?;
            let value = self.accepted(schema, &field, row.get(name.as_str()), value)?;
            row.insert(name.clone(), value);
        }
        Ok(())
    }

    fn accepted(
        &self,
        schema: &Model,
        field: &Field,
        old: Option<&Value>,
        new: &Value,
    ) -> Result<Value, OdooError> {
        let wrong = || {
            OdooError::value(format!(
                "Wrong value for {}.{}: {new}",
                schema.name, field.name
            ))
        };
        let there = |model: &'static str, id: i64| {
            if self.has(model, id) {
                Ok(())
            } else {
                Err(OdooError::missing(model, id))
            }
        };
        match field.kind {
            Kind::Selection(keys) => match new.as_str() {
                Some(key) if keys.contains(&key) => Ok(new.clone()),
                None if new == false => Ok(new.clone()),
                _ => Err(wrong()),
            },
            Kind::Many2one(model) => {
                if let Some(id) = new.as_i64() {
                    there(model, id)?;
                }
                Ok(new.clone())
            }
            Kind::Many2many(model) => {
                let mut ids: BTreeSet<i64> = old
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_i64)
                    .collect();
                for command in new.as_array().ok_or_else(wrong)? {
                    command_on(&mut ids, command).ok_or_else(wrong)?;
                }
                ids.iter().try_for_each(|id| there(model, *id))?;
                Ok(ids.into_iter().collect())
            }
            _ if new.is_null() => Ok(false.into()),
            Kind::Float | Kind::Integer if new.is_string() => Err(wrong()),
            _ => Ok(new.clone()),
        }
    }
}

/// The commands of a many-to-many field: 3 unlinks, 4 links, 5 clears, 6 puts in place of all.
fn command_on(ids: &mut BTreeSet<i64>, command: &Value) -> Option<()> {
    let command = command.as_array()?;
    let one = || command.get(1)?.as_i64();
    match command.first()?.as_i64()? {
        3 => {
            ids.remove(&one()?);
        }
        4 => {
            ids.insert(one()?);
        }
        5 => ids.clear(),
        6 => {
            let all = command.get(2)?.as_array()?;
            *ids = all.iter().filter_map(Value::as_i64).collect();
        }
        _ => return None,
    }
    Some(())
}

fn empty(field: &Field) -> Value {
    match field.kind {
        Kind::Many2many(_) | Kind::One2many(_) => json!([]),
        _ => false.into(),
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| *value == false || value == "" || value.is_null())
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

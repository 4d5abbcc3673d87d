//! How records are made, changed and removed, and what the helpdesk apps do by themselves meanwhile.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::error::OdooError;
use super::fresh::AGENT;
use super::posting::row_of;
use super::records::{API_USER, Caller, Records, Row, Times};
use super::schema::{ATTACHMENT, App, FIELD, Field, MESSAGE, Model, TICKET};

impl Records {
    /// Makes a record. A failed attempt to make a ticket uses up its number all the same.
    pub fn create(&mut self, model: &'static str, vals: &Row) -> Result<i64, OdooError> {
        self.permit(self.model(model)?, "create")?;
        self.make(model, vals)
    }

    /// Makes a record, whatever the caller's rights are.
    pub(super) fn make(&mut self, model: &'static str, vals: &Row) -> Result<i64, OdooError> {
        let schema = self.model(model)?;
        let mut row = match model {
            TICKET => self.blank_ticket(vals),
            _ => Row::new(),
        };
        row.insert("active".to_owned(), true.into());
        self.set(schema, &mut row, vals)?;
        let lacks = |field: &&Field| field.required && is_empty(row.get(field.name.as_ref()));
        if let Some(field) = schema.fields.iter().find(lacks) {
            return Err(OdooError::required(schema, field));
        }
        if model == FIELD {
            self.add_manual(&row)?;
        }
        if model == TICKET {
            self.tell_customer_of_stage(&row);
        }
        let customer = row.get("partner_id").and_then(Value::as_i64);
        let table = self.tables.entry(model).or_default();
        let id = table.next_id;
        table.next_id += 1;
        table.rows.insert(id, row);
        let now = OffsetDateTime::now_utc();
        let times = Times {
            made: now,
            changed: now,
        };
        self.times.insert((model, id), times);
        if let Some(customer) = customer.filter(|_| model == TICKET && self.app == App::Enterprise)
        {
            // Whatever the context says.
            self.followers.insert((id, customer));
        }
        Ok(id)
    }

    /// What a ticket has before its values are set.
    fn blank_ticket(&mut self, vals: &Row) -> Row {
        self.last_number += 1;
        let digits = format!("{:05}", self.last_number);
        let row = match self.app {
            // The community app gives a ticket to whoever makes it, unless told otherwise.
            App::Oca => json!({"number": format!("HT{digits}"), "priority": "1",
                               "stage_id": 1, "user_id": API_USER}),
            // Enterprise gives a ticket to a member of its team, unless told otherwise.
            _ => json!({"ticket_ref": digits, "priority": "0", "stage_id": 1,
                        "user_id": vals.get("team_id").map(|_| AGENT)}),
        };
        row_of(&row)
    }

    /// A stage with a template mails the customer whenever a ticket comes into it, unless the call
    /// asks for no tracking.
    fn tell_customer_of_stage(&mut self, ticket: &Row) {
        let untracked = matches!(self.caller, Caller::Api { untracked: true });
        let reachable = ["partner_id", "partner_email"];
        let reachable = reachable.iter().any(|name| !is_empty(ticket.get(*name)));
        let stage = ticket.get("stage_id").and_then(Value::as_i64);
        let stage = stage.and_then(|stage| self.rows(self.schema.stage).get(&stage));
        let mails = stage.is_some_and(|stage| !is_empty(stage.get(self.schema.template)));
        if mails && reachable && !untracked {
            self.mails_sent += 1;
        }
    }

    /// Changes records, all or none.
    pub fn write(&mut self, model: &'static str, ids: &[i64], vals: &Row) -> Result<(), OdooError> {
        self.permit(self.model(model)?, "write")?;
        self.change(model, ids, vals)
    }

    /// Changes records, whatever the caller's rights are.
    pub(super) fn change(
        &mut self,
        model: &'static str,
        ids: &[i64],
        vals: &Row,
    ) -> Result<(), OdooError> {
        let schema = self.model(model)?;
        let mut changed = vec![];
        let mut moved = vec![];
        for id in ids {
            let old = self.rows(model).get(id);
            let old = old.ok_or_else(|| OdooError::missing(model, *id))?;
            let mut row = old.clone();
            self.set(schema, &mut row, vals)?;
            if model == TICKET && row.get("stage_id") != old.get("stage_id") {
                moved.push(row.clone());
            }
            changed.push((*id, row));
        }
        for row in moved {
            self.tell_customer_of_stage(&row);
        }
        for (id, _) in &changed {
            if let Some(times) = self.times.get_mut(&(model, *id)) {
                times.changed = OffsetDateTime::now_utc();
            }
        }
        self.tables.entry(model).or_default().rows.extend(changed);
        Ok(())
    }

    /// Removes records with their external ids, and tickets with their messages and files.
    pub fn unlink(&mut self, model: &'static str, ids: &[i64]) -> Result<(), OdooError> {
        self.permit(self.model(model)?, "unlink")?;
        for id in ids {
            if model == TICKET {
                for message in self.messages_of(*id) {
                    self.remove(MESSAGE, message);
                }
                for file in self.files_of(*id) {
                    self.remove(ATTACHMENT, file);
                }
            }
            self.remove(model, *id);
        }
        Ok(())
    }

    fn remove(&mut self, model: &'static str, id: i64) {
        self.tables.entry(model).or_default().rows.remove(&id);
        self.external_ids
            .retain(|_, named| (named.model, named.id) != (model, id));
    }

    /// The files that hang on a ticket, oldest first.
    pub(super) fn files_of(&self, ticket: i64) -> Vec<i64> {
        let home = (Value::from(TICKET), Value::from(ticket));
        let hangs =
            |row: &Row| row.get("res_model") == Some(&home.0) && row.get("res_id") == Some(&home.1);
        let files = self.rows(ATTACHMENT).iter();
        files
            .filter(|(_, row)| hangs(row))
            .map(|(id, _)| *id)
            .collect()
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
}

fn is_empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| *value == false || value == "" || value.is_null())
}

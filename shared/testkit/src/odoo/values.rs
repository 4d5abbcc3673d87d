//! What a field takes: Odoo converts what it can and raises a `ValueError` for the rest.

use std::collections::BTreeSet;

use serde_json::Value;

use super::error::OdooError;
use super::records::Records;
use super::schema::{Field, Kind, Model};

impl Records {
    /// The value as it is kept in place of `old`, or why it cannot be.
    pub(super) fn accepted(
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
        let is_false = new.is_null() || *new == false;
        match field.kind {
            Kind::Boolean => Ok(new.as_bool().unwrap_or(!is_false).into()),
            Kind::Many2many(model) => self.linked(model, old, new, wrong),
            _ if is_false => Ok(false.into()),
            Kind::Selection(keys) => match new.as_str() {
                Some(key) if keys.contains(&key) => Ok(new.clone()),
                _ => Err(wrong()),
            },
            Kind::Many2one(model) => {
                let id = new.as_i64().ok_or_else(wrong)?;
                self.exists(model, id).map(|()| id.into())
            }
            Kind::Integer => integer(new).ok_or_else(|| not_converted("int", new)),
            Kind::Float => float(new).ok_or_else(|| not_converted("float", new)),
            Kind::Char | Kind::Html | Kind::Binary | Kind::Datetime => match new {
                Value::String(_) => Ok(new.clone()),
                Value::Number(number) => Ok(number.to_string().into()),
                _ => Err(wrong()),
            },
            Kind::One2many(_) => Err(wrong()),
        }
    }

    fn exists(&self, model: &'static str, id: i64) -> Result<(), OdooError> {
        if self.has(model, id) {
            Ok(())
        } else {
            Err(OdooError::missing(model, id))
        }
    }

    fn linked(
        &self,
        model: &'static str,
        old: Option<&Value>,
        new: &Value,
        wrong: impl Fn() -> OdooError,
    ) -> Result<Value, OdooError> {
        let old = old.and_then(Value::as_array).into_iter().flatten();
        let mut ids: BTreeSet<i64> = old.filter_map(Value::as_i64).collect();
        for command in new.as_array().ok_or_else(&wrong)? {
            command_on(&mut ids, command).ok_or_else(&wrong)?;
        }
        ids.iter().try_for_each(|id| self.exists(model, *id))?;
        Ok(ids.into_iter().collect())
    }
}

fn not_converted(to: &str, value: &Value) -> OdooError {
    OdooError::value(format!("could not convert string to {to}: {value}"))
}

fn integer(value: &Value) -> Option<Value> {
    let text = || value.as_str()?.trim().parse().ok();
    let number: i64 = value.as_i64().or_else(text)?;
    Some(number.into())
}

fn float(value: &Value) -> Option<Value> {
    let text = || value.as_str()?.trim().parse().ok();
    let number: f64 = value.as_f64().or_else(text)?;
    Some(number.into())
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

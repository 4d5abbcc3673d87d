//! What can be asked of records beside their values: which fields there are, in which order records
//! stand, to which company contacts belong, and what there is altogether.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::OdooError;
use super::records::{Records, Row};
use super::schema::{Field, Kind, MODEL, Model, PARTNER};

impl Records {
    /// The field of this name, built in or added by hand.
    pub fn field(&self, model: &Model, name: &str) -> Option<Field> {
        let built_in = model.field(name).cloned();
        built_in.or_else(|| {
            let kind = self.manual.get(&(model.name, name.to_owned()))?;
            Some(by_hand(name, *kind))
        })
    }

    /// Every field of a model, built in or added by hand.
    pub fn fields(&self, model: &Model) -> Vec<Field> {
        let manual = self.manual.iter().filter(|((of, _), _)| *of == model.name);
        let manual = manual.map(|((_, name), kind)| by_hand(name, *kind));
        model.fields.iter().cloned().chain(manual).collect()
    }

    /// Adds a field to a model, as an administrator does. It can be used at once.
    pub(super) fn add_manual(&mut self, row: &Row) -> Result<(), OdooError> {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let (name, ttype) = (text("name"), text("ttype"));
        let of = row
            .get("model_id")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let of = self.value(MODEL, of, "model")?;
        let model = self.model(of.as_str().unwrap_or_default())?;
        let kind = Kind::of_manual(ttype).ok_or_else(|| {
            OdooError::value(format!("Wrong value for ir.model.fields.ttype: {ttype:?}"))
        })?;
        if !name.starts_with("x_") {
            let rule = "Custom fields must have a name that starts with 'x_'!";
            return Err(OdooError::invalid(rule));
        }
        if self.field(model, name).is_some() {
            let rule = "The operation cannot be completed: Field names must be unique per model.";
            return Err(OdooError::invalid(rule));
        }
        self.manual.insert((model.name, name.to_owned()), kind);
        Ok(())
    }

    /// Ids in an order such as `sequence, id desc`.
    pub fn ordered(
        &self,
        model: &'static str,
        mut ids: Vec<i64>,
        order: &str,
    ) -> Result<Vec<i64>, OdooError> {
        // The sort is stable, so that the earlier names of the order count more.
        for part in order.split(',').rev() {
            let mut words = part.split_whitespace();
            let name = words.next().unwrap_or_default();
            let falling = match words.next() {
                None | Some("asc" | "ASC") => false,
                Some("desc" | "DESC") => true,
                Some(_) => {
                    let message = format!("Invalid \"order\" specified ({order})");
                    return Err(OdooError::user(message));
                }
            };
            let mut keyed = vec![];
            for id in ids {
                let value = self.value(model, id, name)?;
                keyed.push((value.as_i64(), value.to_string(), id));
            }
            keyed.sort_by(|a, b| {
                let rising = (a.0, &a.1).cmp(&(b.0, &b.1));
                if falling { rising.reverse() } else { rising }
            });
            ids = keyed.into_iter().map(|(.., id)| id).collect();
        }
        Ok(ids)
    }

    /// The company that a contact belongs to; itself where it has none.
    pub(super) fn commercial(&self, id: i64, row: &Row) -> i64 {
        let parent = row.get("parent_id").and_then(Value::as_i64);
        let above = parent.and_then(|parent| Some((parent, self.rows(PARTNER).get(&parent)?)));
        match above {
            Some((parent, above)) if row.get("is_company") != Some(&true.into()) => {
                self.commercial(parent, above)
            }
            _ => id,
        }
    }

    /// Everything there is, in one order: two databases that hold the same look the same.
    pub fn dump(&self) -> String {
        let tables = self.tables.iter().map(|(name, table)| (*name, &table.rows));
        let names = self
            .external_ids
            .iter()
            .map(|(name, of)| (name, (of.model, of.id)));
        let all = json!({
            "records": tables.collect::<BTreeMap<_, _>>(),
            "names": names.collect::<BTreeMap<_, _>>(),
            "followers": self.followers,
            "mails": self.mails_sent,
        });
        format!("{all:#}")
    }
}

fn by_hand(name: &str, kind: Kind) -> Field {
    Field {
        name: Cow::Owned(name.to_owned()),
        label: Cow::Owned(name.to_owned()),
        kind,
        required: false,
        settable: true,
    }
}

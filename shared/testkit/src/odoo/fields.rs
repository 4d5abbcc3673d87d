//! What can be asked of records beside their values: which fields there are, in which order records
//! stand, to which company contacts belong, and what there is altogether.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::OdooError;
use super::records::{Records, Row};
use super::schema::{Field, Kind, MANUAL, Model, PARTNER, TICKET};

impl Records {
    /// The field of this name, built in or added by hand.
    pub fn field(&self, model: &Model, name: &str) -> Option<Field> {
        let manual = || {
            let (name, kind) = self.manual.get_key_value(name)?;
            Some(Field {
                name,
                label: name,
                kind: *kind,
                required: false,
                settable: true,
            })
        };
        let by_hand = (model.name == TICKET).then(manual).flatten();
        model.field(name).copied().or(by_hand)
    }

    /// Every field of a model, built in or added by hand.
    pub fn fields(&self, model: &Model) -> Vec<Field> {
        let built_in = model.fields.iter().map(|field| field.name);
        let manual = MANUAL.into_iter();
        built_in
            .chain(manual)
            .filter_map(|name| self.field(model, name))
            .collect()
    }

    /// Ids in the order of some fields, each ascending.
    pub fn ordered(
        &self,
        model: &'static str,
        mut ids: Vec<i64>,
        order: &str,
    ) -> Result<Vec<i64>, OdooError> {
        for name in order.split(',').rev().map(str::trim) {
            let mut keyed = vec![];
            for id in ids {
                let value = self.value(model, id, name)?;
                keyed.push((value.as_i64(), value.to_string(), id));
            }
            // Stable, so that the earlier names of the order count more.
            keyed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            ids = keyed.into_iter().map(|(.., id)| id).collect();
        }
        Ok(ids)
    }

    /// The company that a contact belongs to; itself where it has none.
    pub(super) fn commercial(&self, id: i64, row: &Row) -> i64 {
        let parent = row.get("parent_id").and_then(Value::as_i64);
        let above =
            parent.and_then(|parent| Some((parent, self.table(PARTNER).rows.get(&parent)?)));
        match above {
            Some((parent, above)) if row.get("is_company") != Some(&true.into()) => {
                self.commercial(parent, above)
            }
            _ => id,
        }
    }

    /// Adds a field to tickets, as an administrator does.
    pub(super) fn add_manual(&mut self, name: &str, ttype: &str) -> Result<(), OdooError> {
        let kind = match ttype {
            "char" => Kind::Char,
            "float" => Kind::Float,
            "integer" => Kind::Integer,
            _ => {
                return Err(OdooError::value(format!(
                    "Wrong value for ir.model.fields.ttype: {ttype}"
                )));
            }
        };
        let known = MANUAL.into_iter().find(|known| *known == name);
        let name = known.ok_or_else(|| {
            OdooError::invalid("Custom fields must have a name that starts with 'x_helpdesk_'!")
        })?;
        if self.manual.insert(name, kind).is_some() {
            return Err(OdooError::invalid("Field names must be unique per model."));
        }
        Ok(())
    }

    /// Everything there is, in one order: two databases that hold the same look the same.
    pub fn dump(&self) -> String {
        let tables: BTreeMap<_, _> = self
            .tables
            .iter()
            .map(|(name, t)| (*name, &t.rows))
            .collect();
        let names: BTreeMap<_, _> = self
            .external_ids
            .iter()
            .map(|(name, of)| (name, of.id))
            .collect();
        let all = json!({"records": tables, "names": names, "followers": self.followers,
                         "fields": self.manual.keys().collect::<Vec<_>>(), "mails": self.mails_sent});
        format!("{all:#}")
    }
}

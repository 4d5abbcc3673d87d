//! `load`: making records by external id, once, however often it is asked.

use serde_json::{Value, json};

use super::error::OdooError;
use super::records::{ExternalId, Records, Row};
use super::schema::{Kind, Model};

/// What a caller of `load` sets in its context.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadContext {
    /// `mode: update`. Without it a load overwrites whatever is there.
    pub update: bool,
    /// `noupdate: true`: what is made now is never overwritten by later loads in update mode.
    pub noupdate: bool,
}

impl LoadContext {
    /// The context in which a repeat changes nothing.
    pub const ONCE: Self = Self {
        update: true,
        noupdate: true,
    };
}

/// How a load went. Odoo answers both with status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// The ids, one a row.
    Ids(Vec<i64>),
    /// Nothing was changed, and why.
    Refused(Vec<String>),
}

impl Loaded {
    /// As it goes over the wire.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Ids(ids) => json!({"ids": ids, "messages": [], "nextrow": 0}),
            Self::Refused(reasons) => {
                let message = |reason| {
                    json!({"type": "error", "message": reason, "record": 0,
                           "rows": {"from": 0, "to": 0}})
                };
                json!({"ids": false, "nextrow": 0,
                       "messages": reasons.iter().map(message).collect::<Vec<_>>()})
            }
        }
    }
}

/// Values with the external id they are for.
type Named = (Option<String>, Row);

const LOST_RACE: &str = "Unknown error during import: \
    <class 'psycopg2.errors.SerializationFailure'>: \
    could not serialize access due to concurrent update";

impl Records {
    /// Where the database stands, for a load that begins now.
    pub fn snapshot(&self) -> u64 {
        self.loads
    }

    /// Loads rows of texts. A row whose external id someone else made since `snapshot` loses the
    /// race, as a transaction would. The helpdesk loads one row a call; of several, those before a
    /// row that is refused stay.
    pub fn load(
        &mut self,
        of: &'static str,
        fields: &[String],
        data: &[Vec<String>],
        context: LoadContext,
        snapshot: u64,
    ) -> Result<Loaded, OdooError> {
        let model = self.model(of)?;
        let mut converted = vec![];
        let mut refused = vec![];
        for cells in data {
            match self.convert(model, fields, cells)? {
                Ok(row) => converted.push(row),
                Err(reason) => refused.push(reason),
            }
        }
        if !refused.is_empty() {
            return Ok(Loaded::Refused(refused));
        }
        self.loads += 1;
        let mut ids = vec![];
        for (external, vals) in converted {
            match self.load_one(model, external, &vals, context, snapshot) {
                Ok(id) => ids.push(id),
                Err(reason) => return Ok(Loaded::Refused(vec![reason])),
            }
        }
        Ok(Loaded::Ids(ids))
    }

    fn load_one(
        &mut self,
        model: &Model,
        external: Option<String>,
        vals: &Row,
        context: LoadContext,
        snapshot: u64,
    ) -> Result<i64, String> {
        if self.races_to_lose > 0 {
            self.races_to_lose -= 1;
            return Err(LOST_RACE.to_owned());
        }
        let Some(external) = external else {
            return self.create(model.name, vals).map_err(|error| error.message);
        };
        if let Some(known) = self.external_ids.get(&external) {
            let (id, noupdate, since) = (known.id, known.noupdate, known.since);
            if since > snapshot {
                return Err(LOST_RACE.to_owned());
            }
            if !(context.update && noupdate) {
                self.write(model.name, &[id], vals)
                    .map_err(|error| error.message)?;
            }
            return Ok(id);
        }
        let id = self
            .create(model.name, vals)
            .map_err(|error| error.message)?;
        let noupdate = context.noupdate;
        let named = ExternalId {
            model: model.name,
            id,
            noupdate,
            since: self.loads,
        };
        self.external_ids.insert(external, named);
        Ok(id)
    }

    /// A row of texts as an external id and values, or why it cannot be.
    fn convert(
        &self,
        model: &Model,
        fields: &[String],
        cells: &[String],
    ) -> Result<Result<Named, String>, OdooError> {
        let mut external = None;
        let mut vals = Row::new();
        for (name, cell) in fields.iter().zip(cells) {
            if name == "id" {
                if cell.contains(char::is_whitespace) {
                    return Ok(Err("The external ID holds a blank".to_owned()));
                }
                external = Some(cell.clone()).filter(|id| !id.is_empty());
                continue;
            }
            let (base, by_id) = match name.strip_suffix("/.id") {
                Some(base) => (base, true),
                None => (name.as_str(), false),
            };
            let field = self
                .field(model, base)
                .ok_or_else(|| OdooError::no_field(base, model.name))?;
            match self.cell(field.kind, &field.label, by_id, cell) {
                Ok(value) => vals.insert(base.to_owned(), value),
                Err(reason) => return Ok(Err(reason)),
            };
        }
        Ok(Ok((external, vals)))
    }

    /// One text as a value of this kind.
    fn cell(&self, kind: Kind, label: &str, by_id: bool, cell: &str) -> Result<Value, String> {
        let record = |model: &'static str, text: &str| {
            let id = text
                .trim()
                .parse()
                .ok()
                .filter(|id| by_id && self.has(model, *id));
            id.ok_or_else(|| {
                format!("No matching record found for database id '{text}' in field '{label}'")
            })
        };
        match kind {
            _ if cell.is_empty() => Ok(false.into()),
            Kind::Many2one(model) => record(model, cell).map(Value::from),
            Kind::Many2many(model) => {
                let ids = cell.split(',').map(|id| record(model, id));
                Ok(json!([[6, 0, ids.collect::<Result<Vec<i64>, _>>()?]]))
            }
            Kind::Selection(keys) if !keys.contains(&cell) => Err(format!(
                "Value '{cell}' not found in selection field '{label}'"
            )),
            Kind::Float => cell
                .parse::<f64>()
                .map(Value::from)
                .map_err(|_| format!("'{cell}' does not seem to be a number for field '{label}'")),
            Kind::Integer => cell.parse::<i64>().map(Value::from).map_err(|_| {
                format!("'{cell}' does not seem to be an integer for field '{label}'")
            }),
            Kind::Boolean => Ok(matches!(cell, "1" | "true" | "True" | "yes").into()),
            _ => Ok(cell.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odoo::schema::{App, Schema, TICKET};

    fn loaded(records: &mut Records, title: &str, context: LoadContext, began: u64) -> Loaded {
        let fields = ["id", "name", "description"].map(str::to_owned);
        let row = ["mailbot.msg_1_18c2", title, "<p>text</p>"].map(str::to_owned);
        records
            .load(TICKET, &fields, &[row.to_vec()], context, began)
            .unwrap()
    }

    #[test]
    fn a_repeat_in_the_right_context_changes_nothing() {
        let mut records = Records::default();
        let first = loaded(&mut records, "one", LoadContext::ONCE, 0);
        assert_eq!(loaded(&mut records, "two", LoadContext::ONCE, 1), first);
        assert_eq!(records.value(TICKET, 41, "name").unwrap(), "one");
    }

    #[test]
    fn a_repeat_without_the_context_overwrites() {
        let mut records = Records::default();
        loaded(&mut records, "one", LoadContext::ONCE, 0);
        loaded(&mut records, "two", LoadContext::default(), 1);
        assert_eq!(records.value(TICKET, 41, "name").unwrap(), "two");
    }

    #[test]
    fn of_two_that_began_together_the_later_loses() {
        let mut records = Records::default();
        loaded(&mut records, "one", LoadContext::ONCE, 0);
        let Loaded::Refused(why) = loaded(&mut records, "one", LoadContext::ONCE, 0) else {
            panic!("both won");
        };
        assert!(why[0].contains("could not serialize access"), "{why:?}");
    }

    #[test]
    fn a_related_record_that_is_missing_refuses_the_row() {
        let mut records = Records::default();
        let fields = ["name", "description", "partner_id/.id"].map(str::to_owned);
        let row = ["title", "<p>text</p>", "999"].map(str::to_owned).to_vec();
        let answer = records
            .load(TICKET, &fields, &[row], LoadContext::ONCE, 0)
            .unwrap()
            .to_json();
        assert_eq!(answer["ids"], false);
    }

    #[test]
    fn a_field_that_does_not_exist_is_an_exception() {
        let answer = Records::default().load(
            Schema::of(App::Oca).tag,
            &["x_unknown".to_owned()],
            &[vec!["1".to_owned()]],
            LoadContext::ONCE,
            0,
        );
        assert_eq!(answer.unwrap_err().status, 500);
    }
}

//! A new database: what the apps bring with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::posting::row_of;
use super::records::{API_PARTNER, API_USER, Caller, Records, Row, Table};
use super::schema::{App, MESSAGE, MODEL, PARTNER, Schema, TEMPLATE, TICKET, USER};

/// A member of the team, to whom Enterprise gives tickets by itself.
pub(super) const AGENT: i64 = 7;

impl Default for Records {
    fn default() -> Self {
        Self::fresh(App::default())
    }
}

impl Records {
    /// A database with this app: a team, stages, the API user, and no tickets.
    pub fn fresh(app: App) -> Self {
        let schema = Schema::of(app);
        let tables = schema.models.iter().map(|model| {
            // Demo data and deleted records make ids start anywhere. Tickets start off their numbers.
            let next_id = match model.name {
                TICKET => 41,
                PARTNER => 8,
                MESSAGE => 501,
                _ => 1,
            };
            let rows = BTreeMap::new();
            (model.name, Table { next_id, rows })
        });
        let mut records = Self {
            app,
            schema,
            tables: tables.collect(),
            external_ids: BTreeMap::new(),
            followers: BTreeSet::new(),
            mails_sent: 0,
            races_to_lose: 0,
            loads: 0,
            manual: BTreeMap::new(),
            lacking: BTreeSet::new(),
            caller: Caller::Person,
            last_number: 0,
            times: BTreeMap::new(),
        };
        records.seed_base();
        match app {
            App::Oca => records.seed_helpdesk("Done", &json!([])),
            App::Enterprise => records.seed_helpdesk("Solved", &json!([1])),
            App::Missing => {}
        }
        records
    }

    fn seed_base(&mut self) {
        for (id, model) in (1..).zip(self.schema.models) {
            self.seed(
                MODEL,
                id,
                &json!({"model": model.name, "name": model.label}),
            );
        }
        let ours = json!({"name": "Mail desk", "login": "maildesk"});
        self.seed(USER, API_USER, &ours);
        self.seed(
            USER,
            AGENT,
            &json!({"name": "Ada Agent", "login": "ada@helpdesk.test"}),
        );
        let contact = json!({"name": "Mail desk", "email": "maildesk@helpdesk.test"});
        self.seed(PARTNER, API_PARTNER, &contact);
    }

    /// A team and its stages. The first stage thanks every customer for the ticket.
    fn seed_helpdesk(&mut self, last_stage: &str, teams: &Value) {
        let schema = self.schema;
        self.seed(schema.team, 1, &json!({"name": "Support"}));
        let thanks = json!({"name": "We have received your request"});
        self.seed(TEMPLATE, 1, &thanks);
        for (id, name, closed, template) in [
            (1, "New", false, json!(1)),
            (2, "In Progress", false, json!(false)),
            (3, last_stage, true, json!(false)),
        ] {
            let stage = json!({"name": name, "sequence": id, "team_ids": teams,
                               schema.closed: closed, schema.template: template});
            self.seed(schema.stage, id, &stage);
        }
    }

    fn seed(&mut self, model: &'static str, id: i64, row: &Value) {
        let table = self.tables.entry(model).or_default();
        table.next_id = table.next_id.max(id + 1);
        table.rows.insert(id, with_active(row));
    }
}

fn with_active(row: &Value) -> Row {
    let mut row = row_of(row);
    row.insert("active".to_owned(), true.into());
    row
}

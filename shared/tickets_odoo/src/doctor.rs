//! What is wrong with an Odoo, and what to do about it. Only reads.

use std::fmt;

use ports::CallError;
use resilience::Effect;
use serde::Serialize;
use serde_json::{Value, json};

use crate::edition::{Edition, TICKET};
use crate::shape::{FIELDS, Shape};
use crate::{Odoo, first_id};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub what: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and where it is not as it should be, what to do.
    pub says: String,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.ok { "ok " } else { "BAD" };
        write!(f, "{sign}  {:<11} {}", self.what, self.says)
    }
}

fn good(what: &'static str, says: impl Into<String>) -> Check {
    Check {
        what,
        ok: true,
        says: says.into(),
    }
}

fn bad(what: &'static str, says: impl Into<String>) -> Check {
    Check {
        what,
        ok: false,
        says: says.into(),
    }
}

impl Odoo {
    /// Looks at everything that tickets need. What cannot be looked at because something before it is
    /// wrong is left out.
    pub async fn doctor(&self) -> Vec<Check> {
        let probe = match self.probe().await {
            Ok(probe) => probe,
            Err(error) => return vec![bad("connection", in_words(&error))],
        };
        let shape = match self.shape().await {
            Ok(shape) => shape,
            Err(error) => return vec![bad("helpdesk", in_words(&error))],
        };
        let connection = format!("Odoo {} over {}", probe.version, probe.protocol);
        vec![
            good("connection", connection),
            good("helpdesk", probe.app),
            self.check_rights(shape.edition).await,
            self.check_team(shape.edition).await,
            check_fields(shape),
            self.check_stages(shape.edition).await,
        ]
    }

    /// Every model that is read, and whether the API user may. Rights to write show at the first
    /// write, for nothing is written here.
    async fn check_rights(&self, edition: &Edition) -> Check {
        let models = [
            TICKET,
            edition.tag,
            edition.stage,
            edition.team,
            "res.partner",
            "mail.message",
        ];
        let mut lacking = vec![];
        for model in models {
            let arguments = json!({"domain": [], "limit": 1});
            let read = self
                .rpc
                .call(model, "search", Effect::None, arguments)
                .await;
            lacking.extend(read.err().map(|error| in_words(&error)));
        }
        if lacking.is_empty() {
            good("rights", "the API user may read all that tickets need")
        } else {
            bad("rights", lacking.join("; "))
        }
    }

    async fn check_team(&self, edition: &Edition) -> Check {
        let team = self.team_id;
        let arguments = json!({"domain": [["id", "=", team]], "fields": ["name"], "limit": 1});
        let found = self
            .rpc
            .call(edition.team, "search_read", Effect::None, arguments)
            .await;
        match found {
            Ok(rows) => match rows[0]["name"].as_str() {
                Some(name) => good("team", format!("new tickets go to {name} ({team})")),
                None => bad(
                    "team",
                    format!(
                        "there is no team with the id {team}: set ODOO_TEAM_ID to one that exists"
                    ),
                ),
            },
            Err(error) => bad("team", in_words(&error)),
        }
    }

    /// Which stages there are, and whether a closed ticket can be opened again.
    async fn check_stages(&self, edition: &Edition) -> Check {
        let arguments = json!({
            "domain": [],
            "fields": ["name", edition.closed, edition.template],
            "order": "sequence, id",
        });
        let found = self
            .rpc
            .call(edition.stage, "search_read", Effect::None, arguments)
            .await;
        let rows = match found {
            Ok(rows) => rows,
            Err(error) => return bad("stages", in_words(&error)),
        };
        let rows: Vec<&Value> = rows.as_array().into_iter().flatten().collect();
        let is_open = |row: &&&Value| row[edition.closed] != true;
        let is_quiet = |row: &&Value| first_id(&row[edition.template]).is_none();
        let names: Vec<String> = rows
            .iter()
            .map(|row| stage_in_words(row, edition))
            .collect();
        let names = names.join(", ");
        if rows.iter().filter(is_open).any(is_quiet) {
            good("stages", names)
        } else {
            bad(
                "stages",
                format!(
                    "{names}; closed tickets stay closed, for every open stage mails the customer: take \
                     the e-mail template off one of them"
                ),
            )
        }
    }
}

fn stage_in_words(row: &Value, edition: &Edition) -> String {
    let mut name = row["name"].as_str().unwrap_or_default().to_owned();
    if row[edition.closed] == true {
        name.push_str(" (closed)");
    }
    if first_id(&row[edition.template]).is_some() {
        name.push_str(" (mails the customer when people use it)");
    }
    name
}

fn check_fields(shape: &Shape) -> Check {
    let wrong = |(name, ttype, _): &(&str, &str, &str)| match shape.type_of(name) {
        Some(there) if there == *ttype => None,
        Some(there) => Some(format!("{name} is {there}, but must be {ttype}")),
        None => Some(format!("{name} is missing")),
    };
    let wrong: Vec<String> = FIELDS.iter().filter_map(wrong).collect();
    if wrong.is_empty() {
        good("fields", "tickets tell of their last mail")
    } else {
        let wrong = wrong.join(", ");
        bad("fields", format!("{wrong}: run `helpdesk setup odoo`"))
    }
}

/// An error with its cause.
fn in_words(error: &CallError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

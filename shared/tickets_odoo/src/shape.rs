//! What the installed Odoo is: found out by the first call, and kept.

use std::fmt;

use ports::{CallError, LastMail};
use resilience::Effect;
use serde_json::{Value, json};

use crate::edition::{Edition, TICKET};
use crate::rpc::Way;
use crate::{Odoo, SERVICE, first_id};

/// The fields of tickets that tell of the last mail, with their types.
pub(crate) const FIELDS: [(&str, &str, &str); 3] = [
    ("x_helpdesk_intent", "char", "Last intent"),
    ("x_helpdesk_mail", "char", "Last mail"),
    (
        "x_helpdesk_confidence",
        "float",
        "Confidence of the last intent",
    ),
];

/// The channel by which our tickets come.
pub(crate) const CHANNEL: &str = "AutoMailHelpdesk";

/// The installed helpdesk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub edition: &'static Edition,
    /// The types of those of our fields that are there.
    pub fields: Vec<(&'static str, String)>,
    /// The id of our channel, if there is one.
    pub channel: Option<i64>,
}

/// What was found out about an Odoo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its version, such as `17.0`.
    pub version: String,
    /// The interface that it is spoken to by.
    pub protocol: &'static str,
    /// The helpdesk app.
    pub app: &'static str,
    /// Which of our fields tickets have.
    pub fields: Vec<&'static str>,
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            protocol,
            app,
            ..
        } = self;
        write!(f, "Odoo {version} with {app}, over {protocol}; ")?;
        match self.fields.as_slice() {
            [] => f.write_str("tickets do not tell of their last mail: run `helpdesk setup odoo`"),
            fields => write!(
                f,
                "tickets tell of their last mail in {}",
                fields.join(", ")
            ),
        }
    }
}

impl Odoo {
    /// Finds out what this Odoo is, in a few reads that change nothing.
    pub async fn probe(&self) -> Result<Probe, CallError> {
        let server = self.rpc.server().await?;
        let shape = self.shape().await?;
        let usable = FIELDS.iter().filter(|(name, ..)| shape.has(name));
        Ok(Probe {
            version: server.version.clone(),
            protocol: match server.way {
                Way::Json2 => "JSON-2",
                Way::JsonRpc { .. } => "JSON-RPC",
            },
            app: shape.edition.name,
            fields: usable.map(|(name, ..)| *name).collect(),
        })
    }

    /// The installed helpdesk, found out once. A failure is found out anew by the next call.
    pub(crate) async fn shape(&self) -> Result<&Shape, CallError> {
        let find_out = || async {
            let shape = self.look().await?;
            let version = &self.rpc.server().await?.version;
            tracing::debug!("The helpdesk is Odoo {version} with {}", shape.edition.name);
            Ok(shape)
        };
        self.shape.get_or_try_init(find_out).await
    }

    /// The installed helpdesk as it is now.
    pub(crate) async fn look(&self) -> Result<Shape, CallError> {
        let mut asked = vec!["number", "ticket_ref"];
        asked.extend(FIELDS.iter().map(|(name, ..)| *name));
        let arguments = json!({"allfields": asked, "attributes": ["type"]});
        let found = self
            .rpc
            .call(TICKET, "fields_get", Effect::None, arguments)
            .await?;
        let edition = Edition::with_field(|name| found.get(name).is_some());
        let edition = edition.ok_or_else(|| {
            let reason = "its tickets have neither a number nor a ticket_ref: it is neither OCA \
                          helpdesk_mgmt nor Odoo Enterprise Helpdesk";
            CallError::rejected(SERVICE, reason)
        })?;
        let there = |(name, ..): &(&'static str, &str, &str)| {
            Some((*name, found[*name]["type"].as_str()?.to_owned()))
        };
        Ok(Shape {
            edition,
            fields: FIELDS.iter().filter_map(there).collect(),
            channel: match edition.channel {
                Some(model) => self.named(model, CHANNEL).await?,
                None => None,
            },
        })
    }

    /// The id of the record of this name, if there is one.
    pub(crate) async fn named(&self, model: &str, name: &str) -> Result<Option<i64>, CallError> {
        let by_name = json!({"domain": [["name", "=", name]], "limit": 1});
        let found = self
            .rpc
            .call(model, "search", Effect::None, by_name)
            .await?;
        Ok(first_id(&found))
    }
}

impl Shape {
    /// The type of one of our fields, if tickets have it.
    pub fn type_of(&self, name: &str) -> Option<&str> {
        let there = self.fields.iter().find(|(there, _)| *there == name);
        there.map(|(_, ttype)| ttype.as_str())
    }

    /// Whether one of our fields is there as we need it.
    pub fn has(&self, name: &str) -> bool {
        let needed = FIELDS.iter().find(|(ours, ..)| *ours == name);
        needed.is_some_and(|(_, ttype, _)| self.type_of(name) == Some(*ttype))
    }

    /// What a ticket tells of its last mail, in the fields that are there.
    pub fn told(&self, last: &LastMail) -> Vec<(&'static str, Value)> {
        let all = [
            ("x_helpdesk_intent", json!(last.intent.as_str())),
            ("x_helpdesk_mail", json!(last.key.to_string())),
            // Zero where nobody was asked: that of the mail before must not stand beside this intent.
            (
                "x_helpdesk_confidence",
                json!(last.confidence.unwrap_or_default()),
            ),
        ];
        all.into_iter().filter(|(name, _)| self.has(name)).collect()
    }
}

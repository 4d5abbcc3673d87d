//! Adding what tickets lack: the fields that tell of the last mail, the tags of the intents, and the
//! channel by which our tickets come.

use std::fmt;

use domain::Intent;
use ports::CallError;
use resilience::Effect;
use serde_json::json;

use crate::edition::TICKET;
use crate::shape::{CHANNEL, FIELDS};
use crate::{Odoo, first_id, unexpected};

/// What became of one thing that was to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was made now.
    Made,
    /// It was there.
    Stood,
    /// It could not be made; why, and what to do.
    Failed(String),
}

/// One thing that tickets need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUp {
    /// What it is.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl fmt::Display for SetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Made => write!(f, "made     {}", self.what),
            Outcome::Stood => write!(f, "is there {}", self.what),
            Outcome::Failed(why) => write!(f, "FAILED   {}: {why}", self.what),
        }
    }
}

impl Odoo {
    /// Makes what is missing and says of each thing what became of it. A second run changes nothing.
    ///
    /// # Errors
    /// Where Odoo cannot be reached or holds no helpdesk. What a single thing fails for stands with
    /// it, and the others are still made.
    pub async fn setup(&self) -> Result<Vec<SetUp>, CallError> {
        let shape = self.look().await?;
        let mut all = vec![];
        for (name, ttype, label) in FIELDS {
            let outcome = match shape.type_of(name) {
                Some(there) if there == ttype => Outcome::Stood,
                Some(there) => Outcome::Failed(format!(
                    "it is there as {there}, but must be {ttype}; rename or delete that field under \
                     Settings, Technical, Fields, and run this again"
                )),
                None => made(self.add_field(name, ttype, label).await),
            };
            let what = format!("field {name} ({label})");
            all.push(SetUp { what, outcome });
        }
        for intent in Intent::ALL {
            let what = format!("tag {intent}");
            let outcome = match self.has_tag(intent).await {
                Ok(true) => Outcome::Stood,
                Ok(false) => made(self.tag(intent).await.map(drop)),
                Err(error) => Outcome::Failed(error.to_string()),
            };
            all.push(SetUp { what, outcome });
        }
        if let Some(model) = shape.edition.channel {
            let what = format!("channel {CHANNEL}");
            let outcome = match shape.channel {
                Some(_) => Outcome::Stood,
                None => made(self.add_channel(model).await),
            };
            all.push(SetUp { what, outcome });
        }
        Ok(all)
    }

    async fn has_tag(&self, intent: Intent) -> Result<bool, CallError> {
        let model = self.shape().await?.edition.tag;
        Ok(self.named(model, intent.as_str()).await?.is_some())
    }

    async fn add_channel(&self, model: &str) -> Result<(), CallError> {
        let cells = [
            ("id", "mailbot.channel".to_owned()),
            ("name", CHANNEL.to_owned()),
        ];
        self.load(model, &cells).await.map(drop)
    }

    async fn add_field(&self, name: &str, ttype: &str, label: &str) -> Result<(), CallError> {
        let of_tickets = json!({"domain": [["model", "=", TICKET]], "limit": 1});
        let found = self
            .rpc
            .call("ir.model", "search", Effect::None, of_tickets)
            .await?;
        let model = first_id(&found).ok_or_else(|| unexpected("ir.model", "search"))?;
        let field = json!({
            "name": name,
            "field_description": label,
            "ttype": ttype,
            "model_id": model,
            "state": "manual",
            "index": ttype == "char",
        });
        self.rpc
            .call(
                "ir.model.fields",
                "create",
                Effect::Once,
                json!({"vals_list": [field]}),
            )
            .await
            .map(drop)
    }
}

fn made(result: Result<(), CallError>) -> Outcome {
    match result {
        Ok(()) => Outcome::Made,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

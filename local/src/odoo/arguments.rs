//! The named arguments of the methods.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use testkit::odoo::{Caller, OdooError, Row};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Context {
    pub mode: Option<String>,
    pub noupdate: bool,
    pub active_test: Option<bool>,
    pub mail_create_nosubscribe: bool,
    pub tracking_disable: bool,
}

impl Context {
    /// Who makes a call with this context.
    pub fn caller(&self) -> Caller {
        Caller::Api {
            untracked: self.tracking_disable,
        }
    }
}

pub(super) fn read_as<T: DeserializeOwned>(value: Value) -> Result<T, OdooError> {
    serde_json::from_value(value).map_err(|error| OdooError::value(error.to_string()))
}

#[derive(Deserialize)]
pub(super) struct Create {
    pub vals_list: OneOrMany<Row>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Load {
    pub fields: Vec<String>,
    pub data: Vec<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    pub domain: Vec<Value>,
    #[serde(default)]
    pub fields: Option<Vec<String>>,
    #[serde(default)]
    pub offset: usize,
    #[serde(default)]
    pub limit: Option<usize>,
    #[serde(default)]
    pub order: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct FieldsGet {
    #[serde(default)]
    pub allfields: Option<Vec<String>>,
    #[serde(default)]
    pub attributes: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct FindOrCreate {
    pub email: String,
}

#[derive(Deserialize)]
pub(super) struct Read {
    #[serde(default)]
    pub fields: Option<Vec<String>>,
    #[serde(default = "classic")]
    pub load: Option<String>,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape that serde's default asks for"
)]
fn classic() -> Option<String> {
    Some("_classic_read".to_owned())
}

#[derive(Deserialize)]
pub(super) struct Write {
    pub vals: Row,
}

#[derive(Deserialize)]
pub(super) struct Post {
    #[serde(default)]
    pub body: String,
    #[serde(default)]
    pub body_is_html: bool,
    #[serde(default)]
    pub subtype_xmlid: Option<String>,
    #[serde(default)]
    pub message_id: Option<String>,
    #[serde(default)]
    pub notify_skip_followers: bool,
    #[serde(default)]
    pub attachment_ids: Vec<i64>,
}

//! The methods that can be called, each with its named arguments.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use testkit::odoo::schema::{self, Model, PARTNER, TICKET};
use testkit::odoo::{FakeOdoo, LoadContext, OdooError, Posting, Records};

use super::arguments::{
    Context, Create, FieldsGet, FindOrCreate, Load, OneOrMany, Post, Read, Search, Write, read_as,
};

/// How long a transaction is open. It is what lets two loads of one external id race.
const TRANSACTION: Duration = Duration::from_millis(3);

/// A call whose model is known, with the arguments that every method has taken out.
struct Call<'a> {
    odoo: &'a FakeOdoo,
    version: u32,
    model: &'static Model,
    method: &'a str,
    ids: Option<Vec<i64>>,
    context: Context,
    arguments: Map<String, Value>,
}

/// Performs one call of the API user.
pub(super) async fn perform(
    odoo: &FakeOdoo,
    version: u32,
    model: &str,
    method: &str,
    mut arguments: Map<String, Value>,
) -> Result<Value, OdooError> {
    let model = odoo.transaction(|records| records.model(model))?;
    let context = arguments
        .remove("context")
        .map_or(Ok(Context::default()), read_as)?;
    let ids: Option<OneOrMany<i64>> = arguments.remove("ids").map(read_as).transpose()?;
    let call = Call {
        odoo,
        version,
        model,
        method,
        ids: ids.map(OneOrMany::into_vec),
        context,
        arguments,
    };
    match (model.name, method) {
        (_, "create") => call.create(),
        (_, "load") => call.load().await,
        (_, "search") => call.search(),
        (_, "search_count") => call.search_count(),
        (_, "search_read") => call.search_read(),
        (_, "fields_get") => call.fields_get(),
        (PARTNER, "find_or_create") => call.find_or_create(),
        (_, "read") => call.read(),
        (_, "write") => call.write(),
        (_, "unlink") => call.unlink(),
        (TICKET, "message_post") => call.message_post(),
        (name, method) if method.starts_with('_') => Err(OdooError::access(format!(
            "Private methods (such as '{name}.{method}') cannot be called remotely."
        ))),
        (name, method) => Err(OdooError::not_found(format!(
            "The method '{name}.{method}' does not exist"
        ))),
    }
}

impl Call<'_> {
    /// Works on the database as this call asks for it.
    fn transaction<T>(&self, work: impl FnOnce(&mut Records) -> T) -> T {
        self.odoo.transaction_of(self.context.caller(), work)
    }

    /// The arguments, which must be among `known` and hold those in `needed`.
    fn take<T: DeserializeOwned>(&self, known: &[&str], needed: &[&str]) -> Result<T, OdooError> {
        if let Some(other) = self
            .arguments
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            let message = format!("got an unexpected keyword argument '{other}'");
            return Err(OdooError::unprocessable(message));
        }
        if let Some(missing) = needed
            .iter()
            .find(|name| !self.arguments.contains_key(**name))
        {
            return Err(OdooError::unprocessable(format!(
                "missing a required argument: '{missing}'"
            )));
        }
        read_as(Value::Object(self.arguments.clone()))
    }

    /// Methods of the model as a whole take no ids.
    fn without_ids(&self) -> Result<(), OdooError> {
        match &self.ids {
            Some(ids) if !ids.is_empty() => Err(OdooError::unprocessable(format!(
                "cannot call {}.{} with ids",
                self.model.name, self.method
            ))),
            _ => Ok(()),
        }
    }

    fn ids(&self) -> &[i64] {
        self.ids.as_deref().unwrap_or_default()
    }

    fn create(&self) -> Result<Value, OdooError> {
        self.without_ids()?;
        let create: Create = self.take(&["vals_list"], &["vals_list"])?;
        let rows = create.vals_list.into_vec();
        self.transaction(|records| {
            rows.iter()
                .map(|vals| records.create(self.model.name, vals).map(Value::from))
                .collect()
        })
    }

    async fn load(&self) -> Result<Value, OdooError> {
        self.without_ids()?;
        let load: Load = self.take(&["fields", "data"], &["fields", "data"])?;
        let context = LoadContext {
            update: self.context.mode.as_deref() == Some("update"),
            noupdate: self.context.noupdate,
        };
        let began = self.transaction(|records| records.snapshot());
        tokio::time::sleep(TRANSACTION).await;
        let loaded = self.transaction(|records| {
            records.load(self.model.name, &load.fields, &load.data, context, began)
        });
        loaded.map(|loaded| loaded.to_json())
    }

    fn found(&self, search: &Search) -> Result<Vec<i64>, OdooError> {
        let with_archived = self.context.active_test == Some(false);
        let found = self.transaction(|records| {
            let found = records.search(self.model.name, &search.domain, with_archived)?;
            match &search.order {
                Some(order) => records.ordered(self.model.name, found, order),
                None => Ok(found),
            }
        })?;
        let limit = search.limit.unwrap_or(usize::MAX);
        Ok(found.into_iter().skip(search.offset).take(limit).collect())
    }

    fn search(&self) -> Result<Value, OdooError> {
        self.without_ids()?;
        let search = self.take(&["domain", "offset", "limit", "order"], &["domain"])?;
        self.found(&search).map(Value::from)
    }

    fn search_count(&self) -> Result<Value, OdooError> {
        self.without_ids()?;
        let search = self.take(&["domain", "limit"], &["domain"])?;
        self.found(&search).map(|found| found.len().into())
    }

    fn search_read(&self) -> Result<Value, OdooError> {
        self.without_ids()?;
        let search: Search = self.take(&["domain", "fields", "offset", "limit", "order"], &[])?;
        let ids = self.found(&search)?;
        self.rows(&ids, &search.fields.unwrap_or_default(), true)
    }

    fn read(&self) -> Result<Value, OdooError> {
        let read: Read = self.take(&["fields", "load"], &[])?;
        self.rows(
            self.ids(),
            &read.fields.unwrap_or_default(),
            read.load.is_some(),
        )
    }

    /// Records as they are read. The classic way shows a related record with its name.
    fn rows(&self, ids: &[i64], fields: &[String], classic: bool) -> Result<Value, OdooError> {
        self.transaction(|records| {
            let mut rows = records.read(self.model.name, ids, fields)?;
            let related = |name: &str| match self.model.field(name)?.kind {
                schema::Kind::Many2one(model) => Some(model),
                _ => None,
            };
            for (name, value) in rows.iter_mut().flat_map(Map::iter_mut).filter(|_| classic) {
                if let (Some(model), Some(id)) = (related(name), value.as_i64()) {
                    *value = json!([id, records.value(model, id, "name")?]);
                }
            }
            Ok(rows.into_iter().map(Value::Object).collect())
        })
    }

    fn fields_get(&self) -> Result<Value, OdooError> {
        self.without_ids()?;
        let asked: FieldsGet = self.take(&["allfields", "attributes"], &[])?;
        let wanted = |name: &str| {
            asked
                .allfields
                .as_ref()
                .is_none_or(|all| all.iter().any(|n| n == name))
        };
        let all = self.transaction(|records| records.fields(self.model));
        let fields = all
            .into_iter()
            .filter(|field| wanted(&field.name))
            .map(|field| {
                let mut about = json!({"type": field.kind.name(), "string": field.label,
                                   "required": field.required, "name": field.name});
                if let (Some(about), Some(attributes)) = (about.as_object_mut(), &asked.attributes)
                {
                    about.retain(|name, _| attributes.contains(name));
                }
                (field.name.into_owned(), about)
            });
        Ok(Value::Object(fields.collect()))
    }

    fn find_or_create(&self) -> Result<Value, OdooError> {
        self.without_ids()?;
        let asked: FindOrCreate = self.take(&["email", "assert_valid_email"], &["email"])?;
        let found = self.transaction(|records| records.find_or_create_partner(&asked.email));
        found.map(|id| json!([id]))
    }

    fn write(&self) -> Result<Value, OdooError> {
        let write: Write = self.take(&["vals"], &["vals"])?;
        let ids = self.ids();
        self.transaction(|records| records.write(self.model.name, ids, &write.vals))?;
        Ok(true.into())
    }

    fn unlink(&self) -> Result<Value, OdooError> {
        self.transaction(|records| records.unlink(self.model.name, self.ids()))?;
        Ok(true.into())
    }

    fn message_post(&self) -> Result<Value, OdooError> {
        let known = [
            "body",
            "body_is_html",
            "message_type",
            "subtype_xmlid",
            "message_id",
            "author_id",
            "notify_skip_followers",
            "attachment_ids",
        ];
        if self.version < 17 && self.arguments.contains_key("body_is_html") {
            let message = "mail.thread.message_post() got an unexpected keyword 'body_is_html'";
            return Err(OdooError::value(message));
        }
        if let Some(other) = self
            .arguments
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            let message =
                format!("Those values are not supported when posting or notifying: {other}");
            return Err(OdooError::value(message));
        }
        let post: Post = self.take(&known, &[])?;
        let [ticket] = self.ids() else {
            return Err(OdooError::value("Expected singleton: helpdesk.ticket()"));
        };
        let posting = Posting {
            body: post.body,
            // Before 17 every body is markup.
            body_is_html: post.body_is_html || self.version < 17,
            subtype: post.subtype_xmlid,
            message_id: post.message_id,
            skip_followers: post.notify_skip_followers,
            no_subscribe: self.context.mail_create_nosubscribe,
            attachments: post.attachment_ids,
        };
        let posted = self.transaction(|records| records.post(*ticket, &posting));
        posted.map(|id| json!([id]))
    }
}

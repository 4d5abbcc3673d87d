//! What Odoo raises, by the names that go over the wire. Callers tell errors by these names, since
//! the status alone misleads: a bad value is a 500.

use super::schema::{Field, Model};

/// An exception of Odoo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooError {
    /// The Python name of the exception.
    pub name: &'static str,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What it says.
    pub message: String,
}

impl OdooError {
    fn new(name: &'static str, status: u16, message: String) -> Self {
        Self {
            name,
            status,
            message,
        }
    }

    /// A value or field that the model does not take. Repeating cannot help, for all that the
    /// status is 500.
    pub fn value(message: impl Into<String>) -> Self {
        Self::new("builtins.ValueError", 500, message.into())
    }

    /// A field that the model does not have.
    pub fn no_field(field: &str, model: &str) -> Self {
        Self::value(format!("Invalid field '{field}' in '{model}'"))
    }

    /// A record that is gone.
    pub fn missing(model: &str, id: i64) -> Self {
        let message = format!(
            "Record does not exist or has been deleted.\n(Record: {model}({id},), User: 2)"
        );
        Self::new("odoo.exceptions.MissingError", 404, message)
    }

    /// A mandatory field without a value.
    pub fn required(model: &Model, field: &Field) -> Self {
        let message = format!(
            "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n\
             Model: {} ({})\nField: {} ({})",
            model.label, model.name, field.label, field.name
        );
        Self::new("odoo.exceptions.ValidationError", 422, message)
    }

    /// No key, or one that is not valid.
    pub fn unauthorized() -> Self {
        Self::new(
            "werkzeug.exceptions.Unauthorized",
            401,
            "Invalid apikey".to_owned(),
        )
    }

    /// A model or method that is not there, as JSON-2 tells it.
    pub fn not_found(message: String) -> Self {
        Self::new("werkzeug.exceptions.NotFound", 404, message)
    }

    /// Arguments that do not fit the method.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(
            "werkzeug.exceptions.UnprocessableEntity",
            422,
            message.into(),
        )
    }

    /// A body that is no JSON object.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new("werkzeug.exceptions.BadRequest", 400, message.into())
    }

    /// Values that a rule of the model forbids.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("odoo.exceptions.ValidationError", 422, message.into())
    }

    /// A login or key that is not valid, in the middle of a session.
    pub fn denied() -> Self {
        let message = "Access Denied".to_owned();
        Self::new("odoo.exceptions.AccessDenied", 403, message)
    }

    /// A database that is not there.
    pub fn no_database(name: &str) -> Self {
        let message = format!("FATAL:  database \"{name}\" does not exist\n");
        Self::new("psycopg2.OperationalError", 500, message)
    }

    /// A name that a registry does not hold: a model, or a method of a service.
    pub fn key(name: &str) -> Self {
        Self::new("builtins.KeyError", 500, format!("'{name}'"))
    }

    /// Something that may not be called at all.
    pub fn access(message: impl Into<String>) -> Self {
        Self::new("odoo.exceptions.AccessError", 403, message.into())
    }

    /// A right that the user does not have: to `read`, `create`, `write` or `unlink`.
    pub fn no_right(model: &Model, operation: &str) -> Self {
        let doing = match operation {
            "read" => "access",
            "write" => "modify",
            "unlink" => "delete",
            other => other,
        };
        Self::access(format!(
            "You are not allowed to {doing} '{}' ({}) records.\n\n\
             No group currently allows this operation.\n\n\
             Contact your administrator to request access if necessary.",
            model.label, model.name
        ))
    }

    /// A call that makes no sense, said to the user.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new("odoo.exceptions.UserError", 422, message.into())
    }

    /// A model that is not installed.
    pub fn no_model(name: &str) -> Self {
        Self::not_found(format!("the model '{name}' does not exist"))
    }
}

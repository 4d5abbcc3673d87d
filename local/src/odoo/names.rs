//! The names of Odoo Enterprise's Helpdesk for what the community app calls otherwise. The database
//! behind the server uses the community's names; they are exchanged on the way in and out.

use serde_json::{Map, Value};
use testkit::odoo::App;
use testkit::odoo::schema::{CHANNEL, STAGE, TAG, TEAM, TICKET};

const MODELS: [(&str, &str); 3] = [
    ("helpdesk.tag", TAG),
    ("helpdesk.stage", STAGE),
    ("helpdesk.team", TEAM),
];

/// Model of the community app, Enterprise's name of a field, the community's name.
const FIELDS: [(&str, &str, &str); 3] = [
    (TICKET, "ticket_ref", "number"),
    (STAGE, "fold", "closed"),
    (STAGE, "template_id", "mail_template_id"),
];

/// Names that the other app has, so that this one does not know them.
const UNKNOWN: &str = "no_such_name";

/// The community's name of a model.
pub(super) fn model_in(app: App, name: &str) -> String {
    exchanged(app, MODELS.iter().copied(), name)
}

/// The community's name of a field, or of a path of fields that begins at this model.
pub(super) fn field_in(app: App, model: &str, path: &str) -> String {
    // What follows a slash tells `load` how a cell is to be read.
    let (path, rest) = match path.split_once('/') {
        Some((path, rest)) => (path, format!("/{rest}")),
        None => (path, String::new()),
    };
    let (first, further) = match path.split_once('.') {
        Some((first, further)) => (first, Some(further)),
        None => (path, None),
    };
    let own = FIELDS.iter().filter(|(of, ..)| *of == model);
    let first = exchanged(app, own.map(|(_, theirs, ours)| (*theirs, *ours)), first);
    match further {
        None => format!("{first}{rest}"),
        Some(further) => {
            let next = if first == "stage_id" { STAGE } else { "" };
            format!("{first}.{}{rest}", field_in(app, next, further))
        }
    }
}

fn exchanged<'a>(app: App, names: impl Iterator<Item = (&'a str, &'a str)>, name: &str) -> String {
    let names: Vec<_> = names.collect();
    let theirs = names.iter().find(|(theirs, _)| *theirs == name);
    let ours = names.iter().find(|(_, ours)| *ours == name);
    if app == App::Enterprise && [CHANNEL, "channel_id"].contains(&name) {
        return UNKNOWN.to_owned();
    }
    match (app, theirs, ours) {
        (App::Enterprise, Some((_, ours)), _) => (*ours).to_owned(),
        (App::Enterprise, None, Some(_)) | (App::Oca, Some(_), None) => UNKNOWN.to_owned(),
        _ => name.to_owned(),
    }
}

/// The arguments of a call with the community's names.
pub(super) fn arguments_in(app: App, model: &str, arguments: &mut Map<String, Value>) {
    for name in ["fields", "allfields"] {
        for field in arguments
            .get_mut(name)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(path) = field.as_str() {
                *field = field_in(app, model, path).into();
            }
        }
    }
    for term in arguments
        .get_mut("domain")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(path) = term.get(0).and_then(Value::as_str) {
            let path = field_in(app, model, path);
            term[0] = path.into();
        }
    }
    if let Some(vals) = arguments.get_mut("vals").and_then(Value::as_object_mut) {
        *vals = std::mem::take(vals)
            .into_iter()
            .map(|(name, value)| (field_in(app, model, &name), value))
            .collect();
    }
}

/// The answer of a call with the names that the caller knows.
pub(super) fn answer_out(app: App, model: &str, answer: &mut Value) {
    if app == App::Oca {
        return;
    }
    match answer {
        Value::Array(rows) => rows.iter_mut().for_each(|row| answer_out(app, model, row)),
        Value::Object(row) => {
            for (of, theirs, ours) in FIELDS {
                if of == model
                    && let Some(value) = row.remove(ours)
                {
                    row.insert(theirs.to_owned(), value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_app_knows_its_own_names_only() {
        assert_eq!(field_in(App::Enterprise, TICKET, "ticket_ref"), "number");
        assert_eq!(field_in(App::Enterprise, TICKET, "number"), UNKNOWN);
        assert_eq!(field_in(App::Oca, TICKET, "ticket_ref"), UNKNOWN);
        assert_eq!(model_in(App::Enterprise, TAG), UNKNOWN);
        assert_eq!(model_in(App::Oca, "helpdesk.tag"), UNKNOWN);
    }

    #[test]
    fn a_path_is_exchanged_where_it_changes_the_model() {
        let path = field_in(App::Enterprise, TICKET, "stage_id.fold");
        assert_eq!(path, "stage_id.closed");
        assert_eq!(field_in(App::Oca, TICKET, "team_id/.id"), "team_id/.id");
    }
}

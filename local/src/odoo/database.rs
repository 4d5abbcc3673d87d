//! The database manager's dump: a zip archive, or a web page with status 200 that says what went wrong.

use std::io::{Cursor, Write};
use std::sync::{Arc, PoisonError};

use axum::extract::{Form, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use testkit::odoo::escaped;
use zip::ZipWriter;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;

use super::{Server, limited};
use crate::control;

/// What the master password is until somebody changes it.
const NEVER_CHANGED: &str = "admin";

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(default)]
    master_pwd: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    backup_format: String,
}

pub(super) async fn backup(
    State(server): State<Arc<Server>>,
    Form(request): Form<Request>,
) -> Response {
    let faults = &server.odoo.faults;
    control::under_faults(faults, "web/database/backup", limited, || async {
        match answer(&server, &request) {
            Ok(zip) => (
                [
                    (CONTENT_TYPE, "application/octet-stream; charset=binary"),
                    (CONTENT_DISPOSITION, "attachment; filename=\"dump.zip\""),
                ],
                zip,
            )
                .into_response(),
            Err(said) => failed(&said),
        }
    })
    .await
}

fn answer(server: &Server, request: &Request) -> Result<Vec<u8>, String> {
    let mut master = server.master.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(known) = master.as_mut() else {
        return Err("The database manager has been disabled by the administrator".to_owned());
    };
    // A password that was never changed becomes the first that anybody sends.
    if known == NEVER_CHANGED && !request.master_pwd.is_empty() {
        known.clone_from(&request.master_pwd);
    }
    if *known != request.master_pwd {
        return Err("Database backup error: Access Denied".to_owned());
    }
    if request.name != server.access.database {
        let name = &request.name;
        return Err(format!(
            "Database backup error: Database '{name}' is not known"
        ));
    }
    if request.backup_format != "zip" {
        return Err("Database backup error: this stand-in makes zip archives only".to_owned());
    }
    archive(server).map_err(|error| format!("Database backup error: {error}"))
}

/// The archive as Odoo lays it out: the tables, what the database is, and the files.
fn archive(server: &Server) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default();
    let (version, info) = server.access.version_told();
    let about = json!({"odoo_dump": "1", "db_name": server.access.database, "version": version,
                       "version_info": info, "modules": {}});
    zip.start_file("manifest.json", options)?;
    zip.write_all(format!("{about:#}\n").as_bytes())?;
    zip.start_file("dump.sql", options)?;
    for line in server.odoo.dump().lines() {
        zip.write_all(format!("-- {line}\n").as_bytes())?;
    }
    zip.add_directory("filestore/", options)?;
    for ticket in server.odoo.tickets() {
        for (at, file) in ticket.attachments.iter().enumerate() {
            zip.start_file(format!("filestore/{}-{at}", ticket.id.0), options)?;
            zip.write_all(&file.content)?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

fn failed(said: &str) -> Response {
    let said = escaped(said);
    let page = format!(
        "<!doctype html>\n<title>Odoo</title>\n<div class=\"alert alert-danger\">{said}</div>\n"
    );
    Html(page).into_response()
}

//! Odoo's own dump of its database: what its database manager gives to whoever has the master password
//! (`POST /web/database/backup`). Every failure is a web page with status 200, so the dump itself is looked at.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ports::{Bucket, CallError, DatabaseDump, Limits, Octets};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use resilience::{Effect, Gate, Op, http};
use secrecy::{ExposeSecret, SecretString};

use crate::{OdooSettings, SERVICE, error};

/// How a zip archive begins, and how the record at its end does, which is this long where there is no comment
/// (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, sections 4.3.7 and 4.3.16).
const BEGIN: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
/// How much of a web page is read for what it says.
const PAGE: usize = 64 << 10;
/// What Odoo's master password is until somebody changes it. Odoo takes the first other one that it is told.
const NEVER_CHANGED: &str = "admin";

/// The database manager of one database.
pub struct Dumps {
    http: reqwest::Client,
    url: String,
    database: String,
    master: SecretString,
    gate: Gate,
}

impl Dumps {
    /// The database manager, for whoever has this master password. Makes no call yet.
    pub fn new(settings: OdooSettings, master: SecretString) -> Self {
        Self {
            http: http::client_within(settings.timeout),
            url: settings.url.trim().trim_end_matches('/').to_owned(),
            database: settings.database,
            master,
            gate: Gate::open(SERVICE),
        }
    }

    /// The same, through the gate of all calls to this database.
    #[must_use]
    pub fn guarded(mut self, limits: Arc<dyn Limits>, calls_a_minute: u32) -> Self {
        let calls = Bucket::a_minute("calls", calls_a_minute);
        self.gate = self.gate.kept_by(limits, &self.database, [calls]);
        self
    }

    async fn begin(&self, within: Duration) -> Result<Response, CallError> {
        let form = [
            ("master_pwd", self.master.expose_secret().trim()),
            ("name", &self.database),
            ("backup_format", "zip"),
        ];
        let address = format!("{}/web/database/backup", self.url);
        let request = self.http.post(address).timeout(within).form(&form);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_builder() => return Err(error::unusable_settings()),
            Err(error) => return Err(http::failed(SERVICE, Effect::None, error)),
        };
        match response.status() {
            StatusCode::OK if is_page(&response) => Err(self.said_on(response).await),
            StatusCode::OK => Ok(response),
            StatusCode::TOO_MANY_REQUESTS => Err(CallError::RateLimited {
                service: SERVICE,
                retry_after: http::retry_after(response.headers()),
            }),
            status if status.is_server_error() => {
                Err(http::broke(SERVICE, Effect::None, status.as_u16()))
            }
            _ => Err(no_manager()),
        }
    }

    /// What a web page in place of the dump says.
    async fn said_on(&self, mut page: Response) -> CallError {
        let mut octets = vec![];
        while octets.len() < PAGE {
            match page.chunk().await {
                Ok(Some(piece)) => octets.extend_from_slice(&piece),
                Ok(None) => break,
                Err(error) => return http::failed(SERVICE, Effect::None, error),
            }
        }
        let said = String::from_utf8_lossy(&octets);
        if said.contains("has been disabled by the administrator") {
            no_manager()
        } else if said.contains("Access Denied") || said.contains("Access denied") {
            unauthorized(
                "the master password is wrong, or its database manager is turned off (list_db): put the right one \
                 into the secret that ODOO_MASTER_SECRET names, or leave the setting empty, and tickets are exported \
                 instead",
            )
        } else if said.contains("is not known") || said.contains("does not exist") {
            error::no_database(&self.database)
        } else {
            CallError::rejected(
                SERVICE,
                "its database manager answered with a web page in place of a dump: Odoo's log says why; without \
                 ODOO_MASTER_SECRET tickets are exported instead",
            )
        }
    }
}

#[async_trait]
impl DatabaseDump for Dumps {
    async fn dump(&self, within: Duration) -> Result<Box<dyn Octets>, CallError> {
        if self.master.expose_secret().trim() == NEVER_CHANGED {
            return Err(unauthorized(
                "the master password is \"admin\", which is nobody's: give Odoo another one (admin_passwd), and put it \
                 into the secret that ODOO_MASTER_SECRET names",
            ));
        }
        let op = Op::new("odoo.web/database/backup", Effect::None);
        let response = self
            .gate
            .call(op, async || self.begin(within).await)
            .await?;
        Ok(Box::new(Download {
            response,
            begin: vec![],
            end: vec![],
        }))
    }
}

fn is_page(response: &Response) -> bool {
    let media_type = response.headers().get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("text/html"))
}

fn no_manager() -> CallError {
    CallError::rejected(
        SERVICE,
        "its database manager is turned off, as hosts do: leave ODOO_MASTER_SECRET empty, and tickets are exported instead",
    )
}

fn unauthorized(reason: &str) -> CallError {
    CallError::Unauthorized {
        service: SERVICE,
        reason: reason.to_owned(),
    }
}

/// A dump on its way, with the octets that tell whether it is one.
struct Download {
    response: Response,
    begin: Vec<u8>,
    end: Vec<u8>,
}

impl Download {
    fn looks_at(&mut self, piece: &[u8]) -> Result<(), CallError> {
        if self.begin.len() < BEGIN.len() {
            let lacking = BEGIN.len() - self.begin.len();
            self.begin.extend(piece.iter().take(lacking));
            if !BEGIN.starts_with(&self.begin) {
                return Err(CallError::rejected(
                    SERVICE,
                    "what it sent as its dump is no zip archive: is something before it that changes answers?",
                ));
            }
        }
        let kept = piece.len().saturating_sub(END_LENGTH);
        self.end.extend_from_slice(&piece[kept..]);
        let old = self.end.len().saturating_sub(END_LENGTH);
        self.end.drain(..old);
        Ok(())
    }

    /// Whether all came: a dump that breaks off ends like no archive does.
    fn is_whole(&self) -> bool {
        self.begin == BEGIN && self.end.len() == END_LENGTH && self.end.starts_with(END)
    }
}

#[async_trait]
impl Octets for Download {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        let piece = self.response.chunk().await;
        match piece.map_err(|error| http::failed(SERVICE, Effect::None, error))? {
            Some(piece) => {
                self.looks_at(&piece)?;
                Ok(Some(piece.to_vec()))
            }
            None if self.is_whole() => Ok(None),
            None => Err(CallError::unreachable(
                SERVICE,
                "its dump broke off: it does not end as a zip archive does",
            )),
        }
    }
}

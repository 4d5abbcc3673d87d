//! A helpdesk in memory: Odoo with either helpdesk app. It is [`Tickets`](ports::Tickets) itself, and
//! the state behind the server in `local`.
//!
//! - `schema` holds the models and fields of both apps, `fresh` what a new database brings.
//! - `records` finds and reads, `changes` makes and changes, `values` and `fields` say what a field
//!   takes; `load`, `posting` and `search` are what Odoo's methods of these names do.
//! - `port` is the helpdesk as the product sees it, `export` as a backup does, `view` as a person does;
//!   `people` do to it what the product cannot.
//!
//! Fault switches are named by model and method, as on the wire: `helpdesk.ticket/load`.

mod changes;
mod error;
mod export;
mod fields;
mod fresh;
mod load;
mod people;
mod port;
mod posting;
mod records;
pub mod schema;
mod search;
#[cfg(test)]
mod traps;
mod values;
mod view;

use std::sync::{Arc, Mutex};

pub use self::error::OdooError;
pub use self::load::{LoadContext, Loaded};
pub use self::posting::{Posting, escaped};
pub use self::records::{API_PARTNER, API_USER, Caller, Records, Row};
pub use self::schema::App;
pub use self::view::{FileView, NoteView, TicketView};
use crate::Faults;
use crate::faults::lock;

/// The helpdesk.
#[derive(Default)]
pub struct FakeOdoo {
    /// What goes wrong with which call.
    pub faults: Arc<Faults>,
    records: Mutex<Records>,
    /// The status of the web page that answers every call, while one does.
    page: Mutex<Option<u16>>,
}

impl FakeOdoo {
    /// A helpdesk with a team and stages, without tickets.
    pub fn with_faults(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// A helpdesk with this app.
    pub fn with_app(app: App) -> Self {
        Self {
            records: Mutex::new(Records::fresh(app)),
            ..Self::default()
        }
    }

    /// Which app is installed.
    pub fn app(&self) -> App {
        lock(&self.records).app
    }

    /// Works on the database as somebody who may do everything, as one transaction.
    pub fn transaction<T>(&self, work: impl FnOnce(&mut Records) -> T) -> T {
        self.transaction_of(Caller::Person, work)
    }

    /// Works on the database as this caller, as one transaction.
    pub fn transaction_of<T>(&self, caller: Caller, work: impl FnOnce(&mut Records) -> T) -> T {
        let mut records = lock(&self.records);
        records.caller = caller;
        work(&mut records)
    }

    /// The status of the web page that answers every call, while one does.
    pub fn page(&self) -> Option<u16> {
        *lock(&self.page)
    }

    /// From now on a web page with this status answers every call, as when Odoo is being updated or
    /// something stands before it.
    pub fn shows_a_page(&self, status: u16) {
        *lock(&self.page) = Some(status);
    }

    /// From now on Odoo itself answers again.
    pub fn answers_again(&self) {
        *lock(&self.page) = None;
    }

    /// Everything in the database, as one text without times: two helpdesks that hold the same have
    /// the same text.
    pub fn dump(&self) -> String {
        self.transaction(|records| records.dump())
    }
}

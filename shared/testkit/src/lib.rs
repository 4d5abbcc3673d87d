//! The outside world in memory. The fakes here are the state behind the servers of `local`, so there
//! is one truth; each passes the contract suite that its real adapter passes.

pub mod alerts;
pub mod archive;
pub mod bank;
pub mod canary;
pub mod clock;
pub mod contract;
pub mod faults;
pub mod gmail;
pub mod holds;
pub mod knowledge;
pub mod ledger;
pub mod limits;
pub mod model;
pub mod odoo;
pub mod queue;
pub mod storm;
pub mod traces;

pub use clock::FakeClock;
pub use faults::{Fault, Faults};
pub use holds::{Hold, Point};

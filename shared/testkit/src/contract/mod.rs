//! One suite a port: what every implementation must do, fake or real.

pub mod alerts;
pub mod knowledge;
pub mod ledger;
pub mod mailbox;
pub mod model;
pub mod tickets;

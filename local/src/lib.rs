//! The outside world on one machine, over its real protocols.

pub mod aws;
pub mod chaos;
pub mod control;
pub mod gemini;
pub mod gmail;
pub mod odoo;
pub mod places;
pub mod postgres;
mod process;
pub mod pubsub;
pub mod qdrant;
pub mod slack;
pub mod story;
pub mod traces;
pub mod world;

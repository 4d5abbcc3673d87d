//! What `cargo xtask` does for a developer: it brings the product up on this machine, runs every
//! test, and holds the rules of the house true.

pub mod bench;
pub mod compile;
pub mod floors;
pub mod fuzz;
pub mod infra;
pub mod lint;
pub mod progress;
pub mod python;
pub mod sizes;
pub mod structure;
pub mod suite;
pub mod template;
pub mod tidy;
pub mod up;
pub mod workspace;

//! The deployed product on the whole world: real executables, real protocols, real faults.
//!
//! Each test has a world of its own. They are run by `cargo xtask test`, which builds the functions.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod alarms;
mod attacks;
mod backup;
mod canaries;
mod chaos;
mod conversations;
mod deployment;
mod doctor;
mod doors;
mod forget;
mod health;
mod house;
mod logs;
mod mishaps;
mod monsters;
mod samples;
mod setup;
mod traces;

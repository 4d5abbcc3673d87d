//! The deployed product on the whole world: real executables, real protocols, real faults.
//!
//! Each test has a world of its own. They are run by `cargo xtask test`, which builds the functions.

mod doors;
mod house;
mod mishaps;
mod monsters;
mod samples;

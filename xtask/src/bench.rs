//! `cargo xtask bench`: measurements. They print what they saw and fail for no slowness.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;

use crate::progress::Progress;
use crate::python::Environment;
use crate::workspace::{Workspace, cargo};

/// What can be measured.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Measured {
    /// How long it takes to look a conversation up among millions of turns, with the query plans
    Memory {
        /// How many turns there are; ten million take some minutes and about 10 GB below the
        /// temporary folder
        #[arg(long, default_value_t = 10_000_000)]
        turns: u64,
    },
}

/// Measures, with the servers that it needs.
pub fn run(measured: Measured) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let environment = Environment::of_product(&workspace.root)?;
    environment.make_ready(&Progress::default())?;
    let Measured::Memory { turns } = measured;
    let status = cargo(&workspace.root)
        .args([
            "run",
            "--quiet",
            "-p",
            "store_postgres",
            "--example",
            "memory",
            "--",
        ])
        .arg(turns.to_string())
        .env("HELPDESK_VENV", &environment.folder)
        .status()
        .context("cargo cannot be started")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

//! `cargo xtask tidy` and `cargo xtask structure`: the sources in order, and the rules of the house.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::structure::{House, Report};
use crate::workspace::{Workspace, cargo};

/// Formats every crate, then tells what the structure check would say.
pub fn tidy() -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let formatted = cargo(&workspace.root)
        .args(["fmt", "--all"])
        .status()
        .context("cannot run cargo fmt")?;
    ensure!(formatted.success(), "cargo fmt failed");
    let report = House::read(&workspace)?.check();
    tell(&report);
    Ok(ExitCode::SUCCESS)
}

/// Checks the rules of the house; fails where one is broken.
pub fn structure() -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let report = House::read(&workspace)?.check();
    tell(&report);
    Ok(if report.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn tell(report: &Report) {
    for warning in &report.warnings {
        eprintln!("warning: {warning}");
    }
    for violation in &report.violations {
        eprintln!("{violation}");
    }
    match report.violations.len() {
        0 => eprintln!("structure: every rule of the house is kept"),
        1 => eprintln!("structure: one rule is broken"),
        count => eprintln!("structure: rules are broken in {count} places"),
    }
}

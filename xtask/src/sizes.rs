//! `cargo xtask sizes`: what each function weighs as Lambda gets it. A cold start begins with fetching
//! and unpacking it, so a function over the budget fails, with its name and its size.
#![expect(clippy::print_stdout, reason = "a table is for stdout")]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::progress::Progress;
use crate::python::Environment;
use crate::workspace::{Workspace, cargo, path_beginning_with};

/// What a function may weigh, zipped, in octets.
const BUDGET: u64 = 6_000_000;

/// Measures the zips below `folder`, one folder a function, as `cargo lambda build` leaves them.
/// Builds them first, for arm64, where no folder is named.
pub fn run(folder: Option<&Path>) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let names: Vec<&str> = workspace
        .functions()
        .map(|room| room.name.as_str())
        .collect();
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => build(&workspace, &names)?,
    };
    let sizes = measure(&folder, &names)?;
    for (name, size) in &sizes {
        println!("{name:<20} {:>12}", megabytes(*size));
    }
    let complaints = complaints(&sizes, &folder);
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    Ok(if complaints.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn build(workspace: &Workspace, names: &[&str]) -> Result<PathBuf> {
    let progress = Progress::default();
    let builders = Environment::of_builders(&workspace.root)?;
    builders.make_ready(&progress)?;
    progress.say("building the functions for Lambda, which takes its time");
    let folder = workspace.target.join("lambda");
    let mut build = cargo(&workspace.root);
    build.args(["lambda", "build", "--release", "--arm64", "--locked"]);
    build.args(["--output-format", "zip", "--lambda-dir"]);
    build.arg(&folder);
    for name in names {
        build.args(["--package", name]);
    }
    build.env("PATH", path_beginning_with(builders.folder.join("bin"))?);
    let status = build.status().context("cargo cannot be started")?;
    ensure!(
        status.success(),
        "the functions cannot be built: cargo's reasons stand above"
    );
    Ok(folder)
}

/// The size of each function's zip, `None` where there is no zip.
fn measure<'a>(folder: &Path, names: &[&'a str]) -> Result<Vec<(&'a str, Option<u64>)>> {
    let size = |name| {
        let zip = folder.join(name).join("bootstrap.zip");
        match fs::metadata(&zip) {
            Ok(found) => Ok((name, Some(found.len()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok((name, None)),
            Err(error) => Err(error).with_context(|| format!("cannot look at {}", zip.display())),
        }
    };
    names.iter().map(|name| size(*name)).collect()
}

fn complaints(sizes: &[(&str, Option<u64>)], folder: &Path) -> Vec<String> {
    let budget = megabytes(Some(BUDGET));
    sizes
        .iter()
        .filter_map(|(name, size)| match size {
            None => Some(format!("{name} has no zip below {}", folder.display())),
            Some(octets) if *octets > BUDGET => Some(format!(
                "{name} weighs {}, its budget is {budget}",
                megabytes(*size)
            )),
            Some(_) => None,
        })
        .collect()
}

/// A size to read, rounded up, so that nothing over the budget looks like the budget.
fn megabytes(octets: Option<u64>) -> String {
    octets.map_or_else(
        || "-".to_owned(),
        |octets| {
            let hundredths = octets.div_ceil(10_000);
            format!("{}.{:02} MB", hundredths / 100, hundredths % 100)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(name: &str, octets: u64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(name)).unwrap();
        let zip = fs::File::create(folder.path().join(name).join("bootstrap.zip")).unwrap();
        zip.set_len(octets).unwrap();
        folder
    }

    fn said_of(folder: &Path, names: &[&str]) -> Vec<String> {
        complaints(&measure(folder, names).unwrap(), folder)
    }

    #[test]
    fn a_function_within_its_budget_is_fine() {
        let folder = folder_with("triage", BUDGET);
        assert!(said_of(folder.path(), &["triage"]).is_empty());
    }

    #[test]
    fn a_function_over_its_budget_is_named_with_its_size() {
        let folder = folder_with("triage", BUDGET + 1);
        let said = said_of(folder.path(), &["triage"]);
        assert_eq!(said, ["triage weighs 6.01 MB, its budget is 6.00 MB"]);
    }

    #[test]
    fn a_function_that_was_not_built_is_named() {
        let folder = folder_with("triage", 1);
        let said = said_of(folder.path(), &["ingest", "triage"]);
        assert!(said.len() == 1 && said[0].starts_with("ingest has no zip"));
    }
}

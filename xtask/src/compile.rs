//! Builds programs in one call of cargo, and shows how far it is.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{DependencyKind, MetadataCommand, PackageId};
use serde_json::Value;

use crate::progress::Progress;
use crate::workspace::{Workspace, cargo};

/// Without a terminal, one line is said this often.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Before cargo's first word.
const WAITING: &str =
    "waiting for cargo, which fetches packages first and lets another cargo finish";

/// What to build.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// The programs of these packages.
    Programs(&'a [&'a str]),
    /// Every program of the workspace, and every test, with the features that the tests use.
    ProgramsAndTests,
}

/// Builds in the dev profile. Cargo shows its own progress on a terminal; elsewhere a line every ten
/// seconds tells how many of the packages are done.
pub fn build(workspace: &Workspace, selection: Selection<'_>, progress: &Progress) -> Result<()> {
    let mut command = cargo(&workspace.root);
    command.arg("build").stdin(Stdio::null());
    match selection {
        Selection::Programs(packages) => {
            for package in packages {
                command.args(["--package", package]);
            }
            command.arg("--bins");
        }
        Selection::ProgramsAndTests => {
            command.args(["--workspace", "--lib", "--bins", "--tests"]);
        }
    }
    let status = if std::io::stderr().is_terminal() {
        command
            .stdout(Stdio::null())
            .status()
            .context("cannot run cargo")?
    } else {
        counted(command, needed(workspace, selection), progress)?
    };
    ensure!(
        status.success(),
        "the build failed: cargo's reasons stand above"
    );
    Ok(())
}

fn counted(
    mut command: Command,
    total: Option<usize>,
    progress: &Progress,
) -> Result<std::process::ExitStatus> {
    let child = command
        .args(["--quiet", "--message-format=json-render-diagnostics"])
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let mut built = BTreeSet::new();
    let mut said = Instant::now();
    let ended = progress.follow(child, WAITING, |line| {
        let message: Value = serde_json::from_str(line).ok()?;
        if message["reason"] == "compiler-artifact" {
            built.insert(message["package_id"].as_str()?.to_owned());
        }
        if said.elapsed() < BETWEEN_LINES {
            return None;
        }
        said = Instant::now();
        Some(match total {
            Some(total) => format!("building: {} of {total} packages", built.len()),
            None => format!("building: {} packages", built.len()),
        })
    })?;
    Ok(ended.status)
}

/// How many packages a selection takes, its dependencies included. Unknown where cargo cannot tell.
fn needed(workspace: &Workspace, selection: Selection<'_>) -> Option<usize> {
    let host = host()?;
    let metadata = MetadataCommand::new()
        .manifest_path(workspace.root.join("Cargo.toml"))
        .other_options(["--filter-platform".to_owned(), host])
        .exec()
        .ok()?;
    let selected = |name: &str| match selection {
        Selection::Programs(packages) => packages.contains(&name),
        Selection::ProgramsAndTests => true,
    };
    let tests = matches!(selection, Selection::ProgramsAndTests);
    let mut open: Vec<&PackageId> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| selected(&package.name))
        .map(|package| &package.id)
        .collect();
    let nodes = &metadata.resolve.as_ref()?.nodes;
    let mut needed: BTreeSet<&PackageId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !needed.insert(id) {
            continue;
        }
        let own = metadata.workspace_members.contains(id);
        let node = nodes.iter().find(|node| node.id == *id)?;
        let taken = node.deps.iter().filter(|dependency| {
            dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development || (tests && own))
        });
        open.extend(taken.map(|dependency| &dependency.pkg));
    }
    Some(needed.len())
}

/// The platform that the compiler builds for.
pub(crate) fn host() -> Option<String> {
    let output = Command::new("rustc").arg("-vV").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "))?;
    Some(host.to_owned())
}

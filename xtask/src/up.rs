//! `cargo xtask up`: makes ready what the product needs on this machine, then hands over to it.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::compile::{self, Selection};
use crate::progress::Progress;
use crate::python::Environment;
use crate::workspace::Workspace;

/// The package and the program that plays the outside world and tells each mail's story.
const LOCAL: &str = "local";

/// Builds everything and becomes `local up`, or another play of it: from then on this process is that program, so that its
/// exit code, its output and Ctrl-C are its own. Returns only where something failed before.
pub fn run(play: &str, options: &[OsString]) -> Result<Infallible> {
    let workspace = Workspace::read()?;
    let mut packages: Vec<&str> = workspace
        .functions()
        .map(|room| room.name.as_str())
        .collect();
    packages.push(LOCAL);
    let mut command = ready(&workspace, play, &packages, options)?;
    command
        .arg("--template")
        .arg(workspace.root.join("template.yaml"));
    become_it(command.args(options))
}

/// Becomes `local rehearse`, which builds no functions: SAM does, with the tools that are made ready here.
pub fn rehearse(options: &[OsString]) -> Result<Infallible> {
    let workspace = Workspace::read()?;
    let mut command = ready(&workspace, "rehearse", &[LOCAL, "cli"], options)?;
    let progress = Progress::default();
    let mut tools = OsString::new();
    // cargo-lambda finds zig by the first python there is.
    for environment in [
        Environment::of_builders(&workspace.root)?,
        Environment::of_linters(&workspace.root)?,
    ] {
        environment.make_ready(&progress)?;
        if !tools.is_empty() {
            tools.push(":");
        }
        tools.push(environment.folder.join("bin"));
    }
    become_it(command.arg("--tools").arg(tools).args(options))
}

/// The program, built, with what it needs on this machine. Where only help is asked for, it is become at once.
fn ready(
    workspace: &Workspace,
    play: &str,
    packages: &[&str],
    options: &[OsString],
) -> Result<Command> {
    let progress = Progress::default();
    let local = workspace.rooms.iter().find(|room| room.name == LOCAL);
    ensure!(
        local.is_some_and(|room| room.has_binary),
        "the package `local` has no program"
    );
    let mut command = Command::new(workspace.binaries().join(LOCAL));
    command.current_dir(&workspace.root).arg(play);
    if asks_for_help(options) {
        compile::build(workspace, Selection::Programs(&[LOCAL]), &progress)?;
        match become_it(command.args(options))? {}
    }
    let environment = Environment::of_product(&workspace.root)?;
    environment.make_ready(&progress)?;
    progress.say(&format!("building {}", packages.join(", ")));
    compile::build(workspace, Selection::Programs(packages), &progress)?;
    progress.say("built; starting");
    command
        .arg("--venv")
        .arg(&environment.folder)
        .arg("--binaries")
        .arg(workspace.binaries());
    Ok(command)
}

fn become_it(command: &mut Command) -> Result<Infallible> {
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", command.get_program().display()))
}

fn asks_for_help(options: &[OsString]) -> bool {
    options
        .iter()
        .any(|option| option == "--help" || option == "-h")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn help_is_asked_for_anywhere_among_the_options() {
        assert!(asks_for_help(&options(&["--once", "--help"])));
        assert!(asks_for_help(&options(&["-h"])));
        assert!(!asks_for_help(&options(&["--once", "--mails", "help"])));
    }
}

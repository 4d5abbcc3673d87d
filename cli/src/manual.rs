//! `helpdesk completions` and `helpdesk man`: what a shell and its reader know of the commands.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;

/// Prints what lets this shell complete.
pub fn completions(shell: Shell, mut command: Command) -> anyhow::Result<ExitCode> {
    let mut script = vec![];
    clap_complete::generate(shell, &mut command, "helpdesk", &mut script);
    // Whoever reads only its beginning is no fault.
    match io::Write::write_all(&mut io::stdout(), &script) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Writes `helpdesk.1` and a page for each command below it.
pub fn pages(folder: &Path, command: Command) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .with_context(|| format!("writing pages to {}", folder.display()))?;
    println!(
        "man -M {} helpdesk",
        folder.parent().unwrap_or(folder).display()
    );
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::Cli;

    #[test]
    fn every_command_has_its_page() {
        let folder = tempfile::tempdir().unwrap();
        pages(folder.path(), Cli::command()).unwrap();
        let page = std::fs::read_to_string(folder.path().join("helpdesk-dlq-replay.1")).unwrap();
        assert!(page.contains("dry\\-run"), "{page}");
        for command in Cli::command().get_subcommands() {
            let page = folder
                .path()
                .join(format!("helpdesk-{}.1", command.get_name()));
            assert!(page.exists(), "{}", page.display());
        }
    }
}

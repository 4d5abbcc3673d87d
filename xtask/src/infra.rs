//! What `cargo xtask lint` asks of `infra/`: Terraform's own format, files that can be read, and nothing that
//! checkov knows to be unsafe, in `infra/` or in `template.yaml`. Whether the providers agree with their resources
//! only `terraform validate` tells, which needs a network.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::progress::Progress;
use crate::python::Environment;

/// Each scan's options. What is passed over in `infra/` is said there, what in the template, in a file of its own.
const SCANS: [&str; 2] = [
    "--directory infra --framework terraform",
    "--file template.yaml --framework cloudformation --config-file xtask/checkov-template.yaml",
];

/// Runs every check, also after one that finds something. Whether all were passed.
pub fn lint(root: &Path, linters: &Environment, progress: &Progress) -> Result<bool> {
    let formatted = formatted(root, progress)?;
    let read = passes(
        "hcl2tojson",
        Command::new(linters.program("hcl2tojson"))
            .args(["--quiet", "--ndjson", "infra"])
            .stdout(Stdio::null())
            .current_dir(root),
        progress,
    )?;
    Ok(formatted & read & scanned(root, progress)?)
}

/// Terraform is no Python package, so not every machine has it. hcl2tojson reads the files there all the same.
fn formatted(root: &Path, progress: &Progress) -> Result<bool> {
    let present = Command::new("terraform")
        .arg("-version")
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match present {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            progress.say("there is no terraform on the path: the format of infra/ is NOT checked");
            return Ok(true);
        }
        other => other.context("cannot run terraform")?,
    };
    passes(
        "terraform",
        Command::new("terraform")
            .args(["fmt", "-check", "-diff", "-recursive", "infra"])
            .current_dir(root),
        progress,
    )
}

fn scanned(root: &Path, progress: &Progress) -> Result<bool> {
    let scanners = Environment::of_scanners(root)?;
    scanners.make_ready(progress)?;
    let mut clean = true;
    for scan in SCANS {
        clean &= passes(
            "checkov",
            Command::new(scanners.program("checkov"))
                .args(["--quiet", "--compact", "--skip-download"])
                .args(scan.split(' '))
                .current_dir(root),
            progress,
        )?;
    }
    Ok(clean)
}

fn passes(name: &str, command: &mut Command, progress: &Progress) -> Result<bool> {
    progress.say(&format!("{name} checks"));
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {name}"))?;
    if !status.success() {
        progress.say(&format!("{name} found something: {status}"));
    }
    Ok(status.success())
}

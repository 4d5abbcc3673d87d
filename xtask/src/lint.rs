//! `cargo xtask lint`: the template as `sam` and `cfn-lint` see it, the workflows as `zizmor` does, and
//! `infra/`. Needs no credentials and, once the linters are installed, no network.

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::infra;
use crate::progress::Progress;
use crate::python::Environment;
use crate::workspace::Workspace;

/// Each linter, and what it is told. Two of them ask which region's resources to check against.
const LINTERS: [(&str, &str); 3] = [
    (
        "sam",
        "validate --lint --region us-east-1 --template-file template.yaml",
    ),
    ("cfn-lint", "--regions us-east-1 -- template.yaml"),
    (
        "zizmor",
        "--offline --pedantic --strict-collection --quiet .",
    ),
];

/// Runs every linter. All speak, also where the first one finds something.
pub fn run() -> Result<ExitCode> {
    let progress = Progress::default();
    let workspace = Workspace::read()?;
    let linters = Environment::of_linters(&workspace.root)?;
    linters.make_ready(&progress)?;
    let mut clean = true;
    for (linter, arguments) in LINTERS {
        progress.say(&format!("{linter} checks"));
        let status = Command::new(linters.program(linter))
            .args(arguments.split(' '))
            .current_dir(&workspace.root)
            .env("SAM_CLI_TELEMETRY", "0")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("cannot run {linter}"))?;
        if !status.success() {
            progress.say(&format!("{linter} found something: {status}"));
            clean = false;
        }
    }
    clean &= infra::lint(&workspace.root, &linters, &progress)?;
    Ok(if clean {
        progress.say("the linters find nothing");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

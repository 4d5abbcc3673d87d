//! `cargo xtask lint`: the template as `sam` and `cfn-lint` see it. Needs no credentials and,
//! once the linters are installed, no network.

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::progress::Progress;
use crate::python::Environment;
use crate::workspace::Workspace;

/// Both linters ask which region's resources to check against.
const REGION: &str = "us-east-1";

/// Runs both linters over `template.yaml`. Both speak, also where the first one finds something.
pub fn run() -> Result<ExitCode> {
    let progress = Progress::default();
    let workspace = Workspace::read()?;
    let linters = Environment::of_linters(&workspace.root)?;
    linters.make_ready(&progress)?;
    let sam = ["validate", "--lint", "--region", REGION, "--template-file"];
    let cfn = ["--regions", REGION, "--"];
    let mut clean = true;
    for (linter, arguments) in [("sam", &sam[..]), ("cfn-lint", &cfn[..])] {
        progress.say(&format!("{linter} reads template.yaml"));
        let status = Command::new(linters.program(linter))
            .args(arguments)
            .arg("template.yaml")
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
    Ok(if clean {
        progress.say("the template is clean");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

//! `helpdesk env`: what a deployed stack is told, as variables that every other command takes.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use secrecy::ExposeSecret;

use crate::deployed::{Deployed, Kind, Named, in_words};

/// Which variables are printed.
#[derive(Args)]
pub struct Env {
    #[command(flatten)]
    named: Named,
    /// Print what the secrets hold, too, for commands that reach the ledger, Odoo, Gemini, Qdrant or Slack themselves
    #[arg(long)]
    secrets: bool,
}

/// Prints them, for `eval` of a shell.
pub async fn run(env: Env) -> anyhow::Result<ExitCode> {
    let deployed = Deployed::look(&env.named).await;
    if let Some(error) = deployed
        .functions
        .iter()
        .find_map(|(_, one)| one.as_ref().err())
    {
        bail!(in_words(error));
    }
    print("HELPDESK_STACK", deployed.stack.name());
    for (name, value) in deployed.told() {
        // The functions' own: what AWS gives out, and where they stand.
        if name != "STACK_NAME" && !name.starts_with("AWS_") {
            print(name, value);
        }
    }
    if env.secrets {
        for kind in Kind::ALL {
            if let Some(variable) = kind.variable() {
                match deployed.secret(kind).await {
                    Ok(value) => print(variable, value.expose_secret()),
                    Err(why) => eprintln!("{variable} is left out: {why}"),
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(name: &str, value: &str) {
    println!("{}", exported(name, value));
}

/// A line that any POSIX shell reads back as it is.
fn exported(name: &str, value: &str) -> String {
    format!("export {name}='{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_every_value_back_as_it_is() {
        for value in ["", "it's $HOME `id` \\ \"x\"", "two\nlines", "--''--"] {
            let script = format!("{}; printf %s \"$SAID\"", exported("SAID", value));
            let shell = std::process::Command::new("sh")
                .args(["-c", &script])
                .output();
            assert_eq!(String::from_utf8(shell.unwrap().stdout).unwrap(), value);
        }
    }
}

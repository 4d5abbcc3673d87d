//! The rehearsal, played: every command of the guide is run as a person would, and each must come to what it promises.

use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use local::world::{Outside, STACK};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const MAIL: &str = "events/mails/01-general-plain.eml";
/// How long it may take until the stack has read its first history, or drafted.
const PATIENCE: Duration = Duration::from_mins(3);

/// Runs all commands, one after the other.
pub async fn all(
    outside: &Outside,
    folder: &Path,
    variables: &[(String, String)],
) -> anyhow::Result<ExitCode> {
    let terminal = Terminal { variables };
    let config = format!("--config-file {}", folder.join("samconfig.toml").display());
    terminal.runs(&format!("sam build {config}")).await?;
    terminal.runs(&format!("sam deploy {config}")).await?;
    let again = terminal.runs(&format!("sam deploy {config}")).await?;
    ensure!(
        again.contains("No changes to deploy"),
        "a second deployment of the same changed something"
    );
    let client = folder.join("client.json");
    terminal
        .runs(&format!("helpdesk setup --client {}", client.display()))
        .await?;
    let sync = "eval \"$(helpdesk env)\"; helpdesk knowledge sync events/knowledge";
    terminal.runs(sync).await?;
    terminal.comes_true("helpdesk doctor").await?;
    outside.stand_ins.gmail.deliver(&std::fs::read(MAIL)?);
    println!("{MAIL} arrives");
    drafted(outside).await?;
    terminal.runs("helpdesk stats").await?;
    let gone = format!("sam delete --no-prompts --stack-name {STACK}");
    terminal.runs(&gone).await?;
    let stands = outside.aws.outputs(STACK).await?;
    ensure!(stands.is_none(), "the stack still stands");
    println!("Everything came to what it promises.");
    Ok(ExitCode::SUCCESS)
}

async fn drafted(outside: &Outside) -> anyhow::Result<()> {
    let began = Instant::now();
    while outside.stand_ins.gmail.drafts().is_empty() {
        if began.elapsed() > PATIENCE {
            bail!(
                "no draft within {PATIENCE:?}; the functions say:\n{}",
                outside.aws.log_end()
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!("a draft waits after {:.1} s", began.elapsed().as_secs_f32());
    Ok(())
}

/// A shell with the environment of whoever deploys.
struct Terminal<'a> {
    variables: &'a [(String, String)],
}

impl Terminal<'_> {
    /// Runs a line, shows what it prints, and fails where it does. Where it asks for a consent, that is given.
    async fn runs(&self, line: &str) -> anyhow::Result<String> {
        let (success, said) = self.shows(line).await?;
        ensure!(success, "{line} failed");
        Ok(said)
    }

    /// Runs a line until it succeeds.
    async fn comes_true(&self, line: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        while !self.shows(line).await?.0 {
            ensure!(began.elapsed() < PATIENCE, "{line} does not come true");
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        Ok(())
    }

    async fn shows(&self, line: &str) -> anyhow::Result<(bool, String)> {
        println!("\n$ {line}");
        let mut shell = Command::new("sh")
            .args(["-c", &format!("{line} 2>&1")])
            .envs(self.variables.iter().cloned())
            // A first look does not want what a release is built with.
            .env("SAM_BUILD_MODE", "debug")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot run {line}"))?;
        let out = shell.stdout.take().context("the shell has no output")?;
        let mut lines = BufReader::new(out).lines();
        let mut said = String::new();
        while let Some(text) = lines.next_line().await? {
            println!("{text}");
            if text.starts_with("http://") && text.contains("redirect_uri=") {
                reqwest::get(&text).await?.error_for_status()?;
            }
            said.push_str(&text);
            said.push('\n');
        }
        Ok((shell.wait().await?.success(), said))
    }
}

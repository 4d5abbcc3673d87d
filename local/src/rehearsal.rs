//! `rehearse`: the outside world without a stack, for whoever deploys the product for the first time. What is deployed
//! there is what SAM deploys, and what is set up is what `helpdesk setup` sets up. With `--play` the whole of it is done
//! by itself, as a check that the words of README still hold.

mod play;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Args;
use local::aws::{REGION, Venv};
use local::places::Places;
use local::world::{Ground, Outside, STACK};

/// Where everything lies that a person needs, below the workspace's folder.
const FOLDER: &str = ".local/rehearsal";
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What `cargo xtask rehearse` takes. The hidden ones are what it adds by itself.
#[derive(Args)]
pub struct Arguments {
    /// Do all of it, twice where a second time must change nothing, and end
    #[arg(long)]
    play: bool,
    /// The first of eight ports in a row on 127.0.0.1
    #[arg(long, default_value_t = 4566)]
    port: u16,
    #[arg(long, hide = true)]
    venv: PathBuf,
    #[arg(long, hide = true)]
    binaries: PathBuf,
    /// Folders with SAM, cargo-lambda and zig.
    #[arg(long, hide = true, value_delimiter = ':')]
    tools: Vec<PathBuf>,
}

/// Starts the world, and lets a person or itself deploy.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let venv = Venv {
        root: arguments.venv.clone(),
    };
    let ground = Ground::passing(venv, Places::from(arguments.port)?, (30, 45));
    let mut outside = Outside::start(ground).await?;
    outside.opens(Router::new()).await?;
    let somebody = ("AlertEmail".to_owned(), "desk@bank.test".to_owned());
    outside.parameters.push(somebody);
    let folder = std::env::current_dir()?.join(FOLDER);
    let variables = variables(&outside, &arguments)?;
    write_all(&folder, &outside, &variables)?;
    let pushes = pushes(&outside);
    if arguments.play {
        return tokio::select! {
            ended = play::all(&outside, &folder, &variables) => ended,
            failed = pushes => failed,
        };
    }
    println!("{}", guide(&outside));
    pushes.await
}

/// Pushes begin when somebody has deployed the stack, and go on until this ends.
async fn pushes(outside: &Outside) -> anyhow::Result<ExitCode> {
    loop {
        if let Some(outputs) = outside.aws.outputs(STACK).await? {
            outside.pusher(&outputs)?.run().await;
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The environment of whoever deploys: the emulator in place of AWS, and the keys of the stand-ins.
fn variables(outside: &Outside, arguments: &Arguments) -> anyhow::Result<Vec<(String, String)>> {
    let mut path = arguments.tools.clone();
    path.push(arguments.binaries.clone());
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let path =
        std::env::join_paths(path).context("a folder on the path has a colon in its name")?;
    let mut all = vec![
        ("PATH".to_owned(), path.to_string_lossy().into_owned()),
        (
            "AWS_ENDPOINT_URL".to_owned(),
            outside.aws.endpoint().to_owned(),
        ),
        ("AWS_REGION".to_owned(), REGION.to_owned()),
        ("AWS_DEFAULT_REGION".to_owned(), REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID".to_owned(), "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), "test".to_owned()),
        ("SAM_CLI_TELEMETRY".to_owned(), "0".to_owned()),
    ];
    let keys = [
        ("database", "DATABASE_URL"),
        ("gemini", "GEMINI_API_KEY"),
        ("qdrant", "QDRANT_API_KEY"),
        ("odoo", "ODOO_API_KEY"),
        ("slack", "SLACK_WEBHOOK_URL"),
    ];
    for (secret, variable) in keys {
        let found = outside.secrets.iter().find(|(name, _)| *name == secret);
        let value = found.map(|(_, value)| value.clone()).unwrap_or_default();
        all.push((variable.to_owned(), value));
    }
    Ok(all)
}

/// Writes what a person needs: the environment, SAM's settings, and the OAuth client.
fn write_all(
    folder: &Path,
    outside: &Outside,
    variables: &[(String, String)],
) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let mut environment = String::new();
    for (name, value) in variables {
        writeln!(environment, "export {name}='{value}'")?;
    }
    let client = outside.oauth.client_file(&outside.places.gmail_url());
    let written = [
        ("env", environment),
        ("client.json", client),
        ("samconfig.toml", samconfig(&outside.parameters)),
    ];
    for (name, text) in written {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// Settings of SAM for a stack that talks to this world.
fn samconfig(parameters: &[(String, String)]) -> String {
    let overrides = parameters.iter().map(|(name, value)| {
        let is_plain = !value.is_empty() && !value.contains([' ', '|']);
        let value = if is_plain {
            value.clone()
        } else {
            format!("\"{value}\"")
        };
        format!("    '{name}={value}',\n")
    });
    let overrides: String = overrides.collect();
    format!(
        "version = 0.1\n\n\
         [default.global.parameters]\nstack_name = \"{STACK}\"\n\n\
         [default.build.parameters]\nparallel = false\nparameter_overrides = [\n{overrides}]\n\n\
         [default.deploy.parameters]\ncapabilities = \"CAPABILITY_IAM\"\nresolve_s3 = true\n\
         s3_prefix = \"{STACK}\"\nconfirm_changeset = false\nfail_on_empty_changeset = false\n\
         parameter_overrides = [\n{overrides}]\n"
    )
}

/// What a person does next.
fn guide(outside: &Outside) -> String {
    format!(
        "An account with nothing in it is at {aws}, and around it a mailbox, Odoo, Qdrant, Gemini and Slack that stand \
         in.\nIn another terminal, in this folder:\n\n  \
         . {FOLDER}/env\n  \
         sam build --config-file {FOLDER}/samconfig.toml       # SAM_BUILD_MODE=debug before it builds faster\n  \
         sam deploy --config-file {FOLDER}/samconfig.toml\n  \
         helpdesk setup --client {FOLDER}/client.json       # open the address that it prints with curl -L\n  \
         helpdesk doctor\n  \
         eval \"$(helpdesk env)\"; helpdesk knowledge sync events/knowledge\n  \
         curl --data-binary @events/mails/01-general-plain.eml {gmail}/_control/mails\n  \
         helpdesk stats\n  \
         sam delete --no-prompts --stack-name {STACK}\n\n\
         Ctrl-C ends it, and the account with it.",
        aws = outside.aws.endpoint(),
        gmail = outside.places.gmail_url(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_sam_would_take_apart_are_quoted() {
        let parameters = [
            ("DeskName", "Bank Test"),
            ("OdooLogin", ""),
            ("OdooTeamId", "1"),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let text = samconfig(&parameters);
        for line in [
            "'DeskName=\"Bank Test\"',",
            "'OdooLogin=\"\"',",
            "'OdooTeamId=1',",
        ] {
            assert_eq!(text.matches(line).count(), 2, "{line}: {text}");
        }
    }
}

//! `helpdesk setup google`: the mailbox's credentials, tried before they are put into the stack's secret.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use mailbox_gmail::{Asked, GMAIL_URL, Gmail, GmailSettings, GoogleCredentials, OAuthClient};
use ports::Mailbox;
use secrecy::SecretString;
use serde_json::{Value, json};
use vault_secretsmanager::Vault;

/// How long a connection may say nothing.
const SILENCE: Duration = Duration::from_secs(2);

/// Which mailbox, and how the helpdesk may into it.
#[derive(Args)]
pub struct Google {
    #[command(flatten)]
    way: Way,
    /// The support mailbox
    #[arg(long, env = "GMAIL_ADDRESS")]
    address: String,
    /// The stack's name
    #[arg(long, env = "HELPDESK_STACK", default_value = "helpdesk")]
    stack: String,
    /// Where the Gmail API is
    #[arg(long, env = "GMAIL_BASE_URL", default_value = GMAIL_URL)]
    gmail_url: String,
    /// Ask also where the secret holds credentials that work
    #[arg(long)]
    replace: bool,
}

/// One of the two ways.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Way {
    /// The JSON file of an OAuth client of the type Desktop app: the mailbox's owner consents in a browser on this
    /// machine
    #[arg(long)]
    client: Option<PathBuf>,
    /// The key file of a service account with domain-wide delegation
    #[arg(long)]
    service_account: Option<PathBuf>,
}

/// Gets credentials, tries them, and puts them into the secret.
pub async fn google(google: Google) -> anyhow::Result<ExitCode> {
    let name = format!("{}/google", google.stack);
    let vault = Vault::connect().await;
    if !google.replace
        && let Ok(there) = vault.secret(&name).await
        && google.lets_in(&there).await.is_ok()
    {
        println!(
            "{name} holds credentials that let into {} already",
            google.address
        );
        return Ok(ExitCode::SUCCESS);
    }
    let secret = match (&google.way.client, &google.way.service_account) {
        (Some(file), _) => consent(&google, file).await?,
        (None, Some(file)) => delegated(&google, file)?,
        (None, None) => return Err(anyhow!("give --client or --service-account")),
    };
    google
        .lets_in(&secret)
        .await
        .context("the new credentials do not work, and nothing was changed")?;
    vault.put(&name, &secret).await?;
    println!(
        "{name} holds credentials that let into {} now",
        google.address
    );
    Ok(ExitCode::SUCCESS)
}

impl Google {
    async fn lets_in(&self, secret: &SecretString) -> anyhow::Result<()> {
        let credentials = GoogleCredentials::from_json(secret)?;
        let settings =
            GmailSettings::new(self.address.clone(), self.gmail_url.clone(), credentials);
        Gmail::connect(settings).now_at().await?;
        Ok(())
    }
}

fn read(file: &PathBuf) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(text.into())
}

async fn consent(google: &Google, file: &PathBuf) -> anyhow::Result<SecretString> {
    let client =
        OAuthClient::from_json(&read(file)?).map_err(|why| anyhow!("{}: {why}", file.display()))?;
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listening on this machine")?;
    let redirect = format!("http://{}", listener.local_addr()?);
    let asked = client.ask(&redirect, &google.address)?;
    println!(
        "Open this in a browser on this machine, and sign in as {}:\n\n{}\n",
        google.address, asked.url
    );
    let waiting = tokio::task::spawn_blocking(move || {
        let query = answer(&listener, &asked);
        query.map(|query| (asked, query))
    });
    let (asked, query) = waiting.await??;
    Ok(client.consented(&asked, &query).await?)
}

/// Waits until Google sends the browser back, and returns what it says. Browsers ask for other things, and open
/// connections on which they ask for nothing.
fn answer(listener: &TcpListener, asked: &Asked) -> anyhow::Result<String> {
    loop {
        let (mut browser, _) = listener.accept()?;
        browser.set_read_timeout(Some(SILENCE))?;
        let mut line = String::new();
        if BufReader::new(&browser).read_line(&mut line).is_err() {
            continue;
        }
        let target = line.split(' ').nth(1).unwrap_or_default();
        let query = target.split_once('?').map(|(_, query)| query.to_owned());
        let query = query.filter(|query| asked.is_answered_by(query));
        let (status, page) = match query {
            Some(_) => ("200 OK", "Thank you. You can close this page."),
            None => ("404 Not Found", "There is nothing here."),
        };
        let written = write!(
            browser,
            "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        if let Some(query) = query {
            return Ok(query);
        }
        // Whoever has gone meanwhile needs no page.
        drop(written);
    }
}

/// The key with the mailbox that it acts for.
fn delegated(google: &Google, file: &PathBuf) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut key: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    key["subject"] = json!(google.address);
    Ok(key.to_string().into())
}

//! `helpdesk setup google`: the mailbox's credentials, tried before they are put into the stack's secret.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use mailbox_gmail::{Asked, GMAIL_URL, Gmail, GmailSettings, GoogleCredentials, OAuthClient};
use ports::Mailbox as _;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vault_secretsmanager::Vault;

use super::{Outcome, Step};
use crate::deployed::{Deployed, Named};

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
    #[command(flatten)]
    named: Named,
    /// Where the Gmail API is
    #[arg(long, env = "GMAIL_BASE_URL", default_value = GMAIL_URL)]
    gmail_url: String,
    /// Ask also where the secret holds credentials that work
    #[arg(long)]
    replace: bool,
}

/// One of the two ways.
#[derive(Args)]
#[group(multiple = false)]
pub struct Way {
    /// The JSON file of an OAuth client of the type Desktop app: the mailbox's owner consents in a browser on this
    /// machine
    #[arg(long)]
    client: Option<PathBuf>,
    /// The key file of a service account with domain-wide delegation
    #[arg(long)]
    service_account: Option<PathBuf>,
}

/// A mailbox, and the secret with its credentials.
struct Mailbox<'a> {
    address: &'a str,
    gmail_url: &'a str,
    secret: String,
    vault: &'a Vault,
}

/// Gets credentials, tries them, and puts them into the secret.
pub async fn run(google: Google) -> anyhow::Result<ExitCode> {
    let vault = Vault::connect().await;
    let mailbox = Mailbox {
        address: &google.address,
        gmail_url: &google.gmail_url,
        secret: format!("{}/google", google.named.stack),
        vault: &vault,
    };
    let outcome = mailbox.settled(&google.way, google.replace).await?;
    println!("{}", Step::of("google", outcome));
    Ok(ExitCode::SUCCESS)
}

/// The same as a step of all, by the stack's settings.
pub async fn step(deployed: &Deployed, way: &Way) -> Step {
    let what = "secret google";
    let needs = &deployed.needs;
    let settings = ["GOOGLE_SECRET", "GMAIL_ADDRESS", "GMAIL_BASE_URL"];
    if let Some(setting) = needs.lack(&settings) {
        return Step::of(what, Outcome::Left(format!("{setting} is missing or bad")));
    }
    let mailbox = Mailbox {
        address: &needs.address,
        gmail_url: &needs.gmail_base_url,
        secret: needs.google.clone(),
        vault: &deployed.vault,
    };
    let settled = mailbox.settled(way, false).await;
    Step::from(what, settled.map_err(|error| format!("{error:#}")))
}

impl Mailbox<'_> {
    async fn settled(&self, way: &Way, replace: bool) -> anyhow::Result<Outcome> {
        let (name, address) = (&self.secret, self.address);
        if !replace
            && let Ok(there) = self.vault.secret(name).await
            && self.lets_in(&there).await.is_ok()
        {
            let says = format!("{name}: the mailbox {address}, as before");
            return Ok(Outcome::Stood(says));
        }
        let secret = match (&way.client, &way.service_account) {
            (Some(file), _) => self.consent(file).await?,
            (None, Some(file)) => self.delegated(file)?,
            (None, None) => bail!(
                "{name} holds no credentials that let into {address}: give --client FILE or --service-account FILE \
                 (docs/DEPLOY.md)"
            ),
        };
        let tried = self.lets_in(&secret).await;
        tried.context("the new credentials do not work, and nothing was changed")?;
        self.vault.put(name, &secret).await?;
        let says = format!("{name}: the mailbox {address}");
        Ok(Outcome::Made(says))
    }

    async fn lets_in(&self, secret: &SecretString) -> anyhow::Result<()> {
        let credentials = GoogleCredentials::from_json(secret)?;
        let settings = GmailSettings::new(self.address, self.gmail_url, credentials);
        Gmail::connect(settings).now_at().await?;
        Ok(())
    }

    async fn consent(&self, file: &Path) -> anyhow::Result<SecretString> {
        let client = OAuthClient::from_json(&read(file)?);
        let client = client.map_err(|why| anyhow!("{}: {why}", file.display()))?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listening on this machine")?;
        let redirect = format!("http://{}", listener.local_addr()?);
        let asked = client.ask(&redirect, self.address)?;
        println!(
            "Open this in a browser on this machine, and sign in as {}:\n\n{}\n",
            self.address, asked.url
        );
        let waiting = tokio::task::spawn_blocking(move || {
            let query = answer(&listener, &asked);
            query.map(|query| (asked, query))
        });
        let (asked, query) = waiting.await??;
        Ok(client.consented(&asked, &query).await?)
    }

    /// The key with the mailbox that it acts for.
    fn delegated(&self, file: &Path) -> anyhow::Result<SecretString> {
        let text = read(file)?;
        let key: Result<Value, _> = serde_json::from_str(text.expose_secret());
        let mut key = key.with_context(|| format!("{} is no JSON", file.display()))?;
        key["subject"] = json!(self.address);
        Ok(key.to_string().into())
    }
}

fn read(file: &Path) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(text.into())
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

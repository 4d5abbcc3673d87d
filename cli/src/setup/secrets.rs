//! Secrets: where one holds nothing that works, a value is taken from the environment or asked for at the terminal,
//! tried, and only then put there.

use std::io::IsTerminal;

use secrecy::SecretString;

use super::{Outcome, Step};
use crate::deployed::{Deployed, Kind};
use crate::reach::tried;

/// Those that a person has as a line of text. Google's are had by consent.
pub const ASKED_FOR: [Kind; 5] = [
    Kind::Database,
    Kind::Gemini,
    Kind::Qdrant,
    Kind::Odoo,
    Kind::Slack,
];

/// What a person is asked for.
fn question(kind: Kind) -> &'static str {
    match kind {
        Kind::Database => "The ledger's address, postgres://user:password@host/database",
        Kind::Google => "The mailbox's credentials",
        Kind::Odoo => "An API key of Odoo's (My Profile, Account Security)",
        Kind::Gemini => "A key of the Gemini API",
        Kind::Qdrant => "Qdrant's API key",
        Kind::Slack => {
            "The address of Slack's incoming webhook, https://hooks.slack.com/services/..."
        }
    }
}

/// Sees to one secret, and says whether a value was put there now.
pub async fn secret(deployed: &Deployed, kind: Kind, replace: bool) -> (Step, bool) {
    let what = format!("secret {}", kind.word());
    match settled(deployed, kind, replace).await {
        Ok(outcome) => {
            let put = matches!(outcome, Outcome::Made(_));
            (Step::of(what, outcome), put)
        }
        Err(why) => (Step::of(what, Outcome::Left(why)), false),
    }
}

async fn settled(deployed: &Deployed, kind: Kind, replace: bool) -> Result<Outcome, String> {
    let needs = &deployed.needs;
    if let Some(setting) = needs.lack(&[kind.setting()]) {
        return Err(format!("{setting} does not name it: deploy again"));
    }
    let name = kind.name(needs);
    let there = match deployed.secret(kind).await {
        Ok(value) => tried(kind, needs, &value).await,
        Err(why) => Err(why),
    };
    match there {
        Ok(into) if !replace => {
            return Ok(Outcome::Stood(format!("{name}: {into}")));
        }
        _ => {}
    }
    let value = had(kind).ok_or_else(|| {
        let variable = kind.variable().unwrap_or_default();
        let why = there.err().unwrap_or_default();
        format!("{why}; put a value into {variable}, or run this at a terminal")
    })?;
    let into = tried(kind, needs, &value).await;
    let into = into.map_err(|why| {
        format!("the value that was given does not work, and nothing was changed: {why}")
    })?;
    let put = deployed.vault.put(name, &value).await;
    put.map_err(|error| error.to_string())?;
    Ok(Outcome::Made(format!("{name}: {into}")))
}

/// A value from the environment, or what is typed at the terminal, where it is not shown.
fn had(kind: Kind) -> Option<SecretString> {
    let given = kind.variable().and_then(|name| std::env::var(name).ok());
    let given = given.unwrap_or_default();
    let given = if given.trim().is_empty() && std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{}: ", question(kind))).ok()?
    } else {
        given
    };
    let given = given.trim();
    (!given.is_empty()).then(|| SecretString::from(given))
}

//! `helpdesk setup odoo` and `helpdesk doctor odoo`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use secrecy::SecretString;
use tickets_odoo::{Odoo, OdooSettings, Outcome, Protocol};

/// Which Odoo, and as whom.
#[derive(Args)]
pub struct Where {
    /// Odoo's address, such as <https://helpdesk.example>
    #[arg(long, env = "ODOO_URL")]
    url: String,
    /// The name of the database
    #[arg(long, env = "ODOO_DATABASE")]
    database: String,
    /// The login of the API user; Odoo 16 to 18 ask for it
    #[arg(long, env = "ODOO_LOGIN")]
    login: Option<String>,
    /// auto, json-2 or json-rpc
    #[arg(long, env = "ODOO_PROTOCOL", default_value = "auto")]
    protocol: Protocol,
    /// The id of the team that gets new tickets
    #[arg(long, env = "ODOO_TEAM_ID", default_value_t = 1)]
    team: i64,
}

impl Where {
    /// The key comes from the environment alone: an argument would stand in the list of processes.
    fn odoo(self) -> anyhow::Result<Odoo> {
        let key = std::env::var("ODOO_API_KEY").unwrap_or_default();
        if key.trim().is_empty() {
            bail!(
                "ODOO_API_KEY is not set: make a key in Odoo under My Profile, Account Security, and put \
                 it into the environment"
            );
        }
        let settings = OdooSettings {
            url: self.url,
            database: self.database,
            login: self.login.filter(|login| !login.trim().is_empty()),
            protocol: self.protocol,
            team_id: self.team,
            timeout: Duration::from_secs(10),
        };
        Ok(Odoo::new(settings, SecretString::from(key)))
    }
}

/// Makes what tickets lack.
pub async fn setup(place: Where) -> anyhow::Result<ExitCode> {
    let odoo = place.odoo()?;
    let probe = odoo.probe().await.context("looking at Odoo")?;
    println!("{probe}\n");
    let things = odoo.setup().await.context("setting up Odoo")?;
    for thing in &things {
        println!("{thing}");
    }
    let count = |of: fn(&Outcome) -> bool| things.iter().filter(|t| of(&t.outcome)).count();
    let made = count(|outcome| *outcome == Outcome::Made);
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    if failed > 0 {
        println!(
            "\n{failed} of {} could not be made; see above.",
            things.len()
        );
        return Ok(ExitCode::FAILURE);
    }
    match made {
        0 => println!("\nNothing was to do."),
        _ => println!("\nOdoo is set up."),
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what is wrong.
pub async fn doctor(place: Where, json: bool) -> anyhow::Result<ExitCode> {
    let checks = place.odoo()?.doctor().await;
    for check in &checks {
        if json {
            println!("{}", serde_json::to_string(check)?);
        } else {
            println!("{check}");
        }
    }
    let all_well = checks.iter().all(|check| check.ok);
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

//! The steps beside the secrets.

use alerts_slack::Slack;
use ports::{Alerts, Clock, Knowledge, Ledger, Notice, SystemClock};
use serde_json::json;
use store_postgres::{Store, migrate};
use tickets_odoo::{Odoo, Outcome as InOdoo};
use time::{Duration, OffsetDateTime};

use super::{Outcome, Step};
use crate::deployed::{Deployed, Kind, asked, in_words};
use crate::reach;

/// A watch holds seven days. One that was renewed within the last day needs nothing.
const RENEWED: Duration = Duration::days(6);

/// Whether the stack stands, with all that its functions are told.
pub fn stack(deployed: &Deployed) -> Step {
    let name = deployed.stack.name();
    let missing = deployed
        .functions
        .iter()
        .filter_map(|(_, one)| one.as_ref().err());
    let outcome = match missing.map(in_words).next() {
        Some(why) => Outcome::Left(why),
        None => match deployed.needs.problems.as_slice() {
            [] => Outcome::Stood(format!(
                "{name} with {} functions, for {}",
                deployed.functions.len(),
                deployed.needs.address
            )),
            bad => Outcome::Left(format!("{}: set the parameters and deploy", bad.join("; "))),
        },
    };
    Step::of("stack", outcome)
}

/// The ledger's tables.
pub async fn tables(deployed: &Deployed) -> Step {
    Step::from("tables", brought_up_to_date(deployed).await)
}

async fn brought_up_to_date(deployed: &Deployed) -> Result<Outcome, String> {
    let url = deployed.secret(Kind::Database).await?;
    let applied = migrate(&url).await.map_err(|error| in_words(&error))?;
    Ok(match applied.as_slice() {
        [] => Outcome::Stood("the ledger's tables are up to date".to_owned()),
        applied => Outcome::Made(format!("applied {}", applied.join(", "))),
    })
}

/// A collection that answers are drawn from. Where one serves, it is left as it is.
pub async fn knowledge(deployed: &Deployed) -> Step {
    Step::from("knowledge", collected(deployed).await)
}

async fn collected(deployed: &Deployed) -> Result<Outcome, String> {
    let needs = &deployed.needs;
    let settings = [
        "QDRANT_URL",
        "KNOWLEDGE_COLLECTION",
        "GEMINI_EMBED_MODEL",
        "GEMINI_EMBED_DIMENSIONS",
    ];
    if let Some(setting) = needs.lack(&settings) {
        return Err(format!("{setting} is missing or bad"));
    }
    let key = deployed.secret(Kind::Qdrant).await?;
    let qdrant = reach::qdrant(needs, &key)?;
    if let Some(space) = asked(qdrant.serving()).await? {
        return Ok(Outcome::Stood(format!("answers are drawn from {space}")));
    }
    asked(qdrant.prepare(&needs.space)).await?;
    asked(qdrant.serve(&needs.space)).await?;
    Ok(Outcome::Made(format!(
        "an empty collection for {}: upload documents with `helpdesk knowledge sync`",
        needs.space
    )))
}

/// What tickets need in Odoo, a step each where something was made or failed.
pub async fn odoo(deployed: &Deployed) -> Vec<Step> {
    let what = "odoo";
    let key = match deployed.secret(Kind::Odoo).await {
        Ok(key) => key,
        Err(why) => return vec![Step::of(what, Outcome::Left(why))],
    };
    let odoo = Odoo::new(deployed.needs.odoo.clone(), key);
    let things = match odoo.setup().await {
        Ok(things) => things,
        Err(error) => return vec![Step::of(what, Outcome::Left(in_words(&error)))],
    };
    let stood = things
        .iter()
        .filter(|thing| thing.outcome == InOdoo::Stood)
        .count();
    let mut steps = vec![];
    if stood > 0 {
        let says = format!("{stood} of {} fields, tags and channels", things.len());
        steps.push(Step::of(what, Outcome::Stood(says)));
    }
    steps.extend(things.into_iter().filter_map(|thing| {
        let outcome = match thing.outcome {
            InOdoo::Stood => return None,
            InOdoo::Made => Outcome::Made(thing.what),
            InOdoo::Failed(why) => Outcome::Left(format!("{}: {why}", thing.what)),
        };
        Some(Step::of(what, outcome))
    }));
    steps
}

/// A message to the channel.
pub async fn slack(deployed: &Deployed) -> Step {
    Step::from("slack", written(deployed).await)
}

async fn written(deployed: &Deployed) -> Result<Outcome, String> {
    let webhook = deployed.secret(Kind::Slack).await?;
    let notice = Notice {
        title: format!("The helpdesk {} calls people here", deployed.stack.name()),
        lines: vec!["This is a test. Nothing is to be done.".to_owned()],
    };
    asked(Slack::new(webhook).notice(&notice)).await?;
    Ok(Outcome::Made("a test message is in the channel".to_owned()))
}

/// Gmail's watch, set by the function that renews it daily.
pub async fn watch(deployed: &Deployed) -> Step {
    Step::from("watch", watched(deployed).await)
}

async fn watched(deployed: &Deployed) -> Result<Outcome, String> {
    let url = deployed.secret(Kind::Database).await?;
    let store = Store::new(&url).map_err(|error| error.to_string())?;
    let mailbox = asked(store.mailbox(&deployed.needs.address)).await?;
    let now = SystemClock.now();
    match mailbox.watch_expires {
        Some(expires) if expires - now > RENEWED => {
            return Ok(Outcome::Stood(format!(
                "Gmail tells of mails until {expires}"
            )));
        }
        _ => {}
    }
    let renewed = deployed
        .stack
        .invoke("renew_watch", &json!({"do": "renew"}))
        .await;
    let answer = renewed.map_err(|error| in_words(&error))?;
    let expires = answer["expires"].as_i64();
    let expires = expires.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let expires =
        expires.ok_or("renew_watch does not say until when the watch holds: look at its log")?;
    Ok(Outcome::Made(format!(
        "Gmail tells of mails until {expires}"
    )))
}

/// Whether somebody gets the alerts by e-mail. Who does is the stack's to say.
pub async fn alerts(deployed: &Deployed) -> Step {
    let outcome = asked(deployed.alerts.subscribers())
        .await
        .and_then(|who| match who {
            (0, 0) => Err("nobody gets alerts by e-mail: deploy with AlertEmail".to_owned()),
            (0, _) => Err("open the mail from AWS and confirm that alerts may come".to_owned()),
            (confirmed, _) => Ok(Outcome::Stood(format!("{confirmed} get alerts by e-mail"))),
        });
    Step::from("alerts", outcome)
}

/// What is to be told to Google, which nothing here can reach.
pub async fn push(deployed: &Deployed) -> String {
    match deployed.stack.address("ingest").await {
        Ok(address) => format!(
            "Pushes come to {address}\nIt is push_endpoint in the variables of infra/: apply them again with it, unless \
             that was done."
        ),
        Err(error) => in_words(&error),
    }
}

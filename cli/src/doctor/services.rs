//! Gmail, Odoo, Gemini and Qdrant: each with its secret, as the functions use them.

use lambda_kit::within;
use ports::Knowledge;
use secrecy::SecretString;
use tickets_odoo::Odoo;

use super::{Check, Secrets};
use crate::deployed::{Deployed, Kind, LONGEST, asked};
use crate::needs::Needs;
use crate::reach::{self, tried};

/// Asks all of them at once.
pub async fn at(deployed: &Deployed, secrets: &Secrets) -> Vec<Check> {
    let needs = &deployed.needs;
    let (gmail, odoo, gemini, qdrant) = tokio::join!(
        lets_in(Kind::Google, needs, secrets),
        odoo(needs, secrets),
        gemini(needs, secrets),
        qdrant(needs, secrets),
    );
    let mut checks = vec![gmail];
    checks.extend(odoo);
    checks.extend(gemini);
    checks.extend(qdrant);
    checks
}

fn unknown(what: &str) -> Check {
    Check::not_looked_at(what, "its secret is bad")
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Google => "gmail",
        other => other.word(),
    }
}

/// Whether a service lets in with its secret.
async fn lets_in(kind: Kind, needs: &Needs, secrets: &Secrets) -> Check {
    match secrets.get(kind) {
        None => unknown(word(kind)),
        Some(value) => match tried(kind, needs, value).await {
            Ok(into) => Check::ok(word(kind), into),
            Err(why) => Check::bad(word(kind), why),
        },
    }
}

async fn odoo(needs: &Needs, secrets: &Secrets) -> Vec<Check> {
    let Some(key) = secrets.get(Kind::Odoo) else {
        return vec![unknown("odoo")];
    };
    let settings = ["ODOO_URL", "ODOO_DATABASE", "ODOO_TEAM_ID", "ODOO_PROTOCOL"];
    if let Some(setting) = needs.lack(&settings) {
        return vec![Check::not_looked_at(
            "odoo",
            format!("{setting} is missing or bad"),
        )];
    }
    let odoo = Odoo::new(needs.odoo.clone(), key.clone());
    let (looked, _) = within(LONGEST, tokio::time::timeout(LONGEST, odoo.doctor())).await;
    let Ok(looked) = looked else {
        return vec![Check::bad("odoo", "no answer: is ODOO_URL right?")];
    };
    let checks = looked.into_iter().map(|check| {
        let what = format!("odoo {}", check.what);
        if check.ok {
            Check::ok(what, check.says)
        } else {
            Check::bad(what, check.says)
        }
    });
    checks.collect()
}

async fn gemini(needs: &Needs, secrets: &Secrets) -> Vec<Check> {
    let answers = lets_in(Kind::Gemini, needs, secrets).await;
    let what = "gemini embeddings";
    let Some(key) = secrets.get(Kind::Gemini) else {
        return vec![answers, unknown(what)];
    };
    if let Some(setting) = needs.lack(&["GEMINI_BASE_URL", "GEMINI_EMBED_MODEL"]) {
        let lacking = Check::not_looked_at(what, format!("{setting} is missing or bad"));
        return vec![answers, lacking];
    }
    let model = &needs.space.model;
    let embeds = match asked(reach::gemini(needs, key).has(model)).await {
        Ok(()) => Check::ok(what, model),
        Err(why) => Check::bad(what, why),
    };
    vec![answers, embeds]
}

async fn qdrant(needs: &Needs, secrets: &Secrets) -> Vec<Check> {
    let lets_in = lets_in(Kind::Qdrant, needs, secrets).await;
    let serving = match secrets.get(Kind::Qdrant) {
        None => unknown("knowledge"),
        Some(_) if lets_in.state != super::State::Ok => {
            Check::not_looked_at("knowledge", "Qdrant does not let in")
        }
        Some(key) => knowledge(needs, key).await,
    };
    vec![lets_in, serving]
}

/// Whether answers are drawn from what the functions embed questions for.
async fn knowledge(needs: &Needs, key: &SecretString) -> Check {
    let what = "knowledge";
    let qdrant = match reach::qdrant(needs, key) {
        Ok(qdrant) => qdrant,
        Err(why) => return Check::bad(what, why),
    };
    match asked(qdrant.serving()).await {
        Ok(Some(space)) if space == needs.space => {
            Check::ok(what, format!("answers are drawn from {space}"))
        }
        Ok(Some(space)) => Check::warning(
            what,
            format!(
                "answers are drawn from {space} until every document is embedded into {}: `helpdesk knowledge status`",
                needs.space
            ),
        ),
        Ok(None) => Check::bad(
            what,
            format!(
                "no collection stands behind the alias {}: `helpdesk setup knowledge` makes an empty one, `helpdesk \
                 knowledge sync` uploads documents, `helpdesk backup restore` brings them back",
                needs.qdrant.collection
            ),
        ),
        Err(why) => Check::bad(what, why),
    }
}

//! Whether a service lets in with a secret: the cheapest call that it answers only then. Nothing is changed anywhere,
//! and no reason repeats a secret.

use knowledge_qdrant::Qdrant;
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use model_gemini::Gemini;
use ports::{Knowledge, Mailbox};
use secrecy::{ExposeSecret, SecretString};
use store_postgres::Store;
use tickets_odoo::Odoo;

use crate::deployed::{Kind, asked};
use crate::needs::Needs;

/// Whether a secret holds what it should, as far as its form tells.
pub fn shaped(kind: Kind, value: &SecretString) -> Result<(), String> {
    match kind {
        Kind::Database => Store::new(value).map(drop).map_err(|e| e.to_string()),
        Kind::Google => {
            let read = GoogleCredentials::from_json(value);
            read.map(drop).map_err(|error| error.to_string())
        }
        Kind::Slack if !resilience::is_protected(value.expose_secret().trim()) => {
            Err("it is no https address of a webhook".to_owned())
        }
        _ => Ok(()),
    }
}

/// What a secret lets into, or why it does not. Slack is not asked: all that it answers is a message.
pub async fn tried(kind: Kind, needs: &Needs, value: &SecretString) -> Result<String, String> {
    if let Some(setting) = needs.lack(settings(kind)) {
        return Err(format!("{setting} is missing or bad"));
    }
    shaped(kind, value)?;
    match kind {
        Kind::Database => {
            let store = Store::new(value).map_err(|error| error.to_string())?;
            let version = asked(store.server_version()).await?;
            Ok(format!("PostgreSQL {version}"))
        }
        Kind::Google => {
            asked(gmail(needs, value)?.now_at()).await?;
            Ok(format!("the mailbox {}", needs.address))
        }
        Kind::Odoo => {
            let odoo = Odoo::new(needs.odoo.clone(), value.clone());
            let probe = asked(odoo.probe()).await?;
            Ok(format!("Odoo {} over {}", probe.version, probe.protocol))
        }
        Kind::Gemini => {
            asked(gemini(needs, value).answers()).await?;
            let models = &needs.gemini;
            Ok(format!(
                "{}, {}",
                models.classify_model, models.answer_model
            ))
        }
        Kind::Qdrant => {
            let qdrant = qdrant(needs, value)?;
            asked(qdrant.spaces()).await?;
            let version = asked(qdrant.version()).await?;
            Ok(format!("Qdrant {version}"))
        }
        Kind::Slack => Ok("a webhook, as far as its form tells".to_owned()),
    }
}

/// The settings without which a secret cannot be tried.
fn settings(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Database | Kind::Slack => &[],
        Kind::Google => &["GMAIL_ADDRESS", "GMAIL_BASE_URL"],
        Kind::Odoo => &["ODOO_URL", "ODOO_DATABASE", "ODOO_TEAM_ID", "ODOO_PROTOCOL"],
        Kind::Gemini => &[
            "GEMINI_BASE_URL",
            "GEMINI_CLASSIFY_MODEL",
            "GEMINI_ANSWER_MODEL",
        ],
        Kind::Qdrant => &["QDRANT_URL", "KNOWLEDGE_COLLECTION"],
    }
}

/// The mailbox, with these credentials.
pub fn gmail(needs: &Needs, value: &SecretString) -> Result<Gmail, String> {
    let google = GoogleCredentials::from_json(value).map_err(|error| error.to_string())?;
    let settings = GmailSettings::new(needs.address.clone(), needs.gmail_base_url.clone(), google);
    Ok(Gmail::connect(settings))
}

/// The model, with this key.
pub fn gemini(needs: &Needs, key: &SecretString) -> Gemini {
    Gemini::new(needs.gemini.clone(), key.clone())
}

/// The knowledge base, with this key.
pub fn qdrant(needs: &Needs, key: &SecretString) -> Result<Qdrant, String> {
    let connected = Qdrant::connect(needs.qdrant.clone(), Some(key.clone()));
    connected.map_err(|error| error.to_string())
}

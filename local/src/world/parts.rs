//! Which parts of the world are stand-ins and which are real, and what the product is told of them.

use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use testkit::alerts::FakeAlerts;
use testkit::gmail::FakeGmail;
use testkit::odoo::FakeOdoo;
use tokio::task::JoinHandle;

use super::{ADDRESS, PUSH_ACCOUNT, PUSH_AUDIENCE, serve};
use crate::places::Places;
use crate::traces::{self, Receiver};
use crate::{gemini, odoo, qdrant, slack};

const ODOO_DATABASE: &str = "helpdesk";
const ODOO_KEY: &str = "local-odoo-key";
const GEMINI_KEY: &str = "local-gemini-key";
const QDRANT_KEY: &str = "local-qdrant-key";
const WEBHOOK: &str = "T000/B000/local";

/// The parts that are the real ones, with what is needed to reach them.
#[derive(Default)]
pub struct Real {
    /// Odoo: address, database, API key.
    pub odoo: Option<(String, String, String)>,
    /// Gemini's API key.
    pub gemini: Option<String>,
    /// Qdrant: address and API key.
    pub qdrant: Option<(String, String)>,
    /// The ledger's URL.
    pub database: Option<String>,
    /// Slack's webhook.
    pub slack: Option<String>,
}

impl Real {
    /// Reads the variables of the environment that README lists.
    pub fn from_env() -> Self {
        let var = |name: &str| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        };
        let odoo = match (var("ODOO_URL"), var("ODOO_DB"), var("ODOO_API_KEY")) {
            (Some(url), Some(database), Some(key)) => Some((url, database, key)),
            _ => None,
        };
        Self {
            odoo,
            gemini: var("GEMINI_API_KEY"),
            qdrant: var("QDRANT_URL").map(|url| (url, var("QDRANT_API_KEY").unwrap_or_default())),
            database: var("DATABASE_URL"),
            slack: var("SLACK_WEBHOOK_URL"),
        }
    }

    /// The names of the real parts.
    pub fn names(&self) -> Vec<&'static str> {
        let parts = [
            ("Odoo", self.odoo.is_some()),
            ("Gemini", self.gemini.is_some()),
            ("Qdrant", self.qdrant.is_some()),
            ("Postgres", self.database.is_some()),
            ("Slack", self.slack.is_some()),
        ];
        parts
            .into_iter()
            .filter(|(_, real)| *real)
            .map(|(name, _)| name)
            .collect()
    }
}

/// The state behind the stand-ins.
pub struct StandIns {
    /// Gmail.
    pub gmail: Arc<FakeGmail>,
    /// Odoo.
    pub odoo: Arc<FakeOdoo>,
    /// Slack.
    pub slack: Arc<FakeAlerts>,
    /// Gemini.
    pub gemini: Arc<gemini::Gemini>,
    /// Qdrant.
    pub qdrant: Arc<qdrant::Qdrant>,
    /// What takes traces.
    pub traces: Arc<Receiver>,
}

impl StandIns {
    pub(super) fn new(knowledge: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            gmail: Arc::new(FakeGmail::new(ADDRESS)),
            odoo: Arc::new(FakeOdoo::with_faults(Arc::default())),
            slack: Arc::new(FakeAlerts::with_faults(Arc::default())),
            gemini: Arc::new(gemini::Gemini::new(GEMINI_KEY)),
            qdrant: Arc::new(qdrant::Qdrant::open(knowledge, QDRANT_KEY)?),
            traces: Arc::default(),
        })
    }

    /// Lets all but Gmail listen. Gmail's routes need the stack, which is not there yet.
    pub(super) async fn serve(
        &self,
        places: &Places,
        odoo_master: Option<String>,
    ) -> anyhow::Result<Vec<JoinHandle<()>>> {
        let access = odoo::Access {
            master: odoo_master,
            ..odoo::Access::new(ODOO_DATABASE, ODOO_KEY)
        };
        Ok(vec![
            serve(places.odoo, odoo::router(self.odoo.clone(), access)).await?,
            serve(places.slack, slack::router(self.slack.clone(), WEBHOOK)).await?,
            serve(places.gemini, gemini::router(self.gemini.clone())).await?,
            qdrant::serve(places.qdrant, self.qdrant.clone()).await?,
            serve(places.traces, traces::router(self.traces.clone())).await?,
        ])
    }

    /// How many documents the knowledge base holds.
    pub fn documents(&self) -> usize {
        self.qdrant.documents()
    }
}

/// The stack's parameters.
pub(super) fn parameters(
    places: &Places,
    real: &Real,
    (timeout, visibility): (u32, u32),
) -> Vec<(String, String)> {
    let odoo = real.odoo.as_ref();
    let mut all = vec![
        ("GmailAddress", ADDRESS.to_owned()),
        ("GmailBaseUrl", format!("{}/", places.gmail_url())),
        ("PubsubTopic", "projects/local/topics/mail".to_owned()),
        ("PushAudience", PUSH_AUDIENCE.to_owned()),
        ("PushServiceAccount", PUSH_ACCOUNT.to_owned()),
        (
            "GoogleJwksUrl",
            format!("{}/oauth2/v3/certs", places.gmail_url()),
        ),
        ("DeskName", "Bank Test".to_owned()),
        (
            "Letterhead",
            "1 Sample Street|10000 Sampletown|help.bank.test".to_owned(),
        ),
        (
            "OdooUrl",
            odoo.map_or_else(|| places.odoo_url(), |(url, _, _)| url.clone()),
        ),
        (
            "OdooDatabase",
            odoo.map_or_else(|| ODOO_DATABASE.to_owned(), |(_, db, _)| db.clone()),
        ),
        ("OdooTeamId", "1".to_owned()),
        ("OdooLogin", std::env::var("ODOO_LOGIN").unwrap_or_default()),
        (
            "QdrantUrl",
            real.qdrant
                .as_ref()
                .map_or_else(|| places.qdrant_url(), |(url, _)| url.clone()),
        ),
        (
            "Architecture",
            if cfg!(target_arch = "aarch64") {
                "arm64"
            } else {
                "x86_64"
            }
            .to_owned(),
        ),
        ("AnswerLinkHosts", "help.bank.test".to_owned()),
        // The stand-ins set no limits, and a test's customer writes many mails a day.
        ("GmailUnits", "1000000".to_owned()),
        ("OdooCalls", "1000000".to_owned()),
        ("GeminiRequests", "100000".to_owned()),
        ("GeminiTokens", "1000000000".to_owned()),
        ("GeminiRequestsPerDay", "10000000".to_owned()),
        ("SenderBudget", "100000".to_owned()),
        ("Traces", "otlp".to_owned()),
        ("TracesUrl", places.traces_url()),
        ("PollSchedule", "rate(1 minute)".to_owned()),
        ("HandlerTimeout", timeout.to_string()),
        ("VisibilityTimeout", visibility.to_string()),
    ];
    if real.gemini.is_none() {
        all.push(("GeminiBaseUrl", places.gemini_url()));
    }
    all.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The secrets' values, by the last part of their names.
pub(super) fn secrets(
    places: &Places,
    real: &Real,
    database: &SecretString,
    google: String,
) -> Vec<(&'static str, String)> {
    let or = |real: Option<&String>, ours: &str| real.map_or_else(|| ours.to_owned(), Clone::clone);
    vec![
        ("database", database.expose_secret().to_owned()),
        ("google", google),
        (
            "odoo",
            or(real.odoo.as_ref().map(|(_, _, key)| key), ODOO_KEY),
        ),
        ("gemini", or(real.gemini.as_ref(), GEMINI_KEY)),
        (
            "qdrant",
            or(real.qdrant.as_ref().map(|(_, key)| key), QDRANT_KEY),
        ),
        (
            "slack",
            or(
                real.slack.as_ref(),
                &format!("{}/services/{WEBHOOK}", places.slack_url()),
            ),
        ),
    ]
}

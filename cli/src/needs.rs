//! What the helpdesk is told, by the names and the rules of the functions' settings.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use knowledge_qdrant::QdrantSettings;
use lambda_kit::Settings;
use lambda_kit::settings::KEYS;
use model_gemini::GeminiSettings;
use ports::{QueueName, Space};
use tickets_odoo::OdooSettings;

/// Where everything is. What is missing or bad is empty, and [`lack`](Self::lack) says so.
pub struct Needs {
    /// The names of the secrets.
    pub database: String,
    pub google: String,
    pub odoo_key: String,
    pub gemini_key: String,
    pub qdrant_key: String,
    pub slack: String,
    /// The mailbox.
    pub address: String,
    pub gmail_base_url: String,
    pub odoo: OdooSettings,
    pub gemini: GeminiSettings,
    pub qdrant: QdrantSettings,
    /// The space that documents are embedded into.
    pub space: Space,
    pub queues: HashMap<QueueName, String>,
    pub alert_topic: String,
    pub model_requests_a_day: u32,
    /// A sentence for each setting that is missing or bad, beginning with its name.
    pub problems: Vec<String>,
}

impl Needs {
    /// Reads the settings of all functions together.
    pub fn read(told: &BTreeMap<&str, &str>) -> Self {
        let values = told.iter().map(|(name, value)| (*name, value.trim()));
        let values = values.filter(|(_, value)| !value.is_empty());
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values: HashMap<String, String> = values.collect();
        let mut from = Settings::from_source(move |name| values.get(name).cloned());
        let mut needs = Self {
            database: from.text("DATABASE_SECRET"),
            google: from.text("GOOGLE_SECRET"),
            odoo_key: from.text("ODOO_SECRET"),
            gemini_key: from.text("GEMINI_SECRET"),
            qdrant_key: from.text("QDRANT_SECRET"),
            slack: from.text("SLACK_SECRET"),
            address: from.text("GMAIL_ADDRESS"),
            gmail_base_url: from.url("GMAIL_BASE_URL"),
            odoo: OdooSettings {
                url: from.url("ODOO_URL"),
                database: from.text("ODOO_DATABASE"),
                team_id: from.parsed("ODOO_TEAM_ID", "a number"),
                login: from.optional("ODOO_LOGIN"),
                protocol: from.parsed("ODOO_PROTOCOL", "auto, json-2 or json-rpc"),
                timeout: Duration::from_secs(10),
            },
            gemini: GeminiSettings {
                base_url: from.url("GEMINI_BASE_URL"),
                classify_model: from.text("GEMINI_CLASSIFY_MODEL"),
                answer_model: from.text("GEMINI_ANSWER_MODEL"),
                ..GeminiSettings::default()
            },
            qdrant: QdrantSettings {
                url: from.url("QDRANT_URL"),
                collection: from.text("KNOWLEDGE_COLLECTION"),
                timeout: Duration::from_secs(5),
            },
            space: Space {
                model: from.text("GEMINI_EMBED_MODEL"),
                dimensions: from.parsed("GEMINI_EMBED_DIMENSIONS", "a number"),
            },
            queues: from.queues(),
            alert_topic: from.text("ALERT_TOPIC_ARN"),
            model_requests_a_day: from.bounded("GEMINI_REQUESTS_PER_DAY", 1, u32::MAX),
            problems: vec![],
        };
        // What no command needs, a function still does not start without.
        for key in KEYS.iter().filter(|key| told.contains_key(key.name)) {
            from.text(key.name);
        }
        let problems = from.done().err().map(|bad| bad.problems);
        needs.problems = problems.unwrap_or_default();
        needs.problems.sort();
        needs.problems.dedup();
        needs
    }

    /// The first of these settings that is missing or bad.
    pub fn lack<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        let is_bad = |name: &str| {
            let first = |problem: &String| problem.split(' ').next() == Some(name);
            self.problems.iter().any(first)
        };
        names.iter().find(|name| is_bad(name)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_that_is_missing_or_bad_is_named_once() {
        let told = BTreeMap::from([("ODOO_URL", "ftp://odoo"), ("PUSH_AUDIENCE", " ")]);
        let needs = Needs::read(&told);
        let of = |name: &str| {
            needs
                .problems
                .iter()
                .filter(|one| one.starts_with(name))
                .count()
        };
        assert_eq!(
            (
                of("ODOO_URL "),
                of("PUSH_AUDIENCE "),
                of("DATABASE_SECRET ")
            ),
            (1, 1, 1)
        );
        assert_eq!(of("GMAIL_BASE_URL "), 0, "it has a default");
        assert_eq!(
            needs.lack(&["GMAIL_BASE_URL", "ODOO_URL"]),
            Some("ODOO_URL")
        );
        assert_eq!(needs.lack(&["GMAIL_BASE_URL"]), None);
    }
}

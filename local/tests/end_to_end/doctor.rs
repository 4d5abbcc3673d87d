//! The doctor: all green in a good house, and everything named in one with ten faults at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use local::aws::REGION;
use local::world::{STACK, function};
use ports::Ledger;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use tokio::process::Command;

use crate::house::House;

impl House {
    /// The settings of the deployed stack, as `aws lambda get-function-configuration` prints them.
    async fn deployed_settings(&self) -> Value {
        let url = format!(
            "{}/2015-03-31/functions/{}/configuration?Qualifier=live",
            self.world.aws.endpoint(),
            function("health")
        );
        let answer = reqwest::get(url).await.unwrap().text().await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    async fn doctor(&self, settings: &Value, options: &[&str]) -> Output {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), settings.to_string()).unwrap();
        let binaries = std::env::var_os("HELPDESK_BINARIES").unwrap();
        Command::new(Path::new(&binaries).join("helpdesk"))
            .args(["doctor", "--settings", file.path().to_str().unwrap()])
            .args(options)
            .env("AWS_ENDPOINT_URL", self.world.aws.endpoint())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .await
            .unwrap()
    }

    async fn breaks_in_the_ledger(&self) {
        let url = self.world.postgres.as_ref().unwrap().url();
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        let broken = "update helpdesk.mailboxes set synced_at = now() - interval '1 day';
                      delete from refinery_schema_history where version = 7;";
        client.batch_execute(broken).await.unwrap();
        let lapsed = OffsetDateTime::now_utc() - Duration::HOUR;
        let watched = self.world.ledger.watched(self.world.mailbox, lapsed).await;
        watched.unwrap();
    }
}

/// The states by what was looked at.
fn states(output: &Output) -> BTreeMap<String, (String, String)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let checks = text.lines().map(|line| {
        let check: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| check[name].as_str().unwrap().to_owned();
        (word("what"), (word("state"), word("says")))
    });
    checks.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_nothing_in_a_good_house_and_ten_faults_in_a_broken_one() {
    let house = House::new().await;
    let mut settings = house.deployed_settings().await;
    let good = house.doctor(&settings, &["--json"]).await;
    let looked = states(&good);
    assert!(!looked.is_empty(), "{good:?}");
    let not_ok: Vec<_> = looked
        .iter()
        .filter(|(_, (state, _))| state != "ok")
        .collect();
    let only_fields = |(what, _): &&(&String, &(String, String))| *what != "odoo fields";
    assert_eq!(not_ok.iter().find(only_fields), None, "{looked:#?}");
    assert!(looked.len() > 25, "{looked:#?}");

    settings["Environment"]["Variables"]["GMAIL_BASE_URL"] = json!("ftp://mail");
    for (name, value) in [
        ("google", "no json"),
        ("slack", "hooks.slack.test"),
        ("gemini", "AIzaNoSuchKey"),
        ("odoo", "no-such-key"),
    ] {
        let secret = format!("{STACK}/{name}");
        house.world.aws.put_secret(&secret, value).await.unwrap();
    }
    house.breaks_in_the_ledger().await;
    house.loses_a_queue().await;
    house.loses_its_knowledge().await;
    let broken = house.doctor(&settings, &["--json"]).await;
    assert_eq!(broken.status.code(), Some(1));
    let looked = states(&broken);
    for (what, says) in [
        ("settings", "GMAIL_BASE_URL"),
        ("secret google", "helpdesk/google"),
        ("secret slack", "helpdesk/slack"),
        ("gemini", "key"),
        ("odoo connection", "API"),
        ("ledger", "helpdesk migrate"),
        ("watch", "lapsed"),
        ("cursor", "ingest"),
        ("queue general_query", "deploy"),
        ("qdrant", "helpdesk backup restore"),
    ] {
        let (state, said) = looked
            .get(what)
            .unwrap_or_else(|| panic!("{what}: {looked:#?}"));
        assert_eq!(state, "bad", "{what} {said}");
        assert!(said.contains(says), "{what}: {said}");
    }
    assert_eq!(looked["gmail"].0, "not_looked_at");
    let told = String::from_utf8(broken.stdout).unwrap();
    for (_, secret) in &house.world.secrets {
        assert!(!told.contains(secret.as_str()), "{told}");
    }
    let page = house.doctor(&settings, &[]).await;
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(
        page.contains("BAD   secret google") && page.contains("things are wrong."),
        "{page}"
    );
}

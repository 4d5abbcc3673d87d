//! The doctor: all green in a good house, and everything named in one with faults everywhere at once.

use std::collections::BTreeMap;
use std::process::Output;

use local::world::{STACK, function};
use ports::Ledger;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::house::{House, repository};

/// A document that answers what the tests ask.
pub fn cards() -> String {
    std::fs::read_to_string(repository().join("events/knowledge/cards.md")).unwrap()
}

impl House {
    async fn doctor(&self, options: &[&str]) -> Output {
        let mut command = self.operator(&["doctor"]);
        command.args(options).output().await.unwrap()
    }

    /// Runs statements in the ledger's database.
    pub async fn breaks_its_tables(&self, statements: &str) {
        let url = self.world.postgres.as_ref().unwrap().url();
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client.batch_execute(statements).await.unwrap();
    }

    /// Somebody gets the stack's alerts.
    pub async fn subscribes(&self, address: &str) {
        let topic = self.world.outputs.get("AlertTopicArn").unwrap();
        let form = [
            ("Action", "Subscribe"),
            ("Version", "2010-03-31"),
            ("TopicArn", topic),
            ("Protocol", "email"),
            ("Endpoint", address),
        ];
        self.aws_is_told("sns", &form).await;
    }

    /// Calls an API of AWS that takes forms.
    async fn aws_is_told(&self, service: &str, form: &[(&str, &str)]) {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let body: Vec<String> = form
            .iter()
            .map(|(name, value)| {
                let value: String =
                    url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                format!("{name}={value}")
            })
            .collect();
        let answer = reqwest::Client::new()
            .post(self.world.aws.endpoint())
            .header("Authorization", credential)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{}", answer.text().await.unwrap());
    }

    /// Somebody changes a setting of a function that is live.
    async fn is_told_otherwise(&self, folder: &str, setting: &str, value: &str) {
        let name = function(folder);
        let functions = format!("{}/2015-03-31/functions/{name}", self.world.aws.endpoint());
        let client = reqwest::Client::new();
        let read = |answer: reqwest::Response| async move {
            let text = answer.text().await.unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let url = format!("{functions}/configuration");
        let mut now = read(client.get(&url).send().await.unwrap()).await;
        now["Environment"]["Variables"][setting] = json!(value);
        let changed = json!({ "Environment": { "Variables": now["Environment"]["Variables"] } });
        let put = client.put(&url).body(changed.to_string()).send().await;
        assert!(put.unwrap().status().is_success());
        let published = client
            .post(format!("{functions}/versions"))
            .body("{}")
            .send();
        let version = read(published.await.unwrap()).await["Version"].clone();
        let alias = json!({ "FunctionVersion": version }).to_string();
        let url = format!("{functions}/aliases/live");
        let moved = client.put(url).body(alias).send().await.unwrap();
        assert!(moved.status().is_success());
    }

    /// Somebody takes a policy from a function's role.
    async fn loses_a_right(&self, role: &str, policy: &str) {
        let resources = self.world.aws.resources(STACK).await.unwrap();
        let (_, role) = resources.iter().find(|(id, _)| id == role).unwrap();
        let form = [
            ("Action", "DeleteRolePolicy"),
            ("Version", "2010-05-08"),
            ("RoleName", role),
            ("PolicyName", policy),
        ];
        self.aws_is_told("iam", &form).await;
    }

    /// Somebody turns off what feeds a function.
    async fn is_not_fed(&self, folder: &str) {
        let mappings = format!(
            "{}/2015-03-31/event-source-mappings",
            self.world.aws.endpoint()
        );
        let client = reqwest::Client::new();
        let all = client.get(format!("{mappings}/")).send().await.unwrap();
        let all: Value = serde_json::from_str(&all.text().await.unwrap()).unwrap();
        let name = function(folder);
        let mut mappings_of = all["EventSourceMappings"].as_array().unwrap().iter();
        let one = mappings_of.find(|one| one["FunctionArn"].as_str().unwrap().contains(&name));
        let id = one.unwrap()["UUID"].as_str().unwrap();
        let off = client
            .put(format!("{mappings}/{id}"))
            .body(r#"{"Enabled": false}"#);
        assert!(off.send().await.unwrap().status().is_success());
    }

    async fn breaks_in_the_ledger(&self) {
        let broken = "update helpdesk.mailboxes set synced_at = now() - interval '1 day';
                      delete from refinery_schema_history where version = 7;
                      insert into helpdesk.rate_buckets values ('gemini/requests a day', now() + interval '23 hours')
                      on conflict (name) do update set full_at = excluded.full_at;
                      insert into helpdesk.outages (gate, since) values ('odoo/helpdesk', now() - interval '1 hour')";
        self.breaks_its_tables(broken).await;
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
async fn the_doctor_finds_nothing_in_a_good_house_and_each_fault_in_a_broken_one() {
    let house = House::new().await;
    house.subscribes("desk@bank.test").await;
    let set_up = house.operator(&["setup"]).output().await.unwrap();
    assert!(set_up.status.success(), "{set_up:?}");
    let good = house.doctor(&["--json"]).await;
    let looked = states(&good);
    let not_ok = looked.iter().filter(|(_, (state, _))| state != "ok");
    assert_eq!(not_ok.collect::<Vec<_>>(), [], "{good:?}");
    assert_eq!(good.status.code(), Some(0));
    assert!(looked.len() > 55, "{looked:#?}");

    house
        .is_told_otherwise("ingest", "GMAIL_BASE_URL", "ftp://mail")
        .await;
    let wrong = [
        ("google", "no json"),
        ("slack", "hooks.slack.test"),
        ("gemini", "AIzaNoSuchKey"),
        ("odoo", "no-such-odoo-key"),
    ];
    for (name, value) in wrong {
        let secret = format!("{STACK}/{name}");
        house.world.aws.put_secret(&secret, value).await.unwrap();
    }
    house.breaks_in_the_ledger().await;
    house.loses_a_queue().await;
    house.loses_its_knowledge().await;
    house.loses_a_right("TriageRole", "TriageRolePolicy0").await;
    house.is_not_fed("human_handoff").await;
    let broken = house.doctor(&["--json"]).await;
    assert_eq!(broken.status.code(), Some(1));
    let looked = states(&broken);
    for (what, state, says) in [
        ("settings", "bad", "GMAIL_BASE_URL"),
        ("function human_handoff", "bad", "enable the trigger"),
        ("permissions triage", "bad", "sqs:SendMessage"),
        ("secret google", "bad", "helpdesk/google"),
        ("secret slack", "bad", "helpdesk/slack"),
        ("gemini", "bad", "key"),
        ("odoo connection", "bad", "API"),
        ("ledger", "bad", "helpdesk migrate"),
        ("watch", "bad", "lapsed"),
        ("cursor", "bad", "ingest"),
        ("queue general_query", "bad", "deploy"),
        ("knowledge", "bad", "helpdesk backup restore"),
        ("quota gemini", "warning", "GeminiRequestsPerDay"),
        ("outages", "warning", "odoo/helpdesk"),
        ("gmail", "not_looked_at", "secret"),
    ] {
        let (found, said) = looked
            .get(what)
            .unwrap_or_else(|| panic!("{what}: {looked:#?}"));
        assert_eq!(found, state, "{what} {said}");
        assert!(said.contains(says), "{what}: {said}");
    }
    let told = String::from_utf8(broken.stdout).unwrap();
    let good = house
        .world
        .secrets
        .iter()
        .map(|(_, secret)| secret.as_str());
    for secret in good.chain(wrong.map(|(_, secret)| secret)) {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    let page = house.doctor(&[]).await;
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(
        page.contains("BAD   secret google") && page.contains("things are wrong."),
        "{page}"
    );
    let nowhere = house.doctor(&["--stack", "elsewhere"]).await;
    let said = String::from_utf8(nowhere.stdout).unwrap();
    assert!(
        said.contains("BAD   stack") && said.contains("--stack"),
        "{said}"
    );
}

//! The restore drill: what was lost comes back and answers the same questions.

use std::path::Path;
use std::process::Output;

use local::aws::REGION;
use local::world::function;
use qdrant_client::Qdrant;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::house::{House, PATIENCE};

const QUESTIONS: [&str; 3] = [
    "How much does a replacement card cost?",
    "How long does a transfer to Norway take?",
    "When are you open on Saturdays?",
];

impl House {
    async fn is_backed_up(&self) -> String {
        let made = self
            .world
            .aws
            .invoke(&function("backup"), &json!({ "do": "backup" }))
            .await
            .unwrap();
        made["backup"].as_str().unwrap().to_owned()
    }

    async fn helpdesk(&self, options: &[&str]) -> Output {
        let secret = |name| {
            let found = self.world.secrets.iter().find(|(known, _)| *known == name);
            found.unwrap().1.as_str()
        };
        let binaries = std::env::var_os("HELPDESK_BINARIES").unwrap();
        Command::new(Path::new(&binaries).join("helpdesk"))
            .args(options)
            .env("QDRANT_URL", self.world.places.qdrant_url())
            .env("QDRANT_API_KEY", secret("qdrant"))
            .env("GEMINI_API_KEY", secret("gemini"))
            .env("GEMINI_BASE_URL", self.world.places.gemini_url())
            .env("BACKUP_BUCKET", self.bucket())
            .env("AWS_ENDPOINT_URL", self.world.aws.endpoint())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .await
            .unwrap()
    }

    async fn is_told(&self, options: &[&str]) -> String {
        let output = self.helpdesk(options).await;
        assert!(output.status.success(), "{options:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn bucket(&self) -> &str {
        self.world.outputs.get("KnowledgeBucket").unwrap()
    }

    /// What is found for each question, with the scores.
    async fn finds(&self) -> Vec<Value> {
        let mut found = vec![];
        for question in QUESTIONS {
            let line = self
                .is_told(&["knowledge", "search", "--json", question])
                .await;
            found.push(serde_json::from_str(&line).unwrap());
        }
        found
    }

    /// Someone deletes every collection.
    pub async fn loses_its_knowledge(&self) {
        let secrets = &self.world.secrets;
        let key = secrets.iter().find(|(name, _)| *name == "qdrant").unwrap();
        let client = Qdrant::from_url(&self.world.places.qdrant_url()).api_key(key.1.as_str());
        let client = client.skip_compatibility_check().build().unwrap();
        let listed = client.list_collections().await.unwrap();
        assert!(!listed.collections.is_empty());
        for collection in listed.collections {
            client.delete_collection(collection.name).await.unwrap();
        }
        assert_eq!(self.world.stand_ins.documents(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_knowledge_base_that_was_lost_is_restored_and_answers_the_same() {
    let documents = ["cards.md", "transfers.md", "opening-hours.md"];
    let house = House::with_documents(&documents).await;
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    let before = house.finds().await;
    assert!(before[0].to_string().contains("cards.md"), "{}", before[0]);

    let name = house.is_backed_up().await;
    let listed = house.is_told(&["backup", "list"]).await;
    assert!(listed.contains(&name), "{listed}");
    house.loses_its_knowledge().await;
    let verified = house.is_told(&["backup", "verify", &name]).await;
    assert!(verified.contains("is whole"), "{verified}");
    let asked = house.helpdesk(&["backup", "restore", &name]).await;
    assert!(
        !asked.status.success(),
        "who does not say so is not believed"
    );
    let dry = house.is_told(&["backup", "restore", "--dry-run"]).await;
    assert!(dry.contains("nothing was changed"), "{dry}");
    assert_eq!(house.world.stand_ins.documents(), 0);
    let restored = house.is_told(&["backup", "restore", &name, "--yes"]).await;
    assert!(
        restored.contains(" 0 that came later removed"),
        "{restored}"
    );
    assert_eq!(
        house.finds().await,
        before,
        "to the last digit of the scores"
    );

    // The desk works on as if nothing had been.
    let second = house.asks(2);
    house.settles(std::slice::from_ref(&second)).await;
    assert_eq!(house.state(&second).await.name(), "answered");
    house
        .world
        .wait_for_documents(documents.len(), PATIENCE)
        .await
        .unwrap();

    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    house.is_told(&["backup", "restore", "--tickets", to]).await;
    let tickets = std::fs::read_to_string(folder.path().join("tickets.jsonl")).unwrap();
    let ticket: Value = serde_json::from_str(tickets.lines().next().unwrap()).unwrap();
    assert_eq!(ticket["ticket"]["number"], "HT00001");
    let said = ticket["messages"].to_string();
    assert!(said.contains("replacement card"), "{ticket:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_tampered_with_is_found_out_and_half_of_one_is_none() {
    let house = House::new().await;
    let name = house.is_backed_up().await;
    let (aws, bucket) = (&house.world.aws, house.bucket());
    let half = "backups/2026-01-01T00-00-00Z/knowledge-0001.jsonl.gz";
    aws.put_object(bucket, half, "half").await.unwrap();
    let listed = house.is_told(&["backup", "list", "--json"]).await;
    let only: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(only["backup"], name.as_str(), "half of a backup is none");

    let key = only["files"][0]["key"].as_str().unwrap();
    aws.put_object(bucket, key, "something else").await.unwrap();
    for command in ["verify", "restore"] {
        let refused = house.helpdesk(&["backup", command, &name]).await;
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains(key), "{said}");
    }
}

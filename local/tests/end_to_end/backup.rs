//! The restore drill: what was lost comes back and answers the same questions.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

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

    /// What is listed of a backup.
    async fn lists(&self, name: &str) -> Value {
        let listed = self.is_told(&["backup", "list", "--json"]).await;
        let rows = listed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        rows.into_iter()
            .find(|row: &Value| row["backup"] == name)
            .unwrap()
    }

    /// The tickets of the last backup, by their numbers, with what was said on them.
    async fn brings_back_tickets(&self) -> BTreeMap<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().to_str().unwrap();
        self.is_told(&["backup", "restore", "--tickets", to]).await;
        let tickets = std::fs::read_to_string(folder.path().join("tickets.jsonl")).unwrap();
        let rows = tickets.lines().map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let number = row["ticket"]["number"].as_str().unwrap();
            (number.to_owned(), row["messages"].to_string())
        });
        rows.collect()
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

    let tickets = house.brings_back_tickets().await;
    assert_eq!(tickets.len(), 1, "the second came after the backup");
    assert!(
        tickets["HT00001"].contains("replacement card"),
        "{tickets:?}"
    );
}

fn rows_of(listed: &Value, kind: &str) -> u64 {
    let files = listed["files"].as_array().unwrap().iter();
    let of_kind = files.filter(|file| file["kind"] == kind);
    of_kind.map(|file| file["rows"].as_u64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_backup_has_what_changed_and_brings_back_all() {
    let house = House::new().await;
    let mails = [house.asks(1), house.asks(2), house.asks(3)];
    house.settles(&mails).await;
    let odoo = &house.world.stand_ins.odoo;
    odoo.ages(time::Duration::HOUR);
    let first = house.is_backed_up().await;
    let listed = house.lists(&first).await;
    assert_eq!(
        (&listed["has"]["kind"], rows_of(&listed, "tickets")),
        (&json!("full"), 3)
    );

    let further = house.receives(
        b"From: Customer 2 <c2@customer.test>\r\nTo: support@bank.test\r\n\
          Subject: Re: Replacement card 2\r\nMessage-ID: <q2b@customer.test>\r\n\
          In-Reply-To: <q2@customer.test>\r\nReferences: <q2@customer.test>\r\n\r\n\
          Is a blue replacement card dearer?\r\n",
    );
    house.settles(std::slice::from_ref(&further)).await;
    let tickets = odoo.tickets();
    assert_eq!(tickets.len(), 3, "the mail goes onto its ticket");
    odoo.delete(tickets[2].id);
    // Names of backups tell seconds.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = house.is_backed_up().await;
    let listed = house.lists(&second).await;
    assert_eq!(
        listed["has"],
        json!({"kind": "increment", "builds_on": first})
    );
    assert_eq!(
        (rows_of(&listed, "tickets"), &listed["tickets"]),
        (1, &json!(2))
    );

    let verified = house.is_told(&["backup", "verify"]).await;
    assert!(
        verified.contains(&first) && verified.contains("2 tickets"),
        "{verified}"
    );
    let back = house.brings_back_tickets().await;
    assert_eq!(back.keys().collect::<Vec<_>>(), ["HT00001", "HT00002"]);
    assert!(
        back["HT00002"].contains("blue replacement card"),
        "{back:?}"
    );
    let key = format!("backups/{first}/tickets-0002.jsonl.gz");
    house
        .world
        .aws
        .put_object(house.bucket(), &key, "else")
        .await
        .unwrap();
    let refused = house.helpdesk(&["backup", "verify", &second]).await;
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains(&key), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_with_a_dump_that_was_tampered_with_is_found_out_and_half_of_one_is_none() {
    let house = House::that_dumps_odoo().await;
    let name = house.is_backed_up().await;
    house.writes_its_dump(&name).await;
    let (aws, bucket) = (&house.world.aws, house.bucket());
    let half = "backups/2026-01-01T00-00-00Z/knowledge-0001.jsonl.gz";
    aws.put_object(bucket, half, "half").await.unwrap();
    let listed = house.is_told(&["backup", "list", "--json"]).await;
    let only: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(only["backup"], name.as_str(), "half of a backup is none");

    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("odoo.zip");
    let to = to.to_str().unwrap();
    for (file, commands) in [
        (
            1,
            [vec!["verify", &name], vec!["restore", &name, "--dump", to]],
        ),
        (0, [vec!["verify", &name], vec!["restore", &name]]),
    ] {
        let key = only["files"][file]["key"].as_str().unwrap();
        aws.put_object(bucket, key, "something else").await.unwrap();
        for command in commands {
            let options = [&["backup"], &command[..]].concat();
            let refused = house.helpdesk(&options).await;
            let said = String::from_utf8(refused.stderr).unwrap();
            assert!(
                !refused.status.success() && said.contains("backups/"),
                "{said}"
            );
        }
    }
    assert!(!Path::new(to).exists(), "half of a dump is none");
}

impl House {
    /// Odoo's dump of a backup comes back as an archive that can be opened.
    async fn writes_its_dump(&self, name: &str) {
        let verified = self.is_told(&["backup", "verify", name]).await;
        assert!(verified.contains("Odoo's dump"), "{verified}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odoo.zip");
        let to = path.to_str().unwrap();
        let told = self
            .is_told(&["backup", "restore", name, "--dump", to])
            .await;
        assert!(told.contains("odoo db load"), "{told}");
        let file = std::fs::File::open(&path).unwrap();
        let mut zip = zip::ZipArchive::new(file).unwrap();
        assert!(zip.by_name("dump.sql").unwrap().size() > 0);
    }
}

//! Deploying again, a release that breaks, and what is left of a stack that is deleted.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use local::world::{STACK, function};
use reqwest::Method;
use serde_json::json;

use crate::house::House;

impl House {
    async fn stands_on(&self) -> BTreeMap<String, String> {
        let resources = self.world.aws.resources(STACK).await.unwrap();
        resources.into_iter().collect()
    }

    /// The same executables but for one, which ends as soon as it is started.
    fn breaking(folder: &Path, broken: &str) {
        let binaries = PathBuf::from(std::env::var_os("HELPDESK_BINARIES").unwrap());
        for name in fs::read_dir("../functions").unwrap() {
            let name = name.unwrap().file_name();
            symlink(binaries.join(&name), folder.join(&name)).unwrap();
        }
        fs::remove_file(folder.join(broken)).unwrap();
        fs::write(folder.join(broken), "#!/bin/sh\nexit 1\n").unwrap();
        let may_run = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.join(broken), may_run).unwrap();
    }

    /// What `CodeDeploy` does where an alarm sounds: the version from before gets all events again.
    async fn goes_back(&self, folder: &str, version: &str) {
        let (aws, function) = (&self.world.aws, function(folder));
        let url = format!(
            "{}/2015-03-31/functions/{function}/aliases/live",
            aws.endpoint()
        );
        let body = json!({ "FunctionVersion": version }).to_string();
        let answer = reqwest::Client::new().put(url).body(body).send().await;
        assert!(answer.unwrap().status().is_success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_deployed_again_goes_back_and_is_deleted() {
    let house = House::new().await;
    let before = house.stands_on().await;
    assert!(before.len() > 80, "{} resources", before.len());
    let same = std::env::var_os("HELPDESK_BINARIES").unwrap();
    house.world.deploy_again(Path::new(&same)).await.unwrap();
    assert_eq!(house.stands_on().await, before, "nothing has changed");

    let broken = tempfile::tempdir().unwrap();
    House::breaking(broken.path(), "health");
    house.world.deploy_again(broken.path()).await.unwrap();
    let after = house.stands_on().await;
    let gone = before.iter().filter(|(id, _)| !after.contains_key(*id));
    let gone: Vec<_> = gone.map(|(id, _)| id.as_str()).collect();
    assert!(
        gone.iter().all(|id| id.starts_with("HealthVersion")),
        "{gone:?} had to go for a change of health"
    );
    let page = house.is_asked(Method::GET, "healthz").await;
    assert_eq!(page.status, 502, "{}", page.text);
    house.goes_back("health", "1").await;
    let page = house.is_asked(Method::GET, "healthz").await;
    assert_eq!(page.status, 200, "{}", page.text);

    assert_eq!(house.left().await.len(), 5, "of every kind there is some");
    house.world.aws.delete(STACK).await.unwrap();
    assert_eq!(house.left().await, [""; 0]);
}

impl House {
    /// What bears the stack's name and is not the bucket, which is kept with what lies in it.
    async fn left(&self) -> Vec<String> {
        let aws = self.world.aws.endpoint();
        let client = reqwest::Client::new();
        let listing = |target: &'static str, version: &'static str| {
            let request = client.post(aws).header("X-Amz-Target", target);
            request
                .header("Content-Type", format!("application/x-amz-json-{version}"))
                .body("{}")
        };
        let asked = [
            client.get(format!("{aws}/2015-03-31/functions/")),
            listing("AmazonSQS.ListQueues", "1.0"),
            listing("secretsmanager.ListSecrets", "1.1"),
            listing("GraniteServiceVersion20100801.DescribeAlarms", "1.0"),
            listing("Logs_20140328.DescribeLogGroups", "1.1"),
        ];
        let mut left = vec![];
        for request in asked {
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{answer:?}");
            let text = answer.text().await.unwrap();
            if text.contains(STACK) {
                left.push(text);
            }
        }
        left
    }
}

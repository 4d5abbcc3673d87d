//! Whether all is ready, asked as a monitor asks, while one dependency after the other is not.

use local::world::{ADDRESS, STACK, function};
use ports::Ledger;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Faults;
use testkit::faults::Fault;
use time::{Duration, OffsetDateTime};

use crate::house::House;

pub struct Answer {
    pub status: u16,
    pub text: String,
    body: Value,
}

impl Answer {
    /// The services that are not ready, with what is wrong.
    fn failing(&self) -> Vec<(&str, &str)> {
        let services = self.body["services"].as_array().unwrap();
        let failing = services.iter().filter(|one| one["state"] != "ok");
        failing
            .map(|one| {
                (
                    one["service"].as_str().unwrap(),
                    one["what"].as_str().unwrap(),
                )
            })
            .collect()
    }
}

impl House {
    pub async fn is_asked(&self, method: Method, page: &str) -> Answer {
        let outputs = &self.world.outputs;
        let (url, host) = self.world.aws.function_url(outputs, "HealthUrl").unwrap();
        let request = reqwest::Client::new().request(method, format!("{url}{page}"));
        let answer = request.header("host", host).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status, text, body }
    }

    /// Asks a process that has no answer from before.
    async fn is_ready(&self) -> Answer {
        let (aws, health) = (&self.world.aws, function("health"));
        aws.kill_function(&health).unwrap();
        let answer = self.is_asked(Method::GET, "readyz").await;
        for (name, secret) in &self.world.secrets {
            assert!(!answer.text.contains(secret.as_str()), "{name} is told");
        }
        assert!(!answer.text.contains(ADDRESS), "{}", answer.text);
        answer
    }

    #[track_caller]
    fn says(&self, answer: &Answer, service: &str, what: &str) {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.body["ready"], false);
        assert_eq!(answer.failing(), [(service, what)], "{}", self.log());
    }

    async fn secret_is(&self, name: &str, value: &str) {
        let secret = format!("{STACK}/{name}");
        self.world.aws.put_secret(&secret, value).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_told_which_service_is_not_ready_and_nothing_else() {
    let mut house = House::new().await;
    let alive = house.is_asked(Method::GET, "healthz").await;
    assert_eq!((alive.status, &alive.body["alive"]), (200, &json!(true)));
    assert_eq!(alive.body["version"], env!("CARGO_PKG_VERSION"));
    assert!(alive.body["commit"].is_string());
    assert_eq!(house.is_asked(Method::GET, "").await.status, 404);
    assert_eq!(house.is_asked(Method::POST, "readyz").await.status, 405);

    let ready = house.is_ready().await;
    assert_eq!(ready.status, 200, "{}\n{}", ready.text, house.log());
    let services = ready.body["services"].as_array().unwrap();
    let names: Vec<&str> = services
        .iter()
        .filter_map(|one| one["service"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "postgres", "watch", "gmail", "odoo", "gemini", "qdrant", "queues"
        ]
    );

    let stand_ins = &house.world.stand_ins;
    let services: [(&str, &Faults); 4] = [
        ("gmail", &stand_ins.gmail.faults),
        ("odoo", &stand_ins.odoo.faults),
        ("gemini", &stand_ins.gemini.faults),
        ("qdrant", &stand_ins.qdrant.faults),
    ];
    for (service, faults) in services {
        faults.arm("*", Fault::ServerError, 1_000);
        let again = house.is_asked(Method::GET, "readyz").await;
        assert_eq!(again.status, 200, "a report is given again for a moment");
        house.says(&house.is_ready().await, service, "unreachable");
        faults.clear();
        assert_eq!(house.is_ready().await.status, 200, "{service} is back");
    }

    let mailbox = house.world.mailbox;
    let now = OffsetDateTime::now_utc();
    let ledger = &house.world.ledger;
    ledger
        .watched(mailbox, now - Duration::MINUTE)
        .await
        .unwrap();
    house.says(&house.is_ready().await, "watch", "lapsed");
    ledger.watched(mailbox, now + Duration::DAY).await.unwrap();

    let (_, key) = house
        .world
        .secrets
        .iter()
        .find(|(name, _)| *name == "gemini")
        .unwrap();
    house.secret_is("gemini", "AIzaNoSuchKey").await;
    house.says(&house.is_ready().await, "gemini", "unauthorized");
    house.secret_is("gemini", key).await;
    assert_eq!(house.is_ready().await.status, 200);

    house.loses_a_queue().await;
    house.says(&house.is_ready().await, "queues", "not_found");
    house.world.postgres.take().unwrap().stop().unwrap();
    let down = house.is_ready().await;
    assert_eq!(
        down.failing(),
        [("postgres", "unreachable"), ("queues", "not_found")],
        "nobody knows of the watch: {}",
        down.text
    );
    house.secret_is("odoo", " ").await;
    house.says(&house.is_ready().await, "secrets", "unreadable");
    let alive = house.is_asked(Method::GET, "healthz").await;
    assert_eq!(alive.status, 200, "it is alive all the same");
}

impl House {
    pub async fn loses_a_queue(&self) {
        let aws = &self.world.aws;
        let queue = self.world.outputs.get("GeneralQueryQueueUrl").unwrap();
        let request = reqwest::Client::new()
            .post(aws.endpoint())
            .header("X-Amz-Target", "AmazonSQS.DeleteQueue")
            .header("Content-Type", "application/x-amz-json-1.0")
            .body(json!({ "QueueUrl": queue }).to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

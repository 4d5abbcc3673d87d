//! A stack's queues, and the ledger beside them.

use std::process::Output;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use domain::{GmailMessageId, Intent, MailKey, MailState, ThreadId, TicketId, TicketRef};
use local::aws::{Aws, REGION, Venv};
use local::places::free_port;
use local::postgres::Postgres;
use ports::{Change, Ledger, QueueName, Seen, Visit};
use secrecy::SecretString;
use store_postgres::{Store, migrate};
use time::OffsetDateTime;
use tokio::process::Command;

static AWS: LazyLock<Aws> = LazyLock::new(|| {
    let venv = Venv::of_the_workspace().unwrap();
    Aws::start(&venv, free_port().unwrap()).unwrap()
});

static STACKS: AtomicU32 = AtomicU32::new(0);

pub struct Place {
    pub server: Postgres,
    pub store: Store,
    pub sqs: Client,
    pub stack: String,
}

impl Place {
    /// A ledger, and a stack's queues of its own.
    pub async fn new() -> Self {
        let server = Postgres::for_tests().unwrap();
        let url = SecretString::from(server.url());
        migrate(&url).await.unwrap();
        let config = aws_sdk_sqs::Config::builder()
            .endpoint_url(AWS.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .build();
        let place = Self {
            store: Store::new(&url).unwrap(),
            server,
            sqs: Client::from_conf(config),
            stack: format!("desk{}", STACKS.fetch_add(1, Ordering::Relaxed)),
        };
        for queue in QueueName::ALL {
            if queue == QueueName::Errors {
                place.makes(&place.errors(), false).await;
                continue;
            }
            for ending in ["", "-dead"] {
                let name = format!("{}-{}{ending}.fifo", place.stack, queue.as_str());
                place.makes(&name, true).await;
            }
        }
        place
    }

    pub fn errors(&self) -> String {
        format!("{}-errors", self.stack)
    }

    pub fn name(&self, queue: QueueName) -> String {
        format!("{}-{}.fifo", self.stack, queue.as_str())
    }

    pub async fn makes(&self, name: &str, fifo: bool) {
        let mut asked = self.sqs.create_queue().queue_name(name);
        if fifo {
            asked = asked.attributes(QueueAttributeName::FifoQueue, "true");
        }
        asked.send().await.unwrap();
    }

    pub async fn url(&self, name: &str) -> String {
        let asked = self.sqs.get_queue_url().queue_name(name).send().await;
        asked.unwrap().queue_url.unwrap()
    }

    pub async fn bodies(&self, name: &str) -> Vec<String> {
        let url = self.url(name).await;
        AWS.queue_messages(&url).await.unwrap()
    }

    /// A mail in the ledger.
    pub async fn mail(&self, message: &str) -> MailKey {
        let mailbox = self.store.mailbox("support@bank.test").await.unwrap().id;
        let seen = Seen {
            message: GmailMessageId::parse(message).unwrap(),
            thread: ThreadId::parse(&format!("t{message}")).unwrap(),
            state: MailState::Received,
        };
        let key = MailKey::new(mailbox, seen.message.clone());
        self.store.enter(mailbox, &[seen]).await.unwrap();
        let now = OffsetDateTime::now_utc();
        let lease = time::Duration::seconds(30);
        let waiting = self.store.take_outbox(9, now, lease).await.unwrap();
        let rows: Vec<i64> = waiting.into_iter().map(|(row, _)| row).collect();
        self.store.sent(&rows).await.unwrap();
        key
    }

    pub async fn moves(&self, key: &MailKey, change: Change) {
        let now = OffsetDateTime::now_utc();
        assert!(self.store.apply(key, &change, now).await.unwrap());
    }

    pub async fn routes(&self, key: &MailKey) {
        let change = Change {
            route: Some((Intent::GeneralQuery, "sure".to_owned())),
            ticket: Some((TicketId(7), TicketRef::parse("HT00007").unwrap())),
            ..Change::to(&["received"], MailState::Routed)
        };
        self.moves(key, change).await;
    }

    pub async fn fails(&self, key: &MailKey, class: &'static str, said: &str) {
        let visit = Visit {
            queue: QueueName::Mail,
            tries: 24,
            at: OffsetDateTime::now_utc(),
            took: Duration::from_millis(20),
            outcome: "given back".to_owned(),
            error: Some((class, said.to_owned())),
            wait: None,
            calls: vec![],
        };
        self.store.visited(key, &visit).await.unwrap();
    }

    /// A letter lies in the dead-letter queue of this queue.
    pub async fn dies(&self, queue: QueueName, body: &str) {
        let url = self
            .url(&format!("{}-{}-dead.fifo", self.stack, queue.as_str()))
            .await;
        let asked = self.sqs.send_message().queue_url(url).message_body(body);
        let asked = asked.message_group_id(body).message_deduplication_id(
            body.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>(),
        );
        asked.send().await.unwrap();
    }

    /// Letters of one thread in the dead letters of a queue.
    pub async fn thread_dies(&self, queue: QueueName, count: u32) {
        let name = format!("{}-{}-dead.fifo", self.stack, queue.as_str());
        let url = self.url(&name).await;
        for number in 0..count {
            let asked = self.sqs.send_message().queue_url(&url);
            let asked = asked.message_body(format!(r#"{{"mail":"1-b{number}"}}"#));
            let asked = asked.message_group_id("one thread");
            let asked = asked.message_deduplication_id(number.to_string());
            asked.send().await.unwrap();
        }
    }

    /// A letter in the error queue.
    pub async fn is_parked(&self, body: &str) {
        let url = self.url(&self.errors()).await;
        let asked = self.sqs.send_message().queue_url(url).message_body(body);
        asked.send().await.unwrap();
    }

    pub async fn refused(&self, options: &[&str]) -> String {
        let output = self.helpdesk(options).await;
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    pub async fn mail_dies(&self, queue: QueueName, key: &MailKey) {
        self.dies(queue, &format!(r#"{{"mail":"{key}"}}"#)).await;
    }

    pub async fn dead(&self, queue: QueueName) -> usize {
        let name = format!("{}-{}-dead.fifo", self.stack, queue.as_str());
        self.bodies(&name).await.len()
    }

    pub async fn helpdesk(&self, options: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_helpdesk"))
            .args(options)
            .env("DATABASE_URL", self.server.url())
            .env("HELPDESK_STACK", &self.stack)
            .env("AWS_ENDPOINT_URL", AWS.endpoint())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .await
            .unwrap()
    }

    pub async fn said(&self, options: &[&str]) -> String {
        let output = self.helpdesk(options).await;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

pub const QUERY: QueueName = QueueName::Intent(Intent::GeneralQuery);

//! A deployed product on a world of its own, for one test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{MailKey, MailState};
use local::aws::Venv;
use local::places::Places;
use local::world::{Ground, Options, World};
use ports::{Ledger, MailRecord, Upkeep};
use tokio_postgres::NoTls;

/// Long enough for a message that was in the hands of a killed function to come back.
pub const PATIENCE: Duration = Duration::from_secs(90);

pub struct House {
    pub world: World,
}

impl House {
    /// Everything runs, nothing has come yet, and the documents named are in the knowledge base.
    pub async fn with_documents(documents: &[&str]) -> Self {
        Self::made(documents, None).await
    }

    /// With one document, where Odoo's database manager is on and backups dump the database.
    pub async fn that_dumps_odoo() -> Self {
        Self::made(&["cards.md"], Some("local-master-password".to_owned())).await
    }

    async fn made(documents: &[&str], odoo_master: Option<String>) -> Self {
        let binaries = std::env::var_os("HELPDESK_BINARIES")
            .expect("HELPDESK_BINARIES is not set: run these tests by `cargo xtask test`");
        let world = a_world(PathBuf::from(binaries), odoo_master).await;
        for name in documents {
            let text = std::fs::read_to_string(repository().join("events/knowledge").join(name));
            world.upload(name, &text.unwrap()).await.unwrap();
        }
        world
            .wait_for_documents(documents.len(), PATIENCE)
            .await
            .unwrap();
        Self { world }
    }

    /// The sample customers have their accounts.
    pub async fn has_customers(&self) {
        let rows = store_postgres::read_csv(&repository().join("events/bank")).unwrap();
        self.world.ledger.import(&rows).await.unwrap();
    }

    /// With one document, about cards.
    pub async fn new() -> Self {
        Self::with_documents(&["cards.md"]).await
    }

    /// A plain question that `cards.md` answers.
    pub fn asks(&self, number: usize) -> MailKey {
        self.receives(
            format!(
                "From: Customer {number} <c{number}@customer.test>\r\nTo: support@bank.test\r\n\
                 Subject: Replacement card {number}\r\nMessage-ID: <q{number}@customer.test>\r\n\r\n\
                 How much does a replacement card cost, please?\r\n"
            )
            .as_bytes(),
        )
    }

    pub fn receives(&self, raw: &[u8]) -> MailKey {
        self.world.deliver(raw).1
    }

    /// Waits until all of them have ended.
    pub async fn settles(&self, mails: &[MailKey]) {
        let settled = self.world.settle(mails, PATIENCE).await.unwrap();
        assert!(
            settled,
            "not all mails ended; the functions say:\n{}",
            self.log()
        );
    }

    /// Waits until a service counts as down.
    pub async fn goes_down(&self, gate: &str) {
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            let since = time::OffsetDateTime::now_utc() - time::Duration::HOUR;
            let outages = self.world.ledger.outages(since).await.unwrap();
            if outages.iter().any(|outage| outage.gate == gate) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{gate} never counted as down:\n{}", self.log());
    }

    pub async fn record(&self, mail: &MailKey) -> MailRecord {
        self.world
            .ledger
            .mail(mail)
            .await
            .unwrap()
            .expect("the mail was entered")
    }

    pub async fn state(&self, mail: &MailKey) -> MailState {
        self.record(mail).await.state
    }

    /// Every table of every schema of ours, with its rows as text.
    pub async fn tables(&self) -> Vec<(String, String)> {
        let url = self.world.postgres.as_ref().unwrap().url();
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let names = "select schemaname || '.' || tablename from pg_tables
                      where schemaname in ('helpdesk', 'bank') order by 1";
        let mut tables = vec![];
        for table in client.query(names, &[]).await.unwrap() {
            let name: String = table.get(0);
            let rows = format!("select row_to_json(t)::text from {name} t");
            let rows = client.query(&rows, &[]).await.unwrap();
            let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            tables.push((name, rows.join("\n")));
        }
        tables
    }

    /// What the functions and the emulator wrote.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.world.aws.log()).unwrap_or_default()
    }

    /// One ticket, one draft in its thread, one note of the mail and one of the draft for each mail,
    /// and nothing else.
    pub async fn has_one_of_each_for(&self, mails: &[MailKey]) {
        let stand_ins = &self.world.stand_ins;
        let tickets = stand_ins.odoo.tickets();
        assert_eq!(tickets.len(), mails.len(), "tickets");
        assert_eq!(stand_ins.gmail.drafts().len(), mails.len(), "drafts");
        assert_eq!(stand_ins.gmail.ghosts(), [], "drafts outside their thread");
        for ticket in &tickets {
            assert_eq!(
                stand_ins.odoo.notes(ticket.id).len(),
                2,
                "notes on {}",
                ticket.number
            );
        }
        for mail in mails {
            let record = self.record(mail).await;
            assert!(
                record.draft.is_some() && record.ticket.is_some(),
                "{record:?}"
            );
        }
        assert_eq!(stand_ins.odoo.customer_visible_messages(), 0);
    }
}

/// A world on ports of its own. Another test can take one of them between the choice and the start;
/// then others are chosen.
async fn a_world(binaries: PathBuf, odoo_master: Option<String>) -> World {
    let mut tries = 0;
    loop {
        let venv = Venv::of_the_workspace().unwrap();
        let options = Options {
            ground: Ground {
                odoo_master: odoo_master.clone(),
                // Short, so that what a killed function held comes back soon.
                ..Ground::passing(venv, Places::free().unwrap(), (10, 14))
            },
            binaries: binaries.clone(),
            template: repository().join("template.yaml"),
        };
        tries += 1;
        match World::start(options, &|_| ()).await {
            Ok(world) => return world,
            Err(error) if tries < 3 && format!("{error:#}").contains("is taken") => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

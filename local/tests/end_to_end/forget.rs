//! A customer is forgotten: nothing of theirs is left in the ledger, and all of another's.

use std::path::Path;
use std::process::Output;

use domain::MailKey;
use tokio::process::Command;

use crate::house::House;

impl House {
    fn is_written_to(&self, name: &str, address: &str, word: &str) -> MailKey {
        self.receives(
            format!(
                "From: {name} <{address}>\r\nTo: support@bank.test\r\nSubject: My {word} card\r\n\
                 Message-ID: <{word}@customer.test>\r\n\r\n\
                 How much does a replacement for my {word} card cost, please?\r\n"
            )
            .as_bytes(),
        )
    }

    async fn ledger_as_text(&self) -> String {
        let tables = self.tables().await.into_iter();
        let text: Vec<String> = tables.map(|(_, rows)| rows).collect();
        text.join("\n").to_lowercase()
    }

    async fn operator_forgets(&self, options: &[&str]) -> Output {
        let binaries = std::env::var_os("HELPDESK_BINARIES").unwrap();
        Command::new(Path::new(&binaries).join("helpdesk"))
            .arg("forget")
            .args(options)
            .env("DATABASE_URL", self.world.postgres.as_ref().unwrap().url())
            .output()
            .await
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_customer_is_left_and_all_of_another() {
    let house = House::new().await;
    let theirs = house.is_written_to("Ottilie Quandt", "ottilie@customer.test", "turquoise");
    let other = house.is_written_to("Bela Ort", "bela@customer.test", "crimson");
    house.settles(&[theirs.clone(), other.clone()]).await;
    let before = house.ledger_as_text().await;
    for word in ["turquoise", "crimson"] {
        assert!(before.matches(word).count() > 3, "{word} stands nowhere");
    }
    let (ticket, _) = house
        .record(&theirs)
        .await
        .ticket
        .map(|(id, r)| (r, id))
        .unwrap();

    let would = said(
        &house
            .operator_forgets(&["Ottilie@customer.test", "--dry-run"])
            .await,
    );
    assert!(would.contains(&theirs.to_string()), "{would}");
    assert_eq!(house.ledger_as_text().await, before);
    let unsaid = house.operator_forgets(&["ottilie@customer.test"]).await;
    assert!(!unsaid.status.success());
    let done = said(
        &house
            .operator_forgets(&["ottilie@customer.test", "--yes"])
            .await,
    );
    assert!(done.contains(ticket.as_str()), "{done}");

    let after = house.ledger_as_text().await;
    for word in ["turquoise", "ottilie", "quandt", ticket.as_str()] {
        let word = word.to_lowercase();
        let left = after.lines().find(|line| line.contains(&word));
        assert_eq!(left, None, "{word}");
    }
    let of_other = |text: &str| text.matches("crimson").count();
    assert_eq!(of_other(&after), of_other(&before));
    assert_eq!(
        house.state(&theirs).await.name(),
        "answered",
        "it is never worked again"
    );

    let again = said(
        &house
            .operator_forgets(&["ottilie@customer.test", "--yes"])
            .await,
    );
    assert!(again.contains("knows no mail"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_mail_is_being_worked_nothing_is_forgotten() {
    let house = House::new().await;
    let odoo = &house.world.stand_ins.odoo;
    odoo.faults.arm("*", testkit::Fault::ServerError, 10_000);
    let first = house.is_written_to("Ottilie Quandt", "ottilie@customer.test", "turquoise");
    house.goes_down("odoo/helpdesk").await;
    let refused = house
        .operator_forgets(&["ottilie@customer.test", "--yes"])
        .await;
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(why.contains(&first.to_string()), "{why}");
}

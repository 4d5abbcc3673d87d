//! Statements and passwords on the deployed product, from mail to draft and database.

use lopdf::Document;
use serde_json::json;
use tokio_postgres::NoTls;

use crate::house::House;

impl House {
    /// Delivers a mail whose sender is proven, and waits for its end.
    async fn hears(&self, from: &str, subject: &str, text: &str) -> domain::MailKey {
        let (_, domain) = from.split_once('@').unwrap();
        let number = self.world.stand_ins.gmail.place().0;
        let mail = self.receives(
            format!(
                "Authentication-Results: mx.google.com; dmarc=pass header.from={domain}\r\n\
                 From: {from}\r\nTo: support@bank.test\r\nSubject: {subject}\r\n\
                 Message-ID: <acc{number}@{domain}>\r\nContent-Type: text/plain; charset=UTF-8\r\n\
                 \r\n{text}\r\n"
            )
            .as_bytes(),
        );
        self.settles(std::slice::from_ref(&mail)).await;
        mail
    }

    /// A customer's password hash, and how many wrong passwords are counted.
    async fn credentials(&self, number: &str) -> (String, i64) {
        let url = self.world.postgres.as_ref().unwrap().url();
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let row = client
            .query_one(
                "select password_hash, (select count(*) from bank.failures where customer = $1)
                   from bank.customers where number = $1",
                &[&number],
            )
            .await
            .unwrap();
        (row.get(0), row.get(1))
    }

    fn last_draft(&self) -> (domain::Mail, Vec<u8>) {
        let (_, _, raw) = self.world.stand_ins.gmail.drafts().pop().unwrap();
        let mail = mail_mime::read(&raw, mail_mime::Limits::default()).unwrap();
        (mail, raw)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_hangs_on_the_draft_and_can_be_read() {
    let house = House::new().await;
    house.has_customers().await;
    let mail = house
        .hears(
            "wiebke.harms@kunde.test",
            "Kontoauszug",
            "Bitte senden Sie mir die Kontoauszüge der letzten zwölf Monate als PDF.",
        )
        .await;
    assert_eq!(house.state(&mail).await, domain::MailState::Answered);
    let (draft, raw) = house.last_draft();
    assert!(
        draft.new_text.contains("die Auszüge Ihrer 3 Konten"),
        "{}",
        draft.new_text
    );
    let files = mail_mime::attached_files(&raw);
    assert_eq!(files.len(), 3);
    let mut text = String::new();
    for file in &files {
        assert_eq!(file.media_type, "application/pdf");
        let pdf = Document::load_mem(&file.content).unwrap();
        let pages: Vec<u32> = pdf.get_pages().into_keys().collect();
        text.push_str(&pdf.extract_text(&pages).unwrap());
    }
    let rows = store_postgres::read_csv(&crate::house::repository().join("events/bank")).unwrap();
    let accounts = rows.accounts.iter().filter(|a| a.customer.0 == "1003");
    for account in accounts {
        let iban = domain::statement::grouped(&account.account.iban);
        assert!(text.contains(&iban), "{iban}");
    }
    assert!(text.contains("Wiebke Harms") && text.contains("1 Sample Street"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_once_however_often_its_mail_is_delivered() {
    let house = House::new().await;
    house.has_customers().await;
    let before = house.credentials("1002").await;
    let mail = house
        .hears(
            "loretta.swann@customer.test",
            "Password",
            "Please change my password.\r\nOld password: Marmalade-Kite41\r\nNew password: Copper-Lantern87",
        )
        .await;
    assert_eq!(house.state(&mail).await, domain::MailState::Answered);
    let (hash, failures) = house.credentials("1002").await;
    assert_ne!(hash, before.0);
    assert!(hash.starts_with("$2b$12$"), "{}", &hash[..7]);
    assert_eq!(failures, 0);
    let again = json!({ "Records": [{
        "messageId": "m1", "receiptHandle": "r1", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:helpdesk-password_update.fifo",
        "body": json!({ "mail": mail.to_string() }).to_string(),
        "attributes": {}, "messageAttributes": {},
    }]});
    for _ in 0..10 {
        let function = local::world::function("password_update");
        let answer = house.world.aws.invoke(&function, &again).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    assert_eq!(house.credentials("1002").await, (hash, 0));
    assert_eq!(house.world.stand_ins.gmail.drafts().len(), 1);
    let labels = house.world.stand_ins.gmail.labels();
    assert_eq!(labels, ["contains-credentials"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_wrong_passwords_locks_and_is_told_to_people_alone() {
    let house = House::new().await;
    house.has_customers().await;
    let mut words = Vec::new();
    for guess in 0..6 {
        let text = format!(
            "Please change my password.\r\nOld password: Guess-{guess}-Wrong\r\nNew password: Copper-Lantern87"
        );
        house
            .hears(
                "loretta.swann@customer.test",
                &format!("Password {guess}"),
                &text,
            )
            .await;
        words.push(
            house
                .last_draft()
                .0
                .new_text
                .replace(|c: char| c.is_ascii_digit(), "0"),
        );
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:#?}");
    assert_eq!(house.credentials("1002").await.1, 5);
    assert_eq!(house.world.stand_ins.slack.delivered().len(), 2);
}

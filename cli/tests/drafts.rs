//! `helpdesk drafts` on a real ledger.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};

use domain::{DraftId, GmailMessageId, Intent, MailKey, MailState, ThreadId};
use local::postgres::Postgres;
use ports::{Change, DraftOutcome, Ledger, NewDraft, Seen};
use secrecy::SecretString;
use store_postgres::{Store, migrate};
use time::OffsetDateTime;

fn helpdesk(url: &str, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_helpdesk"))
        .arg("drafts")
        .args(options)
        .env("DATABASE_URL", url)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Enters a mail that was answered by a draft of this outcome.
async fn answered(store: &Store, number: u32, outcome: DraftOutcome) {
    let mailbox = store.mailbox("support@bank.test").await.unwrap().id;
    let message = GmailMessageId::parse(&format!("a{number}")).unwrap();
    let seen = Seen {
        message: message.clone(),
        thread: ThreadId::parse(&format!("t{number}")).unwrap(),
        state: MailState::Received,
    };
    store.enter(mailbox, &[seen]).await.unwrap();
    let key = MailKey::new(mailbox, message);
    let draft = NewDraft {
        id: DraftId::parse(&format!("r{number}")).unwrap(),
        answers: vec![key.clone()],
        text: "A card costs 5 EUR.".to_owned(),
        digest: String::new(),
        made_by: "answer v1, a-model".to_owned(),
    };
    let change = Change {
        route: Some((Intent::GeneralQuery, "sure".to_owned())),
        draft: Some(draft),
        settled: vec![(key.clone(), outcome)],
        ..Change::to(&["received"], MailState::Answered)
    };
    let now = OffsetDateTime::now_utc();
    assert!(store.apply(&key, &change, now).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_drafts_sent_as_they_were_is_told() {
    let server = Postgres::for_tests().unwrap();
    let url = SecretString::from(server.url());
    migrate(&url).await.unwrap();
    assert_eq!(
        said(&helpdesk(&server.url(), &[])),
        "No draft was made yet.\n"
    );
    let store = Store::new(&url).unwrap();
    let outcomes = [
        DraftOutcome::SentAsIs,
        DraftOutcome::SentAsIs,
        DraftOutcome::SentAsIs,
        DraftOutcome::SentEdited { distance: 0.25 },
        DraftOutcome::Open,
    ];
    for (number, outcome) in (0..).zip(outcomes) {
        answered(&store, number, outcome).await;
    }
    let table = said(&helpdesk(&server.url(), &[]));
    assert!(table.contains("answer v1, a-model"), "{table}");
    assert!(
        table.contains("3 (75 %)") && table.contains("25 %"),
        "{table}"
    );
    assert!(
        table.ends_with("were sent as they were; 1 wait.\n"),
        "{table}"
    );
    let line = said(&helpdesk(&server.url(), &["--json"]));
    let row: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(row["sent_as_is"], 3);
    assert_eq!(row["median_distance"], 0.25);
}

//! `helpdesk dlq` and `helpdesk errors` on the emulated queues and a real ledger.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "dlq/place.rs"]
mod place;

use std::time::Duration;

use domain::MailState;
use local::places::free_port;
use ports::{Change, Ledger, QueueName};

use place::{Place, QUERY};

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_with_their_mails_state_and_what_went_wrong_last() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    place.routes(&key).await;
    place.fails(&key, "rejected", "odoo refused the call").await;
    place.mail_dies(QUERY, &key).await;
    for _ in 0..2 {
        let table = place.said(&["dlq", "list"]).await;
        for part in [
            "general_query",
            "1-a1",
            "routed",
            "rejected",
            "odoo refused the call",
            "1 letter",
        ] {
            assert!(table.contains(part), "{part} is missing:\n{table}");
        }
    }
    let line = place.said(&["dlq", "list", "--json"]).await;
    let letter: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(letter["error_class"], "rejected");
    let story = place.said(&["dlq", "show", "--mail", "1-a1"]).await;
    assert!(
        story.contains("general_query") && story.contains("ingest saw it"),
        "{story}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_mail_goes_to_the_queue_that_its_state_names() {
    let place = Place::new().await;
    let (new, routed) = (place.mail("a1").await, place.mail("a2").await);
    place.routes(&routed).await;
    place.mail_dies(QueueName::Mail, &new).await;
    // It was routed meanwhile, while its old message died.
    place.mail_dies(QueueName::Mail, &routed).await;
    let told = place.said(&["dlq", "replay", "--rate", "100"]).await;
    assert!(told.contains("2 sent on, 0 cleared away, 0 kept"), "{told}");
    assert_eq!(place.dead(QueueName::Mail).await, 0);
    assert_eq!(
        place.bodies(&place.name(QueueName::Mail)).await,
        [r#"{"mail":"1-a1"}"#]
    );
    assert_eq!(
        place.bodies(&place.name(QUERY)).await,
        [r#"{"mail":"1-a2"}"#]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_has_ended_meanwhile_is_cleared_away_and_not_sent() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    place
        .moves(&key, Change::to(&["received"], MailState::Answered))
        .await;
    place.mail_dies(QUERY, &key).await;
    let told = place.said(&["dlq", "replay", "--dry-run"]).await;
    assert!(told.contains("it would be cleared away"), "{told}");
    let told = place.said(&["dlq", "replay"]).await;
    assert!(told.contains("1-a1 is answered: cleared away"), "{told}");
    assert_eq!(place.dead(QUERY).await, 0);
    assert!(place.bodies(&place.name(QUERY)).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_known_mail_is_kept_and_said_so() {
    let place = Place::new().await;
    place.dies(QUERY, r#"{"mail":"1-nobody"}"#).await;
    place.dies(QUERY, "no mail at all").await;
    let output = place.helpdesk(&["dlq", "replay"]).await;
    assert!(!output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("0 sent on, 0 cleared away, 2 kept"), "{told}");
    assert_eq!(place.dead(QUERY).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    place.mail_dies(QUERY, &key).await;
    let told = place.said(&["dlq", "replay", "--dry-run"]).await;
    assert!(told.contains("1-a1 would go to mail"), "{told}");
    place.said(&["dlq", "discard", "--all", "--dry-run"]).await;
    assert_eq!(place.dead(QUERY).await, 1);
    assert!(place.bodies(&place.name(QueueName::Mail)).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_chosen_by_queue_mail_age_and_error() {
    let place = Place::new().await;
    let (one, two) = (place.mail("a1").await, place.mail("a2").await);
    place
        .fails(&one, "unreachable", "odoo cannot be reached")
        .await;
    place.fails(&two, "rejected", "odoo refused the call").await;
    place.mail_dies(QueueName::Mail, &one).await;
    place.mail_dies(QUERY, &two).await;
    for (filter, listed) in [
        (["--queue", "mail"], ["1-a1"].as_slice()),
        (["--mail", "1-a2"], &["1-a2"]),
        (["--error", "unreachable"], &["1-a1"]),
        (["--older-than", "1h"], &[]),
        (["--newer-than", "1h"], &["1-a1", "1-a2"]),
        (["--limit", "1"], &["1-a1"]),
    ] {
        let lines = place
            .said(&[["dlq", "list", "--json"].as_slice(), &filter].concat())
            .await;
        let mails: Vec<String> = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|letter| letter["mail"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(mails, listed, "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn discarding_needs_a_choice_and_a_yes_and_names_what_it_deleted() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    place.mail_dies(QUERY, &key).await;
    assert!(
        !place
            .helpdesk(&["dlq", "discard", "--yes"])
            .await
            .status
            .success()
    );
    assert!(
        !place
            .helpdesk(&["dlq", "discard", "--all"])
            .await
            .status
            .success()
    );
    let told = place
        .said(&["dlq", "discard", "--queue", "general_query", "--yes"])
        .await;
    assert!(told.contains("of 1-a1 is deleted"), "{told}");
    assert_eq!(place.dead(QUERY).await, 0);
    assert_eq!(
        place.store.mail(&key).await.unwrap().unwrap().state,
        MailState::Received
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_mail_in_the_error_queue_goes_back_to_triage() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    let parked = MailState::Parked("it has no author".to_owned());
    place.moves(&key, Change::to(&["received"], parked)).await;
    let body = format!(r#"{{"mail":"{key}","reason":"it has no author"}}"#);
    place.is_parked(&body).await;
    let table = place.said(&["errors", "list"]).await;
    assert!(
        table.contains("parked") && table.contains("it has no author"),
        "{table}"
    );
    place.said(&["errors", "replay"]).await;
    assert!(place.bodies(&place.errors()).await.is_empty());
    assert_eq!(place.bodies(&place.name(QueueName::Mail)).await.len(), 1);
    assert_eq!(
        place.store.mail(&key).await.unwrap().unwrap().state,
        MailState::Received
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_not_there_is_said_so() {
    let place = Place::new().await;
    let said = place.refused(&["dlq", "list", "--stack", "nowhere"]).await;
    assert!(said.contains("there is no queue nowhere-"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_dies_again_within_minutes_is_sent_again() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    for sent in 1..=3 {
        place
            .dies(
                QueueName::Mail,
                &format!(r#"{{"mail":"{key}","try":{sent}}}"#),
            )
            .await;
        let told = place.said(&["dlq", "replay"]).await;
        assert!(told.contains("1 sent on"), "{told}");
        let queue = place.name(QueueName::Mail);
        assert_eq!(place.bodies(&queue).await.len(), sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replaying_twice_sends_nothing_twice() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    place.mail_dies(QueueName::Mail, &key).await;
    place.said(&["dlq", "replay"]).await;
    let told = place.said(&["dlq", "replay"]).await;
    assert!(told.contains("0 sent on, 0 cleared away, 0 kept"), "{told}");
    assert_eq!(place.bodies(&place.name(QueueName::Mail)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_over_the_budget_is_not_let_in_by_a_letter_that_was_left_behind() {
    let place = Place::new().await;
    let key = place.mail("a1").await;
    let skipped = MailState::Skipped("over the budget of its sender".to_owned());
    place
        .moves(&key, Change::to(&["received"], skipped.clone()))
        .await;
    place.mail_dies(QueueName::Mail, &key).await;
    let told = place.said(&["dlq", "replay"]).await;
    assert!(told.contains("1-a1 is skipped: cleared away"), "{told}");
    let record = place.store.mail(&key).await.unwrap().unwrap();
    assert_eq!(record.state, skipped);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_are_sent_in_a_second_than_was_asked_for() {
    let place = Place::new().await;
    for message in ["a1", "a2", "a3"] {
        let key = place.mail(message).await;
        place.mail_dies(QueueName::Mail, &key).await;
    }
    let mut replay = Box::pin(place.helpdesk(&["dlq", "replay", "--rate", "1"]));
    let early = async {
        while place.dead(QueueName::Mail).await > 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        place.bodies(&place.name(QueueName::Mail)).await.len()
    };
    // What is gone from the dead letters was sent on by then, and the others were not.
    tokio::select! {
        output = &mut replay => panic!("three letters took less than a second each: {output:?}"),
        sent = early => assert_eq!(sent, 1),
    }
    assert!(replay.await.status.success());
    assert_eq!(place.bodies(&place.name(QueueName::Mail)).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_letter_that_names_no_mail_everything_is_said_when_it_is_deleted() {
    let place = Place::new().await;
    place.dies(QUERY, "no mail at all").await;
    let shown = place.said(&["dlq", "show"]).await;
    assert!(shown.contains("no mail at all"), "{shown}");
    let told = place.said(&["dlq", "discard", "--all", "--yes"]).await;
    assert!(told.contains(r#"it said "no mail at all""#), "{told}");
    assert_eq!(place.dead(QUERY).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_named_for_the_error_queue_discards_nothing() {
    let place = Place::new().await;
    place
        .is_parked(r#"{"mail":"1-a1","reason":"it has no author"}"#)
        .await;
    let told = place
        .refused(&["errors", "discard", "--queue", "mail", "--yes"])
        .await;
    assert!(told.contains("leave --queue out"), "{told}");
    assert_eq!(place.bodies(&place.errors()).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_does_not_answer_hides_no_letters() {
    let place = Place::new().await;
    place.dies(QUERY, r#"{"mail":"1-a1"}"#).await;
    let nobody = format!("postgres://nobody@127.0.0.1:{}/none", free_port().unwrap());
    let list = ["dlq", "list", "--database-url", &nobody];
    place.refused(&list).await;
    let told = place.said(&["dlq", "list"]).await;
    assert!(told.contains("1 letter"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_somebody_else_looks_at_are_told_of() {
    let place = Place::new().await;
    place.dies(QUERY, r#"{"mail":"1-a1"}"#).await;
    let name = format!("{}-{}-dead.fifo", place.stack, QUERY.as_str());
    let url = place.url(&name).await;
    let received = place.sqs.receive_message().queue_url(url);
    received.visibility_timeout(300).send().await.unwrap();
    let output = place.helpdesk(&["dlq", "list"]).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("about 1 more in general_query are being looked at elsewhere"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_behind_others_of_their_thread_are_seen_or_told_of() {
    let place = Place::new().await;
    place.thread_dies(QUERY, 13).await;
    let output = place.helpdesk(&["dlq", "list", "--json"]).await;
    let seen = String::from_utf8(output.stdout).unwrap().lines().count();
    let told = String::from_utf8(output.stderr).unwrap();
    let hidden = format!("about {} more lie in general_query", 13 - seen);
    assert!(seen == 13 || told.contains(&hidden), "{seen}: {told}");
}

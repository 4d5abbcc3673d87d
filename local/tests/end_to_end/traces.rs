//! What is done with models for a mail is one trace across functions, recorded and shown.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::house::{House, PATIENCE};

fn attribute<'a>(span: &'a Value, name: &str) -> &'a str {
    span["attributes"][name].as_str().unwrap_or_default()
}

/// The spans of the mail, once the check of its answer is among them.
async fn spans_of(house: &House, mail: &str) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let mut spans = house.world.stand_ins.traces.spans();
        spans.retain(|span| attribute(span, "helpdesk.mail") == mail);
        if spans.iter().any(|span| span["name"] == "check") {
            return spans;
        }
        assert!(begun.elapsed() < PATIENCE, "{spans:#?}\n{}", house.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_answered_is_one_trace_from_triage_to_the_check_of_its_answer() {
    let house = House::new().await;
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    let spans = spans_of(&house, &mail.to_string()).await;
    let runs: Vec<&str> = spans
        .iter()
        .map(|span| attribute(span, "helpdesk.run"))
        .collect();
    for wanted in [
        "mail",
        "classify",
        "general_query",
        "embed",
        "retrieve",
        "answer",
        "check",
    ] {
        assert_eq!(
            runs.iter().filter(|run| **run == wanted).count(),
            1,
            "{wanted} in {runs:?}"
        );
    }
    let traces: BTreeSet<_> = spans.iter().map(|span| span["trace_id"].as_str()).collect();
    assert_eq!(traces.len(), 1);
    let ids: BTreeSet<_> = spans.iter().map(|span| span["span_id"].as_str()).collect();
    let mut roots = 0;
    for span in &spans {
        match span["parent_span_id"].as_str() {
            Some("") => roots += 1,
            parent => assert!(ids.contains(&parent), "{span} has no parent here"),
        }
    }
    assert_eq!((ids.len(), roots), (spans.len(), 1));
    let ticket = house.record(&mail).await.ticket.unwrap().1;
    for span in &spans {
        assert_eq!(attribute(span, "gen_ai.conversation.id"), ticket.as_str());
    }
    let answer = spans
        .iter()
        .find(|span| attribute(span, "helpdesk.run") == "answer");
    let answer = answer.unwrap();
    assert_eq!(
        attribute(answer, "gen_ai.request.model"),
        "gemini-3.8-flash"
    );
    assert!(answer["attributes"]["gen_ai.usage.input_tokens"].as_u64() > Some(0));
    assert!(attribute(answer, "gen_ai.input.messages").contains("replacement card"));
    let recorded = house.world.ledger.runs_of(&mail).await.unwrap();
    assert_eq!(recorded.len(), spans.len());
    if let Some(file) = std::env::var_os("WRITE_TRACE") {
        std::fs::write(file, serde_json::to_string_pretty(&spans).unwrap()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_sends_the_draft_judges_its_answer() {
    let house = House::new().await;
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    spans_of(&house, &mail.to_string()).await;
    let draft = house.record(&mail).await.draft.unwrap();
    let sent = house.world.stand_ins.gmail.send_draft(&draft).unwrap();
    let key = domain::MailKey::new(mail.mailbox(), sent.id);
    house.settles(&[key]).await;
    house.world.sweep().await.unwrap();
    let spans = house.world.stand_ins.traces.spans();
    let verdict = spans
        .iter()
        .find(|span| span["name"] == "gen_ai.evaluation.result");
    let verdict = verdict.unwrap_or_else(|| panic!("no verdict:\n{}", house.log()));
    let answer = spans
        .iter()
        .find(|span| attribute(span, "helpdesk.run") == "answer");
    assert_eq!(verdict["parent_span_id"], answer.unwrap()["span_id"]);
    assert_eq!(
        attribute(verdict, "gen_ai.evaluation.score.label"),
        "sent_as_is"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shows_traces_can_be_down_without_any_mail_waiting() {
    let house = House::new().await;
    house
        .world
        .stand_ins
        .traces
        .faults
        .arm("export", testkit::Fault::ServerError, 100);
    let mail = house.asks(1);
    house.settles(std::slice::from_ref(&mail)).await;
    assert_eq!(house.record(&mail).await.state.name(), "answered");
    let recorded = house.world.ledger.runs_of(&mail).await.unwrap();
    assert!(recorded.iter().any(|record| record.run.name == "classify"));
    let shown = house.world.stand_ins.traces.spans();
    let of_mail = |span: &&Value| attribute(span, "helpdesk.mail") == mail.to_string();
    assert_eq!(shown.iter().find(of_mail), None);
}

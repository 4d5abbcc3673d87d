//! `helpdesk cost`: what holds of every bill.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "cost/document.rs"]
mod document;

use std::process::{Command, Output};

use serde_json::Value;

fn asked(options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_helpdesk"));
    for name in ["CLASSIFY", "ANSWER", "EMBED"] {
        command.env_remove(format!("GEMINI_{name}_MODEL"));
    }
    let day = ["cost", "--on", "2026-11-24"];
    let own_day = options.contains(&"--on");
    let words = if own_day { &day[..1] } else { &day };
    command.args(words).args(options).output().unwrap()
}

fn said(options: &[&str]) -> String {
    let output = asked(options);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(options: &[&str]) -> String {
    let output = asked(options);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A month with so many mails.
fn bill(mails: u32, options: &[&str]) -> Value {
    let mails = mails.to_string();
    let options = [&["--json", "--mails", &mails], options].concat();
    serde_json::from_str(&said(&options)).unwrap()
}

fn usd(bill: &Value) -> f64 {
    bill["usd"].as_f64().unwrap()
}

fn lines(bill: &Value) -> &Vec<Value> {
    bill["lines"].as_array().unwrap()
}

/// What lines of a service, or one of them, come to.
fn of(bill: &Value, service: &str, what: &str) -> f64 {
    let lines = lines(bill).iter();
    let lines = lines.filter(|line| line["service"] == service);
    let lines = lines.filter(|line| line["what"].as_str().unwrap().starts_with(what));
    let costs: Vec<f64> = lines.map(usd).collect();
    assert!(!costs.is_empty(), "no line of {service} for {what}");
    costs.iter().sum()
}

#[test]
fn twice_the_mails_cost_no_more_than_twice() {
    for mails in [1, 50, 1_000, 5_000, 200_000, 3_000_000] {
        let (once, twice) = (usd(&bill(mails, &[])), usd(&bill(2 * mails, &[])));
        assert!(twice <= 2.0 * once, "{mails}: {once} {twice}");
    }
}

#[test]
fn more_mails_never_cost_less() {
    for options in [&[][..], &["--free-tier"]] {
        let mails = [0, 1, 100, 1_000, 3_000, 10_000, 1_000_000];
        let costs = mails.map(|mails| usd(&bill(mails, options)));
        assert!(costs.is_sorted(), "{costs:?}");
    }
}

#[test]
fn the_free_tier_makes_no_line_dearer() {
    for mails in [0, 100, 10_000, 1_000_000] {
        let (full, free) = (bill(mails, &[]), bill(mails, &["--free-tier"]));
        for (full, free) in lines(&full).iter().zip(lines(&free)) {
            assert!(usd(free) <= usd(full), "{full} {free}");
        }
    }
}

#[test]
fn nothing_is_left_out_of_the_total() {
    for options in [&[][..], &["--free-tier"]] {
        let bill = bill(10_000, options);
        let number = |line: &Value, name: &str| line[name].as_f64().unwrap();
        for line in lines(&bill) {
            let paid_for = (number(line, "used") - number(line, "free")).max(0.0);
            let cost = paid_for * number(line, "usd_a_unit");
            assert!((cost - usd(line)).abs() < 1e-9, "{line}");
        }
        let sum: f64 = lines(&bill).iter().map(usd).sum();
        assert!((sum - usd(&bill)).abs() < 1e-6);
    }
}

#[test]
fn every_price_says_where_it_stands() {
    for line in lines(&bill(1, &[])) {
        let source = line["source"].as_str().unwrap();
        assert!(source.starts_with("https://"), "{line}");
    }
}

#[test]
fn without_mails_no_model_reads_one() {
    let idle = bill(0, &[]);
    for what in ["classify", "summarise", "answer", "embed questions"] {
        assert!(of(&idle, "Gemini", what) == 0.0, "{what}");
    }
}

#[test]
fn queues_are_asked_for_messages_though_none_come() {
    assert!(of(&bill(0, &[]), "SQS", "") > 0.0);
    assert!(of(&bill(0, &["--free-tier"]), "SQS", "") > 0.0);
}

#[test]
fn a_database_that_nobody_asks_for_long_enough_fits_the_free_plan() {
    let often = bill(0, &["--free-tier"]);
    let seldom = bill(0, &["--free-tier", "--poll", "30", "--sweep", "30"]);
    assert!(of(&often, "Neon", "") > 10.0);
    assert!(of(&seldom, "Neon", "") == 0.0);
}

#[test]
fn a_model_costs_what_its_price_of_that_day_is() {
    let answers = |day| of(&bill(10_000, &["--on", day]), "Gemini", "answer");
    let (before, after) = (answers("2026-12-31"), answers("2027-01-01"));
    assert!((after - 2.0 * before).abs() < 1e-9, "{before} {after}");
}

#[test]
fn a_month_without_questions_pays_for_no_answers() {
    let bill = bill(10_000, &["--questions", "0"]);
    assert!(of(&bill, "Gemini", "answer") == 0.0);
    assert!(of(&bill, "Gemini", "classify") > 0.0);
}

#[test]
fn shares_that_cannot_be_are_refused_by_name() {
    let one = refused(&["--urgent", "1.5"]);
    assert!(one.contains("--urgent") && one.contains("1.5"), "{one}");
    let all = refused(&["--questions", "0.6", "--statements", "0.5"]);
    assert!(
        all.contains("--questions 0.6") && all.contains("--statements 0.5"),
        "{all}"
    );
}

#[test]
fn a_model_without_a_price_is_refused_by_name() {
    let said = refused(&["--answer-model", "a-model-nobody-knows"]);
    assert!(said.contains("a-model-nobody-knows"), "{said}");
}

#[test]
fn tables_fit_into_a_hundred_columns() {
    for options in [&[][..], &["--free-tier"], &["--mails", "1000000"]] {
        for line in said(options).lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

#[test]
fn a_desk_whose_days_take_more_requests_than_it_may_make_is_told_so() {
    assert!(said(&["--mails", "1000000"]).contains("GeminiRequestsPerDay"));
    assert!(!said(&["--mails", "10000"]).contains("GeminiRequestsPerDay"));
}

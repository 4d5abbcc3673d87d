//! `helpdesk drafts`: how many drafts people send as they are.

use std::process::ExitCode;

use anyhow::Context;
use secrecy::SecretString;
use serde_json::json;
use store_postgres::{DraftRate, Store};

/// Prints how drafts fared, by intent and by what made them.
pub async fn run(database_url: String, json: bool) -> anyhow::Result<ExitCode> {
    let store = Store::new(&SecretString::from(database_url)).context("opening the ledger")?;
    let rates = store.draft_rates().await.context("reading the ledger")?;
    if json {
        for rate in &rates {
            println!("{}", as_json(rate));
        }
    } else {
        print!("{}", table(&rates));
    }
    Ok(ExitCode::SUCCESS)
}

/// Drafts about which people have decided.
fn decided(rate: &DraftRate) -> i64 {
    rate.sent_as_is + rate.sent_edited + rate.discarded
}

fn as_json(rate: &DraftRate) -> serde_json::Value {
    json!({
        "intent": rate.intent.as_str(),
        "made_by": rate.made_by,
        "open": rate.open,
        "replaced": rate.replaced,
        "sent_as_is": rate.sent_as_is,
        "sent_edited": rate.sent_edited,
        "discarded": rate.discarded,
        "median_distance": rate.median_distance,
    })
}

fn table(rates: &[DraftRate]) -> String {
    if rates.is_empty() {
        return "No draft was made yet.\n".to_owned();
    }
    let mut text = format!(
        "{:<16} {:<34} {:>6} {:>12} {:>8} {:>9} {:>6}  {}\n",
        "intent", "made by", "sent", "as is", "edited", "discarded", "open", "words changed"
    );
    for rate in rates {
        let changed = rate.median_distance;
        let changed =
            changed.map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0));
        text.push_str(&format!(
            "{:<16} {:<34} {:>6} {:>12} {:>8} {:>9} {:>6}  {changed}\n",
            rate.intent.as_str(),
            rate.made_by,
            rate.sent_as_is + rate.sent_edited,
            share(rate.sent_as_is, decided(rate)),
            rate.sent_edited,
            rate.discarded,
            rate.open,
        ));
    }
    let sum = |of: fn(&DraftRate) -> i64| rates.iter().map(of).sum::<i64>();
    let all = sum(decided);
    let as_is = share(sum(|rate| rate.sent_as_is), all);
    text.push_str(&format!(
        "\nOf {all} drafts that people decided about, {as_is} were sent as they were; {} wait.\n",
        sum(|rate| rate.open)
    ));
    text
}

fn share(part: i64, of: i64) -> String {
    if of == 0 {
        return part.to_string();
    }
    format!("{part} ({} %)", (part * 100 + of / 2) / of)
}

#[cfg(test)]
mod tests {
    use domain::Intent;

    use super::*;

    #[test]
    fn the_table_tells_the_share_of_drafts_sent_as_they_were() {
        let rate = DraftRate {
            intent: Intent::GeneralQuery,
            made_by: "answer v1, gemini-3.8-flash".to_owned(),
            open: 2,
            replaced: 1,
            sent_as_is: 6,
            sent_edited: 1,
            discarded: 1,
            median_distance: Some(0.2),
        };
        let table = table(&[rate]);
        assert!(
            table.contains("6 (75 %)") && table.contains("20 %"),
            "{table}"
        );
        assert!(table.contains("Of 8 drafts"), "{table}");
    }

    #[test]
    fn without_drafts_it_says_so() {
        assert_eq!(table(&[]), "No draft was made yet.\n");
    }
}

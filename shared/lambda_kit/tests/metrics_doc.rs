//! `docs/METRICS.md` lists every metric that is told, and none that is gone.

use std::fs;
use std::path::Path;

use lambda_kit::metrics::{METRICS, Metric, NAMESPACE};

/// What stands before the table.
const BEFORE: &str = "\
# Metrics

Functions write metrics as lines on stdout in CloudWatch's Embedded Metric Format; nothing is called for them and
no right is needed (`shared/lambda_kit/src/metrics`, where this table is kept). The dashboard and the alarms of
`template.yaml` read them, each alarm has its page in [RUNBOOK.md](RUNBOOK.md), and `cargo xtask structure` holds
the three together.

All are in the namespace `AutoMailHelpdesk` and have the dimension `Stack`, the stack's name. Where more than one
set of dimensions is named, each is a series of its own; `Stack` alone is the whole. No dimension ever holds an
address or the id of a mail; ids stand beside them in the line, where CloudWatch Logs Insights finds them:

```
fields @timestamp, mail, Intent, Outcome, SecondsToDraft | filter ispresent(MailsEnded) | sort SecondsToDraft desc
```

| metric | unit | dimensions beside `Stack` | meaning |
|---|---|---|---|
";

/// What stands after it.
const AFTER: &str = "
## Who tells what

- Workers of queues (`lambda_kit::serve`): `VisitFailed`, `VisitFailures`, `Retries`, `MailsEnded`,
  `SecondsToDraft` after each visit, from its record and the mail's row in the ledger.
- ingest: `HistoryMessages`, `MailsEntered`, `HistoryWithoutMail` after each sync. triage: `DraftsSettled`.
- sweep, once a round: `MailsWaiting`, `OldestWait`, `OpenOutages`, `WatchSecondsLeft`, `ModelCostToday`,
  `ModelTokensToday`. They are levels: look at their maximum, not their sum. The whole is told also where it is 0;
  a queue, a service or a model only where it is more.
- Every function: `ColdStarts`, and `Retries` where it calls others.
- What queues and functions do is told by AWS itself: `AWS/SQS` (`ApproximateNumberOfMessagesVisible`,
  `ApproximateAgeOfOldestMessage`) and `AWS/Lambda` (`Errors`, `Invocations`, `Duration`).

## What they are not

- A count for accounting: a function that dies between a mail's end and the line loses it, and CloudWatch may take
  a line twice. The ledger is the record (`helpdesk mail`, `helpdesk drafts`).
- `SecondsToDraft` runs to the end of the mail's work, some moments after the draft stands. A mail that was triaged
  before migration 6 counts from when ingest saw it.
- `ModelCostToday` knows the calls that the table `helpdesk.llm_calls` has, by its prices.

## What it costs

CloudWatch bills a series for the hours in which it is told, and an alarm for every hour. While no mail comes sweep
alone speaks: six series, and a few for cold starts. With every intent, outcome, class and service in use there are
about a hundred. By the price list for us-east-1 a series is 0.30 USD a month, an alarm 0.10 and a dashboard 3; the
first ten series, ten alarms and three dashboards of an account are free. The key that the alert topic is encrypted
with is another 1 USD. A quiet stack pays about 3 USD a month for all of it, most of it for its alarms.
";

fn row(metric: &Metric) -> String {
    let set = |labels: &&[lambda_kit::metrics::Label]| match labels {
        [] => "–".to_owned(),
        labels => labels
            .iter()
            .map(|label| format!("`{}`", label.name()))
            .collect::<Vec<_>>()
            .join(" + "),
    };
    let sets: Vec<String> = metric.by.iter().map(set).collect();
    format!(
        "| `{}` | {} | {} | {} |\n",
        metric.name,
        metric.unit.name(),
        sets.join(", "),
        metric.meaning
    )
}

#[test]
fn the_document_lists_the_metrics_that_are_told() {
    assert!(BEFORE.contains(&format!("namespace `{NAMESPACE}`")));
    let table: String = METRICS.iter().map(|metric| row(metric)).collect();
    let expected = format!("{BEFORE}{table}{AFTER}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/METRICS.md");
    if std::env::var_os("WRITE_METRICS").is_some() {
        fs::write(&path, &expected).expect("writable");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "run this test once with WRITE_METRICS=1");
}

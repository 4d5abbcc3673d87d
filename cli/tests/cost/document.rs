//! `docs/COST.md` holds what the command says.

use std::fs;
use std::path::Path;

use super::{bill, lines, said, usd};

const BEFORE: &str = "\
# What a month costs

`helpdesk cost` reckons it, and asks nobody for it: how much is used comes from the template and from what a mail sets
going, prices stand in `cli/src/cost/prices.rs` (those of models in `shared/model_gemini/src/prices.rs`).

```
helpdesk cost                                  # no mails, 100, 10,000 and 1,000,000 a month, side by side
helpdesk cost --mails 3000 --free-tier         # one month in full, with what was used and what is free
helpdesk cost --mails 3000 --questions 0.7 --answer-takes 12 --poll 30 --sweep 30
helpdesk cost --assumed                        # what no option changes
```

**This is a calculation, not a bill.** The product has not run on AWS. Prices are those of us-east-1 by the vendors'
documentation, without taxes; other regions differ, most are dearer. How long functions take, how much models read and
how much is logged is assumed, and stands below. Compare the first month's bill with it, line by line.

In US dollars a month, with nothing free taken off:

";

const FREE: &str = "
The same in an account that holds nothing else, with what is free each month taken off (`--free-tier`). Free plans of
Neon and Qdrant are used where they suffice; where Neon's does not, all of it is paid for:

";

const LEFT: &str = "
## What is left without mails

Nobody writes, and still this is used, at list prices:

";

const LESS: &str = "
The README's 3 USD are the alarms, the series, the dashboard and the key, with what is free taken off. Secrets, queues
and the database come on top.

## How to make it less

US dollars a month with `--free-tier`:

";

const AFTER: &str = "
- **The database is the largest part of a quiet month, by the intervals.** Neon sends it to sleep after five minutes, and
  a poll and a sweep every five minutes never let it. Its free plan stops the database when the month's hours are used
  up, about the seventeenth day, and without its ledger the desk works no mail. With half an hour for both (`PollSchedule`, `SweepSchedule`) a
  quiet desk stays within the plan. Pushes still bring mails at once; what a lost push would have brought waits for the
  poll, as do messages that could not be put into their queue, and people hear later of what went astray. The alarm of a
  silent sweep wants one an hour.
- **Queues are asked though they are empty.** Lambda keeps requests open at each of the six queues; SQS bills each that
  comes back empty. [AWS says](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html) that it goes down
  from five to two in quiet times, but not where a maximum concurrency is set, as the template does to spare Gmail, Odoo
  and Postgres; that is of standard queues, and of FIFO queues it says nothing. Without `ScalingConfig` this line may
  come to two fifths. The metric `NumberOfEmptyReceives` of the queues shows what is true.
- **In a busy month the models are nearly all of it.** A smaller model for answers, shorter documents, fewer passages. No
  batch prices are used, for a mail does not wait.
- Metrics are billed by series and hour. With some mails an hour all of them are billed, which in a month of some thousand
  mails is more than the models; beyond that they cost the same for any number of mails. A hundred is the most there are:
  series of failures and outages are billed only where there were any.
- Six secrets could be one. They are six so that each function may read only those it needs.
- `LogLevel` `warn` leaves most lines out, and mails' stories with them.
- x86_64 would cost a quarter more for GB-seconds (`Architecture`).

Nothing here stands in a VPC, so that there is no NAT gateway to pay for; the function URL costs nothing but its
invocations; there is no API gateway, no load balancer and no CodeDeploy.
";

const RECKONED: &str = "
## How it is reckoned

A month has 730 hours. Of the mails that come in, `--automatic` are left alone after triage; the others are worked, and
each gets a draft that a person sends.

| what | how much |
|---|---|
| invocations of ingest | pushes, and a poll each `--poll` minutes |
| of triage | each mail, and each that a person sent |
| of handlers | each worked mail; those passed on (`--passed-on`) come to human_handoff as well |
| of sweep, renew_watch, backup, index_knowledge | by their schedules; index_knowledge also once a document |
| GB-seconds | invocations × seconds × memory, and the cold starts; a batch holds one mail |
| SQS requests | 6 queues × open requests × 3,600 / 20 s × 730 h, and three a message |
| messages | two a worked mail, one for what a person sent, one more where it is passed on, one for an automatic mail |
| alarms, secrets, key, dashboard | as many as the template has; a test counts them |
| series of metrics | those told all the time, cold starts, and those that mails make, up to all there are |
| Gemini | calls × tokens × the price of the day (`--on`) |
| Postgres | hours awake × 0.25 compute units, and a share a mail; schedules go off apart, pushes at any time |
| ledger | mails × `--months`; nothing is thrown out of it |

Left out because they are small: tries that fail and come again, dead letters, mails that cannot be read, Logs Insights
queries, and alarms' own e-mails. `--free-tier` counts the dashboard as free, as CloudWatch has it up to 50 metrics; its
searches can show more.

";

const OPTIONS: &str = "
## Options and what they are without a word

```
";

const SOURCES: &str = "```

Seconds are guesses at what real services take: the stand-ins answer in milliseconds and a triage takes about a tenth of
a second there. Tokens are those of the prompts, the closed schemas, a short mail and six passages, with room for
thinking. The default for Qdrant is not from a price list: its calculator names the price of a cluster.

## Where prices stand

";

/// Why something is billed though no mail comes.
const WHY: [(&str, &str); 16] = [
    (
        "Lambda, GB-seconds on arm64",
        "poll and sweep, and their cold starts",
    ),
    (
        "SQS, FIFO requests",
        "Lambda asks six queues for messages all the time",
    ),
    ("EventBridge, schedules going off", "poll and sweep"),
    ("S3, storage", "documents, and packages for deploying"),
    (
        "CloudWatch, log lines taken in",
        "what polls and sweeps say",
    ),
    (
        "CloudWatch, series of metrics",
        "what sweep tells of the state of things",
    ),
    ("CloudWatch, alarms", "they watch by the hour"),
    ("CloudWatch, dashboard", "it is billed by the month"),
    ("Secrets Manager, secrets", "they are kept"),
    ("Secrets Manager, reads", "cold starts of poll and sweep"),
    ("KMS, key of the alert topic", "it is kept"),
    (
        "AWS, data sent to the internet",
        "polls and sweeps ask Gmail and Postgres",
    ),
    (
        "Gemini, embed documents: gemini-embedding-2",
        "documents change",
    ),
    (
        "Qdrant Cloud, cluster",
        "it runs; a free one does for small knowledge",
    ),
    (
        "Neon, Postgres awake",
        "a poll or a sweep wakes it before it sleeps",
    ),
    ("Neon, Postgres storage", "an empty ledger with its tables"),
];

fn left() -> String {
    let idle = bill(0, &[]);
    let mut text = "| what | USD | why |\n|---|--:|---|\n".to_owned();
    for line in lines(&idle).iter().filter(|line| usd(line) >= 0.005) {
        let (service, what) = (line["service"].as_str(), line["what"].as_str());
        let name = format!("{}, {}", service.unwrap(), what.unwrap());
        let why = WHY.iter().find(|(of, _)| *of == name);
        let (_, why) = why.unwrap_or_else(|| panic!("why does {name} cost without mails?"));
        text.push_str(&format!("| {name} | {:.2} | {why} |\n", usd(line)));
    }
    text + &format!("| **Total** | **{:.2}** | |\n", usd(&idle))
}

/// Ways to pay less, and one to pay more.
const WAYS: [(&str, &[&str]); 6] = [
    ("as the template has it", &[]),
    (
        "poll and sweep each half hour",
        &["--poll", "30", "--sweep", "30"],
    ),
    (
        "poll and sweep each half hour, log level warn",
        &["--poll", "30", "--sweep", "30", "--log-level", "warn"],
    ),
    (
        "answers by the smaller model",
        &["--answer-model", "gemini-3.5-flash-lite"],
    ),
    (
        "functions that take half as long",
        &[
            "--triage-takes",
            "1.5",
            "--answer-takes",
            "4",
            "--handler-takes",
            "1.5",
            "--round-takes",
            "0.5",
        ],
    ),
    ("model prices of 1 January 2027", &["--on", "2027-01-01"]),
];

fn less() -> String {
    let mut text = "| | no mails | 100 | 10,000 | 1,000,000 |\n|---|--:|--:|--:|--:|\n".to_owned();
    for (way, options) in WAYS {
        let options = [options, &["--free-tier"]].concat();
        let costs = [0, 100, 10_000, 1_000_000].map(|mails| usd(&bill(mails, &options)));
        let costs = costs.map(grouped);
        text.push_str(&format!("| {way} | {} |\n", costs.join(" | ")));
    }
    text
}

/// Dollars with a comma for the thousands.
fn grouped(usd: f64) -> String {
    let text = format!("{usd:.2}");
    match text.len().checked_sub(6) {
        Some(at) if at > 0 => format!("{},{}", &text[..at], &text[at..]),
        _ => text,
    }
}

/// What the template's limits would do to a million mails.
fn million() -> String {
    let bill = bill(1_000_000, &[]);
    let of_models = lines(&bill)
        .iter()
        .filter(|line| line["service"] == "Gemini");
    let (calls, cost) = of_models.fold((0.0, 0.0), |(calls, cost), line| {
        (
            calls + line["used"].as_f64().unwrap() * 1000.0,
            cost + usd(line),
        )
    });
    let days = 730.0 / 24.0;
    format!(
        "
## Before a million mails a month

The template's limits are for a smaller desk. `GeminiRequestsPerDay` is 10,000, and a million mails make {:.0} thousand
requests a day; mails beyond the limit wait, and then go to people. `ModelCost` alarms at 5 USD a day, and they cost
{:.0}. A Gmail mailbox takes 6,000 quota units a minute from all programs, and `MaxConcurrency` lets five mails of a
queue be worked at a time.
",
        calls / days / 1000.0,
        cost / days
    )
}

fn sources() -> String {
    let bill = bill(1, &[]);
    let mut sources: Vec<&str> = lines(&bill)
        .iter()
        .map(|line| line["source"].as_str().unwrap())
        .collect();
    sources.sort_unstable();
    sources.dedup();
    let listed = sources.iter().map(|source| format!("- <{source}>\n"));
    format!(
        "Looked up on 2026-11-24, those of models on {}.\n\n{}",
        model_gemini::PRICES_AS_OF,
        listed.collect::<String>()
    )
}

/// The options with their defaults, without the program's name for itself.
fn options() -> String {
    let help = said(&["--help"]);
    let (_, options) = help.split_once("Options:\n").unwrap();
    let lines = options.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect::<String>().replace("\n\n\n", "\n\n")
}

#[test]
fn the_document_says_what_the_command_says() {
    let table = |options: &[&str]| said(&[&["--markdown"], options].concat());
    let parts = [
        BEFORE,
        &table(&[]),
        FREE,
        &table(&["--free-tier"]),
        LEFT,
        &left(),
        LESS,
        &less(),
        AFTER,
        &million(),
        RECKONED,
        &said(&["--assumed"]),
        OPTIONS,
        &options(),
        SOURCES,
        &sources(),
    ];
    let expected = parts.concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/COST.md");
    if std::env::var_os("WRITE_COST").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "run this test once with WRITE_COST=1");
}

#[test]
fn as_many_series_are_assumed_as_the_metrics_page_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/METRICS.md");
    let page = fs::read_to_string(page).unwrap().replace('\n', " ");
    assert!(page.contains("six series") && page.contains("about a hundred"));
    let assumed = said(&["--assumed"]);
    assert!(
        assumed.contains("all the time (METRICS.md) | 6 |"),
        "{assumed}"
    );
    assert!(
        assumed.contains("at the most (METRICS.md) | 100 |"),
        "{assumed}"
    );
}

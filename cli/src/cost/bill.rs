//! What a month's use comes to, line by line.

use anyhow::Context;
use time::Date;

use super::assumed::{
    DAYS, DOCUMENT_TOKENS, GB, LOG_PACKED, PUSH_BYTES, QUESTION_TOKENS, SUMMARIES, SUMMARY_READ,
    SUMMARY_WRITTEN,
};
use super::load::{Load, Models, Tokens};
use super::prices::{self, NEON_FREE_CU_HOURS, NEON_FREE_STORAGE, Price};
use super::stack;
use super::usage::Usage;

const GEMINI: &str = "Gemini";
const NEON: &str = prices::NEON_COMPUTE.service;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Who bills it.
    pub service: &'static str,
    /// For what.
    pub what: String,
    /// How much of it is used.
    pub used: f64,
    /// How much of that is free.
    pub free: f64,
    /// What it is counted in.
    pub unit: &'static str,
    /// US dollars a unit.
    pub usd: f64,
    /// Where the price stands.
    pub source: &'static str,
}

impl Line {
    /// In US dollars.
    pub fn cost(&self) -> f64 {
        (self.used - self.free).max(0.0) * self.usd
    }
}

/// A month.
#[derive(Debug, Clone)]
pub struct Bill {
    /// Mails that came in.
    pub mails: u32,
    /// What was used.
    pub lines: Vec<Line>,
}

impl Bill {
    /// What a month with so many mails comes to, with or without what is free.
    pub fn of(load: &Load, mails: u32, on: Date, free_tier: bool) -> anyhow::Result<Self> {
        let usage = Usage::of(load, f64::from(mails));
        let mut lines = amazon(&usage);
        lines.extend(calls(load, &usage, on)?);
        lines.extend(others(load, &usage));
        if free_tier {
            neon_plan(&mut lines);
        } else {
            for line in &mut lines {
                line.free = 0.0;
            }
        }
        Ok(Self { mails, lines })
    }

    /// In US dollars.
    pub fn total(&self) -> f64 {
        self.lines.iter().map(Line::cost).sum()
    }

    /// Requests to Gemini a day.
    pub fn model_requests_a_day(&self) -> f64 {
        let of_model = self.lines.iter().filter(|line| line.service == GEMINI);
        of_model.map(|line| line.used * 1000.0).sum::<f64>() / DAYS
    }

    /// Whether Neon's free plan was asked for and does not suffice.
    pub fn outgrows_neon(&self) -> bool {
        let of_neon = self.lines.iter().filter(|line| line.service == NEON);
        of_neon.map(Line::cost).sum::<f64>() > 0.0
    }

    /// In US dollars; None without mails.
    pub fn a_mail(&self) -> Option<f64> {
        (self.mails > 0).then(|| self.total() / f64::from(self.mails))
    }
}

/// So much, at this price. What is counted in millions is given as a number.
fn line(price: &Price, used: f64) -> Line {
    let used = if price.unit == "million" {
        used / 1e6
    } else {
        used
    };
    Line {
        service: price.service,
        what: price.what.to_owned(),
        used,
        free: price.free,
        unit: price.unit,
        usd: price.usd,
        source: price.source,
    }
}

fn amazon(usage: &Usage<'_>) -> Vec<Line> {
    let alerts = usage.mails.people;
    vec![
        line(&prices::LAMBDA_REQUESTS, usage.invocations()),
        line(&prices::LAMBDA_SECONDS, usage.gb_seconds()),
        line(&prices::FUNCTION_URL, usage.pushes()),
        line(&prices::SQS, usage.queue_requests()),
        line(&prices::SCHEDULES, usage.schedules()),
        line(&prices::S3_WRITES, usage.writes()),
        line(&prices::S3_READS, usage.reads()),
        line(&prices::S3_STORAGE, usage.bucket()),
        line(&prices::LOGS_TAKEN, usage.logs()),
        line(&prices::LOGS_KEPT, usage.logs_kept() * LOG_PACKED),
        line(&prices::SERIES, usage.series()),
        line(&prices::ALARMS, f64::from(stack::ALARMS)),
        line(&prices::DASHBOARDS, f64::from(stack::DASHBOARDS)),
        line(&prices::SECRETS, f64::from(stack::SECRETS)),
        line(&prices::SECRET_READS, usage.secret_reads()),
        line(&prices::KEYS, f64::from(stack::KEYS)),
        line(&prices::KEY_USES, alerts),
        line(&prices::ALERTS, alerts),
        line(&prices::ALERT_MAILS, alerts),
        line(&prices::TRANSFER, usage.transfer()),
    ]
}

fn others(load: &Load, usage: &Usage<'_>) -> Vec<Line> {
    let cluster = Line {
        service: "Qdrant Cloud",
        what: "cluster".to_owned(),
        used: 1.0,
        free: 1.0,
        unit: "cluster",
        usd: load.qdrant,
        source: "https://qdrant.tech/pricing/",
    };
    vec![
        line(&prices::PUBSUB, usage.pushes() * PUSH_BYTES / GB),
        cluster,
        line(&prices::NEON_COMPUTE, usage.compute_hours()),
        line(&prices::NEON_STORAGE, usage.ledger()),
    ]
}

/// Neon's free plan is for all or nothing.
fn neon_plan(lines: &mut [Line]) {
    let used = |price: &Price| {
        let of_price = |line: &&Line| line.service == price.service && line.what == price.what;
        lines.iter().find(of_price).map_or(0.0, |line| line.used)
    };
    let fits = used(&prices::NEON_COMPUTE) <= NEON_FREE_CU_HOURS
        && used(&prices::NEON_STORAGE) <= NEON_FREE_STORAGE;
    for line in lines.iter_mut().filter(|line| line.service == NEON) {
        line.free = if fits { line.used } else { 0.0 };
    }
}

/// Gemini, by model and by use.
fn calls(load: &Load, usage: &Usage<'_>, on: Date) -> anyhow::Result<Vec<Line>> {
    let Models {
        classify_model,
        answer_model,
        embed_model,
        classify_tokens,
        answer_tokens,
        ..
    } = &load.models;
    let mails = &usage.mails;
    let only = |read| Tokens { read, written: 0 };
    let summary = Tokens {
        read: SUMMARY_READ,
        written: SUMMARY_WRITTEN,
    };
    let documents = f64::from(load.documents);
    [
        ("classify", classify_model, *classify_tokens, mails.worked),
        (
            "summarise",
            classify_model,
            summary,
            mails.worked * SUMMARIES,
        ),
        ("answer", answer_model, *answer_tokens, mails.questions),
        (
            "embed questions",
            embed_model,
            only(QUESTION_TOKENS),
            mails.questions,
        ),
        (
            "embed documents",
            embed_model,
            only(DOCUMENT_TOKENS),
            documents,
        ),
    ]
    .into_iter()
    .map(|(what, model, tokens, times)| call(what, model, tokens, times, on))
    .collect()
}

fn call(what: &str, model: &str, tokens: Tokens, times: f64, on: Date) -> anyhow::Result<Line> {
    let (read, written) = (u64::from(tokens.read), u64::from(tokens.written));
    let usd = model_gemini::cost(model, read, written, on).with_context(|| {
        format!("no price is known for the model {model}, which is to {what}; those of other models stand at {}", model_gemini::PRICES_SOURCE)
    })?;
    Ok(Line {
        service: GEMINI,
        what: format!("{what}: {model}"),
        used: times / 1000.0,
        free: 0.0,
        unit: "thousand",
        usd: usd * 1000.0,
        source: model_gemini::PRICES_SOURCE,
    })
}

//! Calls of models in words.

use ports::{ModelUse, RunId, RunRecord};
use serde_json::{Value, json};
use time::macros::format_description;

/// One call, for programs.
pub fn as_json(record: &RunRecord) -> Value {
    let run = &record.run;
    let model = run.model.as_ref();
    let prompt = model.and_then(|model| model.prompt.as_ref());
    json!({
        "run": record.id.to_string(),
        "trace": record.trace,
        "mail": record.mail.as_ref().map(ToString::to_string),
        "ticket": record.ticket.as_ref().map(ToString::to_string),
        "variant": record.variant,
        "kind": run.kind.as_str(),
        "name": run.name,
        "began_at": run.began_at.unix_timestamp(),
        "took_ms": milliseconds(record),
        "attempts": run.attempts,
        "prompt": prompt.map(|prompt| &prompt.name),
        "prompt_version": prompt.map(|prompt| prompt.version),
        "prompt_sha256": prompt.map(|prompt| &prompt.sha256),
        "model_asked": model.map(|model| &model.asked),
        "model_answered": model.and_then(|model| model.answered.as_ref()),
        "tokens_in": model.and_then(|model| model.tokens_in),
        "tokens_out": model.and_then(|model| model.tokens_out),
        "cost_usd": model.and_then(|model| model.cost_usd),
        "finish_reason": model.and_then(|model| model.finish_reason.as_ref()),
        "error": run.failure.as_ref().map(|(class, what)| json!({ "class": class, "what": what })),
    })
}

/// The calls, a line each.
pub fn table(calls: &[RunRecord]) -> String {
    if calls.is_empty() {
        return "No model was asked in this time. --since looks further back.\n".to_owned();
    }
    let mut text = format!(
        "{:<19}  {:<24} {:<14} {:<26} {:>13} {:>9} {:>8}  {}\n",
        "began (UTC)", "mail", "done", "model", "tokens", "USD", "ms", "came to"
    );
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    for call in calls {
        let run = &call.run;
        let began = run.began_at.to_offset(time::UtcOffset::UTC).format(format);
        let model = run.model.as_ref();
        let mail = call.mail.as_ref().map(ToString::to_string);
        text.push_str(&format!(
            "{:<19}  {:<24} {:<14} {:<26} {:>13} {:>9} {:>8}  {}\n",
            began.unwrap_or_default(),
            mail.as_deref().unwrap_or("-"),
            done(call),
            model.map_or("-", |model| model.asked.as_str()),
            model.map(tokens).unwrap_or_default(),
            model.map(cost).unwrap_or_default(),
            milliseconds(call),
            came_to(call),
        ));
    }
    let costs = calls.iter().filter_map(|call| call.run.model.as_ref());
    let sum: f64 = costs.filter_map(|model| model.cost_usd).sum();
    let calls = match calls.len() {
        1 => "1 call".to_owned(),
        number => format!("{number} calls"),
    };
    text.push_str(&format!("\n{calls}, {sum:.5} USD.\n"));
    text
}

/// The runs of one mail, each below the one that it is part of.
pub fn tree(runs: &[RunRecord], texts: bool) -> String {
    let mut text = String::new();
    let is_there = |id: &RunId| runs.iter().any(|run| run.id == *id);
    let tops = runs
        .iter()
        .filter(|run| !run.parent.as_ref().is_some_and(is_there));
    for top in tops {
        branch(runs, top, top, 0, texts, &mut text);
    }
    text
}

fn branch(
    runs: &[RunRecord],
    top: &RunRecord,
    record: &RunRecord,
    depth: usize,
    texts: bool,
    text: &mut String,
) {
    let run = &record.run;
    let after = (run.began_at - top.run.began_at).whole_milliseconds();
    let model = run.model.as_ref();
    let of_model = model.map(|model| {
        let cost = cost(model);
        let cost = if cost.is_empty() {
            cost
        } else {
            format!(", {cost} USD")
        };
        format!("{}, {} tokens{cost}", model.asked, tokens(model))
    });
    let indent = "  ".repeat(depth);
    text.push_str(&format!(
        "{:<34} {:>9} {:>9}   {}\n",
        format!("{indent}{}", done(record)),
        format!("+{after} ms"),
        format!("{} ms", milliseconds(record)),
        [of_model.unwrap_or_default(), failed(record)]
            .join(" ")
            .trim(),
    ));
    if texts && let Some(said) = &run.said {
        text.push_str(&format!("{indent}    asked:    {}\n", said.input));
        text.push_str(&format!("{indent}    answered: {}\n", said.output));
    }
    let below = runs
        .iter()
        .filter(|run| run.parent.as_ref() == Some(&record.id) && run.id != record.id);
    for run in below {
        branch(runs, top, run, depth + 1, texts, text);
    }
}

/// What was done, with the prompt's version.
fn done(record: &RunRecord) -> String {
    let model = record.run.model.as_ref();
    match model.and_then(|model| model.prompt.as_ref()) {
        Some(prompt) => format!("{} v{}", prompt.name, prompt.version),
        None => record.run.name.clone(),
    }
}

fn tokens(model: &ModelUse) -> String {
    let count = |tokens: Option<u64>| tokens.map_or_else(|| "?".to_owned(), |n| n.to_string());
    if model.tokens_out.is_none() && model.prompt.is_none() {
        return count(model.tokens_in);
    }
    format!("{} + {}", count(model.tokens_in), count(model.tokens_out))
}

fn cost(model: &ModelUse) -> String {
    let cost = model.cost_usd.map(|cost| format!("{cost:.5}"));
    cost.unwrap_or_default()
}

fn milliseconds(record: &RunRecord) -> u64 {
    u64::try_from(record.run.took.as_millis()).unwrap_or(u64::MAX)
}

fn failed(record: &RunRecord) -> String {
    let failure = record.run.failure.as_ref();
    let failure = failure.map(|(class, what)| format!("{class}: {what}"));
    failure.unwrap_or_default()
}

/// Why the model stopped, or what failed, and how often it was tried.
fn came_to(record: &RunRecord) -> String {
    let run = &record.run;
    let model = run.model.as_ref();
    let finish = model.and_then(|model| model.finish_reason.clone());
    let what = match run.failure {
        Some(_) => failed(record),
        None => finish.unwrap_or_else(|| "ok".to_owned()),
    };
    match run.attempts {
        0 | 1 => what,
        tries => format!("{what}, at try {tries}"),
    }
}

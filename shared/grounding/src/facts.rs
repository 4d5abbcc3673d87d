//! Numbers, amounts, percentages, stretches of time, dates and times of day, compared by value.

use rust_decimal::Decimal;

use crate::dates::{
    Date, begins_a_range_of_hours, date_in_digits, date_in_words, time_of_day, time_with_h,
};
use crate::numbers::{Readings, readings};
use crate::tables::{self, Unit};
use crate::tokens::{Token, tokens};
use crate::{Source, Unsupported};

/// What a text says in figures.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(Readings),
    Amount(Readings, &'static str),
    Percent(Readings),
    Duration(Readings, Unit),
    Date(Date),
    /// Hour and minute.
    Time(u8, u8),
    Weekday(usize),
    /// Digits and letters together, such as an IBAN.
    Mark(String),
}

#[derive(Debug, Clone, PartialEq)]
struct Fact {
    value: Value,
    text: String,
}

/// Whether every figure of a text stands in the sources.
pub(crate) fn stand(text: &str, language: &str, sources: &[Source<'_>]) -> Result<(), Unsupported> {
    let said = facts(text, Some(language));
    if said.is_empty() {
        return Ok(());
    }
    let mut known: Vec<Fact> = vec![];
    for source in sources {
        known.extend(facts(source.title, source.language));
        known.extend(facts(source.text, source.language));
    }
    match said.into_iter().find(|fact| !is_known(fact, &known)) {
        None => Ok(()),
        Some(fact) => Err(refusal(fact)),
    }
}

fn refusal(fact: Fact) -> Unsupported {
    match fact.value {
        Value::Number(_) => Unsupported::Number(fact.text),
        Value::Mark(_) => Unsupported::Name(fact.text),
        Value::Amount(..) | Value::Percent(_) => Unsupported::Amount(fact.text),
        Value::Duration(..) | Value::Date(_) | Value::Time(..) | Value::Weekday(_) => {
            Unsupported::Date(fact.text)
        }
    }
}

fn is_known(fact: &Fact, known: &[Fact]) -> bool {
    known
        .iter()
        .any(|source| supports(&source.value, &fact.value))
}

fn supports(source: &Value, said: &Value) -> bool {
    use Value::{Amount, Date, Duration, Mark, Number, Percent, Time, Weekday};
    let same = |one: &Readings, other: &Readings| one.iter().any(|value| other.contains(value));
    match (source, said) {
        (Amount(a, code), Amount(b, said)) => same(a, b) && code == said,
        (Duration(a, unit), Duration(b, said)) => same(a, b) && unit == said,
        (Time(hour, minute), Time(said, at)) => (hour, minute) == (said, at),
        (Weekday(day), Weekday(said)) => day == said,
        (Mark(mark), Mark(said)) => mark == said,
        (Date(day), Date(said)) => day.supports(*said),
        (Percent(a), Percent(b))
        // A bare number is supported by the same number, whatever it counts there.
        | (Number(a) | Amount(a, _) | Percent(a) | Duration(a, _), Number(b)) => same(a, b),
        (Date(day), Number(b)) => day.year.is_some_and(|year| b.contains(&Decimal::from(year))),
        _ => false,
    }
}

fn facts(text: &str, language: Option<&str>) -> Vec<Fact> {
    let tokens = tokens(text);
    let mut facts = vec![];
    let mut at = 0;
    while at < tokens.len() {
        let (fact, next) = fact_at(&tokens, at, language);
        facts.extend(fact);
        at = next;
    }
    facts
}

/// The fact that begins at a token, and where the next one may begin.
fn fact_at(tokens: &[Token], at: usize, language: Option<&str>) -> (Option<Fact>, usize) {
    let token = &tokens[at];
    let made = |value: Value, end: usize| {
        let texts = tokens[at..end].iter().map(|token| token.text.as_str());
        let text = texts.collect::<Vec<_>>().join(" ");
        (Some(Fact { value, text }), end)
    };
    if let Some(day) = tables::weekday(&token.folded) {
        return made(Value::Weekday(day), at + 1);
    }
    if let Some((day, end)) = date_in_words(tokens, at) {
        return made(Value::Date(day), end);
    }
    if token.number {
        if token.text.chars().any(char::is_alphabetic) && time_with_h(&token.folded).is_none() {
            return made(Value::Mark(token.folded.clone()), at + 1);
        }
        let (value, end) = with_unit(tokens, at, language);
        return made(value, end);
    }
    if let Some(number) = tables::number_word(&token.folded) {
        let (number, end) = compound(tokens, at, number);
        let (value, end) = counted(tokens, at, end, vec![Decimal::from(number)]);
        // "Once" counts in Spanish only, and "sei" in Italian is a verb: without a unit words say little.
        return match value {
            Value::Number(_) => (None, end),
            value => made(value, end),
        };
    }
    if tables::is_one(&token.folded)
        && !is_rate(tokens, at)
        && let Some(unit) = unit_after(tokens, at + 1)
    {
        return made(Value::Duration(vec![Decimal::ONE], unit.0), unit.1);
    }
    if token.text.chars().any(|c| c.is_ascii_digit()) {
        return made(Value::Mark(token.folded.clone()), at + 1);
    }
    (None, at + 1)
}

/// Whether the article before a unit says how often: "500 EUR a day", "once a year".
fn is_rate(tokens: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| &tokens[at]) else {
        return false;
    };
    let often = [
        "once", "twice", "times", "percent", "mal", "fois", "vez", "veces", "volta", "volte",
    ];
    before.number
        || tables::currency(&before.folded).is_some()
        || tables::is_percent(&before.folded)
        || often.contains(&before.folded.as_str())
}

/// "Two hundred", "five thousand".
fn compound(tokens: &[Token], at: usize, number: u32) -> (u32, usize) {
    let next = tokens
        .get(at + 1)
        .and_then(|t| tables::number_word(&t.folded));
    match next {
        Some(factor @ (100 | 1000)) if number < factor && number > 0 => (number * factor, at + 2),
        Some(less) if less < 10 && (20..100).contains(&number) && less > 0 => {
            (number + less, at + 2)
        }
        _ => (number, at + 1),
    }
}

/// A number in digits with what it counts.
fn with_unit(tokens: &[Token], at: usize, language: Option<&str>) -> (Value, usize) {
    let token = &tokens[at];
    let next = tokens.get(at + 1).map_or("", |next| next.folded.as_str());
    if let Some(time) = time_of_day(&token.folded, next, tokens.get(at + 2)) {
        return (Value::Time(time.0, time.1), at + 1 + time.2);
    }
    if let Some(day) = date_in_digits(&token.text) {
        return (Value::Date(day), at + 1);
    }
    if let Some(hour) = begins_a_range_of_hours(tokens, at) {
        return (Value::Time(hour, 0), at + 1);
    }
    counted(tokens, at, at + 1, readings(&token.text, language))
}

/// What a number counts: the unit behind it, or the currency before it.
fn counted(tokens: &[Token], at: usize, end: usize, readings: Readings) -> (Value, usize) {
    let next = tokens.get(end).map_or("", |next| next.folded.as_str());
    if let Some(code) = tables::currency(next) {
        return (money(readings, code), end + 1);
    }
    if tables::is_percent(next) {
        return (Value::Percent(readings), end + 1);
    }
    let hundredth = tokens.get(end + 1).map_or("", |t| t.folded.as_str());
    if matches!(
        (next, hundredth),
        ("per", "cent" | "cento") | ("pour", "cent") | ("por", "ciento")
    ) {
        return (Value::Percent(readings), end + 2);
    }
    if let Some((unit, end)) = unit_after(tokens, end) {
        return (Value::Duration(readings, unit), end);
    }
    let before = at
        .checked_sub(1)
        .map_or("", |at| tokens[at].folded.as_str());
    if let Some(code) = tables::currency(before) {
        return (money(readings, code), end);
    }
    (Value::Number(readings), end)
}

/// Cents are hundredths of the currency that prices here are in.
fn money(readings: Readings, code: &'static str) -> Value {
    if code == "CENT" {
        let hundredth = |value: Decimal| (value / Decimal::ONE_HUNDRED).normalize();
        return Value::Amount(readings.into_iter().map(hundredth).collect(), "EUR");
    }
    Value::Amount(readings, code)
}

/// A unit of time at a token, or behind one or two words about it.
fn unit_after(tokens: &[Token], at: usize) -> Option<(Unit, usize)> {
    for skipped in 0..=2 {
        let token = tokens.get(at + skipped)?;
        let Some(unit) = tables::unit(&token.folded) else {
            if token.number || tokens[at..at + skipped].iter().any(|t| t.ends_clause) {
                return None;
            }
            continue;
        };
        let working = |at: usize| {
            tokens
                .get(at)
                .is_some_and(|t| tables::makes_working(&t.folded))
        };
        let before = (at..at + skipped).any(working);
        return Some(match unit {
            Unit::Day if before => (Unit::WorkingDay, at + skipped + 1),
            Unit::Day if working(at + skipped + 1) => (Unit::WorkingDay, at + skipped + 2),
            unit => (unit, at + skipped + 1),
        });
    }
    None
}

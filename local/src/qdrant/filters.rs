//! What Qdrant's filters mean to a store. What a store cannot tell is refused as unimplemented.

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::{
    self, DatetimeRange, FieldCondition, Match, MinShould, Range, Timestamp,
};
use serde_json::Value;
use testkit::knowledge::{Bounds, Condition, Filter};
use tonic::Status;

use super::wire::{bad, ids, unserved};

pub(super) fn filter(filter: qdrant::Filter) -> Result<Filter, Status> {
    let mut must = conditions(filter.must)?;
    if let Some(MinShould {
        conditions: some,
        min_count,
    }) = filter.min_should
    {
        let number = usize::try_from(min_count).unwrap_or(usize::MAX);
        must.push(Condition::AtLeast(number, conditions(some)?));
    }
    Ok(Filter {
        must,
        must_not: conditions(filter.must_not)?,
        should: conditions(filter.should)?,
    })
}

fn conditions(all: Vec<qdrant::Condition>) -> Result<Vec<Condition>, Status> {
    all.into_iter().map(condition).collect()
}

fn condition(condition: qdrant::Condition) -> Result<Condition, Status> {
    match condition.condition_one_of {
        Some(ConditionOneOf::Field(condition)) => field(condition),
        Some(ConditionOneOf::IsEmpty(empty)) => Ok(Condition::Empty(key(empty.key)?)),
        Some(ConditionOneOf::IsNull(null)) => Ok(Condition::Null(key(null.key)?)),
        Some(ConditionOneOf::HasId(has)) => Ok(Condition::HasId(ids(has.has_id)?)),
        Some(ConditionOneOf::Filter(nested)) => Ok(Condition::All(filter(nested)?)),
        Some(_) => Err(unserved("this kind of condition")),
        None => Err(bad("a condition of a filter is empty")),
    }
}

fn field(field: FieldCondition) -> Result<Condition, Status> {
    let name = key(field.key)?;
    let elsewhere = field.geo_bounding_box.is_some()
        || field.geo_radius.is_some()
        || field.geo_polygon.is_some()
        || field.values_count.is_some();
    if elsewhere {
        return Err(unserved("a condition on a place or on a number of values"));
    }
    let mut all = vec![];
    if let Some(wanted) = field.r#match {
        all.push(one_of(name.clone(), wanted)?);
    }
    if let Some(range) = field.range {
        all.push(Condition::Number(name.clone(), numbers(range)));
    }
    if let Some(range) = field.datetime_range {
        all.push(Condition::Moment(name.clone(), moments(range)));
    }
    if let Some(empty) = field.is_empty {
        all.push(so(empty, Condition::Empty(name.clone())));
    }
    if let Some(null) = field.is_null {
        all.push(so(null, Condition::Null(name)));
    }
    match (all.pop(), all.is_empty()) {
        (Some(condition), true) => Ok(condition),
        (Some(_), false) => Err(unserved("a condition that says two things of a field")),
        (None, _) => Err(bad("a condition of a filter says nothing of its field")),
    }
}

/// The condition, or its contrary.
fn so(holds: bool, condition: Condition) -> Condition {
    if holds {
        return condition;
    }
    Condition::All(Filter {
        must_not: vec![condition],
        ..Filter::default()
    })
}

fn one_of(key: String, wanted: Match) -> Result<Condition, Status> {
    fn all<T: Into<Value>>(values: Vec<T>) -> Vec<Value> {
        values.into_iter().map(Into::into).collect()
    }
    Ok(match wanted.match_value {
        Some(MatchValue::Keyword(word)) => Condition::OneOf(key, vec![word.into()]),
        Some(MatchValue::Integer(number)) => Condition::OneOf(key, vec![number.into()]),
        Some(MatchValue::Boolean(value)) => Condition::OneOf(key, vec![value.into()]),
        Some(MatchValue::Keywords(words)) => Condition::OneOf(key, all(words.strings)),
        Some(MatchValue::Integers(numbers)) => Condition::OneOf(key, all(numbers.integers)),
        Some(MatchValue::ExceptKeywords(words)) => Condition::Other(key, all(words.strings)),
        Some(MatchValue::ExceptIntegers(numbers)) => Condition::Other(key, all(numbers.integers)),
        Some(_) => return Err(unserved("a match within a text")),
        None => return Err(bad("a match of a filter is empty")),
    })
}

fn numbers(range: Range) -> Bounds<f64> {
    Bounds {
        lt: range.lt,
        gt: range.gt,
        gte: range.gte,
        lte: range.lte,
    }
}

fn moments(range: DatetimeRange) -> Bounds<i128> {
    let moment =
        |moment: Timestamp| i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanos);
    Bounds {
        lt: range.lt.map(moment),
        gt: range.gt.map(moment),
        gte: range.gte.map(moment),
        lte: range.lte.map(moment),
    }
}

/// A key as a store reads it. It may lead inside, but not by number, nor with quoted parts.
fn key(key: String) -> Result<String, Status> {
    if key.contains('"') || key.replace("[]", "").contains(['[', ']']) {
        return Err(unserved("a key with numbers or quotation marks"));
    }
    Ok(key)
}

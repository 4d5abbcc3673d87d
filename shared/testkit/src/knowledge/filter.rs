//! Which points are meant, told by what is stored along with them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Record;
use super::moment::moment;

/// Which points are meant. An empty one means all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// All of these hold.
    pub must: Vec<Condition>,
    /// None of these holds.
    pub must_not: Vec<Condition>,
    /// One of these holds, if there are any.
    pub should: Vec<Condition>,
}

/// What may hold of a point.
///
/// A key names a value of the payload: `document`, or `product.name` inside of another, or
/// `tags[].name` inside of each in a list. A list under the key holds what one of its values does.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The payload under this key is one of these values, or a list that holds one of them.
    OneOf(String, Vec<Value>),
    /// The payload under this key is something else than these values.
    Other(String, Vec<Value>),
    /// The number under this key lies within these bounds.
    Number(String, Bounds<f64>),
    /// The moment under this key lies within these bounds, in nanoseconds since 1970.
    Moment(String, Bounds<i128>),
    /// Nothing stands under this key, or an empty list, or null.
    Empty(String),
    /// Null stands under this key.
    Null(String),
    /// The id is one of these.
    HasId(BTreeSet<String>),
    /// Another filter holds.
    All(Filter),
    /// At least so many of these hold.
    AtLeast(usize, Vec<Condition>),
}

/// How far something may go. Empty: anywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds<T> {
    /// Below this.
    pub lt: Option<T>,
    /// Above this.
    pub gt: Option<T>,
    /// This or above.
    pub gte: Option<T>,
    /// This or below.
    pub lte: Option<T>,
}

impl<T: PartialOrd> Bounds<T> {
    fn hold(&self, value: &T) -> bool {
        self.lt.as_ref().is_none_or(|bound| value < bound)
            && self.gt.as_ref().is_none_or(|bound| value > bound)
            && self.gte.as_ref().is_none_or(|bound| value >= bound)
            && self.lte.as_ref().is_none_or(|bound| value <= bound)
    }
}

impl Filter {
    /// Whether it means every point.
    pub fn is_empty(&self) -> bool {
        self.must.is_empty() && self.must_not.is_empty() && self.should.is_empty()
    }

    /// Whether the point is meant.
    pub fn holds(&self, point: &Record) -> bool {
        self.must.iter().all(|condition| condition.holds(point))
            && !self.must_not.iter().any(|condition| condition.holds(point))
            && (self.should.is_empty()
                || self.should.iter().any(|condition| condition.holds(point)))
    }
}

impl Condition {
    fn holds(&self, point: &Record) -> bool {
        let any = |key: &str, holds: &dyn Fn(&Value) -> bool| any_value(&point.payload, key, holds);
        match self {
            Self::OneOf(key, wanted) => any(key, &|value| wanted.contains(value)),
            Self::Other(key, unwanted) => any(key, &|value| !unwanted.contains(value)),
            Self::Number(key, bounds) => any(key, &|value| {
                value.as_f64().is_some_and(|number| bounds.hold(&number))
            }),
            Self::Moment(key, bounds) => any(key, &|value| {
                let moment = value.as_str().and_then(moment);
                moment.is_some_and(|moment| bounds.hold(&moment))
            }),
            Self::Empty(key) => values(&point.payload, key).iter().all(|value| match value {
                Value::Null => true,
                Value::Array(list) => list.is_empty(),
                _ => false,
            }),
            Self::Null(key) => values(&point.payload, key).contains(&&Value::Null),
            Self::HasId(ids) => ids.contains(&point.id),
            Self::All(filter) => filter.holds(point),
            Self::AtLeast(number, conditions) => {
                let held = conditions.iter().filter(|condition| condition.holds(point));
                held.take(*number).count() == *number
            }
        }
    }
}

/// Whether a value under a key, or one in a list there, is so.
pub(super) fn any_value(
    payload: &Map<String, Value>,
    key: &str,
    holds: &dyn Fn(&Value) -> bool,
) -> bool {
    let one_of = |value: &Value| match value {
        Value::Array(list) => list.iter().any(holds),
        value => holds(value),
    };
    if key.contains(['.', '[']) {
        values(payload, key).into_iter().any(one_of)
    } else {
        payload.get(key).is_some_and(one_of)
    }
}

/// What stands under a key.
fn values<'a>(payload: &'a Map<String, Value>, key: &str) -> Vec<&'a Value> {
    let (first, rest) = match key.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (key, None),
    };
    let (name, each) = match first.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (first, false),
    };
    let here: Vec<&Value> = match (payload.get(name), each) {
        (Some(Value::Array(list)), true) => list.iter().collect(),
        (Some(value), false) => vec![value],
        _ => vec![],
    };
    match rest {
        None => here,
        Some(rest) => {
            let inside = here.into_iter().filter_map(Value::as_object);
            inside.flat_map(|payload| values(payload, rest)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Record {
        let payload = json!({
            "document": "cards.md",
            "tags": ["fee", "card"],
            "pages": 3,
            "until": "2026-12-31",
            "link": null,
            "none": [],
            "product": {"name": "Visa", "fees": [{"euro": 5}, {"euro": 30}]},
        });
        let payload = payload.as_object().cloned().unwrap_or_default();
        Record::new("7".to_owned(), payload)
    }

    fn holds(condition: &Condition) -> bool {
        condition.holds(&record())
    }

    fn key(name: &str) -> String {
        name.to_owned()
    }

    #[test]
    fn a_list_is_what_one_of_its_values_is() {
        assert!(holds(&Condition::OneOf(key("tags"), vec![json!("fee")])));
        assert!(!holds(&Condition::OneOf(key("tags"), vec![json!("loan")])));
        assert!(holds(&Condition::Other(key("tags"), vec![json!("fee")])));
    }

    #[test]
    fn what_is_missing_is_not_something_else() {
        assert!(!holds(&Condition::Other(
            key("missing"),
            vec![json!("fee")]
        )));
    }

    #[test]
    fn numbers_keep_to_their_bounds() {
        let bounds = |gte, lt| Bounds {
            gte: Some(gte),
            lt: Some(lt),
            ..Bounds::default()
        };
        assert!(holds(&Condition::Number(key("pages"), bounds(3.0, 4.0))));
        assert!(!holds(&Condition::Number(key("pages"), bounds(2.0, 3.0))));
        assert!(!holds(&Condition::Number(
            key("document"),
            bounds(0.0, 9.0)
        )));
    }

    #[test]
    fn moments_keep_to_their_bounds() {
        let from = |text| Bounds {
            gte: moment(text),
            ..Bounds::default()
        };
        assert!(holds(&Condition::Moment(key("until"), from("2026-12-31"))));
        assert!(!holds(&Condition::Moment(key("until"), from("2027-01-01"))));
    }

    #[test]
    fn empty_is_missing_or_null_or_a_list_of_nothing() {
        for name in ["missing", "link", "none"] {
            assert!(holds(&Condition::Empty(key(name))), "{name}");
        }
        assert!(!holds(&Condition::Empty(key("tags"))));
    }

    #[test]
    fn null_is_null_alone() {
        assert!(holds(&Condition::Null(key("link"))));
        for name in ["missing", "none", "tags"] {
            assert!(!holds(&Condition::Null(key(name))), "{name}");
        }
    }

    #[test]
    fn a_key_may_lead_inside() {
        let one = |name, value| holds(&Condition::OneOf(key(name), vec![value]));
        assert!(one("product.name", json!("Visa")));
        assert!(one("product.fees[].euro", json!(30)));
        assert!(one("tags[]", json!("card")));
        assert!(!one("product.fees.euro", json!(30)));
        assert!(!one("name", json!("Visa")));
    }

    #[test]
    fn so_many_conditions_as_are_wanted_must_hold() {
        let conditions = vec![
            Condition::OneOf(key("document"), vec![json!("cards.md")]),
            Condition::OneOf(key("pages"), vec![json!(3)]),
            Condition::OneOf(key("pages"), vec![json!(4)]),
        ];
        assert!(holds(&Condition::AtLeast(2, conditions.clone())));
        assert!(!holds(&Condition::AtLeast(3, conditions)));
    }
}

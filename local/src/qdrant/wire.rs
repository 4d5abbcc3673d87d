//! What Qdrant's messages mean to a store, and back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::{
    self, DenseVector, ListValue, NamedVectorsOutput, PointId, PointStruct, Struct, VectorOutput,
    VectorsOutput, WithPayloadSelector, WithVectorsSelector, vector, vector_output, vectors_output,
    with_payload_selector, with_vectors_selector,
};
use serde_json::{Map, Number, Value, json};
use testkit::knowledge::{Condition, Filter, Point, Refusal};
use tonic::Status;

pub(super) fn bad(why: &str) -> Status {
    Status::invalid_argument(format!("Wrong input: {why}"))
}

pub(super) fn refused(refusal: Refusal) -> Status {
    match refusal {
        Refusal::NoCollection(name) => {
            Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"))
        }
        Refusal::CollectionExists(name) => {
            Status::already_exists(format!("Wrong input: Collection `{name}` already exists!"))
        }
        Refusal::BadVector(why) => bad(&why),
    }
}

/// A point's id as a store has it: digits, or a UUID in lower case with dashes.
pub(super) fn id(id: PointId) -> Result<String, Status> {
    match id.point_id_options {
        Some(PointIdOptions::Num(number)) => Ok(number.to_string()),
        Some(PointIdOptions::Uuid(text)) => uuid(&text),
        None => Err(bad("a point has no id")),
    }
}

fn uuid(text: &str) -> Result<String, Status> {
    let bare: String = text.to_lowercase().replace('-', "");
    let fits = bare.len() == 32 && bare.bytes().all(|octet| octet.is_ascii_hexdigit());
    let parts = || {
        [
            &bare[..8],
            &bare[8..12],
            &bare[12..16],
            &bare[16..20],
            &bare[20..],
        ]
    };
    if fits {
        Ok(parts().join("-"))
    } else {
        Err(bad("a point's id is neither a UUID nor a number"))
    }
}

pub(super) fn ids(all: Vec<PointId>) -> Result<BTreeSet<String>, Status> {
    all.into_iter().map(id).collect()
}

pub(super) fn point_id(id: &str) -> PointId {
    let options = match id.parse() {
        Ok(number) => PointIdOptions::Num(number),
        Err(_) => PointIdOptions::Uuid(id.to_owned()),
    };
    PointId {
        point_id_options: Some(options),
    }
}

pub(super) fn point(point: PointStruct) -> Result<Point, Status> {
    let named = match point.vectors.and_then(|vectors| vectors.vectors_options) {
        Some(VectorsOptions::Vector(one)) => BTreeMap::from([(String::new(), dense(one)?)]),
        Some(VectorsOptions::Vectors(named)) => named
            .vectors
            .into_iter()
            .map(|(name, vector)| Ok((name, dense(vector)?)))
            .collect::<Result<_, Status>>()?,
        None => BTreeMap::new(),
    };
    Ok(Point {
        id: id(point.id.unwrap_or_default())?,
        vectors: named,
        payload: object(point.payload),
    })
}

fn dense(vector: qdrant::Vector) -> Result<Vec<f32>, Status> {
    match vector.vector {
        Some(vector::Vector::Dense(dense)) => Ok(dense.data),
        #[expect(deprecated, reason = "clients before 1.16 send vectors this way")]
        None if vector.indices.is_none() => Ok(vector.data),
        _ => Err(Status::unimplemented(
            "only dense vectors are served on this machine",
        )),
    }
}

fn object(fields: HashMap<String, qdrant::Value>) -> Map<String, Value> {
    let fields = fields.into_iter();
    fields.map(|(name, value)| (name, json(value))).collect()
}

fn json(value: qdrant::Value) -> Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => value.into(),
        Some(Kind::IntegerValue(number)) => number.into(),
        Some(Kind::DoubleValue(number)) => Number::from_f64(number).map_or(Value::Null, Into::into),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(json).collect(),
        Some(Kind::StructValue(nested)) => object(nested.fields).into(),
    }
}

fn value(json: &Value) -> qdrant::Value {
    let kind = match json {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Kind::IntegerValue(number),
            None => Kind::DoubleValue(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(values) => Kind::ListValue(ListValue {
            values: values.iter().map(value).collect(),
        }),
        Value::Object(fields) => Kind::StructValue(Struct {
            fields: fields.iter().map(|(k, v)| (k.clone(), value(v))).collect(),
        }),
    };
    qdrant::Value { kind: Some(kind) }
}

pub(super) fn filter(filter: qdrant::Filter) -> Result<Filter, Status> {
    if filter.min_should.is_some() {
        return Err(unknown_condition());
    }
    let all = |conditions: Vec<qdrant::Condition>| -> Result<Vec<Condition>, Status> {
        conditions.into_iter().map(condition).collect()
    };
    Ok(Filter {
        must: all(filter.must)?,
        must_not: all(filter.must_not)?,
        should: all(filter.should)?,
    })
}

fn condition(condition: qdrant::Condition) -> Result<Condition, Status> {
    match condition.condition_one_of {
        Some(ConditionOneOf::HasId(has)) => Ok(Condition::HasId(ids(has.has_id)?)),
        Some(ConditionOneOf::Filter(nested)) => Ok(Condition::All(filter(nested)?)),
        Some(ConditionOneOf::Field(field)) => {
            let wanted = match field.r#match.and_then(|r#match| r#match.match_value) {
                Some(MatchValue::Keyword(word)) => vec![json!(word)],
                Some(MatchValue::Integer(number)) => vec![json!(number)],
                Some(MatchValue::Boolean(value)) => vec![json!(value)],
                Some(MatchValue::Keywords(words)) => {
                    words.strings.into_iter().map(Value::from).collect()
                }
                _ => return Err(unknown_condition()),
            };
            Ok(Condition::OneOf(field.key, wanted))
        }
        _ => Err(unknown_condition()),
    }
}

fn unknown_condition() -> Status {
    Status::unimplemented("this kind of filter is not served on this machine")
}

/// What of a point the caller wants to see.
pub(super) struct Shown {
    payload: Option<with_payload_selector::SelectorOptions>,
    vectors: Option<with_vectors_selector::SelectorOptions>,
}

impl Shown {
    pub(super) fn new(
        payload: Option<WithPayloadSelector>,
        vectors: Option<WithVectorsSelector>,
    ) -> Self {
        Self {
            payload: payload.and_then(|selector| selector.selector_options),
            vectors: vectors.and_then(|selector| selector.selector_options),
        }
    }

    pub(super) fn payload(&self, point: &Point) -> HashMap<String, qdrant::Value> {
        use with_payload_selector::SelectorOptions::{Enable, Exclude, Include};
        let wanted = |name: &String| match &self.payload {
            None => false,
            Some(Enable(wanted)) => *wanted,
            Some(Include(only)) => only.fields.contains(name),
            Some(Exclude(without)) => !without.fields.contains(name),
        };
        let fields = point.payload.iter().filter(|(name, _)| wanted(name));
        fields
            .map(|(name, json)| (name.clone(), value(json)))
            .collect()
    }

    pub(super) fn vectors(&self, point: &Point) -> Option<VectorsOutput> {
        use with_vectors_selector::SelectorOptions::{Enable, Include};
        let wanted = |name: &String| match &self.vectors {
            None => false,
            Some(Enable(wanted)) => *wanted,
            Some(Include(only)) => only.names.contains(name),
        };
        let named = point.vectors.iter().filter(|(name, _)| wanted(name));
        let mut vectors: HashMap<String, VectorOutput> = named
            .map(|(name, data)| (name.clone(), output(data.clone())))
            .collect();
        let options = match vectors.remove("") {
            Some(one) => vectors_output::VectorsOptions::Vector(one),
            None if vectors.is_empty() => return None,
            None => vectors_output::VectorsOptions::Vectors(NamedVectorsOutput { vectors }),
        };
        Some(VectorsOutput {
            vectors_options: Some(options),
        })
    }
}

fn output(data: Vec<f32>) -> VectorOutput {
    VectorOutput {
        vector: Some(vector_output::Vector::Dense(DenseVector { data })),
        ..VectorOutput::default()
    }
}

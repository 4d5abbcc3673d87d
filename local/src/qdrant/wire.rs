//! What Qdrant's messages mean to a store, and back.

use std::collections::{BTreeSet, HashMap};

use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::{
    self, CollectionOperationResponse, DenseVector, ListValue, NamedVectorsOutput, PointId,
    PointStruct, Struct, VectorOutput, VectorsOutput, WithPayloadSelector, WithVectorsSelector,
    vector, vector_output, vectors_output, with_payload_selector, with_vectors_selector,
};
use serde_json::{Map, Number, Value};
use testkit::knowledge::{Collection, Point, Record, Refusal, SparseVector};
use tonic::Status;

/// How many points are returned where the caller does not say.
pub(super) const USUAL_LIMIT: u64 = 10;
/// What is answered where a collection or an alias was changed.
pub(super) const DONE: CollectionOperationResponse = CollectionOperationResponse {
    result: true,
    time: 0.0,
};

pub(super) fn count_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) fn unserved(what: &str) -> Status {
    Status::unimplemented(format!("{what} is not served on this machine"))
}

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
    let mut taken = Point {
        id: id(point.id.unwrap_or_default())?,
        payload: object(point.payload),
        ..Point::default()
    };
    match point.vectors.and_then(|vectors| vectors.vectors_options) {
        Some(VectorsOptions::Vector(one)) => take(&mut taken, String::new(), one)?,
        Some(VectorsOptions::Vectors(named)) => {
            for (name, vector) in named.vectors {
                take(&mut taken, name, vector)?;
            }
        }
        None => {}
    }
    Ok(taken)
}

/// Gives a vector to a point, in whichever form the client sent it.
fn take(point: &mut Point, name: String, sent: qdrant::Vector) -> Result<(), Status> {
    #[expect(deprecated, reason = "clients before 1.16 send vectors this way")]
    let vector = match sent.vector {
        Some(vector) => vector,
        None if sent.vectors_count.is_some_and(|count| count != 1) => {
            return Err(unserved("a vector of several vectors"));
        }
        None => match sent.indices {
            Some(indices) => vector::Vector::Sparse(qdrant::SparseVector {
                values: sent.data,
                indices: indices.data,
            }),
            None => vector::Vector::Dense(DenseVector { data: sent.data }),
        },
    };
    match vector {
        vector::Vector::Dense(dense) => {
            point.vectors.insert(name, dense.data);
        }
        vector::Vector::Sparse(vector) => {
            point.sparse.insert(name, sparse(&vector)?);
        }
        _ => return Err(unserved("a vector that is neither dense nor sparse")),
    }
    Ok(())
}

pub(super) fn sparse(vector: &qdrant::SparseVector) -> Result<SparseVector, Status> {
    SparseVector::new(&vector.indices, &vector.values).map_err(|why| bad(&why))
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

/// What of a point the caller wants to see.
pub(super) struct Shown {
    payload: Option<with_payload_selector::SelectorOptions>,
    vectors: Option<with_vectors_selector::SelectorOptions>,
}

impl Shown {
    pub(super) fn new(
        payload: Option<WithPayloadSelector>,
        vectors: Option<WithVectorsSelector>,
    ) -> Result<Self, Status> {
        use with_payload_selector::SelectorOptions::{Enable, Exclude, Include};
        let payload = payload.and_then(|selector| selector.selector_options);
        let fields = match &payload {
            Some(Include(only)) => &only.fields[..],
            Some(Exclude(without)) => &without.fields,
            Some(Enable(_)) | None => &[],
        };
        if fields.iter().any(|field| field.contains(['.', '['])) {
            return Err(unserved("a part of what stands under a key of the payload"));
        }
        let vectors = vectors.and_then(|selector| selector.selector_options);
        Ok(Self { payload, vectors })
    }

    pub(super) fn payload(&self, record: &Record) -> HashMap<String, qdrant::Value> {
        use with_payload_selector::SelectorOptions::{Enable, Exclude, Include};
        let wanted = |name: &String| match &self.payload {
            None => false,
            Some(Enable(wanted)) => *wanted,
            Some(Include(only)) => only.fields.contains(name),
            Some(Exclude(without)) => !without.fields.contains(name),
        };
        let fields = record.payload.iter().filter(|(name, _)| wanted(name));
        fields
            .map(|(name, json)| (name.clone(), value(json)))
            .collect()
    }

    pub(super) fn vectors(
        &self,
        collection: &Collection,
        record: &Record,
    ) -> Option<VectorsOutput> {
        use with_vectors_selector::SelectorOptions::{Enable, Include};
        let wanted = |name: &str| match &self.vectors {
            None => false,
            Some(Enable(wanted)) => *wanted,
            Some(Include(only)) => only.names.iter().any(|one| one == name),
        };
        let dense = collection.vectors(record).filter(|(name, _)| wanted(name));
        let dense = dense.map(|(name, vector)| (name.to_owned(), dense_output(vector)));
        let sparse = collection.sparse(record).filter(|(name, _)| wanted(name));
        let sparse = sparse.map(|(name, vector)| (name.to_owned(), sparse_output(vector)));
        let mut vectors: HashMap<String, VectorOutput> = dense.chain(sparse).collect();
        let options = match vectors.remove("") {
            Some(one) if vectors.is_empty() => vectors_output::VectorsOptions::Vector(one),
            None if vectors.is_empty() => return None,
            unnamed => {
                vectors.extend(unnamed.map(|one| (String::new(), one)));
                vectors_output::VectorsOptions::Vectors(NamedVectorsOutput { vectors })
            }
        };
        Some(VectorsOutput {
            vectors_options: Some(options),
        })
    }
}

fn dense_output(vector: &[f32]) -> VectorOutput {
    let data = vector.to_vec();
    VectorOutput {
        vector: Some(vector_output::Vector::Dense(DenseVector { data })),
        ..VectorOutput::default()
    }
}

fn sparse_output(vector: &SparseVector) -> VectorOutput {
    let vector = qdrant::SparseVector {
        values: vector.values().to_vec(),
        indices: vector.indices().to_vec(),
    };
    VectorOutput {
        vector: Some(vector_output::Vector::Sparse(vector)),
        ..VectorOutput::default()
    }
}

//! Pieces as points: two vectors, and the rest as payload. Days are numbers such as 20261123, which
//! the server compares.

use std::collections::HashMap;

use ports::{Chunk, Passage, Terms};
use qdrant_client::Payload;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vector_output::Vector as Output;
use qdrant_client::qdrant::with_payload_selector::SelectorOptions;
use qdrant_client::qdrant::{
    NamedVectors, PayloadIncludeSelector, PointId, PointStruct, RetrievedPoint, ScoredPoint, Value,
    Vector, Vectors, VectorsOutput,
};
use time::{Date, Month};

use crate::{DENSE, WORDS};

/// Only these fields of the payload.
pub(crate) fn only(fields: Vec<String>) -> SelectorOptions {
    SelectorOptions::Include(PayloadIncludeSelector { fields })
}

pub(crate) fn point(chunk: &Chunk) -> PointStruct {
    let mut payload = Payload::new();
    payload.insert("document", chunk.document.as_str());
    payload.insert("position", i64::from(chunk.position));
    payload.insert("title", chunk.title.as_str());
    payload.insert("text", chunk.text.as_str());
    let texts = [
        ("link", &chunk.link),
        ("language", &chunk.language),
        ("product", &chunk.product),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            payload.insert(key, text.as_str());
        }
    }
    let days = [
        ("valid_from", chunk.valid_from),
        ("valid_until", chunk.valid_until),
    ];
    for (key, day) in days {
        if let Some(day) = day {
            payload.insert(key, number_of(day));
        }
    }
    let (indices, values): (Vec<u32>, Vec<f32>) = chunk.terms.iter().copied().unzip();
    let vectors: Vectors = NamedVectors::default()
        .add_vector(DENSE, chunk.vector.clone())
        .add_vector(WORDS, Vector::new_sparse(indices, values))
        .into();
    PointStruct::new(chunk.id.clone(), vectors, payload)
}

/// The piece as it was put.
pub(crate) fn chunk(found: RetrievedPoint) -> Chunk {
    let (vector, terms) = found.vectors.as_ref().map(vectors).unwrap_or_default();
    let mut read = Fields(found.payload);
    Chunk {
        id: found.id.map(id).unwrap_or_default(),
        document: read.text("document").unwrap_or_default(),
        position: read.position(),
        title: read.text("title").unwrap_or_default(),
        link: read.text("link"),
        text: read.text("text").unwrap_or_default(),
        language: read.text("language"),
        product: read.text("product"),
        valid_from: read.day("valid_from"),
        valid_until: read.day("valid_until"),
        vector,
        terms,
    }
}

pub(crate) fn passage(found: ScoredPoint) -> Passage {
    let mut read = Fields(found.payload);
    Passage {
        id: found.id.map(id).unwrap_or_default(),
        document: read.text("document").unwrap_or_default(),
        position: read.position(),
        title: read.text("title").unwrap_or_default(),
        link: read.text("link"),
        text: read.text("text").unwrap_or_default(),
        language: read.text("language"),
        score: found.score,
    }
}

/// The document and the id of a point.
pub(crate) fn place(found: RetrievedPoint) -> (String, String) {
    let document = Fields(found.payload).text("document").unwrap_or_default();
    (document, found.id.map(id).unwrap_or_default())
}

fn vectors(found: &VectorsOutput) -> (Vec<f32>, Terms) {
    let dense = match found.get_vector_by_name(DENSE) {
        Some(Output::Dense(dense)) => dense.data,
        _ => vec![],
    };
    let words = match found.get_vector_by_name(WORDS) {
        Some(Output::Sparse(words)) => words.indices.into_iter().zip(words.values).collect(),
        _ => vec![],
    };
    (dense, words)
}

fn id(id: PointId) -> String {
    use qdrant_client::qdrant::point_id::PointIdOptions::{Num, Uuid};
    match id.point_id_options {
        Some(Uuid(text)) => text,
        Some(Num(number)) => number.to_string(),
        None => String::new(),
    }
}

/// A day as the number that its digits make.
pub(crate) fn number_of(day: Date) -> i64 {
    let (year, month, number) = day.to_calendar_date();
    i64::from(year) * 10_000 + i64::from(u8::from(month)) * 100 + i64::from(number)
}

fn day_of(number: i64) -> Option<Date> {
    let part = |number: i64| u8::try_from(number % 100).ok();
    let year = i32::try_from(number / 10_000).ok()?;
    let month = Month::try_from(part(number / 100)?).ok()?;
    Date::from_calendar_date(year, month, part(number)?).ok()
}

/// What is stored along with a point.
struct Fields(HashMap<String, Value>);

impl Fields {
    fn text(&mut self, key: &str) -> Option<String> {
        match self.0.remove(key)?.kind? {
            Kind::StringValue(text) => Some(text),
            _ => None,
        }
    }

    fn number(&mut self, key: &str) -> Option<i64> {
        match self.0.remove(key)?.kind? {
            Kind::IntegerValue(number) => Some(number),
            _ => None,
        }
    }

    fn position(&mut self) -> u32 {
        let number = self.number("position");
        number
            .and_then(|number| number.try_into().ok())
            .unwrap_or_default()
    }

    fn day(&mut self, key: &str) -> Option<Date> {
        day_of(self.number(key)?)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_day_is_a_number_that_sorts_as_days_do() {
        let days = [
            date!(2026 - 01 - 31),
            date!(2026 - 11 - 23),
            date!(2027 - 01 - 01),
        ];
        assert!(days.map(number_of).is_sorted());
        assert_eq!(days.map(|day| day_of(number_of(day))), days.map(Some));
    }

    #[test]
    fn a_number_that_is_no_day_is_none() {
        assert_eq!(day_of(20_261_340), None);
        assert_eq!(day_of(-5), None);
    }
}

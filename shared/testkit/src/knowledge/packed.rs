//! Vectors in a line of text: numbers of 32 bits, the lowest octet first, in base64. A vector of 768
//! dimensions takes 4 kB so, and more than twice that in digits. Digits are read as well.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number that fits four octets.
pub(super) trait Packed: Sized + Copy {
    /// The octets, the lowest first.
    fn octets(self) -> [u8; 4];
    /// The number of these octets.
    fn of(octets: [u8; 4]) -> Self;
}

impl Packed for f32 {
    fn octets(self) -> [u8; 4] {
        self.to_le_bytes()
    }

    fn of(octets: [u8; 4]) -> Self {
        Self::from_le_bytes(octets)
    }
}

impl Packed for u32 {
    fn octets(self) -> [u8; 4] {
        self.to_le_bytes()
    }

    fn of(octets: [u8; 4]) -> Self {
        Self::from_le_bytes(octets)
    }
}

/// Writes numbers as one text.
pub(super) fn serialize<T: Packed, S: Serializer>(
    numbers: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut octets = Vec::with_capacity(numbers.len() * 4);
    for number in numbers {
        octets.extend_from_slice(&number.octets());
    }
    serializer.serialize_str(&STANDARD.encode(octets))
}

/// Reads numbers from one text, or from a list.
pub(super) fn deserialize<'de, T: Packed + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(Numbers(std::marker::PhantomData))
}

struct Numbers<T>(std::marker::PhantomData<T>);

impl<'de, T: Packed + Deserialize<'de>> Visitor<'de> for Numbers<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers of 32 bits in base64, or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        let octets = STANDARD.decode(text).map_err(E::custom)?;
        let (numbers, rest) = octets.as_chunks::<4>();
        if rest.is_empty() {
            Ok(numbers.iter().map(|octets| T::of(*octets)).collect())
        } else {
            Err(E::custom("the last number of a vector broke off"))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut numbers = vec![];
        while let Some(number) = list.next_element()? {
            numbers.push(number);
        }
        Ok(numbers)
    }
}

/// Named dense vectors, each packed.
pub(super) mod dense {
    use std::collections::BTreeMap;

    use super::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct One(#[serde(with = "super")] Vec<f32>);

    #[derive(Serialize)]
    struct Shown<'a>(#[serde(serialize_with = "super::serialize")] &'a [f32]);

    pub(in super::super) fn serialize<S: Serializer>(
        vectors: &BTreeMap<String, Vec<f32>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(vectors.iter().map(|(name, one)| (name, Shown(one))))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Vec<f32>>, D::Error> {
        let named = BTreeMap::<String, One>::deserialize(deserializer)?;
        Ok(named.into_iter().map(|(name, one)| (name, one.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Point;

    #[test]
    fn a_vector_written_in_digits_is_read_as_well() {
        let written = r#"{"id":"1","vectors":{"dense":[0.5,-2]},"payload":{}}"#;
        let point: Point = serde_json::from_str(written).expect("a point");
        assert_eq!(point.vectors["dense"], [0.5, -2.0]);
    }

    #[test]
    fn a_packed_vector_is_read_as_it_was() {
        let mut point = Point::default();
        let vector = vec![0.1, f32::MIN_POSITIVE, -3.0e38];
        point.vectors.insert("dense".to_owned(), vector);
        let written = serde_json::to_string(&point).expect("a text");
        assert_eq!(
            serde_json::from_str::<Point>(&written).expect("a point"),
            point
        );
    }

    #[test]
    fn a_vector_that_broke_off_is_no_vector() {
        let written = r#"{"id":"1","vectors":{"dense":"AAAAAAA="},"payload":{}}"#;
        let error = serde_json::from_str::<Point>(written).expect_err("five octets");
        assert!(error.to_string().contains("broke off"), "{error}");
    }
}

//! Sparse vectors of one name: weights of terms, with a list of points for each term, so that a
//! search reads the lists of its own terms alone.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::packed;

/// Weights of terms. Terms that are not named weigh nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SparseVector {
    /// The terms, each once.
    #[serde(with = "packed")]
    indices: Vec<u32>,
    /// Their weights.
    #[serde(with = "packed")]
    values: Vec<f32>,
}

impl SparseVector {
    /// The terms with their weights, put in order. Refused, with the reason, where their numbers
    /// differ or a term is named twice, as Qdrant does.
    pub fn new(indices: &[u32], values: &[f32]) -> Result<Self, String> {
        if indices.len() != values.len() {
            return Err(format!(
                "a sparse vector has {} indices and {} values: must be the same length",
                indices.len(),
                values.len()
            ));
        }
        let mut terms: Vec<(u32, f32)> = indices
            .iter()
            .copied()
            .zip(values.iter().copied())
            .collect();
        terms.sort_by_key(|(term, _)| *term);
        if let Some([(term, _), _]) = terms.array_windows().find(|[one, next]| one.0 == next.0) {
            return Err(format!(
                "the index {term} stands twice in a sparse vector: must be unique"
            ));
        }
        let (indices, values) = terms.into_iter().unzip();
        Ok(Self { indices, values })
    }

    /// The terms in order.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// The weights, in the order of the terms.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    fn terms(&self) -> impl Iterator<Item = (u32, f32)> {
        self.indices
            .iter()
            .copied()
            .zip(self.values.iter().copied())
    }

    fn has(&self, term: u32) -> bool {
        self.indices.binary_search(&term).is_ok()
    }
}

/// What the terms of a query weigh besides their own weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// Nothing.
    #[default]
    Plain,
    /// A term that few points have weighs more: its weight is multiplied by its inverse document
    /// frequency, `ln(1 + (N - n + 0.5) / (n + 0.5))` of `N` points with such a vector and `n`
    /// with the term. This is the formula of Qdrant's `Modifier::Idf`
    /// (<https://qdrant.tech/documentation/concepts/indexing/#idf-modifier>).
    Idf,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "more than 16 million points are not kept in memory"
)]
fn idf(points: usize, with_term: usize) -> f32 {
    let (points, with_term) = (points as f32, with_term as f32);
    (1.0 + (points - with_term + 0.5) / (with_term + 0.5)).ln()
}

/// The sparse vectors of one name, by the places of their points.
#[derive(Debug, Default)]
pub(super) struct Inverted {
    weighting: Weighting,
    /// For each term, the places of the points that have it, in order, with its weight there.
    points: HashMap<u32, Vec<(u32, f32)>>,
    vectors: Vec<Option<SparseVector>>,
    /// How many of the vectors have terms.
    with_terms: usize,
}

impl Inverted {
    pub(super) fn new(weighting: Weighting) -> Self {
        Self {
            weighting,
            ..Self::default()
        }
    }

    /// The vector at a place.
    pub(super) fn get(&self, place: usize) -> Option<&SparseVector> {
        self.vectors.get(place)?.as_ref()
    }

    /// Puts a vector at a place. One without terms is kept too, and never found.
    pub(super) fn put(&mut self, place: usize, vector: SparseVector) {
        let old = self.taken(place);
        for term in old.indices.iter().filter(|term| !vector.has(**term)) {
            self.forget(*term, place);
        }
        let number = number_of(place);
        for (term, weight) in vector.terms() {
            let points = self.points.entry(term).or_default();
            match points.binary_search_by_key(&number, |(place, _)| *place) {
                Ok(found) => points[found].1 = weight,
                Err(next) => points.insert(next, (number, weight)),
            }
        }
        self.with_terms += usize::from(!vector.indices.is_empty());
        if self.vectors.len() <= place {
            self.vectors.resize(place + 1, None);
        }
        self.vectors[place] = Some(vector);
    }

    /// The vector that stood at a place, without its entries in the lists being touched.
    fn taken(&mut self, place: usize) -> SparseVector {
        let old = self.vectors.get_mut(place).and_then(Option::take);
        let old = old.unwrap_or_default();
        self.with_terms -= usize::from(!old.indices.is_empty());
        old
    }

    pub(super) fn clear(&mut self, place: usize) {
        let old = self.taken(place);
        for term in &old.indices {
            self.forget(*term, place);
        }
    }

    fn forget(&mut self, term: u32, place: usize) {
        let number = number_of(place);
        let Some(points) = self.points.get_mut(&term) else {
            return;
        };
        if let Ok(found) = points.binary_search_by_key(&number, |(place, _)| *place) {
            points.remove(found);
        }
        if points.is_empty() {
            self.points.remove(&term);
        }
    }

    /// The products with a vector of those at these places, or of all. A point that shares no term
    /// with it is not among them.
    pub(super) fn products(
        &self,
        with: &SparseVector,
        places: Option<&[usize]>,
    ) -> Vec<(f32, usize)> {
        let mut sums: Vec<Option<f32>> = vec![None; self.vectors.len()];
        for (term, weight) in with.terms() {
            let Some(points) = self.points.get(&term) else {
                continue;
            };
            let weight = match self.weighting {
                Weighting::Plain => weight,
                Weighting::Idf => weight * idf(self.with_terms, points.len()),
            };
            for (place, here) in points {
                let sum = &mut sums[*place as usize];
                *sum = Some(sum.unwrap_or_default() + weight * here);
            }
        }
        let sum = |place: usize| Some((sums.get(place).copied().flatten()?, place));
        match places {
            Some(places) => places.iter().copied().filter_map(sum).collect(),
            None => (0..sums.len()).filter_map(sum).collect(),
        }
    }
}

/// A place as the lists have it: half as wide.
fn number_of(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(terms: &[(u32, f32)]) -> SparseVector {
        let (indices, values): (Vec<u32>, Vec<f32>) = terms.iter().copied().unzip();
        SparseVector::new(&indices, &values).expect("a vector")
    }

    #[test]
    fn a_term_named_twice_is_refused() {
        let error = SparseVector::new(&[7, 1, 7], &[1.0; 3]).expect_err("7 stands twice");
        assert!(error.contains('7') && error.contains("unique"), "{error}");
    }

    #[test]
    fn as_many_weights_as_terms_are_wanted() {
        let error = SparseVector::new(&[1, 2], &[1.0]).expect_err("a weight is missing");
        assert!(error.contains("same length"), "{error}");
    }

    #[test]
    fn terms_in_any_order_are_one_vector() {
        assert_eq!(vector(&[(9, 1.0), (2, 2.0)]), vector(&[(2, 2.0), (9, 1.0)]));
    }

    /// Of two points, one has the term: ln(1 + (2 - 1 + 0.5) / (1 + 0.5)) = ln 2. Of two points,
    /// both have it: ln(1 + (2 - 2 + 0.5) / (2 + 0.5)) = ln 1.2.
    #[test]
    fn a_rare_term_weighs_more_than_a_common_one() {
        assert!((idf(2, 1) - 2.0_f32.ln()).abs() < 1e-6);
        assert!((idf(2, 2) - 1.2_f32.ln()).abs() < 1e-6);
    }

    #[test]
    fn a_product_of_nothing_with_something_is_found() {
        let mut inverted = Inverted::default();
        inverted.put(0, vector(&[(1, 0.0)]));
        inverted.put(1, vector(&[(2, 1.0)]));
        assert_eq!(inverted.products(&vector(&[(1, 5.0)]), None), [(0.0, 0)]);
    }

    #[test]
    fn a_replaced_vector_is_found_by_its_new_terms_alone() {
        let mut inverted = Inverted::default();
        inverted.put(4, vector(&[(1, 1.0), (2, 1.0)]));
        inverted.put(4, vector(&[(2, 3.0), (3, 1.0)]));
        assert_eq!(inverted.products(&vector(&[(1, 1.0)]), None), []);
        assert_eq!(inverted.products(&vector(&[(2, 1.0)]), None), [(3.0, 4)]);
        inverted.clear(4);
        assert_eq!(inverted.products(&vector(&[(2, 1.0), (3, 1.0)]), None), []);
        assert!(inverted.points.is_empty(), "no list is left over");
    }

    /// An empty vector is no text, so no term is rarer for it.
    #[test]
    fn a_vector_without_terms_counts_for_no_frequency() {
        let mut inverted = Inverted::new(Weighting::Idf);
        inverted.put(0, vector(&[(1, 1.0)]));
        let alone = inverted.products(&vector(&[(1, 1.0)]), None);
        inverted.put(1, vector(&[]));
        assert_eq!(inverted.products(&vector(&[(1, 1.0)]), None), alone);
    }
}

//! Several lists of points made one, by their places in the lists alone.

use std::collections::BTreeMap;

/// Reciprocal rank fusion as Qdrant does it: a point gets
/// `1 / ((place + 1) / weight + k - 1)` from each list that it stands in, where the first place
/// is 0; with a weight of 1, `1 / (k + place)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rrf {
    /// The larger it is, the less the first places stand out.
    pub k: u16,
    /// What each list weighs. Empty: all the same.
    pub weights: Vec<f32>,
}

impl Rrf {
    /// The server's `k` where none is given: `DEFAULT_RRF_K` in its
    /// `lib/segment/src/common/reciprocal_rank_fusion.rs`, and
    /// <https://qdrant.tech/documentation/concepts/hybrid-queries/>. The 60 that the builders of the
    /// client speak of is not what the server does.
    pub const USUAL_K: u16 = 2;
}

impl Default for Rrf {
    fn default() -> Self {
        Self {
            k: Self::USUAL_K,
            weights: vec![],
        }
    }
}

impl Rrf {
    /// What each point gets from these lists, in no order.
    pub(super) fn fused(&self, lists: &[Vec<(f32, usize)>]) -> Vec<(f32, usize)> {
        let mut sums: BTreeMap<usize, f32> = BTreeMap::new();
        for (number, list) in lists.iter().enumerate() {
            let weight = self.weights.get(number).copied().unwrap_or(1.0);
            for (place, (_, point)) in list.iter().enumerate() {
                *sums.entry(*point).or_default() += self.part(place, weight);
            }
        }
        sums.into_iter().map(|(point, sum)| (sum, point)).collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "lists are short")]
    fn part(&self, place: usize, weight: f32) -> f32 {
        if weight > 0.0 {
            1.0 / ((place + 1) as f32 / weight + f32::from(self.k) - 1.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two lists: the points 7, 8, 9 and the points 9, 7.
    fn lists() -> [Vec<(f32, usize)>; 2] {
        [
            vec![(0.9, 7), (0.8, 8), (0.7, 9)],
            vec![(12.0, 9), (3.0, 7)],
        ]
    }

    fn assert_near(found: &[(f32, usize)], expected: &[(f32, usize)]) {
        assert_eq!(found.len(), expected.len());
        for ((sum, point), (wanted, id)) in found.iter().zip(expected) {
            assert_eq!(point, id);
            assert!((sum - wanted).abs() < 1e-6, "{point}: {sum}, not {wanted}");
        }
    }

    /// 7: 1/2 + 1/3. 8: 1/3. 9: 1/4 + 1/2.
    #[test]
    fn places_count_from_nought_with_a_k_of_two() {
        let fused = Rrf::default().fused(&lists());
        assert_near(&fused, &[(0.833_333, 7), (0.333_333, 8), (0.75, 9)]);
    }

    /// 7: 1/60 + 1/61. 8: 1/61. 9: 1/62 + 1/60.
    #[test]
    fn a_larger_k_brings_the_places_together() {
        let weights = vec![];
        let fused = Rrf { k: 60, weights }.fused(&lists());
        let expected = [(0.033_060_1, 7), (0.016_393_4, 8), (0.032_795_7, 9)];
        assert_near(&fused, &expected);
    }

    /// The second list at a weight of 3: 7: 1/2 + 1/(2/3 + 1). 8: 1/3. 9: 1/4 + 1/(1/3 + 1).
    #[test]
    fn a_list_that_weighs_more_draws_its_places_together() {
        let weights = vec![1.0, 3.0];
        let fused = Rrf { k: 2, weights }.fused(&lists());
        assert_near(&fused, &[(1.1, 7), (0.333_333, 8), (1.0, 9)]);
    }

    #[test]
    fn a_list_without_weight_adds_nothing() {
        let weights = vec![0.0, 1.0];
        let fused = Rrf { k: 2, weights }.fused(&lists());
        assert_near(&fused, &[(0.333_333, 7), (0.0, 8), (0.5, 9)]);
    }
}

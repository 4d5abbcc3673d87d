//! Dense vectors of one name, as rows of unit length in blocks: a search reads through them in one
//! direction, and storing more of them moves none.

use std::ops::Range;

/// How many rows are in a block.
const BLOCK: usize = 1024;
/// From so many numbers on, a search is divided among threads.
const WORTH_DIVIDING: usize = 4_000_000;

/// The vectors of one name, by the places of their points.
#[derive(Debug)]
pub(super) struct Matrix {
    dimension: usize,
    blocks: Vec<Vec<f32>>,
    present: Vec<bool>,
}

impl Matrix {
    pub(super) fn new(dimension: usize) -> Self {
        Self {
            dimension,
            blocks: vec![],
            present: vec![],
        }
    }

    /// Puts the direction of a vector at a place.
    pub(super) fn put(&mut self, place: usize, vector: &[f32]) {
        while self.present.len() <= place {
            if self.present.len().is_multiple_of(BLOCK) {
                self.blocks.push(Vec::with_capacity(BLOCK * self.dimension));
            }
            self.present.push(false);
            if let Some(block) = self.blocks.last_mut() {
                block.resize(block.len() + self.dimension, 0.0);
            }
        }
        self.present[place] = true;
        let start = place % BLOCK * self.dimension;
        let row = &mut self.blocks[place / BLOCK][start..start + self.dimension];
        row.copy_from_slice(vector);
        to_unit(row);
    }

    pub(super) fn clear(&mut self, place: usize) {
        if let Some(present) = self.present.get_mut(place) {
            *present = false;
        }
    }

    /// The vector at a place.
    pub(super) fn get(&self, place: usize) -> Option<&[f32]> {
        if !*self.present.get(place)? {
            return None;
        }
        let start = place % BLOCK * self.dimension;
        self.blocks
            .get(place / BLOCK)?
            .get(start..start + self.dimension)
    }

    /// The cosines to a vector of those at these places, or of all.
    pub(super) fn cosines(&self, to: &[f32], places: Option<&[usize]>) -> Vec<(f32, usize)> {
        let mut to = to.to_vec();
        to_unit(&mut to);
        let count = places.map_or(self.present.len(), <[usize]>::len);
        let threads = match std::thread::available_parallelism() {
            Ok(threads) if count * self.dimension >= WORTH_DIVIDING => threads.get(),
            _ => return self.cosines_of(&to, places, 0..count),
        };
        let share = count.div_ceil(threads);
        let shares = (0..threads).map(|number| number * share..count.min((number + 1) * share));
        std::thread::scope(|scope| {
            let cosines = |share| scope.spawn(|| self.cosines_of(&to, places, share));
            let running: Vec<_> = shares.map(cosines).collect();
            let done = running.into_iter().map(|task| match task.join() {
                Ok(cosines) => cosines,
                Err(panicked) => std::panic::resume_unwind(panicked),
            });
            done.flatten().collect()
        })
    }

    /// The cosines of a share of the places, or of a share of all.
    fn cosines_of(
        &self,
        to: &[f32],
        places: Option<&[usize]>,
        share: Range<usize>,
    ) -> Vec<(f32, usize)> {
        let place = |number: usize| places.map_or(number, |places| places[number]);
        let cosine = |place: usize| Some((product(self.get(place)?, to), place));
        share.map(place).filter_map(cosine).collect()
    }
}

/// Stretches a vector to the length of one. A vector without a length stays as it is, and is like
/// none.
fn to_unit(vector: &mut [f32]) {
    let length = product(vector, vector).sqrt();
    // One that was stretched before is left alone, as in Qdrant: it would change in its last digit.
    if length > 0.0 && (length - 1.0).abs() > 1e-6 {
        for number in vector {
            *number /= length;
        }
    }
}

/// The product in eight sums written out, so that none waits for the one before, whatever the
/// compiler optimises for.
fn product(one: &[f32], other: &[f32]) -> f32 {
    let (ones, rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for (x, y) in ones.iter().zip(others) {
        sums[0] += x[0] * y[0];
        sums[1] += x[1] * y[1];
        sums[2] += x[2] * y[2];
        sums[3] += x[3] * y[3];
        sums[4] += x[4] * y[4];
        sums[5] += x[5] * y[5];
        sums[6] += x[6] * y[6];
        sums[7] += x[7] * y[7];
    }
    let rest: f32 = rest.iter().zip(other_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_like_itself_however_long_it_is() {
        let mut matrix = Matrix::new(19);
        matrix.put(0, &[3.0; 19]);
        let (cosine, place) = matrix.cosines(&[0.2; 19], None)[0];
        assert!((cosine - 1.0).abs() < 1e-6, "{cosine}");
        assert_eq!(place, 0);
    }

    #[test]
    fn a_vector_without_a_length_is_like_none() {
        let mut matrix = Matrix::new(2);
        matrix.put(0, &[0.0, 0.0]);
        assert_eq!(matrix.cosines(&[1.0, 0.0], None), [(0.0, 0)]);
    }

    #[test]
    fn what_was_taken_away_is_not_found() {
        let mut matrix = Matrix::new(1);
        (0..3).for_each(|place| matrix.put(place, &[1.0]));
        matrix.clear(1);
        assert_eq!(matrix.cosines(&[1.0], None), [(1.0, 0), (1.0, 2)]);
        assert_eq!(matrix.cosines(&[1.0], Some(&[1, 2, 9])), [(1.0, 2)]);
    }

    #[test]
    fn a_search_that_is_divided_finds_each_point_at_its_place() {
        let dimension = WORTH_DIVIDING / (4 * BLOCK);
        let mut matrix = Matrix::new(dimension);
        let mut one = vec![0.0; dimension];
        one[0] = 1.0;
        let mut other = vec![0.0; dimension];
        other[1] = 1.0;
        let rows = 5 * BLOCK;
        (0..rows)
            .for_each(|place| matrix.put(place, if place == rows - 7 { &one } else { &other }));
        let cosines = matrix.cosines(&one, None);
        assert_eq!(cosines.len(), rows);
        let like: Vec<usize> = cosines
            .into_iter()
            .filter_map(|(cosine, place)| (cosine > 0.5).then_some(place))
            .collect();
        assert_eq!(like, [rows - 7]);
    }
}

//! First version.
use ports::EmbedPurpose;
use crate::words::words;
#[derive(Clone, Copy)]
pub struct Embedder { dimension: usize }
impl Embedder {
    pub fn new(dimension: usize) -> Self { Self { dimension: dimension.max(1) } }
    pub fn embed(self, _purpose: EmbedPurpose, text: &str) -> Vec<f32> {
        let mut v = vec![0.0; self.dimension];
        for w in words(text) { let h = w.bytes().fold(5381usize, |h, b| h.wrapping_mul(33) ^ usize::from(b)); v[h % self.dimension] += 1.0; }
        let n: f32 = v.iter().map(|x| x*x).sum::<f32>().sqrt();
        if n == 0.0 { v[0] = 1.0; } else { v.iter_mut().for_each(|x| *x /= n); }
        v
    }
}

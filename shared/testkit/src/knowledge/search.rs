//! Searches in a collection, and searches in what other searches found.

use std::collections::BTreeSet;

use super::{Collection, Filter, Record, Refusal, Rrf, SparseVector};

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Search {
    /// Searches whose findings alone are looked at. None: all points are.
    pub prefetch: Vec<Search>,
    /// What puts the points in order.
    pub query: Query,
    /// Which points are looked at; it holds in every search that comes before this one too.
    pub filter: Filter,
    /// How many points are wanted.
    pub limit: usize,
    /// What the score must be more than; of a fusion, or as much.
    pub threshold: Option<f32>,
}

/// What puts points in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Query {
    /// Their ids.
    #[default]
    Ids,
    /// How near their dense vector of this name is to this one, by cosine.
    Dense(String, Vec<f32>),
    /// The product of their sparse vector of this name with this one. Points that share no term
    /// with it are not found.
    Sparse(String, SparseVector),
    /// Their places in what the searches before found.
    Fused(Rrf),
}

impl Collection {
    /// The points that a search finds with their scores, the first first, and among equals by id.
    pub fn search(&self, search: &Search) -> Result<Vec<(f32, &Record)>, Refusal> {
        let found = self.found(search, None)?.into_iter();
        Ok(found
            .filter_map(|(score, place)| Some((score, self.at(place)?)))
            .collect())
    }

    /// The points nearest to a vector by cosine, nearest first.
    pub fn nearest(
        &self,
        vector: &str,
        to: &[f32],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(f32, &Record)>, Refusal> {
        self.search(&Search {
            query: Query::Dense(vector.to_owned(), to.to_vec()),
            filter: filter.clone(),
            limit,
            ..Search::default()
        })
    }

    /// The places of the points that a search finds, among these where a filter above it left
    /// them.
    fn found(
        &self,
        search: &Search,
        within: Option<&[usize]>,
    ) -> Result<Vec<(f32, usize)>, Refusal> {
        let meant = self.meant(&search.filter, within);
        let before = search.prefetch.iter();
        let before = before.map(|search| self.found(search, meant.as_deref()));
        let lists: Vec<Vec<(f32, usize)>> = before.collect::<Result<_, _>>()?;
        let places = if lists.is_empty() {
            meant
        } else {
            let all: BTreeSet<usize> = lists.iter().flatten().map(|(_, place)| *place).collect();
            Some(all.into_iter().collect())
        };
        let mut scores = match &search.query {
            Query::Dense(name, to) => self.dense(name, to)?.cosines(to, places.as_deref()),
            Query::Sparse(name, with) => self.inverted(name)?.products(with, places.as_deref()),
            Query::Fused(rrf) => rrf.fused(&lists),
            Query::Ids => {
                let places = places.unwrap_or_else(|| self.all_places().into());
                places.iter().map(|place| (0.0, *place)).collect()
            }
        };
        // Qdrant's vectors must be better than the threshold, its fusions as good
        // (`Distance::check_threshold` and `fusion_rescore` of the server).
        let fused = matches!(search.query, Query::Fused(_));
        if let Some(threshold) = search.threshold {
            scores.retain(|(score, _)| *score > threshold || (fused && *score >= threshold));
        }
        Ok(self.best(scores, search.limit))
    }

    fn all_places(&self) -> Vec<usize> {
        self.page(None, &Filter::default(), usize::MAX)
            .0
            .into_iter()
            .map(Record::place)
            .collect()
    }
}

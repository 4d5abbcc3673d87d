//! A search as one query: by meaning and by words, each over everything and once more over the
//! language that is preferred, fused by their ranks (reciprocal rank fusion).

use ports::Search;
use qdrant_client::qdrant::{
    Condition, Filter, Fusion, PrefetchQuery, PrefetchQueryBuilder, Query, QueryPoints,
    QueryPointsBuilder, Range, VectorInput,
};

use crate::points::number_of;
use crate::{DENSE, WORDS};

/// How deep each ranking goes, as a multiple of what is asked for.
const DEPTH: u64 = 3;

/// The query, if there is anything to search for.
pub(crate) fn query(collection: &str, search: &Search) -> Option<QueryPoints> {
    let filter = filter(search);
    let limit = search.limit as u64;
    let mut ways = ways(search);
    let query = QueryPointsBuilder::new(collection)
        .limit(limit)
        .with_payload(true);
    if ways.len() == 1 {
        let (input, using) = ways.remove(0);
        let nearest = query.query(Query::new_nearest(input)).using(using);
        return Some(nearest.filter(filter).build());
    }
    let mut rankings: Vec<PrefetchQuery> = vec![];
    for (input, using) in ways {
        let ranking = || {
            PrefetchQueryBuilder::default()
                .query(Query::new_nearest(input.clone()))
                .using(using)
                .limit(limit * DEPTH)
        };
        rankings.push(ranking().filter(filter.clone()).build());
        if let Some(language) = &search.language {
            let mut own = filter.clone();
            own.must
                .push(Condition::matches("language", language.clone()));
            rankings.push(ranking().filter(own).build());
        }
    }
    if rankings.is_empty() {
        return None;
    }
    let fused = query
        .prefetch(rankings)
        .query(Query::new_fusion(Fusion::Rrf));
    Some(fused.build())
}

/// What is compared with what.
fn ways(search: &Search) -> Vec<(VectorInput, &'static str)> {
    let mut ways = vec![];
    if !search.vector.is_empty() {
        ways.push((VectorInput::new_dense(search.vector.clone()), DENSE));
    }
    if !search.terms.is_empty() {
        let (indices, values): (Vec<u32>, Vec<f32>) = search.terms.iter().copied().unzip();
        ways.push((VectorInput::new_sparse(indices, values), WORDS));
    }
    ways
}

/// Pieces that hold on the day and speak of the product or of none.
fn filter(search: &Search) -> Filter {
    let day = f64::from(i32::try_from(number_of(search.on)).unwrap_or(i32::MAX));
    let later = Range {
        gt: Some(day),
        ..Range::default()
    };
    let earlier = Range {
        lt: Some(day),
        ..Range::default()
    };
    let mut filter = Filter::must_not([
        Condition::range("valid_from", later),
        Condition::range("valid_until", earlier),
    ]);
    if let Some(product) = &search.product {
        let any = Filter::should([
            Condition::matches("product", product.clone()),
            Condition::is_empty("product"),
        ]);
        filter.must.push(any.into());
    }
    filter
}

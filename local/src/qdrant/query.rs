//! Searching: nearest to a dense or a sparse vector, and fusions of several searches.

use qdrant_client::qdrant::query::Variant;
use qdrant_client::qdrant::vector_input::Variant as Input;
use qdrant_client::qdrant::{
    self, Fusion, LookupLocation, PrefetchQuery, QueryPoints, QueryResponse, ScoredPoint,
    SearchParams, VectorInput,
};
use testkit::knowledge::{Query, Rrf, Search, Store};
use tonic::Status;

use super::filters;
use super::wire::{self, Shown, USUAL_LIMIT, bad, count_of, refused, unserved};

pub(super) fn query(store: &Store, request: QueryPoints) -> Result<QueryResponse, Status> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    let skipped = count_of(request.offset.unwrap_or_default());
    let shown = Shown::new(request.with_payload, request.with_vectors)?;
    let search = search(PrefetchQuery {
        prefetch: request.prefetch,
        query: request.query,
        using: request.using,
        filter: request.filter,
        params: request.params,
        score_threshold: request.score_threshold,
        limit: Some(
            request
                .limit
                .unwrap_or(USUAL_LIMIT)
                .saturating_add(request.offset.unwrap_or_default()),
        ),
        lookup_from: request.lookup_from,
    })?;
    let found = collection.search(&search).map_err(refused)?;
    let scored = found.into_iter().skip(skipped);
    let result = scored.map(|(score, record)| ScoredPoint {
        id: Some(wire::point_id(&record.id)),
        payload: shown.payload(record),
        score,
        version: 0,
        vectors: shown.vectors(collection, record),
        shard_key: None,
        order_value: None,
    });
    Ok(QueryResponse {
        result: result.collect(),
        time: 0.0,
        usage: None,
    })
}

/// The query at the top is a prefetch for the caller.
fn search(query: PrefetchQuery) -> Result<Search, Status> {
    suits(query.params.as_ref(), query.lookup_from.as_ref())?;
    let sources = query.prefetch.len();
    let prefetch = query.prefetch.into_iter().map(search);
    let prefetch: Vec<Search> = prefetch.collect::<Result<_, _>>()?;
    let using = query.using.unwrap_or_default();
    let wanted = match query.query {
        Some(query) => order(query.variant, using, sources)?,
        None if sources > 0 => return Err(bad("cannot have prefetches without a query")),
        None => Query::Ids,
    };
    let filter = query.filter.map(filters::filter).transpose()?;
    Ok(Search {
        prefetch,
        query: wanted,
        filter: filter.unwrap_or_default(),
        limit: count_of(query.limit.unwrap_or(USUAL_LIMIT)),
        threshold: query.score_threshold,
    })
}

/// How to search is nothing to an exact search, but for what changes its outcome.
fn suits(params: Option<&SearchParams>, lookup: Option<&LookupLocation>) -> Result<(), Status> {
    if params.is_some_and(|params| params.idf.is_some()) {
        return Err(unserved("a frequency of terms among some of the points"));
    }
    match lookup {
        Some(_) => Err(unserved("a lookup in another collection")),
        None => Ok(()),
    }
}

fn order(variant: Option<Variant>, using: String, sources: usize) -> Result<Query, Status> {
    match variant {
        Some(Variant::Nearest(VectorInput { variant })) => nearest(variant, using),
        Some(Variant::Fusion(fusion)) if fusion == i32::from(Fusion::Rrf) => {
            fused(Rrf::default(), sources)
        }
        Some(Variant::Rrf(rrf)) => fused(parameters(&rrf)?, sources),
        Some(_) => Err(unserved(
            "a query other than for the nearest, or for reciprocal rank fusion,",
        )),
        None => Err(bad("a query is empty")),
    }
}

fn nearest(to: Option<Input>, using: String) -> Result<Query, Status> {
    match to {
        Some(Input::Dense(vector)) => Ok(Query::Dense(using, vector.data)),
        Some(Input::Sparse(vector)) => Ok(Query::Sparse(using, wire::sparse(&vector)?)),
        Some(_) => Err(unserved("a search for the nearest to no vector")),
        None => Err(bad("a query has no vector")),
    }
}

fn parameters(rrf: &qdrant::Rrf) -> Result<Rrf, Status> {
    let k = match rrf.k.map(u16::try_from) {
        None => Rrf::USUAL_K,
        Some(Ok(k @ 1..)) => k,
        Some(_) => return Err(bad("the k of a fusion is from 1 to 65535")),
    };
    let weights = rrf.weights.clone();
    Ok(Rrf { k, weights })
}

fn fused(rrf: Rrf, sources: usize) -> Result<Query, Status> {
    let weights = rrf.weights.len();
    if sources == 0 {
        return Err(bad("cannot apply Fusion without prefetches"));
    }
    if weights != 0 && weights != sources {
        return Err(bad(&format!(
            "Number of weights in RRF should match number of pre-fetches: got {weights}, expected \
             {sources}"
        )));
    }
    Ok(Query::Fused(rrf))
}

//! The methods on points.

#![expect(
    clippy::needless_pass_by_value,
    reason = "every method has the signature that the services hand calls to"
)]

use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::query::Variant;
use qdrant_client::qdrant::vector_input::Variant as Input;
use qdrant_client::qdrant::{
    CountPoints, CountResponse, CountResult, CreateFieldIndexCollection, DeletePoints, GetPoints,
    GetResponse, PointsOperationResponse, Query, QueryPoints, QueryResponse, RetrievedPoint,
    ScoredPoint, ScrollPoints, ScrollResponse, UpdateResult, UpdateStatus, UpsertPoints,
    VectorInput,
};
use testkit::knowledge::{Condition, Filter, Point, Store};
use tonic::Status;

use super::Done;
use super::wire::{self, Shown, bad, refused};

/// How many points are returned where the caller does not say.
const USUAL_LIMIT: u64 = 10;

fn done() -> PointsOperationResponse {
    PointsOperationResponse {
        result: Some(UpdateResult {
            operation_id: Some(0),
            status: UpdateStatus::Completed.into(),
        }),
        time: 0.0,
        usage: None,
    }
}

fn count_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) fn upsert(store: &Store, request: UpsertPoints) -> Done<PointsOperationResponse> {
    if request.update_filter.is_some() || request.update_mode.is_some_and(|mode| mode != 0) {
        return Err(Status::unimplemented(
            "conditional upserts are not served on this machine",
        ));
    }
    let points = request.points.into_iter().map(wire::point);
    let points = points.collect::<Result<_, _>>()?;
    let changes = store
        .put(&request.collection_name, points)
        .map_err(refused)?;
    Ok((changes, done()))
}

pub(super) fn delete(store: &Store, request: DeletePoints) -> Done<PointsOperationResponse> {
    let selector = request
        .points
        .and_then(|points| points.points_selector_one_of);
    let filter = match selector.ok_or_else(|| bad("no points are selected"))? {
        PointsSelectorOneOf::Points(list) => Filter {
            must: vec![Condition::HasId(wire::ids(list.ids)?)],
            ..Filter::default()
        },
        PointsSelectorOneOf::Filter(filter) => wire::filter(filter)?,
    };
    let changes = store
        .remove(&request.collection_name, &filter)
        .map_err(refused)?;
    Ok((changes, done()))
}

/// An exact search in memory needs no index.
pub(super) fn create_field_index(
    store: &Store,
    request: CreateFieldIndexCollection,
) -> Done<PointsOperationResponse> {
    store
        .collection(&request.collection_name)
        .map_err(refused)?;
    Ok((vec![], done()))
}

pub(super) fn get(store: &Store, request: GetPoints) -> Done<GetResponse> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    let shown = Shown::new(request.with_payload, request.with_vectors);
    let ids = wire::ids(request.ids)?;
    let found = ids.iter().filter_map(|id| collection.points.get(id));
    let result = found.map(|point| retrieved(point, &shown)).collect();
    Ok((
        vec![],
        GetResponse {
            result,
            time: 0.0,
            usage: None,
        },
    ))
}

pub(super) fn scroll(store: &Store, request: ScrollPoints) -> Done<ScrollResponse> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    if request.order_by.is_some() {
        return Err(Status::unimplemented(
            "scrolling by a field is not served on this machine",
        ));
    }
    let filter = request.filter.map_or(Ok(Filter::default()), wire::filter)?;
    let from = request
        .offset
        .map(wire::id)
        .transpose()?
        .unwrap_or_default();
    let limit = request.limit.map_or(USUAL_LIMIT, u64::from);
    let shown = Shown::new(request.with_payload, request.with_vectors);
    let mut meant = collection
        .points
        .range(from..)
        .map(|(_, point)| point)
        .filter(|point| filter.holds(point));
    let page = meant.by_ref().take(count_of(limit));
    let result = page.map(|point| retrieved(point, &shown)).collect();
    let next_page_offset = meant.next().map(|point| wire::point_id(&point.id));
    Ok((
        vec![],
        ScrollResponse {
            next_page_offset,
            result,
            time: 0.0,
            usage: None,
        },
    ))
}

pub(super) fn count(store: &Store, request: CountPoints) -> Done<CountResponse> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    let filter = request.filter.map_or(Ok(Filter::default()), wire::filter)?;
    let meant = collection.points.values().filter(|p| filter.holds(p));
    let result = Some(CountResult {
        count: meant.count() as u64,
    });
    Ok((
        vec![],
        CountResponse {
            result,
            time: 0.0,
            usage: None,
        },
    ))
}

pub(super) fn query(store: &Store, request: QueryPoints) -> Done<QueryResponse> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    if !request.prefetch.is_empty() {
        return Err(Status::unimplemented(
            "prefetch and fusion are not served on this machine",
        ));
    }
    let to = dense(request.query)?;
    let using = request.using.unwrap_or_default();
    let filter = request.filter.map_or(Ok(Filter::default()), wire::filter)?;
    let skipped = count_of(request.offset.unwrap_or_default());
    let limit = count_of(request.limit.unwrap_or(USUAL_LIMIT)).saturating_add(skipped);
    let shown = Shown::new(request.with_payload, request.with_vectors);
    let threshold = request.score_threshold.unwrap_or(f32::NEG_INFINITY);
    let found = collection
        .nearest(&using, &to, &filter, limit)
        .map_err(refused)?;
    let result = found
        .into_iter()
        .skip(skipped)
        .filter(|(score, _)| *score >= threshold)
        .map(|(score, point)| scored(score, point, &shown))
        .collect();
    Ok((
        vec![],
        QueryResponse {
            result,
            time: 0.0,
            usage: None,
        },
    ))
}

fn dense(query: Option<Query>) -> Result<Vec<f32>, Status> {
    let nearest = match query.and_then(|query| query.variant) {
        Some(Variant::Nearest(VectorInput { variant })) => variant,
        _ => None,
    };
    match nearest {
        Some(Input::Dense(vector)) => Ok(vector.data),
        _ => Err(Status::unimplemented(
            "only the nearest to a dense vector are served on this machine",
        )),
    }
}

fn retrieved(point: &Point, shown: &Shown) -> RetrievedPoint {
    RetrievedPoint {
        id: Some(wire::point_id(&point.id)),
        payload: shown.payload(point),
        vectors: shown.vectors(point),
        shard_key: None,
        order_value: None,
    }
}

fn scored(score: f32, point: &Point, shown: &Shown) -> ScoredPoint {
    ScoredPoint {
        id: Some(wire::point_id(&point.id)),
        payload: shown.payload(point),
        score,
        version: 0,
        vectors: shown.vectors(point),
        shard_key: None,
        order_value: None,
    }
}

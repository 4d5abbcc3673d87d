//! The methods on points.

#![expect(
    clippy::needless_pass_by_value,
    reason = "every method has the signature that the services hand calls to"
)]

use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    CountPoints, CountResponse, CountResult, CreateFieldIndexCollection, DeletePoints, FieldType,
    GetPoints, GetResponse, PointsOperationResponse, RetrievedPoint, ScrollPoints, ScrollResponse,
    UpdateResult, UpdateStatus, UpsertPoints,
};
use testkit::knowledge::{Collection, Condition, Filter, Record, Store};
use tonic::Status;

use super::Done;
use super::filters;
use super::wire::{self, Shown, USUAL_LIMIT, bad, count_of, refused, unserved};

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

pub(super) fn upsert(store: &Store, request: UpsertPoints) -> Done<PointsOperationResponse> {
    if request.update_filter.is_some() || request.update_mode.is_some_and(|mode| mode != 0) {
        return Err(unserved("a conditional upsert"));
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
        PointsSelectorOneOf::Filter(filter) => filters::filter(filter)?,
    };
    let changes = store
        .remove(&request.collection_name, &filter)
        .map_err(refused)?;
    Ok((changes, done()))
}

/// Words are looked up from then on. Other kinds of values are read point by point.
pub(super) fn create_field_index(
    store: &Store,
    request: CreateFieldIndexCollection,
) -> Done<PointsOperationResponse> {
    let collection = &request.collection_name;
    let changes = if request.field_type() == FieldType::Keyword {
        store.index(collection, &request.field_name)
    } else {
        store.collection(collection).map(|_| vec![])
    };
    Ok((changes.map_err(refused)?, done()))
}

pub(super) fn get(store: &Store, request: GetPoints) -> Result<GetResponse, Status> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    let shown = Shown::new(request.with_payload, request.with_vectors)?;
    let ids = wire::ids(request.ids)?;
    let found = ids.iter().filter_map(|id| collection.get(id));
    let result = found.map(|record| retrieved(collection, record, &shown));
    Ok(GetResponse {
        result: result.collect(),
        time: 0.0,
        usage: None,
    })
}

pub(super) fn scroll(store: &Store, request: ScrollPoints) -> Result<ScrollResponse, Status> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    if request.order_by.is_some() {
        return Err(unserved("a scroll in the order of a field"));
    }
    let filter = request
        .filter
        .map_or(Ok(Filter::default()), filters::filter)?;
    let from = request.offset.map(wire::id).transpose()?;
    let limit = count_of(request.limit.map_or(USUAL_LIMIT, u64::from));
    let shown = Shown::new(request.with_payload, request.with_vectors)?;
    let (page, next) = collection.page(from.as_deref(), &filter, limit);
    let result = page.into_iter();
    Ok(ScrollResponse {
        next_page_offset: next.map(|record| wire::point_id(&record.id)),
        result: result
            .map(|record| retrieved(collection, record, &shown))
            .collect(),
        time: 0.0,
        usage: None,
    })
}

pub(super) fn count(store: &Store, request: CountPoints) -> Result<CountResponse, Status> {
    let collection = store
        .collection(&request.collection_name)
        .map_err(refused)?;
    let filter = request
        .filter
        .map_or(Ok(Filter::default()), filters::filter)?;
    let result = Some(CountResult {
        count: collection.count(&filter) as u64,
    });
    Ok(CountResponse {
        result,
        time: 0.0,
        usage: None,
    })
}

fn retrieved(collection: &Collection, record: &Record, shown: &Shown) -> RetrievedPoint {
    RetrievedPoint {
        id: Some(wire::point_id(&record.id)),
        payload: shown.payload(record),
        vectors: shown.vectors(collection, record),
        shard_key: None,
        order_value: None,
    }
}

//! Points: stored, searched by a dense vector, counted, scrolled, got, deleted.

use qdrant_client::qdrant::vector_output::Vector;
use qdrant_client::qdrant::with_payload_selector::SelectorOptions;
use qdrant_client::qdrant::{
    Condition, CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
    DeletePayloadPointsBuilder, DeletePointsBuilder, Distance, FieldType, Filter, GetPointsBuilder,
    PayloadExcludeSelector, PayloadIncludeSelector, PayloadSchemaType, PointId, PointStruct,
    QueryPointsBuilder, ScrollPointsBuilder, UpsertPointsBuilder, VectorParamsBuilder,
};
use qdrant_client::{Payload, Qdrant};
use tempfile::TempDir;

use super::{ALL, assert_near, ids, numbers, scores, serve};

/// A client of a fresh server, with five points of two documents along a quarter of a circle.
async fn stocked() -> (Qdrant, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let (client, _) = serve(&folder).await;
    let vectors = VectorParamsBuilder::new(2, Distance::Cosine);
    let collection = CreateCollectionBuilder::new(ALL).vectors_config(vectors);
    client
        .create_collection(collection)
        .await
        .expect("it is made");
    let points: Vec<PointStruct> = (0_u8..5).map(point).collect();
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, points))
        .await
        .expect("they are stored");
    (client, folder)
}

fn point(number: u8) -> PointStruct {
    let mut payload = Payload::new();
    payload.insert("document", if number < 2 { "cards.md" } else { "loans.md" });
    let angle = f32::from(number) * 0.3;
    PointStruct::new(u64::from(number), vec![angle.cos(), angle.sin()], payload)
}

fn loans() -> Filter {
    Filter::must([Condition::matches("document", "loans.md".to_owned())])
}

#[tokio::test]
async fn its_version_suits_the_client() {
    let (client, _folder) = stocked().await;
    assert_eq!(
        client.health_check().await.expect("it is well").version,
        "1.20.0"
    );
}

#[tokio::test]
async fn a_search_keeps_to_its_filter() {
    let (client, _folder) = stocked().await;
    let query = QueryPointsBuilder::new(ALL)
        .query(vec![1.0, 0.0])
        .filter(loans())
        .limit(2);
    let found = client.query(query).await.expect("it is searched").result;
    assert!(
        found.iter().all(|point| point.payload.is_empty()),
        "none was asked for"
    );
    assert_eq!(numbers(found.into_iter().map(|point| point.id)), [2, 3]);
}

#[tokio::test]
async fn points_are_counted_by_filter() {
    let (client, _folder) = stocked().await;
    let counted = client
        .count(CountPointsBuilder::new(ALL).filter(loans()))
        .await;
    assert_eq!(
        counted
            .expect("they are counted")
            .result
            .map(|result| result.count),
        Some(3)
    );
}

#[tokio::test]
async fn a_scroll_passes_every_point_once() {
    let (client, _folder) = stocked().await;
    let mut seen = vec![];
    let mut next: Option<PointId> = None;
    loop {
        let mut scroll = ScrollPointsBuilder::new(ALL).limit(2).with_payload(true);
        if let Some(from) = next {
            scroll = scroll.offset(from);
        }
        let page = client.scroll(scroll).await.expect("it is scrolled");
        assert!(
            page.result
                .iter()
                .all(|point| point.payload.contains_key("document"))
        );
        seen.extend(numbers(page.result.into_iter().map(|point| point.id)));
        next = page.next_page_offset;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn points_are_got_by_their_ids() {
    let (client, _folder) = stocked().await;
    let get = GetPointsBuilder::new(ALL, vec![3.into(), 9.into()]).with_vectors(true);
    let found = client.get_points(get).await.expect("they are got").result;
    assert!(found.iter().all(|point| point.vectors.is_some()));
    assert_eq!(numbers(found.into_iter().map(|point| point.id)), [3]);
}

#[tokio::test]
async fn points_are_deleted_by_their_ids() {
    let (client, _folder) = stocked().await;
    let ids: Vec<PointId> = vec![1.into(), 4.into()];
    client
        .delete_points(DeletePointsBuilder::new(ALL).points(ids))
        .await
        .expect("they go");
    let counted = client
        .count(CountPointsBuilder::new(ALL))
        .await
        .expect("they are counted");
    assert_eq!(counted.result.map(|result| result.count), Some(3));
}

#[tokio::test]
async fn a_deleted_collection_is_listed_no_more() {
    let (client, _folder) = stocked().await;
    assert_eq!(
        client
            .list_collections()
            .await
            .expect("a list")
            .collections
            .len(),
        1
    );
    client.delete_collection(ALL).await.expect("it goes");
    assert!(
        client
            .list_collections()
            .await
            .expect("a list")
            .collections
            .is_empty()
    );
}

/// What it cannot do is refused, not answered wrongly.
#[tokio::test]
async fn a_method_that_is_not_served_says_so() {
    let (client, _folder) = stocked().await;
    let error = client
        .delete_payload(DeletePayloadPointsBuilder::new(
            ALL,
            vec!["document".to_owned()],
        ))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("does not serve Points/delete_payload"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_not_better_than_the_threshold_is_left_out() {
    let (client, _folder) = stocked().await;
    let query = QueryPointsBuilder::new(ALL)
        .query(vec![1.0, 0.0])
        .score_threshold(0.9);
    let expected = [(0, 1.0), (1, 0.3_f32.cos())];
    assert_near(&scores(&client, query).await, &expected);
}

#[tokio::test]
async fn an_offset_passes_over_the_first() {
    let (client, _folder) = stocked().await;
    let query = QueryPointsBuilder::new(ALL)
        .query(vec![1.0, 0.0])
        .offset(1)
        .limit(2);
    assert_eq!(ids(&client, query).await, [1, 2]);
}

#[tokio::test]
async fn without_a_query_points_come_in_the_order_of_their_ids() {
    let (client, _folder) = stocked().await;
    let tenth = PointStruct::new(10, vec![1.0, 0.0], Payload::new());
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, vec![tenth]))
        .await
        .expect("it is stored");
    assert_eq!(
        ids(&client, QueryPointsBuilder::new(ALL)).await,
        [0, 1, 2, 3, 4, 10]
    );
}

#[tokio::test]
async fn a_point_stored_again_is_there_once_with_what_came_last() {
    let (client, _folder) = stocked().await;
    let turned = PointStruct::new(0, vec![0.0, 7.0], Payload::new());
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, vec![turned]))
        .await
        .expect("it is stored");
    let query = QueryPointsBuilder::new(ALL).query(vec![0.0, 1.0]).limit(1);
    assert_near(&scores(&client, query).await, &[(0, 1.0)]);
    let counted = client.count(CountPointsBuilder::new(ALL)).await;
    let counted = counted.expect("they are counted").result;
    assert_eq!(counted.map(|result| result.count), Some(5));
}

/// For cosine, Qdrant keeps directions alone.
#[tokio::test]
async fn a_dense_vector_comes_back_in_the_length_of_one() {
    let (client, _folder) = stocked().await;
    let long = PointStruct::new(9, vec![3.0, 4.0], Payload::new());
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, vec![long]))
        .await
        .expect("it is stored");
    let get = GetPointsBuilder::new(ALL, vec![9.into()]).with_vectors(true);
    let found = client.get_points(get).await.expect("it is got").result;
    let vectors = found[0].vectors.as_ref().expect("they were asked for");
    let Some(Vector::Dense(dense)) = vectors.get_vector() else {
        panic!("{vectors:?}");
    };
    assert!((dense.data[0] - 0.6).abs() < 1e-6, "{:?}", dense.data);
}

#[tokio::test]
async fn of_the_payload_no_more_comes_than_was_asked_for() {
    let (client, _folder) = stocked().await;
    let mut payload = Payload::new();
    payload.insert("document", "cards.md");
    payload.insert("title", "Cards");
    payload.insert("pages", 3);
    let point = PointStruct::new(0, vec![1.0, 0.0], payload);
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, vec![point]))
        .await
        .expect("it is stored");
    let include = PayloadIncludeSelector::new(["title".to_owned()]);
    let exclude = PayloadExcludeSelector::new(["title".to_owned()]);
    for (selector, expected) in [
        (SelectorOptions::from(include), vec!["title"]),
        (SelectorOptions::from(exclude), vec!["document", "pages"]),
        (SelectorOptions::from(false), vec![]),
    ] {
        let scroll = ScrollPointsBuilder::new(ALL)
            .limit(1)
            .with_payload(selector);
        let page = client.scroll(scroll).await.expect("it is scrolled");
        let mut keys: Vec<&String> = page.result[0].payload.keys().collect();
        keys.sort();
        assert_eq!(keys, expected);
    }
}

#[tokio::test]
async fn a_scroll_keeps_to_its_filter() {
    let (client, _folder) = stocked().await;
    for indexed in [false, true] {
        if indexed {
            let index = CreateFieldIndexCollectionBuilder::new(ALL, "document", FieldType::Keyword);
            client.create_field_index(index).await.expect("it is made");
        }
        let scroll = ScrollPointsBuilder::new(ALL).filter(loans()).limit(2);
        let first = client.scroll(scroll.clone()).await.expect("it is scrolled");
        let next = first.next_page_offset.expect("there is more");
        let rest = client.scroll(scroll.offset(next)).await.expect("the rest");
        assert_eq!(rest.next_page_offset, None);
        let pages = [first.result, rest.result];
        let pages = pages.map(|page| numbers(page.into_iter().map(|point| point.id)));
        assert_eq!(pages, [vec![2, 3], vec![4]]);
    }
}

#[tokio::test]
async fn an_index_of_words_is_told() {
    let (client, _folder) = stocked().await;
    let index = CreateFieldIndexCollectionBuilder::new(ALL, "document", FieldType::Keyword);
    client.create_field_index(index).await.expect("it is made");
    let info = client.collection_info(ALL).await.expect("it is told");
    let schema = info.result.expect("it is there").payload_schema;
    assert_eq!(schema["document"].data_type(), PayloadSchemaType::Keyword);
}

//! What the Qdrant of `local` answers to calls of the real client that the adapter does not make.

use std::sync::Arc;

use qdrant_client::Payload;
use qdrant_client::qdrant::{
    Condition, CountPointsBuilder, CreateCollectionBuilder, DeletePointsBuilder, Distance, Filter,
    GetPointsBuilder, PointId, PointStruct, QueryPointsBuilder, ScrollPointsBuilder,
    UpsertPointsBuilder, VectorParamsBuilder,
};
use tempfile::TempDir;
use tokio::net::TcpListener;

const ALL: &str = "all";

/// A client of a fresh server, with five points of two documents along a quarter of a circle.
async fn stocked() -> (qdrant_client::Qdrant, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let server = local::qdrant::Qdrant::open(folder.path(), "").expect("a folder");
    local::qdrant::serve_on(listener, Arc::new(server));
    let client = qdrant_client::Qdrant::from_url(&url).skip_compatibility_check();
    let client = client.build().expect("an address");
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

fn numbers(ids: impl IntoIterator<Item = Option<PointId>>) -> Vec<u64> {
    use qdrant_client::qdrant::point_id::PointIdOptions::Num;
    let options = ids.into_iter().filter_map(|id| id?.point_id_options);
    options
        .filter_map(|id| {
            if let Num(number) = id {
                Some(number)
            } else {
                None
            }
        })
        .collect()
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
    let error = client.list_aliases().await.unwrap_err().to_string();
    assert!(
        error.contains("does not serve Collections/list_aliases"),
        "{error}"
    );
}

//! Filters: what of a point's payload they read, and which of them are refused.

use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::{
    Condition, CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
    DatetimeRange, Distance, FieldType, Filter, GeoPoint, GeoRadius, MinShould, PointStruct,
    QueryPointsBuilder, Range, Timestamp, UpsertPointsBuilder, Value, VectorParamsBuilder,
};
use qdrant_client::{Payload, Qdrant};
use tempfile::TempDir;
use tonic::Code;

use super::{ALL, assert_refused, ids, serve};

type Fields = Vec<(&'static str, Value)>;

fn payloads() -> [Fields; 4] {
    let mut visa = Payload::new();
    visa.insert("name", "Visa");
    [
        vec![
            ("language", "de".into()),
            ("pages", 1.into()),
            ("open", true.into()),
            ("tags", vec!["card", "fee"].into()),
            ("until", "2026-12-31T23:59:59Z".into()),
            ("link", Kind::NullValue(0).into()),
        ],
        vec![
            ("language", "en".into()),
            ("pages", 2.into()),
            ("open", false.into()),
            ("tags", vec!["loan"].into()),
            ("until", "2027-06-30".into()),
            ("link", "https://help.bank.test/loans".into()),
        ],
        vec![
            ("language", "de".into()),
            ("pages", 30.into()),
            ("tags", Vec::<&str>::new().into()),
            ("product", visa.into()),
        ],
        vec![("pages", 2.5_f64.into())],
    ]
}

/// Four points about cards and loans.
async fn stocked() -> (Qdrant, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let (client, _) = serve(&folder).await;
    let vectors = VectorParamsBuilder::new(1, Distance::Cosine);
    let collection = CreateCollectionBuilder::new(ALL).vectors_config(vectors);
    client
        .create_collection(collection)
        .await
        .expect("it is made");
    let points = payloads().into_iter().zip(1_u64..);
    let points = points.map(|(fields, id)| {
        let mut payload = Payload::new();
        for (key, value) in fields {
            payload.insert(key, value);
        }
        PointStruct::new(id, vec![1.0], payload)
    });
    let points: Vec<PointStruct> = points.collect();
    client
        .upsert_points(UpsertPointsBuilder::new(ALL, points))
        .await
        .expect("they are stored");
    (client, folder)
}

/// Which points a filter means, told alike by a search with an index of words and without.
async fn meant(client: &Qdrant, filter: impl Into<Filter>) -> Vec<u64> {
    let filter = filter.into();
    let query = || QueryPointsBuilder::new(ALL).filter(filter.clone());
    let plain = ids(client, query()).await;
    for key in ["language", "tags"] {
        let index = CreateFieldIndexCollectionBuilder::new(ALL, key, FieldType::Keyword);
        client.create_field_index(index).await.expect("it is made");
    }
    assert_eq!(ids(client, query().query(vec![1.0])).await, plain);
    let counted = client.count(CountPointsBuilder::new(ALL).filter(filter.clone()));
    let counted = counted.await.expect("they are counted").result;
    assert_eq!(counted.map(|result| result.count), Some(plain.len() as u64));
    plain
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

fn language(word: &str) -> Condition {
    Condition::matches("language", word.to_owned())
}

#[tokio::test]
async fn a_value_is_matched_as_it_is() {
    let (client, _folder) = stocked().await;
    for (condition, expected) in [
        (language("de"), vec![1, 3]),
        (language("fr"), vec![]),
        (Condition::matches("pages", 2), vec![2]),
        (Condition::matches("open", true), vec![1]),
        (Condition::matches("tags", "fee".to_owned()), vec![1]),
        (
            Condition::matches("product.name", "Visa".to_owned()),
            vec![3],
        ),
    ] {
        let said = format!("{condition:?}");
        assert_eq!(
            meant(&client, Filter::must([condition])).await,
            expected,
            "{said}"
        );
    }
}

#[tokio::test]
async fn one_of_several_values_is_enough() {
    let (client, _folder) = stocked().await;
    let either = Condition::matches("tags", words(&["loan", "fee", "other"]));
    assert_eq!(meant(&client, Filter::must([either])).await, [1, 2]);
    let either = Condition::matches("pages", vec![1, 30]);
    assert_eq!(meant(&client, Filter::must([either])).await, [1, 3]);
}

/// What has no value has no other one either.
#[tokio::test]
async fn any_but_some_values_needs_a_value() {
    let (client, _folder) = stocked().await;
    let other = Condition::matches("language", !MatchValue::from(words(&["de"])));
    assert_eq!(meant(&client, Filter::must([other])).await, [2]);
}

#[tokio::test]
async fn numbers_lie_within_a_range() {
    let (client, _folder) = stocked().await;
    let range = |range| Filter::must([Condition::range("pages", range)]);
    let from_two = Range {
        gte: Some(2.0),
        ..Range::default()
    };
    assert_eq!(meant(&client, range(from_two)).await, [2, 3, 4]);
    let between = Range {
        gt: Some(2.0),
        lt: Some(30.0),
        ..Range::default()
    };
    assert_eq!(meant(&client, range(between)).await, [4]);
}

#[tokio::test]
async fn moments_lie_within_a_range() {
    let (client, _folder) = stocked().await;
    let new_year = Timestamp::date(2027, 1, 1).expect("a date");
    let valid = DatetimeRange {
        gte: Some(new_year),
        ..DatetimeRange::default()
    };
    let valid = Condition::datetime_range("until", valid);
    assert_eq!(meant(&client, Filter::must([valid.clone()])).await, [2]);
    // Without a date it holds for ever.
    let filter = Filter::should([valid, Condition::is_empty("until")]);
    assert_eq!(meant(&client, filter).await, [2, 3, 4]);
}

#[tokio::test]
async fn empty_is_missing_too_and_null_is_not() {
    let (client, _folder) = stocked().await;
    let empty = |key: &str| Filter::must([Condition::is_empty(key)]);
    assert_eq!(meant(&client, empty("tags")).await, [3, 4]);
    assert_eq!(meant(&client, empty("link")).await, [1, 3, 4]);
    let null = Filter::must([Condition::is_null("link")]);
    assert_eq!(meant(&client, null).await, [1]);
}

#[tokio::test]
async fn conditions_are_joined() {
    let (client, _folder) = stocked().await;
    let filter = Filter {
        must: vec![language("de")],
        must_not: vec![Condition::has_id([3])],
        ..Filter::default()
    };
    assert_eq!(meant(&client, filter).await, [1]);
    let filter = Filter {
        should: vec![language("en"), Condition::matches("pages", 30)],
        must_not: vec![Condition::matches("open", false)],
        ..Filter::default()
    };
    assert_eq!(meant(&client, filter).await, [3]);
    let inner = Filter::should([language("en"), Condition::has_id([4])]);
    let filter = Filter {
        must: vec![inner.into(), Condition::has_id([1, 2, 4])],
        ..Filter::default()
    };
    assert_eq!(meant(&client, filter).await, [2, 4]);
}

#[tokio::test]
async fn so_many_conditions_as_are_wanted_must_hold() {
    let (client, _folder) = stocked().await;
    let conditions = vec![
        language("de"),
        Condition::matches("open", true),
        Condition::matches("pages", 30),
    ];
    let filter = Filter {
        min_should: Some(MinShould {
            conditions,
            min_count: 2,
        }),
        ..Filter::default()
    };
    assert_eq!(meant(&client, filter).await, [1, 3]);
}

#[tokio::test]
async fn a_condition_that_is_not_served_is_refused() {
    let (client, _folder) = stocked().await;
    let near = GeoRadius {
        center: Some(GeoPoint {
            lon: 9.0,
            lat: 48.0,
        }),
        radius: 1.0,
    };
    for condition in [
        Condition::geo_radius("place", near),
        Condition::matches_text("language", "de"),
        Condition::nested("product", Filter::must([language("de")])),
        Condition::matches("tags[0]", "card".to_owned()),
    ] {
        let query = QueryPointsBuilder::new(ALL).filter(Filter::must([condition]));
        assert_refused(client.query(query).await, Code::Unimplemented, "not served");
    }
}

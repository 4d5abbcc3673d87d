//! Aliases: another name for a collection, switched in one step.

use std::net::SocketAddr;

use qdrant_client::Qdrant;
use qdrant_client::qdrant::alias_operations::Action;
use qdrant_client::qdrant::collections_client::CollectionsClient;
use qdrant_client::qdrant::{
    AliasOperations, ChangeAliases, CountPointsBuilder, CreateAlias, CreateAliasBuilder,
    CreateCollectionBuilder, DeleteAlias, DeletePointsBuilder, Distance, PointId, PointStruct,
    QueryPointsBuilder, RenameAlias, RenameAliasBuilder, ScrollPointsBuilder, UpsertPointsBuilder,
    VectorParamsBuilder,
};
use tempfile::TempDir;
use tonic::Code;

use super::{assert_refused, connect, ids, listen, serve};

async fn make(client: &Qdrant, name: &str) {
    let vectors = VectorParamsBuilder::new(1, Distance::Cosine);
    let collection = CreateCollectionBuilder::new(name).vectors_config(vectors);
    client
        .create_collection(collection)
        .await
        .expect("it is made");
}

async fn put(client: &Qdrant, name: &str, id: u64) {
    let point = PointStruct::new(id, vec![1.0], qdrant_client::Payload::new());
    client
        .upsert_points(UpsertPointsBuilder::new(name, vec![point]))
        .await
        .expect("it is stored");
}

/// The collections `old` and `new`, with the point 1 and the point 2, and `live` for `old`.
async fn stock(client: &Qdrant) {
    for (name, id) in [("old", 1), ("new", 2)] {
        make(client, name).await;
        put(client, name, id).await;
    }
    client
        .create_alias(CreateAliasBuilder::new("old", "live"))
        .await
        .expect("it is made");
}

async fn stocked() -> (Qdrant, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let (client, _) = serve(&folder).await;
    stock(&client).await;
    (client, folder)
}

/// All aliases with their collections.
async fn all(client: &Qdrant) -> Vec<(String, String)> {
    let listed = client.list_aliases().await.expect("a list").aliases;
    let pairs = listed.into_iter();
    pairs
        .map(|alias| (alias.alias_name, alias.collection_name))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = expected.iter();
    owned
        .map(|(alias, name)| ((*alias).to_owned(), (*name).to_owned()))
        .collect()
}

fn create(collection: &str, alias: &str) -> Action {
    Action::CreateAlias(CreateAlias {
        collection_name: collection.to_owned(),
        alias_name: alias.to_owned(),
    })
}

/// Several actions in one call, which the client has no method for.
async fn change(address: SocketAddr, actions: Vec<Action>) -> Result<(), tonic::Status> {
    let actions = actions.into_iter();
    let actions = actions.map(|action| AliasOperations {
        action: Some(action),
    });
    let request = ChangeAliases {
        actions: actions.collect(),
        timeout: None,
    };
    let url = format!("http://{address}");
    let channel = tonic::transport::Endpoint::from_shared(url).expect("an address");
    let mut client = CollectionsClient::new(channel.connect_lazy());
    client.update_aliases(request).await.map(drop)
}

#[tokio::test]
async fn every_call_takes_an_alias_for_a_name() {
    let (client, _folder) = stocked().await;
    put(&client, "live", 3).await;
    assert!(client.collection_exists("live").await.expect("it is asked"));
    assert_eq!(ids(&client, QueryPointsBuilder::new("live")).await, [1, 3]);
    let gone: Vec<PointId> = vec![1.into()];
    client
        .delete_points(DeletePointsBuilder::new("live").points(gone))
        .await
        .expect("it goes");
    let counted = client.count(CountPointsBuilder::new("old")).await;
    let counted = counted.expect("they are counted").result;
    assert_eq!(counted.map(|result| result.count), Some(1));
    let info = client.collection_info("live").await.expect("it is told");
    assert_eq!(info.result.and_then(|info| info.points_count), Some(1));
    let page = client.scroll(ScrollPointsBuilder::new("live")).await;
    assert_eq!(page.expect("it is scrolled").result.len(), 1);
}

#[tokio::test]
async fn an_alias_is_no_collection_in_the_list() {
    let (client, _folder) = stocked().await;
    let listed = client.list_collections().await.expect("a list").collections;
    let names: Vec<&str> = listed.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["new", "old"]);
}

#[tokio::test]
async fn an_alias_that_is_made_again_moves() {
    let (client, _folder) = stocked().await;
    client
        .create_alias(CreateAliasBuilder::new("new", "live"))
        .await
        .expect("it moves");
    assert_eq!(all(&client).await, pairs(&[("live", "new")]));
    assert_eq!(ids(&client, QueryPointsBuilder::new("live")).await, [2]);
}

#[tokio::test]
async fn the_aliases_of_one_collection_are_listed() {
    let (client, _folder) = stocked().await;
    client
        .create_alias(CreateAliasBuilder::new("new", "next"))
        .await
        .expect("it is made");
    let listed = client.list_collection_aliases("old").await;
    let listed = listed.expect("a list").aliases;
    let names: Vec<&str> = listed.iter().map(|one| one.alias_name.as_str()).collect();
    assert_eq!(names, ["live"]);
}

#[tokio::test]
async fn an_alias_is_renamed() {
    let (client, _folder) = stocked().await;
    client
        .rename_alias(RenameAliasBuilder::new("live", "current"))
        .await
        .expect("it is renamed");
    assert_eq!(all(&client).await, pairs(&[("current", "old")]));
    let missing = RenameAliasBuilder::new("live", "again");
    let answer = client.rename_alias(missing).await;
    assert_refused(answer, Code::NotFound, "live");
}

#[tokio::test]
async fn an_alias_that_is_not_there_is_deleted_all_the_same() {
    let (client, _folder) = stocked().await;
    for _ in 0..2 {
        client.delete_alias("live").await.expect("it is gone");
    }
    assert_eq!(all(&client).await, []);
    let answer = client.query(QueryPointsBuilder::new("live")).await;
    assert_refused(answer, Code::NotFound, "live");
}

#[tokio::test]
async fn an_alias_needs_a_collection() {
    let (client, _folder) = stocked().await;
    for missing in ["missing", "live"] {
        let alias = CreateAliasBuilder::new(missing, "other");
        assert_refused(client.create_alias(alias).await, Code::NotFound, missing);
    }
}

#[tokio::test]
async fn no_two_things_have_one_name() {
    let (client, _folder) = stocked().await;
    let taken = client
        .create_alias(CreateAliasBuilder::new("old", "new"))
        .await;
    assert_refused(taken, Code::AlreadyExists, "new");
    let vectors = VectorParamsBuilder::new(1, Distance::Cosine);
    let collection = CreateCollectionBuilder::new("live").vectors_config(vectors);
    let taken = client.create_collection(collection).await;
    assert_refused(taken, Code::InvalidArgument, "Alias with the same name");
}

#[tokio::test]
async fn a_deleted_collection_takes_its_aliases_along() {
    let (client, _folder) = stocked().await;
    client.delete_collection("old").await.expect("it goes");
    assert_eq!(all(&client).await, []);
}

#[tokio::test]
async fn a_collection_is_not_deleted_by_its_alias() {
    let (client, _folder) = stocked().await;
    let answer = client.delete_collection("live").await.expect("an answer");
    assert!(!answer.result);
    assert_eq!(ids(&client, QueryPointsBuilder::new("live")).await, [1]);
}

#[tokio::test]
async fn the_actions_of_one_call_are_done_one_after_another() {
    let folder = TempDir::new().expect("a folder");
    let (address, _) = listen(&folder).await;
    let client = connect(address);
    stock(&client).await;
    let actions = vec![
        Action::RenameAlias(RenameAlias {
            old_alias_name: "live".to_owned(),
            new_alias_name: "before".to_owned(),
        }),
        create("new", "live"),
        create("new", "extra"),
        Action::DeleteAlias(DeleteAlias {
            alias_name: "extra".to_owned(),
        }),
    ];
    change(address, actions).await.expect("they are done");
    let expected = pairs(&[("before", "old"), ("live", "new")]);
    assert_eq!(all(&client).await, expected);
}

#[tokio::test]
async fn of_a_call_with_one_bad_action_nothing_is_done() {
    let folder = TempDir::new().expect("a folder");
    let (address, _) = listen(&folder).await;
    let client = connect(address);
    stock(&client).await;
    let actions = vec![create("new", "live"), create("missing", "other")];
    let status = change(address, actions).await.expect_err("one is bad");
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(all(&client).await, pairs(&[("live", "old")]));
}

#[tokio::test]
async fn aliases_outlive_the_server() {
    let folder = TempDir::new().expect("a folder");
    let (client, task) = serve(&folder).await;
    stock(&client).await;
    client
        .create_alias(CreateAliasBuilder::new("new", "live"))
        .await
        .expect("it moves");
    task.abort();
    for _ in 0..2 {
        let (client, task) = serve(&folder).await;
        assert_eq!(ids(&client, QueryPointsBuilder::new("live")).await, [2]);
        task.abort();
    }
}

//! The methods on aliases.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "every method has the signature that the services hand calls to"
)]

use qdrant_client::qdrant::alias_operations::Action;
use qdrant_client::qdrant::{
    AliasDescription, AliasOperations, ChangeAliases, CollectionOperationResponse, CreateAlias,
    DeleteAlias, ListAliasesRequest, ListAliasesResponse, ListCollectionAliasesRequest,
    RenameAlias,
};
use testkit::knowledge::{AliasAction, AliasRefusal, Refusal, Store};
use tonic::Status;

use super::Done;
use super::wire::{DONE, bad, refused};

/// All of it or nothing. The server keeps what came before an action that it refuses; no caller
/// should count on that.
pub(super) fn update(store: &Store, request: ChangeAliases) -> Done<CollectionOperationResponse> {
    let actions = request.actions.into_iter().map(action);
    let actions = actions.collect::<Result<_, _>>()?;
    let changes = store.alias(actions).map_err(|refusal| match refusal {
        AliasRefusal::NoCollection(name) => refused(Refusal::NoCollection(name)),
        AliasRefusal::NameTaken(name) => refused(Refusal::CollectionExists(name)),
        AliasRefusal::NoAlias(name) => {
            Status::not_found(format!("Not found: Alias {name} does not exists!"))
        }
    })?;
    Ok((changes, DONE))
}

fn action(operation: AliasOperations) -> Result<AliasAction, Status> {
    let action = operation.action.ok_or_else(|| bad("an action is empty"))?;
    Ok(match action {
        Action::CreateAlias(CreateAlias {
            collection_name: collection,
            alias_name: alias,
        }) => AliasAction::Point { alias, collection },
        Action::RenameAlias(RenameAlias {
            old_alias_name: alias,
            new_alias_name: to,
        }) => AliasAction::Rename { alias, to },
        Action::DeleteAlias(DeleteAlias { alias_name: alias }) => AliasAction::Remove { alias },
    })
}

pub(super) fn all(store: &Store, _: ListAliasesRequest) -> Result<ListAliasesResponse, Status> {
    Ok(listed(store.aliases()))
}

pub(super) fn of_collection(
    store: &Store,
    request: ListCollectionAliasesRequest,
) -> Result<ListAliasesResponse, Status> {
    let (name, _) = store.named(&request.collection_name).map_err(refused)?;
    Ok(listed(store.aliases().filter(|(_, own)| *own == name)))
}

fn listed<'a>(aliases: impl Iterator<Item = (&'a str, &'a str)>) -> ListAliasesResponse {
    let described = |(alias, name): (&str, &str)| AliasDescription {
        alias_name: alias.to_owned(),
        collection_name: name.to_owned(),
    };
    ListAliasesResponse {
        aliases: aliases.map(described).collect(),
        time: 0.0,
    }
}

//! Collections by name, and by alias.

use std::collections::BTreeMap;

use super::{Change, Collection, Filter, Point, Refusal, Schema};

/// The collections of a vector store. Wherever a collection is named, an alias will do, except to
/// make one or to end one.
#[derive(Debug, Default)]
pub struct Store {
    collections: BTreeMap<String, Collection>,
    /// The name of the collection under each alias.
    aliases: BTreeMap<String, String>,
}

/// What to do with an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasAction {
    /// It stands for this collection, whatever it stood for before.
    Point {
        /// The alias.
        alias: String,
        /// The collection's own name.
        collection: String,
    },
    /// It is called otherwise from now on; an alias of that name gives way.
    Rename {
        /// The alias.
        alias: String,
        /// The new one.
        to: String,
    },
    /// It is gone, if it was there.
    Remove {
        /// The alias.
        alias: String,
    },
}

/// Why aliases are not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasRefusal {
    /// There is no collection of this name.
    NoCollection(String),
    /// A collection has this name.
    NameTaken(String),
    /// There is no such alias.
    NoAlias(String),
}

impl Store {
    /// The names of all collections.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.collections.keys().map(String::as_str)
    }

    /// All aliases, with the names of their collections.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.aliases.iter();
        all.map(|(alias, name)| (alias.as_str(), name.as_str()))
    }

    /// A collection by its name or alias.
    pub fn collection(&self, name: &str) -> Result<&Collection, Refusal> {
        self.named(name).map(|(_, collection)| collection)
    }

    /// A collection by its name or alias, and its own name.
    pub fn named(&self, name: &str) -> Result<(&str, &Collection), Refusal> {
        let own = self.aliases.get(name).map_or(name, String::as_str);
        let found = self.collections.get_key_value(own);
        found
            .map(|(own, collection)| (own.as_str(), collection))
            .ok_or_else(|| Refusal::NoCollection(name.to_owned()))
    }

    /// What makes a collection.
    pub fn create(&self, name: &str, schema: impl Into<Schema>) -> Result<Vec<Change>, Refusal> {
        match self.collection(name) {
            Ok(_) => Err(Refusal::CollectionExists(name.to_owned())),
            Err(_) => Ok(vec![Change::Created {
                collection: name.to_owned(),
                schema: schema.into(),
            }]),
        }
    }

    /// What lets the words under a key of the payload be looked up.
    pub fn index(&self, name: &str, key: &str) -> Result<Vec<Change>, Refusal> {
        let (own, collection) = self.named(name)?;
        if collection.indexed().any(|indexed| indexed == key) {
            return Ok(vec![]);
        }
        Ok(vec![Change::Indexed {
            collection: own.to_owned(),
            key: key.to_owned(),
        }])
    }

    /// What puts these points into a collection.
    pub fn put(&self, name: &str, points: Vec<Point>) -> Result<Vec<Change>, Refusal> {
        let (own, collection) = self.named(name)?;
        points
            .iter()
            .try_for_each(|point| collection.check(point))?;
        let put = |point| Change::Put {
            collection: own.to_owned(),
            point,
        };
        Ok(points.into_iter().map(put).collect())
    }

    /// What removes the points that a filter means.
    pub fn remove(&self, name: &str, filter: &Filter) -> Result<Vec<Change>, Refusal> {
        let (own, collection) = self.named(name)?;
        let (meant, _) = collection.page(None, filter, usize::MAX);
        let removed = |id: &str| Change::Removed {
            collection: own.to_owned(),
            id: id.to_owned(),
        };
        Ok(meant.iter().map(|record| removed(&record.id)).collect())
    }

    /// What changes aliases, one after another, all or none.
    pub fn alias(&self, actions: Vec<AliasAction>) -> Result<Vec<Change>, AliasRefusal> {
        let mut aliases = self.aliases.clone();
        for action in actions {
            match action {
                AliasAction::Point { collection, .. }
                    if !self.collections.contains_key(&collection) =>
                {
                    return Err(AliasRefusal::NoCollection(collection));
                }
                AliasAction::Point { alias, .. } | AliasAction::Rename { to: alias, .. }
                    if self.collections.contains_key(&alias) =>
                {
                    return Err(AliasRefusal::NameTaken(alias));
                }
                AliasAction::Point { alias, collection } => {
                    aliases.insert(alias, collection);
                }
                AliasAction::Rename { alias, to } => match aliases.remove(&alias) {
                    Some(collection) => {
                        aliases.insert(to, collection);
                    }
                    None => return Err(AliasRefusal::NoAlias(alias)),
                },
                AliasAction::Remove { alias } => {
                    aliases.remove(&alias);
                }
            }
        }
        Ok(vec![Change::Aliased { aliases }])
    }

    /// Makes a change. One that has nothing to change is passed over.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Created { collection, schema } => {
                self.collections.insert(collection, Collection::new(schema));
            }
            Change::Dropped { collection } => {
                self.collections.remove(&collection);
                self.aliases.retain(|_, name| *name != collection);
            }
            Change::Indexed { collection, key } => {
                if let Some(collection) = self.collections.get_mut(&collection) {
                    collection.index(&key);
                }
            }
            Change::Put { collection, point } => {
                if let Some(collection) = self.collections.get_mut(&collection) {
                    collection.put(point);
                }
            }
            Change::Removed { collection, id } => {
                if let Some(collection) = self.collections.get_mut(&collection) {
                    collection.remove(&id);
                }
            }
            Change::Aliased { aliases } => self.aliases = aliases,
        }
    }

    /// How many changes make this store, at the fewest.
    pub fn fewest_changes(&self) -> usize {
        let of = |collection: &Collection| 1 + collection.indexed().count() + collection.len();
        let collections: usize = self.collections.values().map(of).sum();
        collections + usize::from(!self.aliases.is_empty())
    }

    /// The fewest changes that make this store.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        let aliased = (!self.aliases.is_empty()).then(|| Change::Aliased {
            aliases: self.aliases.clone(),
        });
        let collections = self.collections.iter();
        collections
            .flat_map(|(name, collection)| changes_of(name, collection))
            .chain(aliased)
    }
}

fn changes_of(name: &str, collection: &Collection) -> impl Iterator<Item = Change> {
    let put = move |record| Change::Put {
        collection: name.to_owned(),
        point: collection.point(record),
    };
    let indexed = move |key: &str| Change::Indexed {
        collection: name.to_owned(),
        key: key.to_owned(),
    };
    std::iter::once(Change::Created {
        collection: name.to_owned(),
        schema: collection.schema.clone(),
    })
    .chain(collection.indexed().map(indexed))
    .chain(collection.records().map(put))
}

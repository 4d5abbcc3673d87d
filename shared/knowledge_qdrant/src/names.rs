//! Collections are named after the embedding model and its dimensions: `knowledge--gemini-embedding-2--768`.

use ports::Space;

/// What parts the words of a name. Models are not named with it.
const BETWEEN: &str = "--";

/// The names of one knowledge base.
pub(crate) struct Names {
    alias: String,
}

impl Names {
    pub(crate) fn beginning_with(alias: String) -> Self {
        Self { alias }
    }

    /// What leads to the collection that is serving.
    pub(crate) fn alias(&self) -> &str {
        &self.alias
    }

    /// The collection of a space.
    pub(crate) fn collection(&self, space: &Space) -> String {
        let Space { model, dimensions } = space;
        let alias = &self.alias;
        // Models of a tuned kind are named `tunedModels/name`, and no collection's name may hold that.
        let model = model.replace('/', "..");
        format!("{alias}{BETWEEN}{model}{BETWEEN}{dimensions}")
    }

    /// The space of a collection, if it is one of ours.
    pub(crate) fn space(&self, collection: &str) -> Option<Space> {
        let rest = collection
            .strip_prefix(&self.alias)?
            .strip_prefix(BETWEEN)?;
        let (model, dimensions) = rest.rsplit_once(BETWEEN)?;
        Some(Space {
            model: model.replace("..", "/"),
            dimensions: dimensions.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_tells_its_model() {
        let names = Names::beginning_with("knowledge".to_owned());
        for model in ["gemini-embedding-2", "tunedModels/ours"] {
            let space = Space {
                model: model.to_owned(),
                dimensions: 768,
            };
            let collection = names.collection(&space);
            assert!(!collection.contains('/'));
            assert_eq!(names.space(&collection), Some(space));
        }
    }

    #[test]
    fn collections_of_others_are_none_of_ours() {
        let names = Names::beginning_with("knowledge".to_owned());
        for other in [
            "knowledge",
            "knowledge--m",
            "knowledge--m--many",
            "staging--m--768",
        ] {
            assert_eq!(names.space(other), None, "{other}");
        }
    }
}

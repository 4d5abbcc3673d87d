//! All documents at once: what events missed is made up for, and another embedding model takes over.

use std::collections::BTreeSet;

use documents::Unreadable;
use ports::CallError;
use time::OffsetDateTime;

use super::{FOLDER, Indexed, Indexing, Read, planned};

/// What a run over all documents came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Documents that stand in the index.
    pub documents: usize,
    /// Pieces of them.
    pub pieces: usize,
    /// Documents that the index was brought in step with.
    pub changed: usize,
    /// Pieces that had to be embedded.
    pub embedded: usize,
    /// Documents that were in the index and are no more.
    pub gone: usize,
    /// Documents that cannot be read, and why.
    pub unreadable: Vec<(String, Unreadable)>,
    /// Documents that were not looked at for want of time. The next run begins with what is missing.
    pub left: usize,
    /// Whether another embedding model took over.
    pub switched: bool,
}

impl Indexing {
    /// Brings the index in step with all documents, then lets the wanted space serve if another one
    /// does, and removes what no one needs any more. A run that would not end by the deadline ends
    /// before it and is gone on with by the next; until then nothing is switched.
    ///
    /// `progress` is told of each document that was looked at.
    pub async fn reconcile(
        &self,
        deadline: Option<OffsetDateTime>,
        progress: &(dyn Fn(&str, &Indexed) + Send + Sync),
    ) -> Result<Reconciled, CallError> {
        self.knowledge.prepare(&self.space).await?;
        self.retire_what_is_old().await?;
        let listed: BTreeSet<String> = self.archive.list(FOLDER).await?.into_iter().collect();
        let held = self.knowledge.held(&self.space).await?;
        let mut done = Reconciled::default();
        let gone = held.keys().filter(|key| !listed.contains(*key));
        let all = listed.iter().filter(|key| !key.ends_with('/')).chain(gone);
        for key in all {
            if deadline.is_some_and(|deadline| self.clock.now() >= deadline) {
                done.left += 1;
                continue;
            }
            let read = self.read(key).await?;
            let stands = match &read {
                Read::Pieces(document) => {
                    let ids: BTreeSet<String> =
                        planned(key, document).into_iter().map(|c| c.id).collect();
                    (held.get(key) == Some(&ids)).then_some(ids.len())
                }
                Read::Gone | Read::Unreadable(_) => None,
            };
            let indexed = match stands {
                Some(pieces) => Indexed::Unchanged { pieces },
                None => self.bring_in_step(&self.space, key, &read).await?,
            };
            progress(key, &indexed);
            done.count(key, indexed);
        }
        if done.left == 0 && self.knowledge.serving().await?.as_ref() != Some(&self.space) {
            self.knowledge.serve(&self.space).await?;
            done.switched = true;
        }
        Ok(done)
    }

    /// Removes every space that is neither wanted nor serving. The one that served before the last
    /// switch goes with the next run, so that nobody who is answering loses it.
    async fn retire_what_is_old(&self) -> Result<(), CallError> {
        let serving = self.knowledge.serving().await?;
        for space in self.knowledge.spaces().await? {
            if space != self.space && Some(&space) != serving.as_ref() {
                self.knowledge.retire(&space).await?;
            }
        }
        Ok(())
    }
}

impl Reconciled {
    fn count(&mut self, key: &str, indexed: Indexed) {
        match indexed {
            Indexed::Unchanged { pieces } => {
                self.documents += 1;
                self.pieces += pieces;
            }
            Indexed::Changed {
                pieces, embedded, ..
            } => {
                self.documents += 1;
                self.pieces += pieces;
                self.changed += 1;
                self.embedded += embedded;
            }
            Indexed::Gone => self.gone += 1,
            Indexed::Unreadable(why) => self.unreadable.push((key.to_owned(), why)),
        }
    }
}

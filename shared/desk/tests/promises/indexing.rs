//! The knowledge base follows the documents, and another embedding model takes over without a gap.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use desk::index::{Indexed, Indexing, Reconciled, upload};
use domain::Classification;
use model_standin::StandIn;
use ports::{
    Answer, Archive, CallError, ClassifyRequest, EmbedPurpose, Knowledge, Memory, Model, Question,
    Space,
};
use testkit::archive::FakeArchive;
use testkit::knowledge::FakeKnowledge;
use testkit::{FakeClock, Fault};
use time::Duration;

const CARDS: &str = "knowledge/cards.md";
const TEXT: &str = "# Cards\n\n## Fees\n\nA replacement card costs 9 EUR.\n\n## Limits\n\nYou can withdraw 500 EUR a day.\n";

/// The stand-in, counting the texts it embeds.
#[derive(Default)]
struct CountingModel {
    embedded: AtomicUsize,
    short: bool,
}

#[async_trait]
impl Model for CountingModel {
    async fn classify(&self, mail: &ClassifyRequest) -> Result<Classification, CallError> {
        StandIn::new().classify(mail).await
    }

    async fn embed(
        &self,
        space: &Space,
        purpose: EmbedPurpose,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, CallError> {
        self.embedded.fetch_add(texts.len(), Ordering::Relaxed);
        let mut vectors = StandIn::new().embed(space, purpose, texts).await?;
        if self.short {
            vectors.pop();
        }
        Ok(vectors)
    }

    async fn answer(&self, question: &Question) -> Result<Answer, CallError> {
        StandIn::new().answer(question).await
    }

    async fn summarise(&self, memory: &Memory) -> Result<String, CallError> {
        StandIn::new().summarise(memory).await
    }

    fn answering(&self) -> String {
        StandIn::new().answering()
    }
}

struct Library {
    archive: Arc<FakeArchive>,
    knowledge: Arc<FakeKnowledge>,
    model: Arc<CountingModel>,
    clock: Arc<FakeClock>,
}

fn space(model: &str) -> Space {
    Space {
        model: model.into(),
        dimensions: 64,
    }
}

impl Library {
    async fn with(documents: &[(&str, &str)]) -> Self {
        let library = Self {
            archive: Arc::default(),
            knowledge: Arc::default(),
            model: Arc::default(),
            clock: Arc::default(),
        };
        for (key, text) in documents {
            library.write(key, text).await;
        }
        library
    }

    async fn write(&self, key: &str, text: &str) {
        let written = self.archive.write(key, "text/markdown", text.as_bytes());
        written.await.unwrap();
    }

    fn indexing(&self, model: &str) -> Indexing {
        Indexing {
            archive: self.archive.clone(),
            model: self.model.clone(),
            knowledge: self.knowledge.clone(),
            clock: self.clock.clone(),
            space: space(model),
        }
    }

    async fn reconcile(&self, model: &str) -> Reconciled {
        let indexing = self.indexing(model);
        indexing.reconcile(None, &|_, _| {}).await.unwrap()
    }

    fn embedded(&self) -> usize {
        self.model.embedded.swap(0, Ordering::Relaxed)
    }

    async fn texts(&self, model: &str) -> Vec<String> {
        let pieces = self.knowledge.pieces(&space(model), CARDS).await.unwrap();
        pieces.into_iter().map(|piece| piece.text).collect()
    }
}

#[tokio::test]
async fn the_first_document_ever_is_served_at_once() {
    let library = Library::with(&[(CARDS, TEXT)]).await;
    let indexed = library.indexing("one").document(CARDS).await.unwrap();
    assert_eq!(
        indexed,
        Indexed::Changed {
            pieces: 2,
            embedded: 2,
            removed: 0
        }
    );
    assert_eq!(
        library.knowledge.serving().await.unwrap(),
        Some(space("one"))
    );
}

#[tokio::test]
async fn an_unchanged_document_is_not_embedded_again() {
    let library = Library::with(&[(CARDS, TEXT)]).await;
    library.reconcile("one").await;
    library.embedded();
    let again = library.indexing("one").document(CARDS).await.unwrap();
    assert_eq!(again, Indexed::Unchanged { pieces: 2 });
    assert_eq!(library.reconcile("one").await.changed, 0);
    assert_eq!(library.embedded(), 0);
}

#[tokio::test]
async fn of_a_changed_document_only_new_text_is_embedded() {
    let library = Library::with(&[(CARDS, TEXT)]).await;
    library.reconcile("one").await;
    library.embedded();
    // A section before the others moves them: their text stays, and so does its vector.
    let changed = TEXT.replace("## Fees", "## PIN\n\nThe PIN comes by post.\n\n## Fees");
    library.write(CARDS, &changed).await;
    library.indexing("one").document(CARDS).await.unwrap();
    assert_eq!(library.embedded(), 1);
    assert_eq!(library.texts("one").await.len(), 3);
}

#[tokio::test]
async fn what_a_document_says_no_more_goes() {
    let library = Library::with(&[(CARDS, TEXT)]).await;
    library.reconcile("one").await;
    library.write(CARDS, &TEXT.replace("9 EUR", "12 EUR")).await;
    library.indexing("one").document(CARDS).await.unwrap();
    let texts = library.texts("one").await;
    assert!(texts.iter().any(|text| text.contains("12 EUR")));
    assert!(!texts.iter().any(|text| text.contains("9 EUR")));
}

#[tokio::test]
async fn a_document_that_is_gone_takes_its_pieces_with_it() {
    let library = Library::with(&[(CARDS, TEXT)]).await;
    library.reconcile("one").await;
    library.archive.remove(CARDS).await.unwrap();
    assert_eq!(library.reconcile("one").await.gone, 1);
    assert!(library.texts("one").await.is_empty());
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_named_and_says_nothing() {
    let library = Library::with(&[(CARDS, TEXT)]).await;
    library.reconcile("one").await;
    library
        .write(CARDS, "---\nvalid_until: soon\n---\n# Cards\n\nText.\n")
        .await;
    let done = library.reconcile("one").await;
    let [(document, why)] = &done.unreadable[..] else {
        panic!("{done:?}")
    };
    assert_eq!(document, CARDS);
    assert!(why.to_string().contains("valid_until"), "{why}");
    assert!(library.texts("one").await.is_empty());
}

#[tokio::test]
async fn another_model_takes_over_once_it_holds_every_document() {
    let library = Library::with(&[
        (CARDS, TEXT),
        ("knowledge/loans.md", "# Loans\n\nA loan.\n"),
    ])
    .await;
    assert!(library.reconcile("one").await.switched);
    let done = library.reconcile("two").await;
    assert!(done.switched);
    assert_eq!(
        library.knowledge.serving().await.unwrap(),
        Some(space("two"))
    );
    assert_eq!(
        done.embedded, 3,
        "every piece is embedded by the other model"
    );
    let spaces = library.knowledge.spaces().await.unwrap();
    assert_eq!(
        spaces.len(),
        2,
        "whoever still answers from the old one can"
    );
    library.reconcile("two").await;
    let spaces = library.knowledge.spaces().await.unwrap();
    assert_eq!(spaces, [space("two")].into());
}

#[tokio::test]
async fn a_run_that_breaks_off_switches_nothing_and_is_gone_on_with() {
    let library = Library::with(&[
        (CARDS, TEXT),
        ("knowledge/loans.md", "# Loans\n\nA loan.\n"),
    ])
    .await;
    library.reconcile("one").await;
    library.embedded();
    // After the first document the bucket is out of order.
    let breaks = |_: &str, _: &Indexed| library.archive.faults.arm("read", Fault::ServerError, 1);
    let broken = library.indexing("two").reconcile(None, &breaks).await;
    assert!(broken.is_err());
    assert_eq!(
        library.knowledge.serving().await.unwrap(),
        Some(space("one"))
    );
    let before = library.embedded();
    assert!(library.reconcile("two").await.switched);
    assert_eq!(before + library.embedded(), 3, "nothing is embedded twice");
}

#[tokio::test]
async fn a_run_ends_itself_before_its_time_is_up() {
    let library = Library::with(&[
        (CARDS, TEXT),
        ("knowledge/loans.md", "# Loans\n\nA loan.\n"),
    ])
    .await;
    library.reconcile("one").await;
    let indexing = library.indexing("two");
    let up = ports::Clock::now(&*library.clock) - Duration::SECOND;
    let done = indexing.reconcile(Some(up), &|_, _| {}).await.unwrap();
    assert_eq!((done.left, done.switched), (2, false));
    assert_eq!(
        library.knowledge.serving().await.unwrap(),
        Some(space("one"))
    );
}

#[tokio::test]
async fn a_change_while_a_model_takes_over_reaches_both() {
    let library = Library::with(&[(CARDS, TEXT)]).await;
    library.reconcile("one").await;
    library.write(CARDS, &TEXT.replace("9 EUR", "12 EUR")).await;
    library.indexing("two").document(CARDS).await.unwrap();
    for model in ["one", "two"] {
        assert!(
            library
                .texts(model)
                .await
                .iter()
                .any(|text| text.contains("12 EUR"))
        );
    }
    assert_eq!(
        library.knowledge.serving().await.unwrap(),
        Some(space("one"))
    );
}

#[tokio::test]
async fn embeddings_that_come_back_short_change_nothing() {
    let mut library = Library::with(&[(CARDS, TEXT)]).await;
    library.model = Arc::new(CountingModel {
        short: true,
        ..CountingModel::default()
    });
    let refused = library.indexing("one").document(CARDS).await.unwrap_err();
    assert!(
        refused.to_string().contains("2 texts were embedded as 1"),
        "{refused}"
    );
    assert!(library.texts("one").await.is_empty());
}

#[tokio::test]
async fn an_empty_bucket_is_an_empty_knowledge_base() {
    let library = Library::with(&[]).await;
    let done = library.reconcile("one").await;
    assert_eq!((done.documents, done.switched), (0, true));
}

#[tokio::test]
async fn a_folder_becomes_the_bucket() {
    let library = Library::with(&[(CARDS, TEXT), ("knowledge/old.md", "# Old\n\nGone.\n")]).await;
    let folder = [
        ("cards.md".to_owned(), TEXT.as_bytes().to_vec()),
        ("loans/new.md".to_owned(), b"# Loans".to_vec()),
    ];
    let folder = folder.into();
    let told = upload(&*library.archive, &folder, true).await.unwrap();
    assert_eq!(told.put, ["knowledge/loans/new.md"]);
    assert_eq!(library.archive.keys().len(), 2, "a dry run changes nothing");
    let done = upload(&*library.archive, &folder, false).await.unwrap();
    assert_eq!(done, told);
    assert_eq!(library.archive.keys(), [CARDS, "knowledge/loans/new.md"]);
    let again = upload(&*library.archive, &folder, false).await.unwrap();
    assert_eq!(
        (again.same, again.put.len(), again.removed.len()),
        (2, 0, 0)
    );
}

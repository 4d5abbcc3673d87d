//! What every knowledge base must do: the fake, and the adapter for Qdrant's real protocol.

use std::sync::Arc;

use ports::{CallError, Chunk, Knowledge, Passage};

use crate::{Fault, Faults};

/// A fresh knowledge base, without a collection.
pub struct World {
    /// What is tested.
    pub knowledge: Arc<dyn Knowledge>,
    /// Its fault switches. A real service has none, and the cases that need them are left out.
    pub faults: Option<Arc<Faults>>,
}

const DIMENSION: usize = 4;

/// Runs every case in a fresh world and returns their names.
///
/// # Panics
/// At the first case that is not upheld.
pub async fn upholds<F, Fut>(fresh: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = World>,
{
    let mut upheld = cases! { fresh:
        preparing_twice_changes_nothing,
        preparing_another_dimension_names_both,
        two_who_prepare_at_once_both_succeed,
        a_search_before_anything_is_prepared_finds_nothing,
        a_search_where_nothing_is_stored_finds_nothing,
        what_is_stored_is_found_as_it_was,
        the_nearest_comes_first,
        no_more_is_found_than_asked_for,
        a_replaced_document_loses_its_old_pieces,
        a_piece_that_stays_is_there_once,
        a_document_replaced_with_nothing_is_gone,
        two_documents_do_not_touch_each_other,
        removing_a_document_that_never_was_is_fine,
        a_document_of_many_pieces_is_stored_whole,
        a_vector_of_another_dimension_is_refused,
        umlauts_survive,
    };
    if fresh().await.faults.is_some() {
        upheld.extend(cases! { fresh:
            a_service_that_is_out_of_order_is_told,
            a_search_survives_a_service_that_breaks_once,
            a_limit_is_told,
            a_preparation_whose_answer_was_lost_can_be_repeated,
            a_replacement_that_broke_off_can_be_repeated,
        });
    }
    upheld
}

/// The piece with this number. Its id is a UUID of version 8 (RFC 9562, section 5.8).
fn chunk(number: usize, document: &str, text: &str, vector: [f32; DIMENSION]) -> Chunk {
    Chunk {
        id: format!("00000000-0000-8000-8000-{number:012x}"),
        document: document.to_owned(),
        title: format!("Title of {document}"),
        link: Some(format!("https://help.bank.test/{document}")),
        text: text.to_owned(),
        vector: vector.to_vec(),
    }
}

impl World {
    async fn prepared(self) -> Self {
        self.knowledge
            .prepare(DIMENSION)
            .await
            .expect("it is prepared");
        self
    }

    async fn replace(&self, document: &str, chunks: &[Chunk]) {
        self.knowledge
            .replace(document, chunks)
            .await
            .expect("it is replaced");
    }

    async fn search(&self, vector: [f32; DIMENSION], limit: usize) -> Vec<Passage> {
        self.knowledge
            .search(&vector, limit)
            .await
            .expect("it is searched")
    }

    /// The texts of everything stored, in alphabetical order.
    async fn texts(&self) -> Vec<String> {
        let found = self.search([1.0, 1.0, 1.0, 1.0], 1_000).await;
        let mut texts: Vec<String> = found.into_iter().map(|passage| passage.text).collect();
        texts.sort();
        texts
    }

    fn arm(&self, operation: &str, fault: Fault, times: u32) {
        if let Some(faults) = &self.faults {
            faults.arm(operation, fault, times);
        }
    }
}

async fn preparing_twice_changes_nothing(w: World) {
    let w = w.prepared().await;
    w.replace(
        "cards.md",
        &[chunk(1, "cards.md", "A card.", [1.0, 0.0, 0.0, 0.0])],
    )
    .await;
    let w = w.prepared().await;
    assert_eq!(w.texts().await, ["A card."]);
}

async fn preparing_another_dimension_names_both(w: World) {
    let w = w.prepared().await;
    let error = w
        .knowledge
        .prepare(768)
        .await
        .expect_err("it has another dimension");
    let CallError::Rejected { reason, .. } = error else {
        panic!("{error:?}")
    };
    let both = reason.contains("vectors of 4 dimensions") && reason.contains("768");
    assert!(both, "{reason}");
}

async fn two_who_prepare_at_once_both_succeed(w: World) {
    let (one, other) = tokio::join!(
        w.knowledge.prepare(DIMENSION),
        w.knowledge.prepare(DIMENSION)
    );
    one.expect("it is prepared");
    other.expect("it is prepared");
    assert_eq!(w.search([1.0, 0.0, 0.0, 0.0], 5).await, []);
}

async fn a_search_before_anything_is_prepared_finds_nothing(w: World) {
    assert_eq!(w.search([1.0, 0.0, 0.0, 0.0], 5).await, []);
}

async fn a_search_where_nothing_is_stored_finds_nothing(w: World) {
    let w = w.prepared().await;
    assert_eq!(w.search([1.0, 0.0, 0.0, 0.0], 5).await, []);
}

async fn what_is_stored_is_found_as_it_was(w: World) {
    let w = w.prepared().await;
    let with_link = chunk(1, "cards.md", "A card.", [0.6, 0.8, 0.0, 0.0]);
    let without = Chunk {
        link: None,
        ..chunk(2, "cards.md", "A loan.", [0.0, 0.0, 1.0, 0.0])
    };
    w.replace("cards.md", &[with_link.clone(), without.clone()])
        .await;
    for stored in [with_link, without] {
        let found = w
            .knowledge
            .search(&stored.vector, 1)
            .await
            .expect("it is searched");
        let [found] = &found[..] else {
            panic!("one piece was asked for")
        };
        assert!((found.score - 1.0).abs() < 1e-4, "{}", found.score);
        let as_found = Passage {
            id: stored.id,
            document: stored.document,
            title: stored.title,
            link: stored.link,
            text: stored.text,
            score: found.score,
        };
        assert_eq!(*found, as_found);
    }
}

async fn the_nearest_comes_first(w: World) {
    let w = w.prepared().await;
    let pieces = [
        chunk(1, "cards.md", "far", [0.0, 0.0, 0.0, 1.0]),
        chunk(2, "cards.md", "near", [1.0, 0.1, 0.0, 0.0]),
        chunk(3, "cards.md", "opposite", [-1.0, 0.0, 0.0, 0.0]),
        chunk(4, "cards.md", "middle", [1.0, 1.0, 0.0, 0.0]),
    ];
    w.replace("cards.md", &pieces).await;
    let found = w.search([1.0, 0.0, 0.0, 0.0], 10).await;
    let texts: Vec<&str> = found.iter().map(|passage| passage.text.as_str()).collect();
    assert_eq!(texts, ["near", "middle", "far", "opposite"]);
    assert!(found.is_sorted_by(|one, other| one.score >= other.score));
}

async fn no_more_is_found_than_asked_for(w: World) {
    let w = w.prepared().await;
    let pieces = [
        chunk(1, "cards.md", "near", [1.0, 0.1, 0.0, 0.0]),
        chunk(2, "cards.md", "nearest", [1.0, 0.0, 0.0, 0.0]),
        chunk(3, "cards.md", "far", [0.0, 0.0, 0.0, 1.0]),
    ];
    w.replace("cards.md", &pieces).await;
    let found = w.search([1.0, 0.0, 0.0, 0.0], 2).await;
    let texts: Vec<&str> = found.iter().map(|passage| passage.text.as_str()).collect();
    assert_eq!(texts, ["nearest", "near"]);
}

async fn a_replaced_document_loses_its_old_pieces(w: World) {
    let w = w.prepared().await;
    w.replace(
        "cards.md",
        &[chunk(1, "cards.md", "Old.", [1.0, 0.0, 0.0, 0.0])],
    )
    .await;
    w.replace(
        "cards.md",
        &[chunk(2, "cards.md", "New.", [0.0, 1.0, 0.0, 0.0])],
    )
    .await;
    assert_eq!(w.texts().await, ["New."]);
}

async fn a_piece_that_stays_is_there_once(w: World) {
    let w = w.prepared().await;
    let stays = chunk(1, "cards.md", "Stays.", [1.0, 0.0, 0.0, 0.0]);
    let goes = chunk(2, "cards.md", "Goes.", [0.0, 1.0, 0.0, 0.0]);
    w.replace("cards.md", &[stays.clone(), goes]).await;
    w.replace("cards.md", std::slice::from_ref(&stays)).await;
    let found = w.search([1.0, 0.0, 0.0, 0.0], 10).await;
    let ids: Vec<&str> = found.iter().map(|passage| passage.id.as_str()).collect();
    assert_eq!(ids, [stays.id]);
}

async fn a_document_replaced_with_nothing_is_gone(w: World) {
    let w = w.prepared().await;
    w.replace(
        "cards.md",
        &[chunk(1, "cards.md", "A card.", [1.0, 0.0, 0.0, 0.0])],
    )
    .await;
    w.replace("cards.md", &[]).await;
    assert!(w.texts().await.is_empty());
}

async fn two_documents_do_not_touch_each_other(w: World) {
    let w = w.prepared().await;
    w.replace(
        "cards.md",
        &[chunk(1, "cards.md", "A card.", [1.0, 0.0, 0.0, 0.0])],
    )
    .await;
    w.replace(
        "loans.md",
        &[chunk(2, "loans.md", "A loan.", [0.0, 1.0, 0.0, 0.0])],
    )
    .await;
    w.replace("cards.md", &[]).await;
    assert_eq!(w.texts().await, ["A loan."]);
}

async fn removing_a_document_that_never_was_is_fine(w: World) {
    w.replace("never.md", &[]).await;
    let w = w.prepared().await;
    w.replace("never.md", &[]).await;
    assert!(w.texts().await.is_empty());
}

async fn a_document_of_many_pieces_is_stored_whole(w: World) {
    let w = w.prepared().await;
    let pieces: Vec<Chunk> = (0_u16..250)
        .map(|n| {
            chunk(
                n.into(),
                "long.md",
                &format!("{n:03}"),
                [1.0, f32::from(n), 0.0, 0.0],
            )
        })
        .collect();
    w.replace("long.md", &pieces).await;
    let texts: Vec<&String> = pieces.iter().map(|piece| &piece.text).collect();
    assert_eq!(w.texts().await.iter().collect::<Vec<_>>(), texts);
}

async fn a_vector_of_another_dimension_is_refused(w: World) {
    let w = w.prepared().await;
    let longer = Chunk {
        vector: vec![1.0; DIMENSION + 1],
        ..chunk(1, "cards.md", "A card.", [0.0; 4])
    };
    let error = w
        .knowledge
        .replace("cards.md", &[longer])
        .await
        .expect_err("it does not fit");
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
    let error = w
        .knowledge
        .search(&[1.0, 0.0], 5)
        .await
        .expect_err("it does not fit");
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
}

async fn umlauts_survive(w: World) {
    let w = w.prepared().await;
    let text =
        "Gebühren für Überweisungen: 0,50 €. Ελληνικά, кириллица, 日本語, 🏦\u{0} \"quoted\"";
    w.replace(
        "gebühren/überblick.md",
        &[chunk(
            1,
            "gebühren/überblick.md",
            text,
            [1.0, 0.0, 0.0, 0.0],
        )],
    )
    .await;
    let found = w.search([1.0, 0.0, 0.0, 0.0], 1).await;
    assert_eq!(found[0].text, text);
    assert_eq!(found[0].document, "gebühren/überblick.md");
    w.replace("gebühren/überblick.md", &[]).await;
    assert!(w.texts().await.is_empty());
}

async fn a_service_that_is_out_of_order_is_told(w: World) {
    let w = w.prepared().await;
    for fault in [Fault::Refuse, Fault::ServerError] {
        w.arm("points.query", fault, 100);
        let error = w
            .knowledge
            .search(&[1.0; DIMENSION], 5)
            .await
            .expect_err("the fault shows");
        assert!(
            matches!(error, CallError::Unreachable { .. }),
            "{fault:?}: {error:?}"
        );
        w.faults.iter().for_each(|faults| faults.clear());
    }
}

async fn a_search_survives_a_service_that_breaks_once(w: World) {
    let w = w.prepared().await;
    for fault in [
        Fault::ServerError,
        Fault::Refuse,
        Fault::Malformed,
        Fault::TimeOutAfterSuccess,
    ] {
        w.arm("points.query", fault, 1);
        let first = w.knowledge.search(&[1.0; DIMENSION], 5).await;
        let passed = matches!(first, Ok(_) | Err(CallError::Unreachable { .. }));
        assert!(passed, "{fault:?}: {first:?}");
        w.search([1.0; DIMENSION], 5).await;
    }
}

async fn a_limit_is_told(w: World) {
    let w = w.prepared().await;
    w.arm("points.query", Fault::RateLimited(60), 1);
    let error = w
        .knowledge
        .search(&[1.0; DIMENSION], 5)
        .await
        .expect_err("the fault shows");
    let CallError::RateLimited {
        retry_after: Some(wait),
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(wait.as_secs(), 60);
}

async fn a_preparation_whose_answer_was_lost_can_be_repeated(w: World) {
    w.arm("collections.create", Fault::TimeOutAfterSuccess, 1);
    let first = w.knowledge.prepare(DIMENSION).await;
    let passed = matches!(first, Ok(()) | Err(CallError::Unreachable { .. }));
    assert!(passed, "{first:?}");
    let w = w.prepared().await;
    assert!(w.texts().await.is_empty());
}

async fn a_replacement_that_broke_off_can_be_repeated(w: World) {
    let w = w.prepared().await;
    w.replace(
        "cards.md",
        &[chunk(1, "cards.md", "Old.", [1.0, 0.0, 0.0, 0.0])],
    )
    .await;
    let new = [chunk(2, "cards.md", "New.", [0.0, 1.0, 0.0, 0.0])];
    w.arm("points.delete", Fault::ServerError, 100);
    let error = w
        .knowledge
        .replace("cards.md", &new)
        .await
        .expect_err("the fault shows");
    assert!(error.is_passing(), "{error:?}");
    assert!(
        w.texts().await.contains(&"New.".to_owned()),
        "there is never a gap"
    );
    w.faults.iter().for_each(|faults| faults.clear());
    w.replace("cards.md", &new).await;
    assert_eq!(w.texts().await, ["New."]);
}

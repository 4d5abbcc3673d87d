//! What is stored of documents.

use std::collections::{BTreeMap, BTreeSet};

use ports::{CallError, Chunk};
use time::macros::date;

use super::{DIMENSION, World, chunk, near, ours};

async fn pieces(w: &World, document: &str) -> Vec<Chunk> {
    let pieces = w.knowledge.pieces(&ours(), document).await;
    pieces.expect("they are read")
}

async fn held(w: &World) -> BTreeMap<String, BTreeSet<String>> {
    w.knowledge.held(&ours()).await.expect("it is told")
}

pub(super) async fn what_is_put_comes_back_as_it_was(w: World) {
    let w = w.prepared().await;
    let full = Chunk {
        product: Some("credit-card".to_owned()),
        valid_from: Some(date!(2026 - 01 - 31)),
        valid_until: Some(date!(2027 - 12 - 01)),
        terms: vec![(7, 0.5), (4_000_000_000, 1.25)],
        ..chunk(1, "cards.md", "A card.", [0.0, 1.0, 0.0, 0.0])
    };
    let bare = Chunk {
        link: None,
        language: None,
        ..chunk(2, "cards.md", "A loan.", [0.0, 0.0, 1.0, 0.0])
    };
    w.put(&[full.clone(), bare.clone()]).await;
    assert_eq!(pieces(&w, "cards.md").await, [full, bare]);
}

pub(super) async fn pieces_come_in_the_order_of_the_document(w: World) {
    let w = w.prepared().await;
    let one = chunk(1, "cards.md", "One.", [1.0, 0.0, 0.0, 0.0]);
    let two = chunk(2, "cards.md", "Two.", [0.0, 1.0, 0.0, 0.0]);
    let one = Chunk { position: 9, ..one };
    w.put(&[one.clone(), two.clone()]).await;
    assert_eq!(pieces(&w, "cards.md").await, [two, one]);
}

pub(super) async fn a_piece_put_twice_is_there_once(w: World) {
    let w = w.prepared().await;
    let old = chunk(1, "cards.md", "Old.", [1.0, 0.0, 0.0, 0.0]);
    let new = chunk(1, "cards.md", "New.", [1.0, 0.0, 0.0, 0.0]);
    w.put(&[old]).await;
    w.put(std::slice::from_ref(&new)).await;
    assert_eq!(pieces(&w, "cards.md").await, [new]);
}

pub(super) async fn a_document_that_never_was_has_no_pieces(w: World) {
    let w = w.prepared().await;
    assert_eq!(pieces(&w, "never.md").await, []);
    assert!(held(&w).await.is_empty());
}

pub(super) async fn held_names_the_pieces_of_every_document(w: World) {
    let w = w.prepared().await;
    let card = chunk(1, "cards.md", "A card.", [1.0, 0.0, 0.0, 0.0]);
    let fee = chunk(2, "cards.md", "A fee.", [1.0, 0.0, 0.0, 0.0]);
    let loan = chunk(3, "loans.md", "A loan.", [0.0, 1.0, 0.0, 0.0]);
    w.put(&[card.clone(), fee.clone(), loan.clone()]).await;
    let expected = [
        ("cards.md".to_owned(), [card.id, fee.id].into()),
        ("loans.md".to_owned(), [loan.id].into()),
    ];
    assert_eq!(held(&w).await, expected.into());
}

pub(super) async fn two_documents_do_not_touch_each_other(w: World) {
    let w = w.prepared().await;
    let card = chunk(1, "cards.md", "A card.", [1.0, 0.0, 0.0, 0.0]);
    let loan = chunk(2, "loans.md", "A loan.", [0.0, 1.0, 0.0, 0.0]);
    w.put(&[card.clone(), loan.clone()]).await;
    w.remove(&[&card]).await;
    assert_eq!(pieces(&w, "cards.md").await, []);
    assert_eq!(pieces(&w, "loans.md").await, [loan]);
}

pub(super) async fn removing_what_never_was_is_fine(w: World) {
    let w = w.prepared().await;
    w.remove(&[&chunk(1, "never.md", "", [0.0; 4])]).await;
    w.remove(&[]).await;
    assert!(w.all_texts().await.is_empty());
}

pub(super) async fn a_document_of_many_pieces_is_stored_whole(w: World) {
    let w = w.prepared().await;
    let many: Vec<Chunk> = (0_u16..250)
        .map(|n| {
            let vector = [1.0, f32::from(n), 0.0, 0.0];
            chunk(n.into(), "long.md", &format!("{n:03}"), vector)
        })
        .collect();
    w.put(&many).await;
    let texts =
        |chunks: &[Chunk]| -> Vec<String> { chunks.iter().map(|c| c.text.clone()).collect() };
    assert_eq!(texts(&pieces(&w, "long.md").await), texts(&many));
    assert_eq!(held(&w).await["long.md"].len(), many.len());
    w.remove(&many.iter().collect::<Vec<_>>()).await;
    assert!(held(&w).await.is_empty());
}

pub(super) async fn a_vector_of_another_dimension_is_refused(w: World) {
    let w = w.prepared().await;
    let longer = Chunk {
        vector: vec![1.0; DIMENSION + 1],
        ..chunk(1, "cards.md", "A card.", [0.0; 4])
    };
    let put = w.knowledge.put(&ours(), &[longer]).await;
    let error = put.expect_err("it does not fit");
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
    let mut search = near([1.0; 4], 5);
    search.vector.pop();
    let searched = w.knowledge.search(&ours(), &search).await;
    let error = searched.expect_err("it does not fit");
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
}

pub(super) async fn umlauts_survive(w: World) {
    let w = w.prepared().await;
    let text =
        "Gebühren für Überweisungen: 0,50 €. Ελληνικά, кириллица, 日本語, 🏦\u{0} \"quoted\"";
    let piece = chunk(1, "gebühren/überblick.md", text, [1.0, 0.0, 0.0, 0.0]);
    w.put(std::slice::from_ref(&piece)).await;
    let found = w.search(&near([1.0, 0.0, 0.0, 0.0], 1)).await;
    assert_eq!(found[0].text, text);
    assert_eq!(pieces(&w, "gebühren/überblick.md").await, [piece]);
}

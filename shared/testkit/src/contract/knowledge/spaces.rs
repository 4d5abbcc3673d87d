//! Spaces: one index an embedding model, one of them serving.

use ports::{CallError, Space};

use super::{World, chunk, near, ours, space};

async fn serving(w: &World) -> Option<Space> {
    w.knowledge.serving().await.expect("it is told")
}

pub(super) async fn nothing_serves_before_anything_is_indexed(w: World) {
    assert_eq!(serving(&w).await, None);
    let spaces = w.knowledge.spaces().await.expect("they are listed");
    assert!(spaces.is_empty());
    let w = w.prepared().await;
    assert_eq!(serving(&w).await, None, "preparing is not serving");
}

pub(super) async fn preparing_twice_changes_nothing(w: World) {
    let w = w.prepared().await;
    w.put(&[chunk(1, "cards.md", "A card.", [1.0, 0.0, 0.0, 0.0])])
        .await;
    let w = w.prepared().await;
    assert_eq!(w.all_texts().await, ["A card."]);
}

pub(super) async fn two_who_prepare_at_once_both_succeed(w: World) {
    let space = ours();
    let (one, other) = tokio::join!(w.knowledge.prepare(&space), w.knowledge.prepare(&space));
    one.expect("it is prepared");
    other.expect("it is prepared");
    assert_eq!(w.all_texts().await, [""; 0]);
}

pub(super) async fn two_dimensions_of_one_model_are_two_spaces(w: World) {
    let w = w.prepared().await;
    let longer = Space {
        dimensions: 8,
        ..ours()
    };
    w.knowledge.prepare(&longer).await.expect("it is prepared");
    let spaces = w.knowledge.spaces().await.expect("they are listed");
    assert_eq!(spaces, [ours(), longer].into());
}

pub(super) async fn a_space_that_was_never_prepared_is_not_there(w: World) {
    let not_found = |error: CallError| matches!(error, CallError::NotFound { .. });
    let searched = w.knowledge.search(&ours(), &near([1.0; 4], 5)).await;
    assert!(not_found(searched.expect_err("there is none")));
    let piece = chunk(1, "cards.md", "A card.", [1.0; 4]);
    let put = w.knowledge.put(&ours(), &[piece]).await;
    assert!(not_found(put.expect_err("there is none")));
    let held = w.knowledge.held(&ours()).await;
    assert!(not_found(held.expect_err("there is none")));
}

pub(super) async fn a_space_serves_once_it_is_told_to(w: World) {
    let w = w.prepared().await;
    w.knowledge.serve(&ours()).await.expect("it serves");
    assert_eq!(serving(&w).await, Some(ours()));
    w.knowledge.serve(&ours()).await.expect("it serves still");
    assert_eq!(serving(&w).await, Some(ours()));
}

pub(super) async fn another_space_takes_over_in_one_step(w: World) {
    let w = w.prepared().await;
    let next = space("embedding-2");
    w.knowledge.prepare(&next).await.expect("it is prepared");
    w.knowledge.serve(&ours()).await.expect("it serves");
    w.knowledge.serve(&next).await.expect("it takes over");
    assert_eq!(serving(&w).await, Some(next));
    assert_eq!(w.all_texts().await, [""; 0], "the old one is still there");
}

pub(super) async fn only_what_is_prepared_can_serve(w: World) {
    let w = w.prepared().await;
    w.knowledge.serve(&ours()).await.expect("it serves");
    let refused = w.knowledge.serve(&space("embedding-2")).await;
    let error = refused.expect_err("it is not prepared");
    assert!(matches!(error, CallError::NotFound { .. }), "{error:?}");
    assert_eq!(serving(&w).await, Some(ours()));
}

pub(super) async fn spaces_do_not_mix(w: World) {
    let w = w.prepared().await;
    let other = space("embedding-2");
    w.knowledge.prepare(&other).await.expect("it is prepared");
    w.put(&[chunk(1, "cards.md", "Ours.", [1.0, 0.0, 0.0, 0.0])])
        .await;
    let theirs = chunk(1, "cards.md", "Theirs.", [1.0, 0.0, 0.0, 0.0]);
    let put = w.knowledge.put(&other, &[theirs]).await;
    put.expect("it is put");
    assert_eq!(w.all_texts().await, ["Ours."]);
}

pub(super) async fn a_retired_space_is_gone(w: World) {
    let w = w.prepared().await;
    w.knowledge.retire(&ours()).await.expect("it is retired");
    let spaces = w.knowledge.spaces().await.expect("they are listed");
    assert!(spaces.is_empty());
}

pub(super) async fn the_serving_space_is_not_retired(w: World) {
    let w = w.prepared().await;
    w.knowledge.serve(&ours()).await.expect("it serves");
    let error = w.knowledge.retire(&ours()).await.expect_err("it serves");
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
    assert_eq!(w.all_texts().await, [""; 0], "it is still there");
}

pub(super) async fn retiring_what_is_not_there_is_fine(w: World) {
    w.knowledge.retire(&ours()).await.expect("nothing is to do");
}

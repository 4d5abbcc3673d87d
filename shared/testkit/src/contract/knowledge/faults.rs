//! What is told of a service that does not work.

use ports::CallError;

use super::{World, chunk, near, ours};
use crate::Fault;

pub(super) async fn a_service_that_is_out_of_order_is_told(w: World) {
    let w = w.prepared().await;
    for fault in [Fault::Refuse, Fault::ServerError] {
        w.arm("points.query", fault, 100);
        let searched = w.knowledge.search(&ours(), &near([1.0; 4], 5)).await;
        let error = searched.expect_err("the fault shows");
        assert!(
            matches!(error, CallError::Unreachable { .. }),
            "{fault:?}: {error:?}"
        );
        w.faults.iter().for_each(|faults| faults.clear());
    }
}

pub(super) async fn a_search_survives_a_service_that_breaks_once(w: World) {
    let w = w.prepared().await;
    for fault in [
        Fault::ServerError,
        Fault::Refuse,
        Fault::Malformed,
        Fault::TimeOutAfterSuccess,
    ] {
        w.arm("points.query", fault, 1);
        let first = w.knowledge.search(&ours(), &near([1.0; 4], 5)).await;
        let passed = matches!(first, Ok(_) | Err(CallError::Unreachable { .. }));
        assert!(passed, "{fault:?}: {first:?}");
        w.search(&near([1.0; 4], 5)).await;
    }
}

pub(super) async fn a_limit_is_told(w: World) {
    let w = w.prepared().await;
    w.arm("points.query", Fault::RateLimited(60), 1);
    let searched = w.knowledge.search(&ours(), &near([1.0; 4], 5)).await;
    let error = searched.expect_err("the fault shows");
    let CallError::RateLimited {
        retry_after: Some(wait),
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(wait.as_secs(), 60);
}

pub(super) async fn a_preparation_whose_answer_was_lost_can_be_repeated(w: World) {
    w.arm("collections.create", Fault::TimeOutAfterSuccess, 1);
    let first = w.knowledge.prepare(&ours()).await;
    let passed = matches!(first, Ok(()) | Err(CallError::Unreachable { .. }));
    assert!(passed, "{first:?}");
    let w = w.prepared().await;
    assert!(w.all_texts().await.is_empty());
}

pub(super) async fn a_switch_whose_answer_was_lost_can_be_repeated(w: World) {
    let w = w.prepared().await;
    w.arm("collections.update_aliases", Fault::TimeOutAfterSuccess, 1);
    let first = w.knowledge.serve(&ours()).await;
    let passed = matches!(first, Ok(()) | Err(CallError::Unreachable { .. }));
    assert!(passed, "{first:?}");
    w.knowledge.serve(&ours()).await.expect("it serves");
    let serving = w.knowledge.serving().await.expect("it is told");
    assert_eq!(serving, Some(ours()));
}

pub(super) async fn what_broke_off_while_it_was_put_can_be_put_again(w: World) {
    let w = w.prepared().await;
    let piece = [chunk(1, "cards.md", "A card.", [1.0, 0.0, 0.0, 0.0])];
    w.arm("points.upsert", Fault::TimeOutAfterSuccess, 100);
    let put = w.knowledge.put(&ours(), &piece).await;
    let error = put.expect_err("the fault shows");
    assert!(error.is_passing(), "{error:?}");
    w.faults.iter().for_each(|faults| faults.clear());
    w.put(&piece).await;
    assert_eq!(w.all_texts().await, ["A card."]);
}

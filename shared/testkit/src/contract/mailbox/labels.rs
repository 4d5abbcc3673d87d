//! Labels on messages.

use ports::CallError;

use super::{World, mail};
use crate::faults::Fault;

const LABEL: &str = "contains-credentials";

fn labels_of(world: &World, id: &domain::GmailMessageId) -> Vec<String> {
    let kept = world.gmail.message(id).expect("the message is kept");
    let own = kept.head.labels.into_iter();
    own.filter(|label| label.starts_with("Label_")).collect()
}

pub(super) async fn a_label_is_made_where_there_is_none(world: World) {
    let head = world.gmail.deliver(&mail("m1", "Card", ""));
    world
        .mailbox
        .label(&head.id, LABEL)
        .await
        .expect("labelled");
    assert_eq!(world.gmail.labels(), [LABEL]);
    assert_eq!(labels_of(&world, &head.id).len(), 1);
}

pub(super) async fn a_label_put_twice_is_there_once(world: World) {
    let head = world.gmail.deliver(&mail("m1", "Card", ""));
    for _ in 0..2 {
        world
            .mailbox
            .label(&head.id, LABEL)
            .await
            .expect("labelled");
    }
    assert_eq!(labels_of(&world, &head.id).len(), 1);
}

pub(super) async fn a_label_that_is_there_is_used(world: World) {
    world.gmail.add_label(LABEL);
    let head = world.gmail.deliver(&mail("m1", "Card", ""));
    world
        .mailbox
        .label(&head.id, LABEL)
        .await
        .expect("labelled");
    assert_eq!(world.gmail.labels(), [LABEL]);
    assert_eq!(labels_of(&world, &head.id).len(), 1);
}

pub(super) async fn a_message_that_is_gone_takes_no_label(world: World) {
    let head = world.gmail.deliver(&mail("m1", "Card", ""));
    world.gmail.delete(&head.id);
    let error = world.mailbox.label(&head.id, LABEL).await;
    let error = error.expect_err("the message is gone");
    assert!(matches!(error, CallError::NotFound { .. }), "{error:?}");
}

pub(super) async fn a_label_whose_answer_is_lost_is_put_or_told(world: World) {
    let head = world.gmail.deliver(&mail("m1", "Card", ""));
    for fault in [Fault::ServerError, Fault::Refuse, Fault::Malformed] {
        world.gmail.faults.arm("messages.modify", fault, 1);
        let first = world.mailbox.label(&head.id, LABEL).await;
        assert!(
            first.is_ok() || first.is_err_and(|error| error.is_passing()),
            "{fault:?}"
        );
        world
            .mailbox
            .label(&head.id, LABEL)
            .await
            .expect("the fault is over");
    }
    assert_eq!(labels_of(&world, &head.id).len(), 1);
}

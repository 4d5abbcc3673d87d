//! What callers are told when Odoo does not do what they ask.

use ports::CallError;

use super::{World, a_note};

pub(super) async fn a_missing_right_is_told(w: World) {
    let ticket = w.opened().await;
    w.odoo.lacks("helpdesk.ticket", "write");
    let error = w.tickets.escalate(ticket.id, true).await;
    let error = error.expect_err("the right is missing");
    assert!(matches!(error, CallError::Unauthorized { .. }), "{error:?}");
    assert!(error.to_string().contains("helpdesk.ticket"), "{error}");
}

pub(super) async fn a_web_page_in_place_of_an_answer_is_no_answer(w: World) {
    let ticket = w.opened().await;
    for (status, passes) in [(200, false), (503, true)] {
        w.odoo.shows_a_page(status);
        let error = w.tickets.find(&ticket.reference).await;
        let error = error.expect_err("a page is no answer");
        assert_eq!(error.is_passing(), passes, "{status}: {error:?}");
        w.odoo.answers_again();
        assert!(w.find(&ticket.reference).await.is_some(), "{status}");
    }
}

pub(super) async fn a_web_page_after_a_note_leaves_its_outcome_unknown(w: World) {
    let ticket = w.opened().await;
    w.odoo.shows_a_page(502);
    let error = w.tickets.note(ticket.id, &a_note()).await;
    let error = error.expect_err("a page is no answer");
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    w.odoo.answers_again();
    assert!(!w.has_note(ticket.id).await);
}

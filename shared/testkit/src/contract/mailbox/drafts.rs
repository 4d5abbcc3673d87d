//! The cases about drafts.

use std::time::Duration;

use domain::{MailKey, ThreadId};
use ports::CallError;
use ports::mailbox::DRAFT_HEADER;

use super::{World, key_of, mail};
use crate::faults::Fault;

pub(super) fn reply(to: &str, subject: &str, key: &MailKey) -> Vec<u8> {
    format!(
        "From: support@bank.test\r\nTo: carla@customer.test\r\nSubject: {subject}\r\n\
         In-Reply-To: <{to}@customer.test>\r\nReferences: <{to}@customer.test>\r\n\
         {DRAFT_HEADER}: {key}\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n"
    )
    .into_bytes()
}

pub(super) async fn a_draft_is_found_by_its_header(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let key = key_of(&head);
    let draft = reply("m1", "Re: Card", &key);
    let draft = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    let found = mailbox
        .find_draft(&head.thread, &key)
        .await
        .expect("drafts are listed");
    assert_eq!(found, Some(draft));
}

pub(super) async fn a_draft_is_found_among_pages_of_drafts(World { mailbox, gmail }: World) {
    gmail.set_page_sizes(2, 2);
    let mut last = None;
    for n in 0..5 {
        let head = gmail.deliver(&mail(&format!("m{n}"), "Card", ""));
        let draft = reply(&format!("m{n}"), "Re: Card", &key_of(&head));
        let draft = mailbox
            .create_draft(&head.thread, &draft)
            .await
            .expect("it is created");
        last = Some((head, draft));
    }
    let (head, draft) = last.expect("drafts were made");
    let found = mailbox
        .find_draft(&head.thread, &key_of(&head))
        .await
        .expect("they are listed");
    assert_eq!(found, Some(draft));
}

pub(super) async fn a_draft_for_another_mail_is_not_found(World { mailbox, gmail }: World) {
    let first = gmail.deliver(&mail("m1", "Card", ""));
    let answers = "In-Reply-To: <m1@customer.test>\r\n";
    let second = gmail.deliver(&mail("m2", "Re: Card", answers));
    assert_eq!(first.thread, second.thread, "both mails are of one thread");
    let draft = reply("m1", "Re: Card", &key_of(&first));
    mailbox
        .create_draft(&first.thread, &draft)
        .await
        .expect("the draft is created");
    let found = mailbox.find_draft(&second.thread, &key_of(&second)).await;
    assert_eq!(found.expect("drafts are listed"), None);
}

pub(super) async fn a_draft_arrives_octet_by_octet(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let mut draft = reply("m1", "Re: Card", &key_of(&head));
    draft.extend(
        b"--\r\n\r\n--almost-a-boundary\r\n\n\n"
            .iter()
            .chain(&[0, 13, 10, 10, 13]),
    );
    mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    assert_eq!(gmail.drafts()[0].2, draft);
}

pub(super) async fn a_fitting_draft_lands_in_the_thread(World { mailbox, gmail }: World) {
    gmail.deliver(&mail("m0", "Other", ""));
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let draft = reply("m1", "Re: [HT00012] Card", &key_of(&head));
    mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    assert_eq!(gmail.drafts()[0].1, head.thread);
    assert_eq!(gmail.ghosts(), []);
}

pub(super) async fn a_draft_with_another_subject_becomes_a_ghost(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let draft = reply("m1", "Your enquiry", &key_of(&head));
    let draft = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("Gmail says nothing");
    assert_ne!(gmail.drafts()[0].1, head.thread);
    assert_eq!(gmail.ghosts(), [draft]);
}

pub(super) async fn a_draft_for_a_missing_thread_is_refused(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let nowhere = ThreadId::parse("00000000000000ff").expect("an id");
    let draft = reply("m1", "Re: Card", &key_of(&head));
    let error = mailbox
        .create_draft(&nowhere, &draft)
        .await
        .expect_err("there is no thread");
    assert!(matches!(error, CallError::NotFound { .. }), "{error:?}");
}

async fn creation_meets(World { mailbox, gmail }: World, fault: Fault, is_made: bool) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let key = key_of(&head);
    gmail.faults.arm("drafts.create", fault, 1);
    let draft = reply("m1", "Re: Card", &key);
    let error = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect_err("no answer came");
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    let found = mailbox
        .find_draft(&head.thread, &key)
        .await
        .expect("drafts are listed");
    assert_eq!(found.is_some(), is_made);
    assert_eq!(gmail.drafts().len(), usize::from(is_made));
}

pub(super) async fn a_draft_whose_creation_times_out_is_found(world: World) {
    creation_meets(world, Fault::TimeOutAfterSuccess, true).await;
}

pub(super) async fn a_draft_whose_answer_is_garbled_is_found(world: World) {
    creation_meets(world, Fault::Malformed, true).await;
}

pub(super) async fn a_draft_that_the_service_broke_on_is_unknown(world: World) {
    creation_meets(world, Fault::ServerError, false).await;
}

pub(super) async fn a_limited_draft_leaves_nothing_behind(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    // Longer than anyone waits within a call, so that it is told.
    gmail
        .faults
        .arm("drafts.create", Fault::RateLimited(600), 1);
    let draft = reply("m1", "Re: Card", &key_of(&head));
    let error = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect_err("the call is limited");
    let asked = Some(Duration::from_mins(10));
    assert!(
        matches!(error, CallError::RateLimited { retry_after, .. } if retry_after == asked),
        "{error:?}"
    );
    assert!(gmail.drafts().is_empty());
}
